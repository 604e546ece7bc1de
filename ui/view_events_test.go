package ui

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
)

// TestOneAssignmentFromMemoryKeepsRights: what a caller gets is what a server that has
// sent nothing yet would say, whoever asked before; and a redacted text is in no answer.
func TestOneAssignmentFromMemoryKeepsRights(t *testing.T) {
	w := newWorld(t)
	if a := w.as("office", "POST", w.expand("{L6}/notes"), map[string]string{"text": "联系人" + personal}, nil); a.status != 201 {
		t.Fatalf("%s", a)
	}
	all := w.events(0)
	note := all[len(all)-1]
	callers := []string{"office", "zrzyt", "jxt", "boss", "auditor", "director"}
	path := w.expand("{L6}")
	ask := func(who string) string {
		a := w.as(who, "GET", path, nil, nil)
		if a.status != 200 {
			return strconv.Itoa(a.status)
		}
		var v struct{ Events json.RawMessage }
		if err := json.Unmarshal(a.body, &v); err != nil || !bytes.HasPrefix(v.Events, []byte("[{")) {
			t.Fatalf("%s: %v: %.300s", who, err, a.body)
		}
		return string(v.Events)
	}
	for _, who := range callers {
		w.token(who)
	}
	alone := map[string]string{}
	for _, who := range callers {
		w.restart()
		alone[who] = ask(who)
	}
	hold := func(when string) {
		t.Helper()
		for range 2 {
			for _, who := range callers {
				if got := ask(who); got != alone[who] {
					t.Errorf("%s, %s: %.500s\nalone: %.500s", when, who, got, alone[who])
				}
			}
		}
	}
	hold("before")
	if !strings.Contains(alone["office"], personal) {
		t.Fatal("the office does not read it")
	}
	// What is sent is what the journal's own list sends.
	var listed struct{ Items []json.RawMessage }
	if err := json.Unmarshal(w.as("office", "GET", "/api/v1/events?limit=1&after="+strconv.FormatUint(note.Seq-1, 10), nil, nil).body, &listed); err != nil || len(listed.Items) != 1 {
		t.Fatal(err)
	}
	if !strings.Contains(alone["office"], string(listed.Items[0])) {
		t.Errorf("the note is not as listed: %s", listed.Items[0])
	}

	if a := w.as("boss", "POST", "/api/v1/events/"+strconv.FormatUint(note.Seq, 10)+"/redaction", map[string]string{"reason": "个人信息"}, nil); a.status != 201 {
		t.Fatalf("%s", a)
	}
	for _, who := range callers {
		if strings.Contains(ask(who), personal) {
			t.Errorf("%s still reads it", who)
		}
		alone[who] = strings.Replace(alone[who], `"texts":{"text":"联系人`+personal+`"},`, "", 1)
	}
	hold("after")
}

// TestCodedEventsAreBounded: much JSON does not stay, and what comes is right.
func TestCodedEventsAreBounded(t *testing.T) {
	w := newWorld(t)
	e := w.events(0)[0]
	e.Texts = map[string]string{"text": strings.Repeat("x", 100_000)}
	const most = 16 << 20
	c := web.NewCodedEvents(most)
	for i := range 400 {
		e.Hash[0], e.Hash[1], e.Seq = byte(i), byte(i>>8), uint64(i+1)
		want, err := json.Marshal(view.NewEventView(e))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got, err := view.EventJSON(c, workflow.Whole, e); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("event %d: %v", i, err)
			}
		}
		if total := c.Bytes(); total > most {
			t.Fatalf("%d bytes are kept", total)
		}
	}
}
