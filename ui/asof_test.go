package ui

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"duban/store"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/assess"
	"duban/workflow/ledger"
)

// then is the instant the tests look back at, and what was to be seen at it.
type then struct {
	at                      string // as a URL writes it
	board, list, one, index string
	seq                     uint64
}

// played is a world in which things went on after an instant.
func played(t *testing.T) (*world, then) {
	t.Helper()
	w := newWorld(t)
	for _, name := range []string{"office", "zrzyt", "boss", "kjt"} { // a token is an event of its own
		w.token(name)
	}
	w.play(
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "office", do: "POST {L6}/notes", body: `{"text":"联系人` + personal + `"}`, status: 201, events: "noted"},
		step{as: "office", do: "POST {L6}/urges", body: `{"level":"urge","text":"请抓紧"}`, status: 201, events: "urged"},
		step{as: "kjt", do: "POST /api/v1/assignments/2022Q3-02-lead-kjt/acceptance", status: 201, events: "accepted"},
		step{as: "kjt", do: "POST /api/v1/assignments/2022Q3-02-lead-kjt/reports", body: `{"progress":"第一版进展"}`, status: 201, events: "reported"},
	)
	w.clock.add(time.Hour)
	w.settle()
	now := w.clock.now()
	see := func(path string) string {
		a := w.as("office", "GET", path, nil, nil)
		if a.status != 200 {
			t.Fatalf("%s: %s", path, a)
		}
		return string(a.body)
	}
	seen := then{at: url.QueryEscape(now.Format(time.RFC3339)), board: see("/api/v1/board"), list: see("/api/v1/assignments?limit=500&sort=worst"),
		one: see(w.expand("{L6}")), index: see("/api/v1/indicators?scope=all"), seq: w.book.Seq()}
	w.clock.add(12 * 24 * time.Hour) // into the next quarter, past the due day
	w.tick()
	w.play(
		step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 201, events: "reported"},
		step{as: "office", do: "POST /api/v1/assignments/2022Q3-02-lead-kjt/return", body: `{"reason":"请补数据"}`, status: 201, events: "returned"},
		step{as: "kjt", do: "POST /api/v1/assignments/2022Q3-02-lead-kjt/reports", body: `{"progress":"第二版进展"}`, status: 201, events: "reported"},
	)
	w.clock.add(time.Minute)
	w.cookie("office")
	w.cookie("zrzyt")
	return w, seen
}

var actionsOf = regexp.MustCompile(`"actions":\[[^\]]*\]`)

// TestLookingBackOverHTTP: as of an instant the board, the lists and one assignment are,
// byte for byte but for what may be done, what the same calls answered at it.
func TestLookingBackOverHTTP(t *testing.T) {
	t.Parallel()
	w, was := played(t)
	for _, c := range []struct{ path, was string }{
		{"/api/v1/board?asof=" + was.at, was.board},
		{"/api/v1/assignments?limit=500&sort=worst&asof=" + was.at, was.list},
		{w.expand("{L6}?asof=") + was.at, was.one},
		{"/api/v1/indicators?scope=all&asof=" + was.at, was.index},
	} {
		a := w.as("office", "GET", c.path, nil, nil)
		want := actionsOf.ReplaceAllString(c.was, `"actions":[]`)
		if a.status != 200 || string(a.body) != want {
			t.Errorf("%s: %d\n%s\nwas\n%s", c.path, a.status, a.body, want)
		}
		if h := a.header.Get(web.AsofHeader); !strings.HasSuffix(h, fmt.Sprintf("; seq=%d", was.seq)) {
			t.Errorf("%s stands on %q", c.path, h)
		}
		if now := w.as("office", "GET", strings.Replace(c.path, "asof=", "x=", 1), nil, nil); string(now.body) == c.was && c.was != was.index {
			t.Errorf("%s: nothing has changed since, so this shows nothing", c.path)
		}
	}
	// A local hour and a day alone name the same state; a day of now is now.
	for typed, seq := range map[string]uint64{"2022-09-20T10:00": was.seq, "2022-09-20 10:00": was.seq, "2022-09-20": was.seq} {
		if a := w.as("office", "GET", "/api/v1/board?asof="+url.QueryEscape(typed), nil, nil); a.get("seq") != json.Number(fmt.Sprint(seq)) {
			t.Errorf("%s: %v, want %d", typed, a.get("seq"), seq)
		}
	}
	today := w.clock.now().Format(time.DateOnly)
	if a := w.as("office", "GET", "/api/v1/board?asof="+today, nil, nil); a.get("seq") != json.Number(fmt.Sprint(w.book.Seq())) {
		t.Errorf("today: %v", a.get("seq"))
	}
}

// TestLookingBackIsRefused where it cannot be, at the field; and nothing can be done there.
func TestLookingBackIsRefused(t *testing.T) {
	t.Parallel()
	w, was := played(t)
	before, _ := w.store.Head()
	for _, c := range []struct {
		do, code string
		status   int
	}{
		{"GET /api/v1/board?asof=2031-01-01", "playback.future", 422},
		{"GET /api/v1/board?asof=2022-10-02T23:00", "playback.future", 422},
		{"GET /api/v1/assignments?asof=2021-01-01", "playback.before_first", 422},
		{"GET /api/v1/board?asof=" + url.QueryEscape("昨天"), "playback.instant", 422},
		{"GET /export/ledger.xlsx?asof=2022-13-01", "playback.instant", 422},
		{"GET /api/v1/me?asof=" + was.at, "playback.not_here", 422},
		{"GET /api/v1/assessments/2022Q3?asof=" + was.at, "playback.not_here", 422},
		{"POST {L6}/notes?asof=" + was.at, "playback.no_acts", 409},
		{"PUT {L6}/draft?asof=" + was.at, "playback.no_acts", 409},
	} {
		method, path, _ := strings.Cut(w.expand(c.do), " ")
		var body any
		if method != "GET" {
			body = map[string]string{"text": "x"}
		}
		a := w.as("office", method, path, body, nil)
		if a.status != c.status || a.get("code") != c.code || c.status == 422 && a.get("field") != "asof" {
			t.Errorf("%s: %s", c.do, a)
		}
	}
	if after, _ := w.store.Head(); after != before {
		t.Errorf("%d events were written", after-before)
	}
	page := string(w.look(w.cookie("office"), "/assignments?asof=2031-01-01T08:00").body)
	for _, want := range []string{`value="2031-01-01T08:00" aria-invalid="true"`, "不能晚于现在"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s at its field", want)
		}
	}
}

// TestLookingBackOnPages: every page says so, offers nothing to do, and leads on to the
// same instant; reading leaves no mark.
func TestLookingBackOnPages(t *testing.T) {
	t.Parallel()
	w, was := played(t)
	before, _ := w.store.Head()
	postForm := regexp.MustCompile(`<form [^>]*method="post" action="([^"]*)"`)
	link := regexp.MustCompile(`<a ([^>]*)href="(/(?:assignments|tasks|indicators|board|export/ledger)[^"]*)"`)
	for who, paths := range map[string][]string{
		"office": {"/assignments", "/assignments/2022Q3-06-lead-zrzyt", "/tasks/6", "/indicators", "/indicators/G1.1"},
		"zrzyt":  {"/assignments", "/assignments/2022Q3-06-lead-zrzyt", "/tasks/6"},
	} {
		for _, path := range paths {
			a := w.look(w.cookie(who), path+"?asof="+was.at)
			body := string(a.body)
			if a.status != 200 || !strings.Contains(body, "回看：截至 2022年9月20日 10:00，不是当前情况") {
				t.Errorf("%s as %s: %d without its banner", path, who, a.status)
				continue
			}
			for _, m := range postForm.FindAllStringSubmatch(body, -1) {
				if m[1] != "/logout" {
					t.Errorf("%s as %s can post to %s", path, who, m[1])
				}
			}
			links := 0
			for _, m := range link.FindAllStringSubmatch(body, -1) {
				if strings.Contains(m[1], "data-now") || strings.HasSuffix(m[2], "/print") { // a paper of one event has no hour
					continue
				}
				if links++; !strings.Contains(m[2], "asof=") {
					t.Errorf("%s as %s leads to %s now", path, who, m[2])
				}
			}
			if links == 0 || strings.Contains(body, "data-live=") {
				t.Errorf("%s as %s: %d links, or it listens", path, who, links)
			}
		}
	}
	one := string(w.look(w.cookie("office"), "/assignments/2022Q3-06-lead-zrzyt?asof="+was.at).body)
	if !strings.Contains(one, "请抓紧") || strings.Contains(one, "盘活存量") {
		t.Error("the assignment is not as it was: the urge, and no report yet")
	}
	if after, _ := w.store.Head(); after != before {
		t.Errorf("reading wrote %v", w.events(before))
	}
	// A screen shows what is; nobody sees the pairing code, not the past.
	screen, _ := w.screen("回看屏")
	if a := w.look(screen, "/board?asof="+was.at); a.status != 200 || strings.Contains(string(a.body), "不是当前情况") || strings.Contains(string(a.body), `id="track"`) {
		t.Errorf("a screen: %d", a.status)
	}
	if a := w.look(w.newBrowser(), "/board?asof="+was.at); strings.Contains(string(a.body), "不是当前情况") {
		t.Error("nobody sees the past")
	}
}

// TestLookingBackHasTheRightsOfNow: what was taken out of the record stays out, and what a
// reader may not see now was not to be seen then.
func TestLookingBackHasTheRightsOfNow(t *testing.T) {
	t.Parallel()
	w, was := played(t)
	var note workflow.Event
	for _, e := range w.events(0) {
		if e.Kind == workflow.KindNoted {
			note = e
		}
	}
	path := w.expand("{L6}?asof=") + was.at
	if a := w.as("office", "GET", path, nil, nil); !strings.Contains(string(a.body), personal) {
		t.Fatalf("the note is not there: %s", a)
	}
	if a := w.as("boss", "POST", fmt.Sprintf("/api/v1/events/%d/redaction", note.Seq), map[string]string{"reason": "个人信息"}, nil); a.status != 201 {
		t.Fatal(a)
	}
	if a := w.as("office", "GET", path, nil, nil); a.status != 200 || strings.Contains(string(a.body), personal) {
		t.Errorf("what was redacted since is shown: %s", a)
	}
	if a := w.as("sft", "GET", path, nil, nil); a.status != 404 {
		t.Errorf("another department: %s", a)
	}
	for _, e := range []string{"/api/v1/events?limit=500&asof=", "/export/journal.jsonl?asof="} {
		a := w.as("sft", "GET", e+was.at, nil, nil)
		if a.status != 200 || strings.Contains(string(a.body), "2022Q3-06-lead-zrzyt") {
			t.Errorf("%s: %s", e, a)
		}
	}
	// Now the task is nobody else's: who cooperates in it no more sees nothing of it then.
	if a := w.as("fzggw", "GET", w.expand("{L6}?asof=")+was.at, nil, nil); a.status != 200 {
		t.Fatalf("a cooperating department: %s", a)
	}
	p := *w.rules.Plan
	p.Tasks = append(p.Tasks[:0:0], p.Tasks...)
	p.Tasks[5].Cooperating = nil
	p.Digest = "another"
	w.ruling.Lock()
	w.rules.Plan = &p
	w.ruling.Unlock()
	if a := w.as("fzggw", "GET", w.expand("{L6}?asof=")+was.at, nil, nil); a.status != 404 {
		t.Errorf("a department that cooperates no more: %s", a)
	}
}

// TestExportsAsOf: the sheet's name, its footer and its rows are of the instant, and so is
// the journal's last line; that they were taken is recorded now.
func TestExportsAsOf(t *testing.T) {
	t.Parallel()
	w, was := played(t)
	a := w.as("office", "GET", "/export/ledger.xlsx?period=2022Q3&asof="+was.at, nil, nil)
	if a.status != 200 || !strings.Contains(a.header.Get("Content-Disposition"), "ledger-asof-20220920-1000.xlsx") {
		t.Fatalf("%d %s", a.status, a.header.Get("Content-Disposition"))
	}
	sheet := unzipped(t, a.body)
	if !strings.Contains(sheet, "回看，不是当前情况。 数据截至 2022-09-20 10:00:00") || strings.Contains(sheet, "320") ||
		!strings.Contains(sheet, "第一版进展") || strings.Contains(sheet, "第二版进展") || strings.Contains(sheet, "请补数据") {
		t.Errorf("the sheet is not as of then: %.500s", sheet)
	}
	last := w.events(0)[w.book.Seq()-1]
	if last.Kind != workflow.KindExported || !strings.Contains(last.Data.Export, "asof=") || last.RecordedAt.Before(w.clock.now().Add(-time.Minute)) {
		t.Errorf("recorded %+v", last)
	}
	a = w.as("boss", "GET", "/export/journal.jsonl?asof="+was.at, nil, nil)
	lines := strings.Split(strings.TrimSpace(string(a.body)), "\n")
	var end view.EventView
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &end); err != nil || end.Seq != was.seq || uint64(len(lines)) != was.seq {
		t.Errorf("%d lines, the last %d, want %d: %v", len(lines), end.Seq, was.seq, err)
	}
	if n := a.header.Get("Content-Disposition"); !strings.Contains(n, "journal-asof-20220920-1000.jsonl") {
		t.Error(n)
	}
	// The API's journal ends there too.
	a = w.as("boss", "GET", "/api/v1/events?limit=500&asof="+was.at, nil, nil)
	if items, _ := a.get("items").([]any); uint64(len(items)) != was.seq || a.get("next") != "" {
		t.Errorf("%d events, next %v", len(items), a.get("next"))
	}
}

// unzipped is every text of a workbook.
func unzipped(t *testing.T, b []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// TestRecomputeAnywhere: the frozen numbers come out of the record line by line, after a
// restart, from a restored backup, and after things that have nothing to do with them.
func TestRecomputeAnywhere(t *testing.T) {
	t.Parallel()
	w := frozenWorld(t)
	lines := func(j interface {
		workflow.Journal
		workflow.Sources
	}) string {
		t.Helper()
		rules := func() workflow.Rules { return w.rules }
		r, differ, err := assess.New(j, j, workflow.NewDesk(j, rules), rules).Recompute(t.Context(), "2022Q3")
		if err != nil || len(differ) != 0 || len(r.Rows) == 0 {
			t.Fatalf("%+v %v", differ, err)
		}
		b, err := json.Marshal([]any{r.Rows, r.Assessment, r.Indicators, r.Assignments})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	want := lines(w.store)
	w.restart()
	if got := lines(w.store); got != want {
		t.Errorf("after a restart:\n%s\nwant\n%s", got, want)
	}
	if a := w.as("office", "POST", "/api/v1/periods", `{"id":"X1","name":"专项","due":"2022-12-20","departments":["sft"]}`, nil); a.status != 201 {
		t.Fatal(a)
	}
	if a := w.as("office", "POST", "/api/v1/indicators/G1.1/figures", `{"value":77,"as_of":"2022-08-31","provisional":true}`, nil); a.status != 201 {
		t.Fatal(a)
	}
	if got := lines(w.store); got != want {
		t.Errorf("after later events:\n%s\nwant\n%s", got, want)
	}
	snap, err := w.store.Snapshot(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	tar, _, err := snap.Open()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := io.ReadAll(tar)
	if err := errors.Join(err, tar.Close(), snap.Close()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir() + "/restored"
	if _, err := store.Restore(t.Context(), bytes.NewReader(archive), dir, store.Options{Now: w.clock.now}, false); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(dir, store.Options{Now: w.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	})
	if again.Epoch() == w.store.Epoch() {
		t.Error("a restored store is the same journal")
	}
	if got := lines(again); got != want {
		t.Errorf("from a backup:\n%s\nwant\n%s", got, want)
	}
	// And the board of a past instant is the same from all of them.
	seq, _ := w.store.Head()
	rules := func() workflow.Rules { return w.rules }
	book, err := ledger.New(t.Context(), again, rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []uint64{seq / 3, seq / 2, seq} {
		one, err := ledger.NewPlayback(w.book, w.store).At(t.Context(), "anna", at)
		if err != nil {
			t.Fatal(err)
		}
		two, err := ledger.NewPlayback(book, again).At(t.Context(), "anna", at)
		if err != nil {
			t.Fatal(err)
		}
		now := w.clock.now()
		x, y := *one.BoardAt(now), *two.BoardAt(now)
		y.Epoch = x.Epoch
		a, err1 := json.Marshal(x)
		b, err2 := json.Marshal(y)
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("the board at %d differs: %v %v\n%s\n%s", at, err1, err2, a, b)
		}
	}
}
