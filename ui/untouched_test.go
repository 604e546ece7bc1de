package ui

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"duban/ui/session"
	"duban/workflow/account"
)

// writing are the GETs that are there to write, with why. HEAD of them writes nothing.
var writing = map[string]string{
	"/export/ledger.xlsx":           "what was handed out is recorded",
	"/export/figures.xlsx":          "what was handed out is recorded",
	"/export/journal.jsonl":         "what was handed out is recorded",
	"/export/circular/:period.docx": "what was handed out is recorded",
	"/export/head.json":             "what was handed out is recorded",
	"/export/backup.tar":            "what was handed out is recorded",
	"/board":                        "a browser that nobody logged in on asks to be a wall screen, and shows the code it gets",
}

// kept is all that a request could have changed.
func (w *world) kept() string {
	w.t.Helper()
	head, _ := w.store.Head()
	var all []any
	err := w.store.ViewAccounts(w.t.Context(), func(tx account.Tx) error {
		sessions, err := tx.Sessions()
		if err != nil {
			return err
		}
		screens, err := tx.Screens()
		all = append(all, sessions, screens)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, id := range []string{onLead, onCoop} {
		a, _ := w.book.Assignment(id)
		d, err := w.store.Draft(w.t.Context(), id)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, a, d)
	}
	b, err := json.Marshal(all)
	if err != nil {
		w.t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", head, b)
}

// reads sends a request and takes whatever comes.
func (w *world) reads(c *http.Client, method, path string, head map[string]string) {
	w.t.Helper()
	req, err := http.NewRequest(method, w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for name, value := range head {
		req.Header.Set(name, value)
	}
	res, err := c.Do(req)
	if err == nil {
		_, err = io.Copy(io.Discard, res.Body)
		err = errors.Join(err, res.Body.Close())
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestReadingChangesNothing asks for every route that is read, by GET and by HEAD, as
// everybody, and holds the journal, the logins and the drafts against what they were.
func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(step{as: "office", do: "POST {L6}/urges", body: `{"level":"formal","text":"请报"}`, status: 201, events: "urged"},
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "PUT {L6}/draft", body: `{"progress":"x"}`, status: 200})
	file := w.upload("zrzyt", "file", "a.pdf", pdf, nil)
	w.vars["file"], _ = file.get("id").(string)
	_, css, _ := strings.Cut(string(w.look(w.newBrowser(), "/login").body), `href="/static/`)
	w.vars["css"], _, _ = strings.Cut(css, `"`)
	screen, _ := w.screen("会议室")
	for _, id := range identities { // everybody is logged in before anything is compared
		if id.name != "" && id.name != "screen" {
			w.cookie(id.name)
			w.token(id.name)
		}
	}
	w.settle()
	tried := 0
	for _, r := range rightsTable {
		method, path := r.where(w)
		if method != http.MethodGet || strings.HasPrefix(path, "/api/v1/live") {
			continue
		}
		for _, id := range identities {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				b := screen
				if id.name == "" {
					b = w.newBrowser()
				} else if id.name != "screen" {
					b = w.cookie(id.name)
				}
				before := w.kept()
				w.reads(b.http, method, path, map[string]string{"Accept": "text/html"})
				w.reads(b.http, method, path, map[string]string{"Accept": "application/json"})
				if id.name != "" && id.name != "screen" {
					w.reads(w.http, method, path, map[string]string{"Authorization": "Bearer " + w.token(id.name)})
				}
				_, route, _ := strings.Cut(r.route, " ")
				if after := w.kept(); after != before && (writing[route] == "" || method == http.MethodHead) {
					t.Errorf("%s %s as %s changes\n%s\ninto\n%s", method, path, id.column, before, after)
				}
				tried++
			}
		}
	}
	if tried < 600 {
		t.Errorf("%d requests only", tried)
	}
}

// TestOpeningAPageMarksNothing: an urge is marked as read by the button of its card and not
// by a page that was loaded; the first act of the department goes through either way.
func TestOpeningAPageMarksNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(step{as: "office", do: "POST {L6}/urges", body: `{"level":"formal","text":"请报"}`, status: 201, events: "urged"},
		step{as: "office", do: "POST {L6}/urges", body: `{"level":"urge","text":"请速报"}`, status: 201, events: "urged"})
	path := "/assignments/" + onLead
	b := w.cookie("zrzyt")
	open := w.look(b, path)
	accept := open.form(t, path+"/accept")
	before := headOf(w)
	w.look(b, path)
	w.look(b, "/")
	if got := w.kinds(before); got != "" {
		t.Fatalf("looking wrote %q", got)
	}
	if n := strings.Count(string(open.body), "标为已阅"); n != 2 || !strings.Contains(string(open.body), `data-read="/api/v1`+path+`/urges/1/read"`) {
		t.Errorf("%d urges can be marked", n)
	}
	w.submit(b, open.form(t, path+"/read-urge")).says(t, 200, "已标为已阅")
	w.submit(b, w.look(b, "/").form(t, path+"/read-urge")).says(t, 200, "已标为已阅")
	if got := w.kinds(before); got != "urge_read urge_read" {
		t.Fatalf("the buttons wrote %q", got)
	}
	if page := w.look(b, path); strings.Contains(string(page.body), "标为已阅") || strings.Contains(string(page.body), "未阅") {
		t.Error("it can be marked again")
	}
	w.submit(b, accept).says(t, 200, "已签收") // of the page of before the marks
	if page := w.visit("office", path); strings.Contains(page, "data-read") {
		t.Error("the office marks the department's urges")
	}
}

// TestAPageInAnEmptyRoom: what scripts ask for by themselves keeps no login alive, nor does
// an open socket; what a person does, does.
func TestAPageInAnEmptyRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.idle = 30 * time.Minute })
	b := w.cookie("zrzyt")
	refresh := map[string]string{"Accept": "text/html", session.HeaderRefresh: "1"}
	alive := func(head map[string]string) int {
		return w.send(b.http, "GET", "/assignments/"+onLead, nil, head).status
	}
	if _, a := w.byCookie(b, w.url); a.status != 101 {
		t.Fatal(a)
	}
	for range 3 {
		w.clock.add(20 * time.Minute)
		if got := alive(asPage); got != 200 {
			t.Fatalf("somebody works: %d", got)
		}
	}
	for range 2 {
		w.clock.add(14 * time.Minute)
		if got := alive(refresh); got != 200 {
			t.Fatalf("within half an hour: %d", got)
		}
		if _, a := w.byCookie(b, w.url); a.status != 101 { // a broken line, opened again
			t.Fatal(a)
		}
	}
	w.clock.add(3 * time.Minute)
	if got := alive(refresh); got != 303 && got != 401 {
		t.Errorf("after 31 minutes of refreshes alone: %d", got)
	}
	if got := alive(asPage); got != 303 {
		t.Errorf("the person is sent to the login: %d", got)
	}
}

// TestASuccessIsSaidOnce: a link that says what was done tells it to nobody but the one
// answer it was said in.
func TestASuccessIsSaidOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/assignments/" + onLead
	b := w.cookie("zrzyt")
	form := w.look(b, path).form(t, path+"/accept")
	a := w.send(b.http, "POST", form.action, form.values.Encode(), map[string]string{"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"})
	to := strings.TrimPrefix(a.header.Get("Location"), w.url)
	if a.status != 303 || to != path+"?done=accept" {
		t.Fatalf("%d %s", a.status, to)
	}
	says := func(b *browser, path string, head map[string]string) bool {
		return strings.Contains(string(w.send(b.http, "GET", path, nil, head).body), "已签收。")
	}
	if says(w.cookie("zrzyt2"), to, asPage) || says(w.cookie("office"), to, asPage) {
		t.Error("a copied link tells a stranger")
	}
	if says(b, path, asPage) || says(b, path+"?done=report", asPage) || says(b, to, map[string]string{"Accept": "text/html", session.HeaderRefresh: "1"}) {
		t.Error("another page, or a script's, takes it")
	}
	if !says(b, to, asPage) {
		t.Error("the page it was said for does not say it")
	}
	if says(b, to, asPage) {
		t.Error("it is said twice")
	}
	for _, act := range []string{"report", "verify", "urge_some&n=99&left=3", "figures_filed&n=7", "account", "sign_submitted", "password"} {
		if page := w.send(b.http, "GET", "/?done="+act, nil, asPage); strings.Contains(string(page.body), `class="notice notice-good"`) || strings.Contains(string(page.body), "99 项") {
			t.Errorf("/?done=%s says so", act)
		}
	}
	// Whoever logs in next in the same browser has done nothing.
	w.press("zrzyt", w.look(b, path).form(t, path+"/request-extension"))
	f := w.reportForm("zrzyt", onLead, "")
	f.values.Set("progress", "x")
	saved := w.save("zrzyt", f, false)
	b2 := *b
	if l := w.send(b2.http, "POST", "/api/v1/session", map[string]string{"name": "zrzyt2", "password": passwordOf}, nil); l.status != 200 {
		t.Fatal(l)
	}
	if page := w.send(b2.http, "GET", saved.header.Get("Location"), nil, asPage); page.status != 200 || strings.Contains(string(page.body), "草稿已保存，下次") {
		t.Errorf("the next one in the browser is told of the draft: %d", page.status)
	}
}
