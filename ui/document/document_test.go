package document_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"duban/ui/document"
	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/plan/intake"
	"duban/workflow/plan/intake/passage"
)

const plan = "某市行动方案\n一、任务\n1.治理河道。（市水利局牵头，市财政局配合）\n"

// told is what was read: of each task number, title, lead and others.
func told(t *testing.T, b []byte) string {
	t.Helper()
	lines, err := document.Read(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return tasks(lines)
}

func tasks(lines []passage.Line) string {
	var out []string
	for _, k := range intake.Read(lines).Tasks {
		s := k.No + " " + k.Title + " ["
		for _, p := range k.Lead {
			s += p.Name
		}
		s += "]"
		for _, p := range k.Cooperating {
			s += " " + p.Name
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func refusal(t *testing.T, b []byte) string {
	t.Helper()
	_, err := document.Read(t.Context(), b)
	var e *workflow.Error
	if !errors.As(err, &e) {
		t.Fatalf("no refusal: %v", err)
	}
	for _, lang := range text.Languages {
		if !text.For(lang).Has(e.Code) {
			t.Errorf("%s has no text in %s", e.Code, lang)
		}
	}
	return e.Code
}

// packed makes an archive of parts.
func packed(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, body := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const names = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"`

func docx(t *testing.T, body string, more map[string]string) []byte {
	t.Helper()
	parts := map[string]string{"word/document.xml": `<?xml version="1.0"?><w:document ` + names + `><w:body>` + body + `</w:body></w:document>`}
	for k, v := range more {
		parts[k] = v
	}
	return packed(t, parts)
}

func p(s string) string { return "<w:p><w:r><w:t>" + s + "</w:t></w:r></w:p>" }

// TestEncodings: one text in the encodings that are in use.
func TestEncodings(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(plan)
	if err != nil {
		t.Fatal(err)
	}
	le, be := []byte{0xff, 0xfe}, []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(plan)) {
		le, be = append(le, byte(u), byte(u>>8)), append(be, byte(u>>8), byte(u))
	}
	for name, b := range map[string][]byte{
		"UTF-8": []byte(plan), "with a mark": []byte("\ufeff" + plan), "CRLF": []byte(strings.ReplaceAll(plan, "\n", "\r\n")),
		"GB18030": []byte(gb), "UTF-16 LE": le, "UTF-16 BE": be,
	} {
		if got := told(t, b); got != "1 治理河道 [市水利局] 市财政局" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestWord: runs cut in mid-word, deleted and hidden text, a text box, a table of contents.
func TestWord(t *testing.T) {
	b := docx(t, p("某市行动方案")+p("一、任务")+
		`<w:p><w:pPr><w:pStyle w:val="TOC1"/></w:pPr><w:r><w:t>1.治理河道 3</w:t></w:r></w:p>`+
		`<w:p><w:r><w:t>1.治理</w:t></w:r><w:del><w:r><w:delText>湖</w:delText></w:r></w:del><w:ins><w:r><w:t>河</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>（隐藏）</w:t></w:r><w:r><w:t>道。（市水</w:t></w:r>`+
		`<mc:AlternateContent><mc:Choice><w:r><w:t>利局</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>林业局</w:t></w:r></mc:Fallback></mc:AlternateContent><w:r><w:t>牵头，市财政局配合）</w:t></w:r></w:p>`,
		map[string]string{"word/header1.xml": `<w:hdr ` + names + `>` + p("2.页眉。（市财政局牵头）") + `</w:hdr>`})
	if got := told(t, b); got != "1 治理河道 [市水利局] 市财政局" {
		t.Error(got)
	}
}

// TestWordNumbers: the numbers that Word puts before paragraphs are not in the text.
func TestWordNumbers(t *testing.T) {
	numbering := `<w:numbering ` + names + `><w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>` +
		`<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%2."/></w:lvl></w:abstractNum>` +
		`<w:num w:numId="7"><w:abstractNumId w:val="1"/></w:num></w:numbering>`
	styles := `<w:styles ` + names + `><w:style w:styleId="H"><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="7"/></w:numPr></w:pPr></w:style><w:style w:styleId="H2"><w:basedOn w:val="H"/></w:style></w:styles>`
	n := func(level, s string) string {
		return `<w:p><w:pPr><w:numPr><w:ilvl w:val="` + level + `"/><w:numId w:val="7"/></w:numPr></w:pPr><w:r><w:t>` + s + `</w:t></w:r></w:p>`
	}
	b := docx(t, `<w:p><w:pPr><w:pStyle w:val="H2"/></w:pPr><w:r><w:t>甲类</w:t></w:r></w:p>`+n("1", "治理河道。（市水利局负责）")+n("1", "种好林木。（市林业局负责）")+n("0", "乙类")+n("1", "修路。（市交通局负责）"),
		map[string]string{"word/numbering.xml": numbering, "word/styles.xml": styles})
	if got := told(t, b); got != "1 治理河道 [市水利局]; 2 种好林木 [市林业局]; 1 修路 [市交通局]" {
		t.Error(got)
	}
	lines, err := document.Read(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	if r := intake.Read(lines); r.Tasks[2].Section != "二、乙类" {
		t.Error(r.Tasks[2].Section)
	}
}

// TestWordTable: cells merged down and across, a head of two rows, and a second table
// whose columns are others.
func TestWordTable(t *testing.T) {
	c := func(prop, s string) string { return "<w:tc><w:tcPr>" + prop + "</w:tcPr>" + p(s) + "</w:tc>" }
	begin, on := `<w:vMerge w:val="restart"/>`, `<w:vMerge/>`
	row := func(cells ...string) string { return "<w:tr>" + strings.Join(cells, "") + "</w:tr>" }
	b := docx(t, p("任务分工表")+"<w:tbl>"+
		row(c(begin, "序号"), c(begin, "工作任务"), c(`<w:gridSpan w:val="2"/>`, "责任分工"))+
		row(c(on, ""), c(on, ""), c("", "牵头单位"), c("", "配合单位"))+
		row(c(`<w:gridSpan w:val="4"/>`, "一、生态"))+
		row(c("", "1"), c("", "治理河道"), c(begin, "县水利局"), c("", "县财政局"))+
		row(c("", "2"), c("", "修好堤防"), c(on, ""), c("", "各乡镇"))+
		"</w:tbl><w:tbl>"+
		row(c("", "事项"), c("", "责任单位"))+
		row(c("", "办好学校"), c("", "县教育局"))+
		"</w:tbl>", nil)
	if got := told(t, b); got != "1 治理河道 [县水利局] 县财政局; 2 修好堤防 [县水利局] 各乡镇;  办好学校 [县教育局]" {
		t.Error(got)
	}
}

// TestWorkbook: merged cells, numbers and percentages as they are shown, a formula's kept
// result, and a sheet beside it.
func TestWorkbook(t *testing.T) {
	f := excelize.NewFile()
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	set := func(sheet string, rows [][]any) {
		for i, r := range rows {
			if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &r); err != nil {
				t.Fatal(err)
			}
		}
	}
	set("Sheet1", [][]any{{"任务分工表"}, {"序号", "任务", "牵头单位", "配合单位"}, {1, "治理河道", "市水利局", "市财政局"}, {2, "修好堤防", "", "各镇"}})
	if _, err := f.NewSheet("二"); err != nil {
		t.Fatal(err)
	}
	set("二", [][]any{{"事项", "责任单位"}, {"办好学校", "市教育局"}})
	if err := errors.Join(f.MergeCell("Sheet1", "A1", "D1"), f.MergeCell("Sheet1", "C3", "C4")); err != nil {
		t.Fatal(err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	if got := told(t, b.Bytes()); got != "1 治理河道 [市水利局] 市财政局; 2 修好堤防 [市水利局] 各镇;  办好学校 [市教育局]" {
		t.Error(got)
	}
}

// TestHiddenSheet: what a workbook hides is no part of the plan, and that it was left out
// is said.
func TestHiddenSheet(t *testing.T) {
	f := excelize.NewFile()
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, name := range []string{"旧稿", "底稿"} {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for i, r := range [][]any{{"序号", "任务", "牵头单位"}, {1, "作废的任务", "市林业局"}} {
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &r); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, r := range [][]any{{"序号", "任务", "牵头单位"}, {1, "治理河道", "市水利局"}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(f.SetSheetVisible("旧稿", false), f.SetSheetVisible("底稿", false, true)); err != nil {
		t.Fatal(err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := document.Read(t.Context(), b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	r := intake.Read(lines)
	var said []string
	for _, q := range r.Questions {
		if q.Code == "hidden_sheet" {
			said = append(said, q.Args...)
		}
	}
	if len(r.Tasks) != 1 || r.Tasks[0].Title != "治理河道" || strings.Join(said, " ") != "旧稿 底稿" {
		t.Errorf("%d tasks, said %v", len(r.Tasks), said)
	}
}

// xlsx makes a workbook of one sheet from the XML of its rows, and of parts beside it.
func xlsx(t *testing.T, rows string, more map[string]string) []byte {
	t.Helper()
	const office, rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://schemas.openxmlformats.org/package/2006/relationships"
	const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	parts := map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
		"_rels/.rels":                `<Relationships xmlns="` + rels + `"><Relationship Id="rId1" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns="` + main + `" xmlns:r="` + office + `"><sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="` + rels + `"><Relationship Id="rId1" Type="` + office + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet xmlns="` + main + `"><sheetData>` + rows + `</sheetData></worksheet>`,
	}
	for name, part := range more {
		parts[name] = part
	}
	return packed(t, parts)
}

// cells is a row of texts.
func cells(n int, texts ...string) string {
	row := fmt.Sprintf(`<row r="%d">`, n)
	for i, s := range texts {
		row += fmt.Sprintf(`<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, n, s)
	}
	return row + `</row>`
}

// TestHostileWorkbooks: a formula counts with the result that was kept with it and is never
// worked out, and links lead nowhere.
func TestHostileWorkbooks(t *testing.T) {
	head := cells(1, "序号", "任务", "牵头单位")
	formula := func(kept string) string {
		return `<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="str"><f>HYPERLINK("http://169.254.1.1/x","治理河道")</f>` + kept + `</c><c r="C2" t="inlineStr"><is><t>市水利局</t></is></c></row>`
	}
	if got := told(t, xlsx(t, head+formula("<v>治理河道</v>"), nil)); got != "1 治理河道 [市水利局] " && got != "1 治理河道 [市水利局]" {
		t.Errorf("a formula with its result: %q", got)
	}
	if got := told(t, xlsx(t, head+formula(""), nil)); strings.Contains(got, "治理河道") {
		t.Errorf("a formula without a result was worked out: %q", got)
	}
	links := map[string]string{
		"xl/externalLinks/externalLink1.xml": `<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><externalBook/></externalLink>`,
		"xl/externalLinks/_rels/externalLink1.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
			`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath" Target="file:///etc/passwd" TargetMode="External"/></Relationships>`,
	}
	if got := told(t, xlsx(t, head+cells(2, "1", "治理河道", "市水利局"), links)); !strings.HasPrefix(got, "1 治理河道 [市水利局]") {
		t.Errorf("a workbook with a link to another: %q", got)
	}
	entities := strings.Replace(head, "序号", "&x;", 1)
	if lines, err := document.Read(t.Context(), xlsx(t, entities, nil)); err == nil && len(intake.Read(lines).Tasks) > 0 {
		t.Error("an entity nobody defined was read")
	}
}

// TestAMillionCells: a sheet of a million cells is refused, in bounded memory.
func TestAMillionCells(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: a million cells take long under the race detector, and nothing runs beside another here")
	}
	var rows strings.Builder
	for n := range 100_000 {
		rows.WriteString(cells(n+1, "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"))
	}
	million := xlsx(t, rows.String(), nil)
	rows.Reset()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if got := refusal(t, million); got != "document.too_large" {
		t.Errorf("a million cells: %s", got)
	}
	runtime.ReadMemStats(&after)
	if mb := (int64(after.HeapSys) - int64(before.HeapSys)) >> 20; mb > 200 {
		t.Errorf("a million cells took %d MB", mb)
	}
}

// TestRefused: what cannot be read is said, each with what to do.
func TestRefused(t *testing.T) {
	locked := []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	for _, r := range "EncryptedPackage" {
		locked = append(locked, byte(r), 0)
	}
	for name, c := range map[string]struct {
		b    []byte
		code string
	}{
		"empty":           {nil, "document.empty"},
		"blank":           {[]byte(" \n"), "document.type"},
		"doc":             {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 WPS"), "document.old"},
		"rtf":             {[]byte(`{\rtf1`), "document.old"},
		"locked":          {locked, "document.locked"},
		"ofd":             {packed(t, map[string]string{"OFD.xml": "<x/>"}), "document.ofd"},
		"picture":         {[]byte("\x89PNG\r\n\x1a\n"), "document.picture"},
		"program":         {[]byte("MZ\x00\x01\x02"), "document.type"},
		"other archive":   {packed(t, map[string]string{"a.txt": "x"}), "document.type"},
		"cut archive":     {docx(t, p("甲"), nil)[:40], "document.damaged"},
		"no document":     {packed(t, map[string]string{"word/x.xml": "<x/>"}), "document.damaged"},
		"broken":          {docx(t, "<w:p><w:r", nil), "document.damaged"},
		"no workbook":     {packed(t, map[string]string{"xl/x.xml": "<x/>"}), "document.damaged"},
		"nested tables":   {docx(t, strings.Repeat("<w:tbl><w:tr><w:tc>", 10_000), nil), "document.too_large"},
		"bomb":            {docx(t, "<w:p><w:r><w:t>"+strings.Repeat("字", 9<<20)+"</w:t></w:r></w:p>", nil), "document.too_large"},
		"many paragraphs": {docx(t, strings.Repeat(p("字"), 70_000), nil), "document.too_large"},
		"too long":        {[]byte(strings.Repeat("字", 2_000_000)), "document.too_large"},
	} {
		if name == "blank" {
			if lines, err := document.Read(t.Context(), c.b); err != nil || len(intake.Read(lines).Tasks) != 0 {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if got := refusal(t, c.b); got != c.code {
			t.Errorf("%s: %s, want %s", name, got, c.code)
		}
	}
}

// TestPDF: the text layer, and what to do where there is none.
func TestPDF(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		if got := refusal(t, []byte("%PDF-1.4\n")); got != "document.pdf_tool" {
			t.Error(got)
		}
		t.Skip("pdftotext (poppler-utils) is not installed")
	}
	pdf := func(content string) []byte {
		var b bytes.Buffer
		var at []int
		b.WriteString("%PDF-1.4\n")
		for i, o := range []string{
			"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
			"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
			fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(content), content),
			"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
		} {
			at = append(at, b.Len())
			fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
		}
		x := b.Len()
		b.WriteString("xref\n0 6\n0000000000 65535 f \n")
		for _, n := range at {
			fmt.Fprintf(&b, "%010d 00000 n \n", n)
		}
		fmt.Fprintf(&b, "trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", x)
		return b.Bytes()
	}
	lines, err := document.Read(t.Context(), pdf("BT /F 12 Tf 50 700 Td (A plan of twelve rivers, with text) Tj ET"))
	if err != nil || !strings.HasPrefix(lines[0].Text, "A plan of twelve rivers") {
		t.Errorf("%v %v", lines, err)
	}
	if got := refusal(t, pdf("0 0 m 100 100 l S")); got != "document.pdf_scan" {
		t.Error(got)
	}
	if got := refusal(t, []byte("%PDF-1.4\nno more")); got != "document.damaged" {
		t.Error(got)
	}
}

// TestHundredPages: a document of a hundred pages is read in seconds and within the bound
// of memory.
func TestHundredPages(t *testing.T) {
	const n = 800
	s := hundredPages(n)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun := time.Now()
	lines, err := document.Read(t.Context(), []byte(s))
	if err != nil {
		t.Fatal(err)
	}
	r := intake.Read(lines)
	took := time.Since(begun)
	runtime.ReadMemStats(&after)
	if len(r.Tasks) != n {
		t.Errorf("%d tasks", len(r.Tasks))
	}
	if mb := (int64(after.HeapSys) - int64(before.HeapSys)) >> 20; mb > 200 {
		t.Errorf("%d MB", mb)
	}
	t.Logf("%d characters in %v", len(s)/3, took)
}

// BenchmarkHundredPages reads and understands a hundred pages: 800 tasks of 150 characters.
func BenchmarkHundredPages(b *testing.B) {
	text := []byte(hundredPages(800))
	b.ReportAllocs()
	for b.Loop() {
		lines, err := document.Read(b.Context(), text)
		if err != nil {
			b.Fatal(err)
		}
		if got := len(intake.Read(lines).Tasks); got != 800 {
			b.Fatal(got)
		}
	}
}

func hundredPages(tasks int) string {
	var s strings.Builder
	s.WriteString("某市行动方案\n一、任务\n")
	for i := range tasks {
		fmt.Fprintf(&s, "%d.治理第%d河道。%s新建泵站%d座。（市水利局牵头，市财政局、各镇配合，2023年6月底前完成）\n", i%99+1, i, strings.Repeat("坚持问题导向，做好统筹安排。", 8), i+1)
	}
	return s.String()
}

// FuzzRead: no file makes it panic.
func FuzzRead(f *testing.F) {
	f.Add([]byte(plan))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\xff\xfea\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if bytes.Contains(b, []byte("%PDF-")) {
			return // another program's work
		}
		lines, err := document.Read(t.Context(), b)
		if err == nil {
			intake.Read(lines)
		}
	})
}

// FuzzWord: no body of a Word document makes it panic.
func FuzzWord(f *testing.F) {
	f.Add("<w:p><w:r><w:t>1.甲</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:tcPr><w:vMerge/><w:gridSpan w:val=\"9\"/></w:tcPr></w:tc></w:tr></w:tbl></w:tc></w:p>")
	f.Fuzz(func(t *testing.T, body string) {
		lines, err := document.Read(t.Context(), docx(t, body, nil))
		if err == nil {
			intake.Read(lines)
		}
	})
}
