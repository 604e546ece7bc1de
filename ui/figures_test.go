package ui

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"duban/ui/export"
)

// bring uploads a sheet on the import's page.
func (w *world) bring(b *browser, path string, sheet []byte, pairs ...string) answer {
	w.t.Helper()
	body, kind := w.sheetForm(sheet, pairs...)
	return w.send(b.http, "POST", path, body, map[string]string{"Content-Type": kind, "X-CSRF-Token": b.csrf, "Accept": "text/html"})
}

// importSheet sends a sheet as a program does.
func (w *world) importSheet(as, path string, sheet []byte, head map[string]string) answer {
	w.t.Helper()
	body, kind := w.sheetForm(sheet)
	header := map[string]string{"Content-Type": kind}
	maps.Copy(header, head)
	return w.as(as, "POST", path, body, header)
}

// sheetForm is a form with a sheet, and its content type.
func (w *world) sheetForm(sheet []byte, pairs ...string) ([]byte, string) {
	w.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := m.WriteField(pairs[i], pairs[i+1]); err != nil {
			w.t.Fatal(err)
		}
	}
	part, err := m.CreateFormFile("sheet", "填报数.xlsx")
	if err == nil {
		_, err = part.Write(sheet)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return body.Bytes(), m.FormDataContentType()
}

// sheetBytes is a figures sheet, changed by edit.
func (w *world) sheetBytes(who string, edit func(f *excelize.File)) []byte {
	w.t.Helper()
	f := w.workbook(who, "/export/figures.xlsx")
	if edit != nil {
		edit(f)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		w.t.Fatal(err)
	}
	return b.Bytes()
}

// rowOf is the row of an indicator on a figures sheet.
func rowOf(t *testing.T, f *excelize.File, id string) int {
	t.Helper()
	rows, err := f.GetRows(f.GetSheetList()[0])
	if err != nil {
		t.Fatal(err)
	}
	for n, r := range rows {
		if len(r) > 0 && r[0] == id {
			return n + 1
		}
	}
	t.Fatalf("no row of %s in %q", id, rows)
	return 0
}

func put(t *testing.T, f *excelize.File, c export.FigureColumn, row int, v any) {
	t.Helper()
	if err := f.SetCellValue(f.GetSheetList()[0], export.CellName(c, row), v); err != nil {
		t.Fatal(err)
	}
}

var packed = regexp.MustCompile(`name="rows" value="([^"]*)"`)

// rowsIn is what the preview page carries to the act; "" when there is nothing to do.
func rowsIn(page []byte) string {
	m := packed.FindSubmatch(page)
	if m == nil {
		return ""
	}
	return strings.NewReplacer("&#34;", `"`, "&amp;", "&", "&lt;", "<", "&gt;", ">", "&#43;", "+").Replace(string(m[1]))
}

// TestFiguresOfTheOffice: the sheet as exported changes nothing; filled, its changes
// are shown and filed in one act, once; a stale one is shown again.
func TestFiguresOfTheOffice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.cookie("office")
	if a := w.bring(b, "/figures/import", w.sheetBytes("office", nil)); a.status != 200 || !strings.Contains(string(a.body), "没有改动") || rowsIn(a.body) != "" {
		t.Errorf("an untouched sheet: %s", a)
	}
	filledIn := w.sheetBytes("office", func(f *excelize.File) {
		for n, id := range []string{"G5.7", "G5.8"} {
			row := rowOf(t, f, id)
			put(t, f, export.FigureValue, row, []any{"1,200", 900.5}[n])
			put(t, f, export.FigureAsOf, row, []any{"2022-09-01", time.Date(2022, 9, 2, 0, 0, 0, 0, time.UTC)}[n])
			put(t, f, export.FigureKind, row, []any{nil, "初步数"}[n])
		}
	})
	before := len(w.events(0))
	a := w.bring(b, "/figures/import", filledIn)
	rows := rowsIn(a.body)
	if a.status != 200 || strings.Count(rows, `"n":`) != 2 || !strings.Contains(string(a.body), "900.5") {
		t.Fatalf("a filled sheet: %s", a)
	}
	if n := len(w.events(0)) - before; n != 0 {
		t.Errorf("a preview wrote %d events", n)
	}
	confirm := url.Values{"rows": {rows}, "period": {""}, "key": {"k1"}}
	post := func() answer {
		return w.send(b.http, "POST", "/figures/import/confirm", confirm.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": b.csrf, "Accept": "text/html"})
	}
	for range 2 { // a second click files nothing twice
		if a := post(); a.status != 303 || !strings.HasPrefix(a.header.Get("Location"), "/indicators?done=figures_filed") {
			t.Fatal(a)
		}
	}
	if kinds := w.kinds(uint64(before)); strings.Count(kinds, "figure_filed") != 2 {
		t.Errorf("filed: %s", kinds)
	}
	v, _ := w.book.Indicator("G5.8", w.clock.now())
	if v.Value.String() != "900.5" || !v.Provisional || v.AsOf.String() != "2022-09-02" {
		t.Errorf("G5.8 stands at %+v", v)
	}
	if a := w.bring(b, "/figures/import", filledIn); !strings.Contains(string(a.body), "没有改动") {
		t.Errorf("the same sheet again: %s", a)
	}
	confirm.Set("key", "k2") // another tab, shown before the first was confirmed
	if a := post(); a.status != 412 || !strings.Contains(string(a.body), "又有了新数") {
		t.Errorf("a stale confirmation: %s", a)
	}
}

// TestFiguresOfADepartment: a department's figures go into the draft of its report,
// what was written there stays, and one bad cell keeps everything out.
func TestFiguresOfADepartment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if a := w.as("office", "PUT", "/api/v1/indicators/G5.1/owner", `{"owner":"zrzyt"}`, nil); a.status != 200 {
		t.Fatal(a)
	}
	if a := w.as("office", "PUT", "/api/v1/indicators/G5.6/owner", `{"owner":"zrzyt"}`, nil); a.status != 200 {
		t.Fatal(a)
	}
	if a := w.as("office", "POST", "/api/v1/indicators/G5.6/figures", `{"value":20,"as_of":"2022-06-30"}`, nil); a.status != 201 {
		t.Fatal(a)
	}
	const id = "/api/v1/assignments/2022Q3-06-lead-zrzyt"
	if a := w.as("zrzyt", "PUT", id+"/draft", `{"progress":"已写好的进展"}`, nil); a.status != 200 {
		t.Fatal(a)
	}
	b := w.cookie("zrzyt")
	var cells []string
	sheet := func(first, second, when any) []byte {
		return w.sheetBytes("zrzyt", func(f *excelize.File) {
			cells = nil
			for n, id := range []string{"G5.1", "G5.6"} {
				row := rowOf(t, f, id)
				put(t, f, export.FigureValue, row, []any{first, second}[n])
				put(t, f, export.FigureAsOf, row, when)
				cells = append(cells, export.CellName(export.FigureValue, row), export.CellName(export.FigureAsOf, row))
			}
		})
	}
	for _, bad := range []struct {
		sheet []byte
		says  []string // behind the cell of that number
		cell  []int
	}{
		{sheet(1300, 15, "2022-09-01"), []string{"少于上次"}, []int{2}},
		{sheet(1300, 250000, "2022-09-01"), []string{"相差过大"}, []int{2}},
		{sheet("约一千", 25, "2023-09-01"), []string{"不是数字"}, []int{0}},
		{sheet(1300, 25, "2023-09-01"), []string{"还没有到", "还没有到"}, []int{1, 3}},
		{sheet(1300, 25, "九月"), []string{"不是日期", "不是日期"}, []int{1, 3}},
	} {
		a := w.bring(b, "/figures/import", bad.sheet)
		if a.status != 422 || rowsIn(a.body) != "" {
			t.Errorf("%v: %d, can be confirmed: %q", bad.says, a.status, rowsIn(a.body))
		}
		for n, says := range bad.says {
			if !regexp.MustCompile(cells[bad.cell[n]] + "：[^<]*" + says).Match(a.body) {
				t.Errorf("no %s：%s in %s", cells[bad.cell[n]], says, a.body)
			}
		}
	}
	a := w.bring(b, "/figures/import", sheet(1300, 25.5, 44805)) // 1 September 2022
	if a.status != 200 || strings.Count(rowsIn(a.body), `"n":`) != 2 {
		t.Fatal(a)
	}
	form := url.Values{"rows": {rowsIn(a.body)}, "period": {"2022Q3"}, "key": {"k"}}
	if a := w.send(b.http, "POST", "/figures/import/confirm", form.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": b.csrf, "Accept": "text/html"}); a.status != 303 {
		t.Fatal(a)
	}
	draft := w.as("zrzyt", "GET", id+"/draft", nil, nil)
	if draft.get("report.progress") != "已写好的进展" || fmt.Sprint(draft.get("report.figures.1.value")) != "25.5" || draft.get("report.figures.1.as_of") != "2022-09-01" {
		t.Errorf("the draft: %s", draft)
	}
	if a := w.bring(b, "/figures/import", w.sheetBytes("zrzyt", nil)); !strings.Contains(string(a.body), "2 处与现有相同") || rowsIn(a.body) != "" {
		t.Errorf("the sheet of the draft is no round trip: %s", a)
	}
}

// TestSheetsThatAreRefused: what is no figures sheet of this unit, period and journal
// says so, and a bomb costs neither time nor memory.
func TestSheetsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.cookie("office")
	mark := func(key, value string) []byte {
		return w.sheetBytes("office", func(f *excelize.File) {
			rows, err := f.GetRows("duban")
			if err != nil {
				t.Fatal(err)
			}
			for n, r := range rows {
				if r[0] == key {
					if err := f.SetCellStr("duban", fmt.Sprintf("B%d", n+1), value); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
	other := excelize.NewFile()
	plain, err := other.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]struct {
		sheet []byte
		says  string
	}{
		"text":    {[]byte("编号,数值"), "不是 xlsx"},
		"another": {plain.Bytes(), "不是从本系统下载"},
		"store":   {mark("epoch", "x"), "另一套系统"},
		"unit":    {mark("unit", "zrzyt"), "省自然资源厅"},
		"period":  {mark("period", "2022Q2"), "2022Q2"},
		"plan":    {mark("plan", "x"), "计划有过调整"},
		"header":  {w.sheetBytes("office", func(f *excelize.File) { put(t, f, export.FigureValue, 1, "数") }), "H1：表头应为“本次值”"},
		"unknown row": {w.sheetBytes("office", func(f *excelize.File) {
			put(t, f, export.FigureIndicator, 3, "X9")
			put(t, f, export.FigureValue, 3, 1)
		}), "A3："},
		"row twice":     {w.sheetBytes("office", twice(t)), "同一个指标"},
		"kind":          {w.sheetBytes("office", func(f *excelize.File) { put(t, f, export.FigureValue, 3, 1); put(t, f, export.FigureKind, 3, "大概") }), "K3："},
		"no value":      {w.sheetBytes("office", func(f *excelize.File) { put(t, f, export.FigureExplanation, 3, "x") }), "H3："},
		"bomb":          {[]byte(officeWith(t, func(z *zip.Writer) error { return addZeros(z, "xl/0.xml", 40) })), "远多于"},
		"many parts":    {[]byte(officeWith(t, manyParts)), "远多于"},
		"far row":       {w.sheetBytes("office", func(f *excelize.File) { put(t, f, export.FigureValue, 5000, 1) }), "远多于"},
		"an empty file": {nil, "空的"},
	} {
		var was, is runtime.MemStats
		runtime.ReadMemStats(&was)
		a := w.bring(b, "/figures/import", bad.sheet)
		runtime.ReadMemStats(&is)
		if a.status != 422 || !strings.Contains(string(a.body), bad.says) || rowsIn(a.body) != "" {
			t.Errorf("%s: %d, no %q in %s", name, a.status, bad.says, a.body)
		}
		// A bomb of 40 MB is refused by what it says of itself. The bound is far
		// from what is measured and far from unpacking it.
		if grown := is.TotalAlloc - was.TotalAlloc; strings.Contains(name, "bomb") && grown > 64<<20 {
			t.Errorf("%s: %d MB", name, grown>>20)
		}
	}
	if a := w.bring(b, "/figures/import", bytes.Repeat([]byte{1}, 3<<20)); a.status != 413 {
		t.Errorf("3 MB: %s", a)
	}
}

func twice(t *testing.T) func(f *excelize.File) {
	return func(f *excelize.File) {
		put(t, f, export.FigureValue, 3, 1)
		put(t, f, export.FigureValue, 4, 1)
		id, err := f.GetCellValue(f.GetSheetList()[0], "A3")
		if err != nil {
			t.Fatal(err)
		}
		put(t, f, export.FigureIndicator, 4, id)
	}
}

// manyParts adds five thousand parts of a few bytes.
func manyParts(z *zip.Writer) error {
	for i := range 5000 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("xl/%d.xml", i), Method: zip.Store})
		if err == nil {
			_, err = w.Write(make([]byte, 10))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// TestASheetOfManyFigures: as many figures as a sheet has rows are taken at once, from the
// office and from a department.
func TestASheetOfManyFigures(t *testing.T) {
	t.Parallel()
	var more, inside strings.Builder
	for i := range 200 {
		fmt.Fprintf(&more, "  - {id: X%d, group: G5, title: 指标%d, kind: total, op: \"≥\", target: 100, unit: 家, owner: 人行杭州中心支行}\n", i, i)
	}
	for i := range 40 {
		fmt.Fprintf(&inside, "\n      - {id: Y%d, title: 任务指标%d, kind: total, op: \"≥\", target: 100, unit: 家}", i, i)
	}
	w := newWorld(t, withPlan(func(source string) string {
		at := strings.Index(source, "      - {id: T5.1,")
		return source[:at] + strings.TrimPrefix(inside.String(), "\n") + "\n" + strings.Replace(source[at:], "\nindicators:\n", "\nindicators:\n"+more.String(), 1)
	}))
	fill := func(who string) (sheet []byte, n int) {
		return w.sheetBytes(who, func(f *excelize.File) {
			rows, err := f.GetRows(f.GetSheetList()[0])
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range rows {
				if strings.HasPrefix(r[0], "X") || strings.HasPrefix(r[0], "Y") {
					n++
					put(t, f, export.FigureValue, i+1, 50)
					put(t, f, export.FigureAsOf, i+1, "2022-09-01")
				}
			}
		}), n
	}
	sheet, n := fill("office")
	if a := w.importSheet("office", importPath, sheet, nil); n != 240 || a.status != 201 || a.get("figures.239.stands") != "same" {
		t.Errorf("%d figures of the office: %.300s", n, a)
	}
	sheet, n = fill("rhhz")
	a := w.importSheet("rhhz", importPath, sheet, nil)
	if n != 240 || a.status >= 300 {
		t.Fatalf("%d figures of a department: %.300s", n, a)
	}
	many := map[any]int{}
	for i := range n {
		many[a.get(fmt.Sprintf("figures.%d.assignment", i))]++
	}
	for id, n := range many {
		path := fmt.Sprint("/api/v1/assignments/", id)
		draft, _ := w.as("rhhz", "GET", path+"/draft", nil, nil).get("report").(map[string]any)
		draft["progress"] = "进展"
		body, err := json.Marshal(draft)
		if err != nil {
			t.Fatal(err)
		}
		if a := w.as("rhhz", "POST", path+"/acceptance", nil, nil); a.status != 201 {
			t.Fatal(a)
		}
		if a := w.as("rhhz", "POST", path+"/reports", body, nil); a.status != 201 {
			t.Errorf("a report with %d of them: %.300s", n, a)
		}
	}
}
