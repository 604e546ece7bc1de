package export

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func paper() Paper {
	return Paper{Title: "关于考核情况的通报", Footer: "数据截至 2022-09-28",
		Sections: []PaperSection{{"一、总体情况", []string{"得分 96.67 分 <&>\x00。", "第二段"}}, {"二、进展较好", nil}},
		Tables:   []PaperTable{{Title: "附件1", Columns: []string{"单位", "得分"}, Widths: []int{3, 1}, Rows: [][]string{{"省科技厅", "96.67"}}}}}
}

// unzip reads every part and holds it to be well-formed.
func unzip(t *testing.T, b []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(text)
		for d := xml.NewDecoder(bytes.NewReader(text)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
	}
	return parts
}

// TestDocxLayout: the layout of official papers, value by value, from the file.
func TestDocxLayout(t *testing.T) {
	var b, again bytes.Buffer
	if err := errors.Join(WriteDocx(&b, paper()), WriteDocx(&again, paper())); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("the same paper gives other bytes")
	}
	parts := unzip(t, b.Bytes())
	for part, all := range map[string][]string{
		"word/document.xml": {`<w:pgSz w:w="11906" w:h="16838"/>`, `w:top="2098" w:right="1474" w:bottom="1984" w:left="1587"`,
			`<w:docGrid w:type="lines" w:linePitch="579"/>`, `<w:spacing w:val="-5"/>`, `w:eastAsia="方正小标宋简体"`, `<w:sz w:val="44"/>`,
			`w:eastAsia="仿宋_GB2312"`, `<w:sz w:val="32"/>`, `w:line="579" w:lineRule="exact"`, `w:firstLineChars="200"`,
			`<w:footerReference w:type="default" r:id="rId3"/><w:footerReference w:type="even" r:id="rId4"/>`, "&lt;&amp;&gt;\uFFFD", "<w:tblHeader/>"},
		"word/footer1.xml":             {`<w:jc w:val="right"/>`, "— ", ` PAGE `, `数据截至`},
		"word/footer2.xml":             {`<w:jc w:val="left"/>`, ` PAGE `},
		"word/settings.xml":            {`<w:evenAndOddHeaders/>`},
		"word/_rels/document.xml.rels": {`Id="rId3"`, `Target="footer1.xml"`, `Id="rId4"`, `Target="footer2.xml"`},
		"[Content_Types].xml":          {"/word/footer2.xml"},
	} {
		for _, want := range all {
			if !strings.Contains(parts[part], want) {
				t.Errorf("%s has no %s", part, want)
			}
		}
	}
	// 37, 35, 28 and 26 mm to a tenth; 22 lines and 28 characters fit, one more of each does not.
	for mm, twips := range map[float64]int{37: marginTop, 35: marginBottom, 28: marginLeft, 26: marginRight} {
		if d := float64(twips)*25.4/1440 - mm; d < -0.1 || d > 0.1 {
			t.Errorf("%d is %v mm off %v", twips, d, mm)
		}
	}
	high := pageHeight - marginTop - marginBottom
	if high/linePitch != 22 {
		t.Errorf("%d lines", high/linePitch)
	}
	if n := float64(textWidth) / (320 + float64(charSpace)); n < 28 || n > 28.1 {
		t.Errorf("%v characters", n)
	}
}

// TestDocxOpens lets an office suite read the file, where one is installed.
func TestDocxOpens(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("no LibreOffice on this machine: the file is checked part by part only")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "a.docx")
	var b bytes.Buffer
	if err := errors.Join(WriteDocx(&b, paper()), os.WriteFile(file, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(office, "--headless", "-env:UserInstallation=file://"+dir+"/profile", "--convert-to", "txt:Text", "--outdir", dir, file).CombinedOutput()
	text, err2 := os.ReadFile(filepath.Join(dir, "a.txt"))
	if err != nil || err2 != nil || !strings.Contains(string(text), "一、总体情况") {
		t.Fatalf("%v %v %s", err, err2, out)
	}
}
