package ui

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/store"
	"duban/ui/office"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
)

var shownSeq = regexp.MustCompile(`<tr data-seq="([0-9]+)"`)

// seqs are the events a page of the journal shows, each page after the other.
func (w *world) journal(t *testing.T, who, query string) (seqs []string, pages int) {
	t.Helper()
	path := "/journal?" + query
	next := regexp.MustCompile(`<a rel="next" href="([^"]+)"`)
	for path != "" {
		a := w.look(w.cookie(who), path)
		if a.status != 200 {
			t.Fatalf("%s: %s", path, a)
		}
		for _, m := range shownSeq.FindAllStringSubmatch(string(a.body), -1) {
			seqs = append(seqs, m[1])
		}
		path = ""
		if m := next.FindStringSubmatch(string(a.body)); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
		if pages++; pages > 50 {
			t.Fatal("no end of pages")
		}
	}
	return seqs, pages
}

// TestJournalFilters: page and export select the same events, the filter's, all of them and
// in order, whatever page they are on: the newest first on the page, unless the first is
// asked for.
func TestJournalFilters(t *testing.T) {
	t.Parallel()
	w, _ := played(t)
	w.play(step{as: "office", do: "POST /api/v1/periods", body: `{"id":"S1","name":"专项","due":"2022-11-20","departments":["sft"]}`, status: 201,
		events: "period_opened" + strings.Repeat(" assigned", len(assignmentsOf("sft")))})
	w.cookie("auditor")
	w.token("auditor")
	all := w.events(0)
	l6 := "2022Q3-06-lead-zrzyt"
	if got, pages := w.journal(t, "auditor", ""); pages < 2 || len(got) < len(all) || got[len(got)-1] != "1" || !slices.IsSortedFunc(got, func(a, b string) int {
		return cmp.Compare(len(b), len(a))*2 + cmp.Compare(b, a)
	}) {
		t.Errorf("the newest first, page after page: %d of %d events on %d pages", len(got), len(all), pages)
	}
	day := func(e workflow.Event) string { return e.RecordedAt.In(w.rules.Plan.Zone).Format(time.DateOnly) }
	for query, keeps := range map[string]func(workflow.Event) bool{
		"start=first":                      func(workflow.Event) bool { return true },
		"kind=accepted":                    func(e workflow.Event) bool { return e.Kind == "accepted" },
		"kind=expired":                     func(e workflow.Event) bool { return e.Kind == "expired" },
		"unit=zrzyt":                       func(e workflow.Event) bool { return e.Actor.Unit == "zrzyt" },
		"user=office":                      func(e workflow.Event) bool { return e.Actor.User == "office" },
		"assignment=" + l6:                 func(e workflow.Event) bool { return e.Assignment == l6 },
		"assignment=" + l6 + "&kind=urged": func(e workflow.Event) bool { return e.Assignment == l6 && e.Kind == "urged" },
		"period=S1":                        func(e workflow.Event) bool { return e.Period == "S1" },
		"from=2022-09-21":                  func(e workflow.Event) bool { return day(e) > "2022-09-20" },
		"to=2022-09-20":                    func(e workflow.Event) bool { return day(e) == "2022-09-20" },
		"from=2022-10-02&to=2022-10-02&kind=expired": func(e workflow.Event) bool { return day(e) == "2022-10-02" && e.Kind == "expired" },
		"q=6":                 func(e workflow.Event) bool { return e.Task == 6 },
		"kind=withdrawn":      func(workflow.Event) bool { return false },
		"to=2022-09-19":       func(workflow.Event) bool { return false },
		"unit=office&q=boss2": func(workflow.Event) bool { return false },
	} {
		var want []string
		for _, e := range all {
			if keeps(e) {
				want = append(want, fmt.Sprint(e.Seq))
			}
		}
		got, pages := w.journal(t, "auditor", query)
		if query != "start=first" { // the page shows the newest first, the export the order of the journal
			slices.Reverse(got)
		}
		// Looking and taking are events too: later ones may follow in an unfiltered page.
		if fmt.Sprint(got) != fmt.Sprint(want) && !(query == "start=first" || query == "from=2022-09-21") {
			t.Errorf("%s shows %v, want %v", query, got, want)
		}
		if query == "start=first" && (len(got) < len(want) || pages < 2) {
			t.Errorf("%d events on %d pages, want %d", len(got), pages, len(want))
		}
		a := w.as("auditor", "GET", "/export/journal.jsonl?"+query, nil, nil)
		var taken []string
		for line := range strings.Lines(string(a.body)) {
			var e view.EventView
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			if int(e.Seq) <= len(all) {
				taken = append(taken, fmt.Sprint(e.Seq))
			}
		}
		if a.status != 200 || fmt.Sprint(taken) != fmt.Sprint(want) {
			t.Errorf("%s hands out %v, want %v", query, taken, want)
		}
	}
	for query, code := range map[string]string{"from=x": "form.date", "to=2022-02-30": "form.date", "from=2022-09-21&to=2022-09-20": "journal.to_before_from", "after=x": "query.after"} {
		if a := w.as("auditor", "GET", "/export/journal.jsonl?"+query, nil, nil); a.status != 422 || a.get("code") != code {
			t.Errorf("%s: %s", query, a)
		}
		if a := w.look(w.cookie("auditor"), "/journal?"+query); a.status != 422 {
			t.Errorf("%s on the page: %d", query, a.status)
		}
	}
	page := string(w.look(w.cookie("auditor"), "/journal?assignment="+l6).body)
	for _, want := range []string{"只看：", `<a href="/assignments/` + l6 + `">任务 6`, `name="assignment" value="` + l6 + `"`, "/export/journal.jsonl?assignment=" + l6} {
		if !strings.Contains(page, want) {
			t.Errorf("who follows one assignment does not see %s", want)
		}
	}
	if !strings.Contains(string(w.look(w.cookie("auditor"), "/journal?start=first&period=2022Q3").body), "/journal?assignment="+url.QueryEscape(l6)) {
		t.Error("no way to follow one assignment")
	}
}

// TestJournalRecount: without script the server works out the hashes of the events shown,
// and says which does not hold; for a script it hands out the bytes they are made of.
func TestJournalRecount(t *testing.T) {
	t.Parallel()
	w, was := played(t)
	auditor := w.cookie("auditor")
	all := w.events(0)
	said := func(query string) string {
		a := w.look(auditor, "/journal?check=1&"+query)
		m := regexp.MustCompile(`<p id="recount-said"[^>]*>([^<]*)</p>`).FindStringSubmatch(string(a.body))
		if a.status != 200 || m == nil {
			t.Fatalf("%s: %s", query, a)
		}
		return m[1]
	}
	want := fmt.Sprintf("第 1 至 100 条，共 100 条：前后相连。最后一条的哈希：%s", all[99].Hash)
	if s := said("start=first"); len(all) < 100 || !strings.Contains(s, want) {
		t.Errorf("it says %s", s)
	}
	after := was.seq - 2
	links := w.send(auditor.http, "GET", fmt.Sprintf("/journal/links?after=%d&limit=2", after), nil, nil)
	var got []office.LinkView
	if err := json.Unmarshal(links.body, &got); err != nil || len(got) != 2 {
		t.Fatalf("%s", links)
	}
	for i, l := range got {
		e := all[after+uint64(i)]
		if l.Seq != e.Seq || l.Hash != e.Hash.String() || l.Prev != e.Prev.String() || workflow.ChainHash(e.Prev, []byte(l.Stored)) != e.Hash {
			t.Errorf("%+v is not event %d", l, e.Seq)
		}
		if strings.Contains(l.Stored, "请抓紧") || strings.Contains(l.Stored, personal) {
			t.Error("a free text is among the stored bytes")
		}
	}
	for who, status := range map[string]int{"office": 403, "zrzyt": 403} {
		if a := w.send(w.cookie(who).http, "GET", "/journal/links", nil, nil); a.status != status {
			t.Errorf("%s: %d", who, a.status)
		}
	}
	// A chain whose bytes were changed under it.
	s := &web.Server{Chain: forged{w.store, was.seq}}
	if r, err := office.Recount(s, t.Context(), 1, was.seq+5); err != nil || r.Broken != was.seq {
		t.Errorf("%+v %v", r, err)
	}
	if r, err := office.Recount(s, t.Context(), 1, office.CheckMost+1); err != nil || r.Counted != 0 || r.Range != office.CheckMost+1 {
		t.Errorf("too many at once: %+v %v", r, err)
	}
}

// forged is a chain with one event changed.
type forged struct {
	*store.Store
	seq uint64
}

func (f forged) Links(ctx context.Context, after uint64, limit int) ([]workflow.Link, error) {
	all, err := f.Store.Links(ctx, after, limit)
	for i := range all {
		if all[i].Seq == f.seq {
			all[i].Stored = append([]byte(nil), strings.Replace(string(all[i].Stored), `"seq"`, `"sEq"`, 1)...)
		}
	}
	return all, err
}
