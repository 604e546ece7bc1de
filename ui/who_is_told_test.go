package ui

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"duban/workflow"
)

// spoken is a text or name that went into the record, and which columns of identities may
// be told it. In JSON and HTML it stands as it is: it has no character that either escapes.
type spoken struct {
	text  string
	reads string // columns, between spaces
	kept  bool   // under the hash: a redaction cannot take it out
}

const officeSide = "admin office director viewer auditor"

// corpus is everything the identity can get out of the server: every GET there is, the
// exports unpacked, what stood at an earlier instant, and live frames from the beginning.
func (w *world) corpus(t *testing.T, name string, screen *browser, more []string) map[string]string {
	t.Helper()
	all := map[string]string{}
	add := func(where string, a answer) {
		body := a.body
		if z, err := zip.NewReader(bytes.NewReader(body), int64(len(body))); err == nil {
			body = nil
			for _, f := range z.File {
				r, err := f.Open()
				if err != nil {
					t.Fatal(err)
				}
				b, err := io.ReadAll(r)
				if err != nil {
					t.Fatal(err)
				}
				body = append(body, b...)
			}
		}
		all[where] = string(body)
	}
	for _, r := range rightsTable {
		method, path := r.where(w)
		if method != "GET" || strings.HasPrefix(path, "/api/v1/live") || path == "/metrics" || path == "/export/backup.tar" || strings.HasPrefix(path, "/invite/") {
			continue
		}
		add(path, r.ask(w, name, screen))
	}
	for _, path := range more {
		add(path, right{route: "GET " + path}.ask(w, name, screen))
	}
	from := fmt.Sprintf("?after=0&epoch=%s", w.store.Epoch())
	var s *socket
	var a answer
	if name == "screen" {
		s, a = w.byCookieFrom(screen, w.url, from)
	} else {
		s, a = w.dial(from, http.Header{"Authorization": {"Bearer " + w.token(name)}})
	}
	if s == nil {
		t.Fatalf("%s listens: %s", name, a)
	}
	for head := headOf(w); ; {
		raw, f := s.raw()
		all["live"] += raw
		if f.Type == "snapshot" || f.Type == "tick" || f.Type == "events" && positionOf(f.Events[len(f.Events)-1]) >= head {
			break
		}
	}
	s.ws.Close()
	return all
}

// TestWhoIsToldWhat puts a text or a name of its own into every kind of act, and holds all
// that every identity can get out of the server against who may be told it. Then each is
// redacted, and nobody is told it any more.
func TestWhoIsToldWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	screen, _ := w.screen("会议室")
	act := func(as, method, path string, body any) answer {
		t.Helper()
		a := w.as(as, method, w.expand(path), body, nil)
		if a.status >= 300 {
			t.Fatalf("%s %s %s: %s", as, method, path, a)
		}
		return a
	}
	file := w.upload("zrzyt", "file", "佐证说出去了甲.pdf", pdf, nil)
	w.vars["file"], _ = file.get("id").(string)
	_, css, _ := strings.Cut(string(w.look(w.newBrowser(), "/login").body), `href="/static/`)
	w.vars["css"], _, _ = strings.Cut(css, `"`)

	act("office", "PUT", "/api/v1/indicators/G3.1/owner", `{"owner":"fzggw"}`)
	act("office", "POST", "/api/v1/indicators/G3.1/figures", `{"value":0.5,"as_of":"2022-08-31","explanation":"填报数说出去了甲"}`)
	act("director", "POST", "{L6}/directives", `{"text":"批示说出去了甲","special":{"id":"GAO1","name":"专项名说出去了","due":"2022-10-14","slots":[{"task":10,"department":"fzggw"}]}}`)
	act("office", "POST", "/api/v1/periods", `{"id":"GAO2","name":"二号名称说出去了","due":"2022-10-14","tasks":[6],"departments":["kjt"],"reason":"二号缘由说出去了"}`)
	act("office", "POST", "{L6}/notes", `{"text":"备注说出去了甲"}`)
	act("office", "POST", "{L6}/urges", `{"level":"formal","text":"催办说出去了甲"}`)
	act("zrzyt", "POST", "{L6}/urges/1/reply", `{"text":"回复说出去了甲"}`)
	act("zrzyt", "POST", "{L6}/extension-requests", `{"due":"2022-10-14","reason":"延期说出去了甲"}`)
	act("office", "POST", "{L6}/extension-requests/1/decision", `{"granted":false,"reason":"不同意说出去了"}`)
	act("zrzyt", "POST", "{L6}/acceptance", "")
	act("zrzyt", "POST", "{L6}/reports", `{"progress":"进展说出去了甲","obstacles":"问题说出去了甲","asks":"请求说出去了甲","next_steps":"打算说出去了甲","forecast":"预计说出去了甲","evidence":["`+w.vars["file"]+`"]}`)
	act("office", "POST", "{L6}/asks/1/answer", `{"text":"协调说出去了甲","closed":true}`)
	act("zrzyt", "POST", "{L6}/asks/1/reopening", `{"text":"未决说出去了甲"}`)
	act("zrzyt", "POST", "{L6}/asks/1/withdrawal", `{"text":"不再说出去了甲"}`)
	act("office", "POST", "{L6}/return", `{"reason":"退回说出去了甲"}`)
	act("zrzyt", "POST", "{L6}/reports", `{"progress":"进展说出去了甲"}`)
	act("zrzyt", "PUT", "/api/v1/assignments/2022Q3-09-coop-zrzyt/draft", `{"progress":"进展说出去了甲","asks":"草稿说出去了甲"}`)
	act("office", "POST", "/api/v1/assessments/2022Q3/draft", "")
	act("office", "POST", "/api/v1/assessments/2022Q3/bonuses", `{"department":"zrzyt","points":1,"reason":"加分说出去了甲"}`)
	act("office", "POST", "/api/v1/assessments/2022Q3/notice", "")
	act("zrzyt", "POST", "/api/v1/assessments/2022Q3/appeals", `{"assignment":"`+onLead+`","rule":"receipt","text":"申诉说出去了甲"}`)
	act("office", "POST", "/api/v1/assessments/2022Q3/appeals/1/answer", `{"upheld":false,"text":"答复说出去了甲"}`)

	const onTask = officeSide + " lead cooperating signatory" // columns that read task 6
	said := []spoken{
		{"佐证说出去了甲", onTask, false},
		{"填报数说出去了甲", officeSide + " cooperating", false}, // its owner
		{"批示说出去了甲", onTask, false},                       // read where it was given; its copy by whom it gives work
		{"专项名说出去了", officeSide + " cooperating", true},
		{"二号名称说出去了", onTask, true},
		{"二号缘由说出去了", officeSide, false},
		{"备注说出去了甲", onTask, false}, {"催办说出去了甲", onTask, false}, {"回复说出去了甲", onTask, false},
		{"延期说出去了甲", onTask, false}, {"不同意说出去了", onTask, false}, {"进展说出去了甲", onTask, false},
		{"问题说出去了甲", onTask, false}, {"请求说出去了甲", onTask, false}, {"协调说出去了甲", onTask, false}, {"未决说出去了甲", onTask, false}, {"不再说出去了甲", onTask, false}, {"打算说出去了甲", onTask, false},
		{"预计说出去了甲", onTask, false}, {"退回说出去了甲", onTask, false}, {"草稿说出去了甲", "lead signatory", true},
		{"加分说出去了甲", officeSide, false},
		{"申诉说出去了甲", officeSide + " lead signatory", false}, {"答复说出去了甲", officeSide + " lead signatory", false},
	}
	asof := "asof=" + strings.ReplaceAll(w.clock.now().Format("2006-01-02T15:04:05Z07:00"), "+", "%2B")
	more := []string{"/tasks/10?period=GAO1", "/tasks/6?period=GAO2", "/assignments?period=GAO1", "/assignments?period=GAO2", "/assignments?q=GAO1",
		"/assignments/GAO1-10-lead-fzggw", "/assignments/GAO2-06-coop-kjt", "/api/v1/assignments/GAO1-10-lead-fzggw", "/api/v1/assignments?limit=500",
		"/export/ledger.xlsx?period=GAO1", "/assessments/GAO1", "/api/v1/assessments/GAO2", "/journal?q=" + "%E8%AF%B4", "/api/v1/indicators?scope=all",
		"/api/v1/periods?" + asof, "/api/v1/events?limit=500&" + asof, "/api/v1/board?" + asof, "/assignments?period=GAO1&" + asof, "/export/journal.jsonl?" + asof,
		"/api/v1/assignments/2022Q3-09-coop-zrzyt/draft", "/assignments/2022Q3-09-coop-zrzyt/report", "/api/v1/events?limit=500", "/indicators/G3.1", "/board/show?task=10&period=GAO1"}
	readers := slices.Clone(identities[1:])
	if testing.Short() { // one of those who are told the same; make whole asks as everybody
		readers = slices.DeleteFunc(readers, func(id struct{ column, name string }) bool {
			return slices.Contains([]string{"director", "viewer", "auditor", "signatory"}, id.column)
		})
	}
	for _, id := range readers {
		if id.name != "screen" {
			w.token(id.name)
			w.cookie(id.name)
		}
	}
	told := func(when string, may func(spoken, string) (must, may bool)) {
		t.Helper()
		cells := 0
		for _, id := range readers {
			all := w.corpus(t, id.name, screen, more)
			for _, s := range said {
				must, may := may(s, id.column)
				found := ""
				for where, body := range all {
					if strings.Contains(body, s.text) {
						found = where
						if !may {
							t.Errorf("%s: %s is told %s at %s", when, id.column, s.text, where)
						}
					}
				}
				if must && found == "" {
					t.Errorf("%s: %s is told %s nowhere", when, id.column, s.text)
				}
				cells++
			}
			if id.name == "screen" {
				for where, body := range all {
					if where == "/openapi.json" || where == "/login" {
						continue // the same for everybody
					}
					if strings.Contains(body, `"user"`) || strings.Contains(body, `"on_behalf"`) || strings.Contains(body, "director") {
						t.Errorf("%s: a wall gets a person's name at %s", when, where)
					}
				}
			}
		}
		t.Logf("%s: %d cells", when, cells)
	}
	told("told", func(s spoken, column string) (must, may bool) {
		may = slices.Contains(strings.Fields(s.reads), column)
		return may && !s.kept, may
	})
	if !strings.Contains(string(w.as("fzggw", "GET", "/api/v1/events?limit=500", nil, nil).body), `"reason":"批示说出去了甲"`) {
		t.Error("who is given the work does not read the directive")
	}

	// A redaction of what was said first takes every copy with it.
	for _, s := range said {
		if s.kept {
			continue
		}
		for _, e := range w.events(0) {
			if slices.ContainsFunc(textsOf(e), func(x string) bool { return strings.Contains(x, s.text) }) {
				a := w.as("boss", "POST", "/api/v1/events/"+strconv.FormatUint(e.Seq, 10)+"/redaction", map[string]string{"reason": "依据"}, nil)
				if a.status != 201 {
					t.Fatalf("%s: %s", s.text, a)
				}
				break
			}
		}
	}
	readers = slices.DeleteFunc(readers, func(id struct{ column, name string }) bool {
		return !slices.Contains([]string{"admin", "lead", "cooperating", "screen"}, id.column) // who was told most of each kind
	})
	told("redacted", func(s spoken, column string) (must, may bool) {
		return false, s.kept && slices.Contains(strings.Fields(s.reads), column)
	})
	if _, err := w.store.Verify(t.Context(), nil); err != nil {
		t.Errorf("the journal no longer verifies: %v", err)
	}
}

func textsOf(e workflow.Event) (all []string) {
	for _, s := range e.Texts {
		all = append(all, s)
	}
	return all
}
