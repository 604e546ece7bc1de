package ui

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"duban/ui/session"
)

// liveRights is who hears of an assignment's events, in the columns of identities:
// the lead's and a cooperating department's of one task, and one of a task in which
// neither has a part. A screen hears all; free texts nobody does.
var liveRights = []struct{ id, own, cells string }{
	{onLead, "zrzyt", "lyyyyynyyyy"},
	{onCoop, "fzggw", "lyyyyynyyyy"},
	{"2022Q3-02-lead-kjt", "kjt", "lyyynnnnyyy"},
}

// liveActs are the acts on an assignment, each with the kinds it records; OWN is its
// department.
var liveActs = []struct{ as, do, body string }{
	{"office", "POST /urges", `{"level":"urge","text":"机密"}`}, {"OWN", "POST /urges/1/read", ""}, {"OWN", "POST /urges/1/reply", `{"text":"机密"}`},
	{"OWN", "POST /acceptance", ""}, {"OWN", "POST /extension-requests", `{"due":"2022-10-20","reason":"机密"}`},
	{"office", "POST /extension-requests/1/decision", `{"granted":false,"reason":"机密"}`}, {"office", "POST /extension", `{"due":"2022-10-21","reason":"机密"}`},
	{"director", "POST /directives", `{"text":"机密"}`}, {"office", "POST /notes", `{"text":"机密"}`},
	{"OWN", "POST /reports", `{"progress":"机密"}`}, {"OWN", "DELETE /reports/latest", ""}, {"OWN", "POST /reports", `{"progress":"机密"}`},
	{"office", "POST /return", `{"reason":"机密"}`}, {"OWN", "POST /reports", `{"progress":"机密"}`}, {"office", "POST /verification", `{"grade":"good","comment":"机密"}`},
	{"office", "POST /reopening", `{"reason":"机密","due":"2022-10-21"}`}, {"office", "POST /withdrawal", `{"reason":"机密"}`},
}

// TestLiveRightsOfEveryKind does every act on assignments of each relation while
// everybody listens, a deputy too, and holds what each hears against the table.
func TestLiveRightsOfEveryKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.delegated("director", "office", 1)
	for _, name := range []string{"zrzyt", "fzggw", "kjt", "office", "director"} {
		w.token(name)
	}
	type ear struct {
		column int
		name   string
		s      *socket
		heard  map[uint64]bool
	}
	var ears []*ear
	for i, id := range identities {
		head := http.Header{}
		switch id.column {
		case "nobody":
			if s, a := w.dial("", nil); s != nil || a.status != 401 {
				t.Errorf("nobody listens: %s", a)
			}
			continue
		case "screen":
			b, _ := w.screen("会议室")
			s, a := w.byCookie(b, w.url)
			if s == nil {
				t.Fatal(a)
			}
			ears = append(ears, &ear{i, id.column, s, map[uint64]bool{}})
			continue
		case "director":
			s, a := w.dial("", http.Header{"Authorization": {"Bearer " + w.token("office")}, session.HeaderBehalf: {"director"}})
			if s == nil {
				t.Fatal(a)
			}
			ears = append(ears, &ear{i, "deputy", s, map[uint64]bool{}})
		}
		head.Set("Authorization", "Bearer "+w.token(id.name))
		s, a := w.dial("", head)
		if s == nil {
			t.Fatalf("%s listens: %s", id.column, a)
		}
		ears = append(ears, &ear{i, id.column, s, map[uint64]bool{}})
	}
	for _, e := range ears { // a handshake is answered before the screen has joined
		if h, f := e.s.next(), e.s.next(); h.Type != "hello" || f.Type != "snapshot" {
			t.Fatalf("%s: %s %s", e.name, h.Type, f.Type)
		}
	}
	start := headOf(w)
	of := map[uint64]int{} // position to row of liveRights
	kinds := map[string]bool{}
	for row, r := range liveRights {
		for _, act := range liveActs {
			as := strings.Replace(act.as, "OWN", r.own, 1)
			method, path, _ := strings.Cut(act.do, " ")
			before := headOf(w)
			if a := w.as(as, method, "/api/v1/assignments/"+r.id+path, act.body, nil); a.status >= 300 {
				t.Fatalf("%s of %s by %s: %s", act.do, r.id, as, a)
			}
			for _, e := range w.events(before) {
				if e.Assignment != r.id {
					continue // what another row's act brought with it
				}
				of[e.Seq] = row
				kinds[string(e.Kind)] = true
			}
		}
	}
	last := w.as("sft", "POST", "/api/v1/assignments/2022Q3-09-coop-sft/acceptance", "", nil) // all hear this one
	if last.status != 201 {
		t.Fatal(last)
	}
	end := headOf(w)
	cells := 0
	for _, e := range ears {
		events, text := e.s.until(end)
		for _, x := range events {
			e.heard[positionOf(x)] = true
		}
		if strings.Contains(text, "机密") {
			t.Errorf("%s: a frame with free text", e.name)
		}
		if named := strings.Contains(text, `"user"`); named == (e.name == "screen") {
			t.Errorf("%s: names of people: %t", e.name, named)
		}
		for seq, row := range of {
			cells++
			if want := liveRights[row].cells[e.column] == 'y'; e.heard[seq] != want {
				t.Errorf("%s hears event %d of %s: %t, want %t", e.name, seq, liveRights[row].id, e.heard[seq], want)
			}
		}
	}
	t.Logf("%d cells: %d listeners, %d events of %d kinds after %d", cells, len(ears), len(of), len(kinds), start)
	if cells < 500 || !kinds["withdrawn"] {
		t.Errorf("only %d cells of %s", cells, fmt.Sprint(kinds))
	}
}
