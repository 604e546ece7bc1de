package ui

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"duban/ui/web"
)

// workbook is a workbook as somebody downloads it.
func (w *world) workbook(as, path string) *excelize.File {
	w.t.Helper()
	a := w.as(as, "GET", path, nil, nil)
	if a.status != 200 {
		w.t.Fatal(a)
	}
	f, err := excelize.OpenReader(bytes.NewReader(a.body))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = f.Close() }) // it was read from memory
	return f
}

// titled is a row's cell by the title of its column.
func titled(t *testing.T, rows [][]string, row int, title string) string {
	t.Helper()
	i := slices.Index(rows[0], title)
	if i < 0 {
		t.Fatalf("no column %s in %q", title, rows[0])
	}
	if i >= len(rows[row]) {
		return ""
	}
	return rows[row][i]
}

// TestLedgerWorkbook: the columns of the product's rules in their order, instants that
// sort, figures of the period and in all, the office's last word also when another
// act came after it, scores as far as the reader may see them, and a drop-down.
func TestLedgerWorkbook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const id = "/api/v1/assignments/2022Q3-02-lead-kjt"
	for _, s := range []struct{ who, path, body string }{
		{"office", "/api/v1/indicators/G5.7/figures", `{"value":900,"as_of":"2022-06-30"}`},
		{"kjt", id + "/acceptance", ``},
		{"kjt", id + "/reports", `{"progress":"＝HYPERLINK(\"x\")","obstacles":"=1+1","figures":[{"indicator":"G5.7","value":1900,"as_of":"2022-09-15"}]}`},
		{"office", id + "/verification", `{"grade":"excellent","comment":"数据扎实"}`},
		{"office", id + "/notes", `{"text":"另行核对"}`},
	} {
		if a := w.as(s.who, "POST", s.path, s.body, nil); a.status != 201 {
			t.Fatal(s.path, a)
		}
	}
	w.clock.add(60 * 24 * time.Hour)
	w.tick()
	f := w.workbook("office", "/export/ledger.xlsx?department=kjt")
	rows, err := f.GetRows("2022Q3")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields("序号 编号 来源 重点任务 量化目标 牵头单位 配合单位 交办时间 签收时间 本期截止 本期进展 本期值 累计 应达 存在问题 需协调事项 下步打算 佐证 审核意见 退回 催办 延期 时限灯 进度灯 状态 办结时间 得分")
	if !slices.Equal(rows[0], want) {
		t.Fatalf("columns %q", rows[0])
	}
	at := slices.IndexFunc(rows, func(r []string) bool { return len(r) > 1 && r[1] == "2022Q3-02-lead-kjt" })
	if at < 0 {
		t.Fatalf("no row of the task: %q", rows)
	}
	for title, want := range map[string]string{"序号": web.Itoa(at), "本期进展": `＝HYPERLINK("x")`, "存在问题": "=1+1", "审核意见": "数据扎实", "状态": "已审核", "得分": ""} {
		if got := titled(t, rows, at, title); got != want {
			t.Errorf("%s: %q, want %q", title, got, want)
		}
	}
	if now, all := titled(t, rows, at, "本期值"), titled(t, rows, at, "累计"); !strings.Contains(now, " 1000家次") || !strings.Contains(all, " 1900家次") {
		t.Errorf("the period brought %q of %q", now, all)
	}
	raw, err := f.GetRows("2022Q3", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	if due := titled(t, rows, at, "本期截止"); due != "2022-09-30 17:30" || strings.ContainsAny(titled(t, raw, at, "本期截止"), "-:") {
		t.Errorf("due %q, kept as %q: not an instant of the plan's clock that sorts", due, titled(t, raw, at, "本期截止"))
	}
	drops, err := f.GetDataValidations("2022Q3")
	if err != nil || len(drops) != 1 || !strings.Contains(drops[0].Formula1, "待审核") || !strings.HasPrefix(drops[0].Sqref, "Y2:Y") {
		t.Errorf("drop-downs %+v %v", drops, err)
	}

	draft := w.as("office", "POST", assessed+"/draft", nil, nil)
	if draft.status != 201 {
		t.Fatal(draft)
	}
	score := func(as string) string {
		rows, err := w.workbook(as, "/export/ledger.xlsx?department=kjt").GetRows("2022Q3")
		if err != nil {
			t.Fatal(err)
		}
		return titled(t, rows, slices.IndexFunc(rows, func(r []string) bool { return len(r) > 1 && r[1] == "2022Q3-02-lead-kjt" }), "得分")
	}
	if office, own := score("office"), score("kjt"); office == "" || own != "" {
		t.Errorf("of a draft the office sees %q, the department %q", office, own)
	}
	if a := w.as("office", "POST", assessed+"/notice", nil, nil); a.status != 201 {
		t.Fatal(a)
	}
	if own := score("kjt"); own == "" || own != score("office") {
		t.Errorf("after the notice the department sees %q", own)
	}
}

// TestLedgerKeepsEveryPeriod: whatever the periods are called, each has its sheet and
// every assignment its row; names that spreadsheets hold to be one are told apart.
func TestLedgerKeepsEveryPeriod(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := strings.Repeat("a", 31)
	for n, id := range []string{"zx01", "ZX01", "Zx01", "History", "hISTORY", long + "1", long + "2", strings.ToUpper(long) + "1", "Indicators", "Targets", "2022q3"} {
		body := `{"id":"` + id + `","name":"专项` + web.Itoa(n) + `","due":"2022-09-29","accept_by":"2022-09-22","tasks":[` + web.Itoa(1+n%12) + `]}`
		if a := w.as("office", "POST", "/api/v1/periods", body, nil); a.status != 201 {
			t.Fatalf("%s: %s", id, a)
		}
	}
	want := map[string]bool{}
	for next := ""; ; {
		a := w.as("office", "GET", "/api/v1/assignments?limit=500&after="+next, nil, nil)
		items, _ := a.get("items").([]any)
		for _, i := range items {
			id, _ := i.(map[string]any)["id"].(string)
			want[id] = true
		}
		if next, _ = a.get("next").(string); next == "" {
			break
		}
	}
	if len(want) < 60 {
		t.Fatalf("only %d assignments", len(want))
	}
	for _, lang := range []string{"zh-CN", "en"} {
		a := w.as("office", "GET", "/export/ledger.xlsx", nil, map[string]string{"Accept-Language": lang})
		if a.status != 200 {
			t.Fatalf("%s: %s", lang, a)
		}
		f, err := excelize.OpenReader(bytes.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		rows, seen := map[string]bool{}, map[string]bool{}
		for _, name := range f.GetSheetList() {
			folded := strings.ToLower(name)
			if seen[folded] || folded == "history" || len(utf16.Encode([]rune(name))) > 31 {
				t.Errorf("%s: a sheet is called %q", lang, name)
			}
			seen[folded] = true
			all, err := f.GetRows(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range all {
				if len(r) > 1 && want[r[1]] {
					rows[r[1]] = true
				}
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if len(rows) != len(want) {
			t.Errorf("%s: %d of %d assignments have a row; sheets %q", lang, len(rows), len(want), slices.Sorted(maps.Keys(seen)))
		}
	}
}

// TestLedgerSaysWhatAFirstFigureIs: a running total that nothing stands before is not what
// the period brought, unless counting began in it.
func TestLedgerSaysWhatAFirstFigureIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const id = "/api/v1/assignments/2022Q3-02-lead-kjt"
	for _, s := range []struct{ path, body string }{
		{id + "/acceptance", ``},
		{id + "/reports", `{"progress":"x","figures":[{"indicator":"G5.7","value":1900,"as_of":"2022-09-15"},{"indicator":"G3.2","value":2.1,"as_of":"2022-09-15"}]}`},
	} {
		if a := w.as("kjt", "POST", s.path, s.body, nil); a.status != 201 {
			t.Fatal(s.path, a)
		}
	}
	rows, err := w.workbook("office", "/export/ledger.xlsx?department=kjt&task=2").GetRows("2022Q3")
	if err != nil || len(rows) < 2 {
		t.Fatal(rows, err)
	}
	now, all := titled(t, rows, 1, "本期值"), titled(t, rows, 1, "累计")
	if !strings.Contains(now, "首次填报") || !strings.Contains(now, "累计 1900家次") || !strings.Contains(now, "2.1%") || !strings.Contains(all, " 1900家次") {
		t.Errorf("the period brought %q of %q", now, all)
	}
	if page := w.visit("office", "/assignments/2022Q3-02-lead-kjt"); strings.Contains(page, "本期值") || !strings.Contains(page, "当年累计") {
		t.Error("the page calls a running total the period's value, or does not say what it is")
	}
}

// TestPrintOffersTheWholeList: a list that is on several pages says on paper how much of
// it is there, and its button knows where the whole begins.
func TestPrintOffersTheWholeList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.visit("office", "/assignments?period=2022Q3&role=cooperating&limit=20")
	if !strings.Contains(page, `data-print="/assignments?limit=500&amp;period=2022Q3&amp;role=cooperating"`) || !strings.Contains(page, "中的 20 条") {
		t.Error("a page of several prints itself")
	}
	if page := w.visit("office", "/assignments?period=2022Q3&role=lead"); !strings.Contains(page, `data-print=""`) || strings.Contains(page, "print-part") {
		t.Error("a page that is all there is does not print itself")
	}
}
