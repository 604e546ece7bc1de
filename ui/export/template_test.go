package export

import (
	"archive/zip"
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// docxOf is a document of one body, with more parts by name.
func docxOf(t *testing.T, body string, more ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	parts := append([]string{"[Content_Types].xml", contentTypes, "word/document.xml",
		`<w:document xmlns:w="` + wordSpace + `"><w:body>` + body + `</w:body></w:document>`}, more...)
	for i := 0; i < len(parts); i += 2 {
		f, err := z.Create(parts[i])
		if err == nil {
			_, err = f.Write([]byte(parts[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var holders = Placeholders{
	Words:  map[string]string{"标题": "关于 <甲> 的通报", "页脚": "数据截至"},
	Prose:  map[string][]string{"总体情况": {"第一段", "第二段"}},
	Tables: map[string]PaperTable{"附件1": {Title: "附件1　台账", Columns: []string{"单位"}, Widths: []int{1}, Rows: [][]string{{"省科技厅"}}}},
	Needed: []string{"标题", "总体情况", "附件1"},
}

// TestTemplate: placeholders are filled whatever runs they are cut into, prose takes
// the look of its placeholder, and the rest of the document stays to the byte.
func TestTemplate(t *testing.T) {
	look := `<w:pPr><w:jc w:val="both"/><w:rPr><w:b/></w:rPr></w:pPr>`
	in := `<w:p><w:r><w:rPr><w:i/></w:rPr><w:t>红头{</w:t></w:r><w:r><w:t>{标</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:t xml:space="preserve">题 }}。</w:t></w:r></w:p>` +
		`<w:p>` + look + `<w:r><w:rPr><w:u/></w:rPr><w:t>{{总体</w:t></w:r><w:r><w:t>情况}}</w:t></w:r></w:p>` +
		`<w:p><w:r><w:t>{{附件1}}</w:t></w:r></w:p><w:p><w:r><w:drawing/></w:r></w:p>`
	var out bytes.Buffer
	err := FillTemplate(&out, docxOf(t, in, "word/footer1.xml", `<w:ftr xmlns:w="`+wordSpace+`"><w:p><w:r><w:t>{{页脚}}</w:t></w:r></w:p></w:ftr>`, "word/media/logo.png", "\x89PNG"), holders)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		b, err := unpacked(f)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(b)
	}
	doc := parts["word/document.xml"]
	for _, want := range []string{
		`<w:t xml:space="preserve">红头关于 &lt;甲&gt; 的通报</w:t></w:r><w:r><w:t xml:space="preserve"></w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:t xml:space="preserve">。</w:t>`,
		`<w:p>` + look + `<w:r><w:rPr><w:u/></w:rPr><w:t xml:space="preserve">第一段</w:t></w:r></w:p><w:p>` + look + `<w:r><w:rPr><w:u/></w:rPr><w:t xml:space="preserve">第二段</w:t></w:r></w:p>`,
		"附件1　台账", "<w:tbl>", "省科技厅", `<w:p><w:r><w:drawing/></w:r></w:p></w:body></w:document>`} {
		if !strings.Contains(doc, want) {
			t.Errorf("no %s in %s", want, doc)
		}
	}
	if strings.Contains(doc, "{{") || !strings.Contains(parts["word/footer1.xml"], "数据截至") || parts["word/media/logo.png"] != "\x89PNG" {
		t.Errorf("parts %q", parts)
	}
}

// TestTemplatesThatAreRefused: what is unknown, missing or crowded is named; macros,
// embedded objects and parts kept elsewhere are not taken.
func TestTemplatesThatAreRefused(t *testing.T) {
	fault := func(body string) *TemplateFaults {
		var f *TemplateFaults
		if err := FillTemplate(&bytes.Buffer{}, docxOf(t, body), holders); !errors.As(err, &f) {
			t.Fatalf("%s: %v", body, err)
		}
		return f
	}
	f := fault(`<w:p><w:r><w:t>{{标题}} {{没有}}</w:t></w:r></w:p><w:p><w:r><w:t>另有{{总体情况}}</w:t></w:r></w:p>`)
	if !slices.Equal(f.Unknown, []string{"没有"}) || !slices.Equal(f.Missing, []string{"附件1"}) || !slices.Equal(f.Crowded, []string{"总体情况"}) {
		t.Errorf("faults %+v", f)
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"no archive": {[]byte("x"), ErrNotDocument},
		"workbook":   {docxOfParts(t, "xl/workbook.xml", "<x/>"), ErrNotDocument},
		"broken XML": {docxOf(t, "</w:body>"), ErrNotDocument},
		"macro":      {docxOf(t, "", "word/vbaProject.bin", "x"), ErrForeign},
		"embedded":   {docxOf(t, "", "word/embeddings/a.bin", "x"), ErrForeign},
		"elsewhere":  {docxOf(t, "", "word/_rels/settings.xml.rels", `<Relationships><Relationship Target="http://x" TargetMode="External"/></Relationships>`), ErrForeign},
		"bomb":       {docxOf(t, "", "word/media/a.bin", strings.Repeat("\x00", maxTemplateUnpacked)), ErrTooLarge},
	} {
		if err := FillTemplate(&bytes.Buffer{}, c.b, holders); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func docxOfParts(t *testing.T, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create(name)
	if err == nil {
		_, err = f.Write([]byte(text))
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FuzzTemplate: no document makes filling panic, and what is filled can be filled again.
func FuzzTemplate(f *testing.F) {
	f.Add("<w:p><w:r><w:t>{{标题}}</w:t></w:r></w:p>")
	f.Add("<w:p><w:pPr/><w:r><w:rPr/><w:t/><w:t>{{</w:t></w:r><w:p><w:r><w:t>{{总体情况}}</w:t></w:r></w:p></w:p>")
	f.Fuzz(func(t *testing.T, body string) {
		var faults *TemplateFaults
		err := FillTemplate(&bytes.Buffer{}, docxOf(t, body), holders)
		if err != nil && !errors.As(err, &faults) && !errors.Is(err, ErrNotDocument) {
			t.Error(err)
		}
	})
}
