package ui

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"duban/ui/web"
)

// rawBook is a workbook as its parts, to be changed as programs write them.
type rawBook map[string]string

// rawSheet is a figures sheet of the office as it was handed out.
func (w *world) rawSheet() rawBook { return partsOf(w.t, w.sheetBytes("office", nil)) }

func partsOf(t *testing.T, b []byte) rawBook {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	parts := rawBook{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(content)
	}
	return parts
}

func (r rawBook) bytes(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(r)) {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = io.WriteString(f, r[name])
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

const (
	firstSheet = "xl/worksheets/sheet1.xml"
	bookPart   = "xl/workbook.xml"
	stylesPart = "xl/styles.xml"
)

// put writes a cell as a program keeps it: the rest of its tag, and what is in it.
func (r rawBook) put(t *testing.T, ref, attrs, inside string) {
	t.Helper()
	find := regexp.MustCompile(`<c r="` + ref + `"[^>]*?(/>|>.*?</c>)`)
	if !find.MatchString(r[firstSheet]) {
		t.Fatalf("no cell %s", ref)
	}
	r[firstSheet] = find.ReplaceAllLiteralString(r[firstSheet], `<c r="`+ref+`" `+attrs+`>`+inside+`</c>`)
}

// replace changes a part's text once; it has to be there.
func (r rawBook) replace(t *testing.T, part, old, next string) {
	t.Helper()
	if !strings.Contains(r[part], old) {
		t.Fatalf("no %q in %s", old, part)
	}
	r[part] = strings.Replace(r[part], old, next, 1)
}

// style adds a cell style with a number format, by its number or a code of its own.
func (r rawBook) style(t *testing.T, id, code string) string {
	t.Helper()
	if code != "" {
		code = strings.NewReplacer("&", "&amp;", `"`, "&quot;").Replace(code)
		r.replace(t, stylesPart, "</numFmts>", `<numFmt numFmtId="`+id+`" formatCode="`+code+`"/></numFmts>`)
	}
	_, list, _ := strings.Cut(r[stylesPart], "<cellXfs")
	list, _, _ = strings.Cut(list, "</cellXfs>")
	r.replace(t, stylesPart, "</cellXfs>", `<xf numFmtId="`+id+`" fontId="0" fillId="0" borderId="0"/></cellXfs>`)
	return web.Itoa(strings.Count(list, "<xf "))
}

// lines are the rows of some indicators on the sheet.
func (w *world) lines(r rawBook, ids ...string) map[string]string {
	w.t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(r.bytes(w.t)))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows := map[string]string{}
	for _, id := range ids {
		rows[id] = web.Itoa(rowOf(w.t, f, id))
	}
	return rows
}

// readCell is what a preview made of a row: value and day, or the refusal's code and column.
func readCell(a answer, row string) string {
	if a.status == 200 {
		return fmt.Sprint(a.get("figures.0.figure.value"), " ", a.get("figures.0.figure.as_of"))
	}
	field, _ := a.get("field").(string)
	return fmt.Sprint(a.get("code"), " ", strings.TrimSuffix(field, row))
}

func typedCell(s string) string { return "<is><t>" + s + "</t></is>" }

// TestCellsOfASheet: what a cell shows is what is taken, however the program keeps it;
// what is no number or date is refused at its cell, with its reason.
func TestCellsOfASheet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.token("office")
	const percent, count = "G3.2", "G1.1" // of 2.5 %, of 60 万家
	handed := w.rawSheet()
	rows := w.lines(handed, percent, count)
	for _, c := range []struct {
		name, id, kind, value string
		format, code          string // of the value's cell
		date                  string // in J, as typed; else a plain one
		dateKind              string
		want                  string // value and day, or the code and the column
	}{
		{name: "a percentage, by its number", id: percent, value: "<v>0.025</v>", format: "10", want: "2.5 2022-08-31"},
		{name: "a whole percentage", id: percent, value: "<v>7.0000000000000007E-2</v>", format: "9", want: "7 2022-08-31"},
		{name: "by a format of its own", id: percent, value: "<v>-0.025</v>", format: "200", code: `0.0%;[Red]\-0.0%`, want: "-2.5 2022-08-31"},
		{name: "a sign that is only written", id: percent, value: "<v>2.5</v>", format: "200", code: `0.0"%"`, want: "2.5 2022-08-31"},
		{name: "a typed percentage", id: percent, kind: "inlineStr", value: typedCell("２．５％"), want: "2.5 2022-08-31"},
		{name: "a percentage of a count", id: count, value: "<v>0.25</v>", format: "10", want: "import.cell_percent H"},
		{name: "a typed percentage of a count", id: count, kind: "inlineStr", value: typedCell("25%"), want: "import.cell_percent H"},
		{name: "a long fraction", id: count, value: "<v>33.333333333333336</v>", want: "33.333333 2022-08-31"},
		{name: "a long fraction as text", id: count, kind: "inlineStr", value: typedCell("33.33333333"), want: "33.333333 2022-08-31"},
		{name: "an exponent", id: count, value: "<v>2.5000000000000001E1</v>", want: "25 2022-08-31"},
		{name: "grouped, as text", id: count, kind: "inlineStr", value: typedCell("２５，０００．５"), want: "25000.5 2022-08-31"},
		{name: "next to nothing", id: count, value: "<v>1E-12</v>", want: "form.number H"},
		{name: "a truth value", id: count, kind: "b", value: "<v>1</v>", want: "import.cell_truth H"},
		{name: "a division by zero", id: count, kind: "e", value: "<v>#DIV/0!</v>", want: "import.cell_error H"},
		{name: "a formula with its result", id: count, value: "<f>5*5</f><v>25</v>", want: "25 2022-08-31"},
		{name: "a formula that gave text", id: count, kind: "str", value: `<f>"2"&amp;"5"</f><v>25</v>`, want: "25 2022-08-31"},
		{name: "a formula without", id: count, value: "<f>5*5</f>", want: "import.cell_no_result H"},
		{name: "an error as LibreOffice writes it", id: count, kind: "e", value: `<f aca="false">1/0</f><v>#DIV/0!</v>`, want: "import.cell_error H"},
		{name: "a formula as LibreOffice writes it", id: percent, kind: "n", value: `<f aca="false">1/40</f><v>0.025</v>`, format: "10", want: "2.5 2022-08-31"},
		{name: "a date", id: count, value: "<v>44804</v>", format: "14", want: "import.cell_date H"},
		{name: "a date in Chinese", id: count, value: "<v>44804</v>", format: "31", want: "import.cell_date H"},
		{name: "shown in thousands", id: count, value: "<v>25000</v>", format: "200", code: `0.0,`, want: "import.cell_scaled H"},
		{name: "shown in ten thousands", id: count, value: "<v>250000</v>", format: "200", code: `0\.0,"万"`, want: "import.cell_scaled H"},
		{name: "grouped by its format", id: count, value: "<v>25</v>", format: "200", code: `#,##0.00_);[Red]\(#,##0.00\)`, want: "25 2022-08-31"},
		{name: "with its unit by its format", id: count, value: "<v>25</v>", format: "200", code: `0.0"万家"`, want: "25 2022-08-31"},

		{name: "a date cell with a clock", id: count, dateKind: "n", date: "<v>44804.729166666664</v>", want: "25 2022-08-31"},
		{name: "an ISO date cell", id: count, dateKind: "d", date: "<v>2022-08-31T00:00:00</v>", want: "25 2022-08-31"},
		{name: "a short ISO date cell", id: count, dateKind: "d", date: "<v>2022-08-31</v>", want: "25 2022-08-31"},
		{name: "an instant", id: count, date: "2022-08-30T16:00:00Z", want: "25 2022-08-31"},
		{name: "ISO", id: count, date: "2022-08-31T00:00:00", want: "25 2022-08-31"},
		{name: "a clock after it", id: count, date: "2022-08-31 00:00:00", want: "25 2022-08-31"},
		{name: "full width", id: count, date: "２０２２年８月３１日", want: "25 2022-08-31"},
		{name: "full-width signs", id: count, date: "２０２２／８／３１", want: "25 2022-08-31"},
		{name: "spaced", id: count, date: " 2022 年 8 月 31 日 ", want: "25 2022-08-31"},
		{name: "points", id: count, date: "2022.8.31", want: "25 2022-08-31"},
		{name: "strokes", id: count, date: "2022/8/31", want: "25 2022-08-31"},
		{name: "digits alone", id: count, date: "20220831", want: "25 2022-08-31"},
		{name: "digits alone as a number", id: count, dateKind: "n", date: "<v>20220831</v>", want: "25 2022-08-31"},
		{name: "in words", id: count, date: "二〇二二年八月三十一日", want: "25 2022-08-31"},
		{name: "the tenth", id: count, date: "二○二一年十月十日 星期日", want: "25 2021-10-10"},
		{name: "no such day", id: count, date: "2022-02-30", want: "form.date J"},
		{name: "no year", id: count, date: "8月31日", want: "form.date J"},
		{name: "no day", id: count, date: "2022年8月", want: "form.date J"},
		{name: "the 60th day of 1900", id: count, dateKind: "n", date: "<v>60</v>", want: "form.date J"},
		{name: "a truth value for a date", id: count, dateKind: "b", date: "<v>1</v>", want: "import.cell_truth J"},
		{name: "a date that went wrong", id: count, dateKind: "e", date: "<v>#VALUE!</v>", want: "import.cell_error J"},
	} {
		r, row := maps.Clone(handed), rows[c.id]
		style := ""
		if c.format != "" {
			style = ` s="` + r.style(t, c.format, c.code) + `"`
		}
		attrs := func(kind string) string {
			if kind == "" {
				return ""
			}
			return ` t="` + kind + `"`
		}
		value := c.value
		if value == "" {
			value = "<v>25</v>"
		}
		r.put(t, "H"+row, style+attrs(c.kind), value)
		date, kind := c.date, c.dateKind
		if date == "" {
			date, kind = "<v>44804</v>", "n"
		}
		if kind == "" {
			date, kind = typedCell(date), "inlineStr"
		}
		r.put(t, "J"+row, attrs(kind), date)
		a := w.importSheet("office", importPath+"/preview", r.bytes(t), nil)
		if got := readCell(a, row); got != c.want {
			t.Errorf("%s: %s, want %s: %s", c.name, got, c.want, a)
		}
	}
}

// TestBooksOfOtherPrograms: whatever else is in the workbook, the figures sheet is found
// and read.
func TestBooksOfOtherPrograms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.token("office")
	handed := w.rawSheet()
	row := w.lines(handed, "G1.1")["G1.1"]
	cover := `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>封面</t></is></c></row></sheetData></worksheet>`
	first := func(r rawBook, name, state, content string) {
		r["xl/worksheets/sheet9.xml"] = content
		r.replace(t, bookPart, "<sheets>", `<sheets><sheet name="`+name+`" sheetId="99" `+state+` r:id="rId99"/>`)
		r.replace(t, "xl/_rels/workbook.xml.rels", "</Relationships>", `<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="/xl/worksheets/sheet9.xml"/></Relationships>`)
	}
	for _, c := range []struct {
		name string
		make func(r rawBook, row string)
		want string
	}{
		{"counting from 1904", func(r rawBook, row string) {
			r.replace(t, bookPart, "<workbookPr", `<workbookPr date1904="true"`)
			r.put(t, "J"+row, "", "<v>43342</v>")
		}, "25 2022-08-31"},
		{"a cover before it", func(r rawBook, _ string) { first(r, "封面", "", cover) }, "25 2022-08-31"},
		{"a hidden sheet before it", func(r rawBook, _ string) { first(r, "temp", `state="hidden"`, cover) }, "25 2022-08-31"},
		{"a sheet of thousands of rows before it", func(r rawBook, _ string) {
			first(r, "原始数据", "", strings.Replace(cover, "</sheetData>", strings.Repeat("<row><c><v>1</v></c></row>", 4000)+"</sheetData>", 1))
		}, "25 2022-08-31"},
		{"a copy of it", func(r rawBook, _ string) { first(r, "填报数 (2)", "", r[firstSheet]) }, "25 2022-08-31"},
		{"a copy that says another thing", func(r rawBook, row string) {
			first(r, "填报数 (2)", "", r[firstSheet])
			r.put(t, "H"+row, "", "<v>26</v>")
		}, "import.two_sheets sheet"},
		{"rows formatted far down", func(r rawBook, _ string) {
			var rows strings.Builder
			for n := 500; n < 9000; n++ {
				fmt.Fprintf(&rows, `<row r="%d" s="5" customFormat="1"><c r="A%d" s="5"/><c r="L%d" s="5"/><c r="XFD%d" s="5"/></row>`, n, n, n, n)
			}
			r.replace(t, firstSheet, "</sheetData>", rows.String()+"</sheetData>")
		}, "25 2022-08-31"},
		{"spaces and readings", func(r rawBook, row string) {
			r.put(t, "H"+row, `t="inlineStr"`, `<is><r><t xml:space="preserve"> 2</t></r><r><t>5 </t></r><rPh sb="0" eb="1"><t>er</t></rPh></is>`)
		}, "25 2022-08-31"},
		{"one date for several rows", func(r rawBook, row string) {
			r.replace(t, firstSheet, "</sheetData>", `</sheetData><mergeCells count="1"><mergeCell ref="J`+row+`:J40"/></mergeCells>`)
		}, "import.merged J"},
		{"empty cells merged", func(r rawBook, _ string) {
			r.replace(t, firstSheet, "</sheetData>", `</sheetData><mergeCells count="1"><mergeCell ref="H60:L70"/></mergeCells>`)
		}, "25 2022-08-31"},
		{"prefixes and other separators", func(r rawBook, _ string) {
			r[bookPart] = regexp.MustCompile(`<(/?)(workbook|workbookPr|sheets|sheet)\b`).ReplaceAllString(r[bookPart], "<${1}x:$2")
			r[bookPart] = strings.Replace(r[bookPart], "xmlns=", "xmlns:x=", 1)
			for name, part := range r {
				if strings.HasPrefix(name, "xl/worksheets/sheet") {
					delete(r, name)
					r[strings.ReplaceAll(name, "/", `\`)] = part
				}
			}
		}, "25 2022-08-31"},
		{"one sheet listed often", func(r rawBook, _ string) {
			r.replace(t, bookPart, "<sheets>", "<sheets>"+strings.Repeat(`<sheet name="x" sheetId="1" r:id="rId1"/>`, 5000))
		}, "25 2022-08-31"},
	} {
		r := maps.Clone(handed)
		r.put(t, "H"+row, "", "<v>25</v>")
		r.put(t, "J"+row, "", "<v>44804</v>")
		c.make(r, row)
		a := w.importSheet("office", importPath+"/preview", r.bytes(t), nil)
		if got := readCell(a, row); got != c.want {
			t.Errorf("%s: %s, want %s: %s", c.name, got, c.want, a)
		}
	}
}
