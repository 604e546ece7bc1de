package ui

import (
	"strconv"
	"strings"
	"testing"

	"duban/workflow"
)

// personal is what should never have been written down.
const personal = "身份证号330106198001011234"

func TestRedaction(t *testing.T) {
	w := newWorld(t)
	if a := w.as("office", "POST", w.expand("{L6}/notes"), map[string]string{"text": "联系人" + personal}, nil); a.status != 201 {
		t.Fatalf("%s", a)
	}
	all := w.events(0)
	note := all[len(all)-1]
	path := "/api/v1/events/" + strconv.FormatUint(note.Seq, 10) + "/redaction"
	for _, c := range []struct {
		as, path, reason string
		status           int
		code             string
	}{
		{"auditor", path, "x", 403, "auth.forbidden"},
		{"director", path, "x", 403, "auth.forbidden"},
		{"office", path, "x", 403, "auth.forbidden"},
		{"zrzyt", path, "x", 403, "auth.forbidden"},
		{"boss", path, " ", 422, "redact.reason_required"},
		{"boss", path, "a\u202eb", 422, "text.bidi"},
		{"boss", "/api/v1/events/0/redaction", "x", 404, "event.unknown"},
		{"boss", "/api/v1/events/99999/redaction", "x", 404, "event.unknown"},
		{"boss", "/api/v1/events/18446744073709551615/redaction", "x", 404, "event.unknown"},
		{"boss", "/api/v1/events/-1/redaction", "x", 404, "event.unknown"},
		{"boss", "/api/v1/events/2/redaction", "x", 409, "redact.no_text"},
		{"boss", path, "个人信息", 201, ""},
		{"boss", path, "个人信息", 409, "redact.already"},
	} {
		a := w.as(c.as, "POST", c.path, map[string]string{"reason": c.reason}, nil)
		if code, _ := a.get("code").(string); a.status != c.status || code != c.code {
			t.Errorf("%s %s %q: %s", c.as, c.path, c.reason, a)
		}
	}
	after := w.events(0)
	gone, says := after[note.Seq-1], after[len(after)-1]
	if gone.Texts != nil || gone.Hash != note.Hash || gone.TextDigest != note.TextDigest {
		t.Errorf("%+v", gone)
	}
	for says.Kind != workflow.KindTextRedacted {
		after = after[:len(after)-1]
		says = after[len(after)-1]
	}
	if says.Data.Redacted != note.Seq || says.Actor.User != "boss" || says.Texts["reason"] != "个人信息" {
		t.Errorf("%+v", says)
	}
	for who, path := range map[string]string{"boss": "/journal", "auditor": "/journal", "office": w.expand("/assignments/{l6}"), "zrzyt": w.expand("/assignments/{l6}")} {
		a := w.look(w.cookie(who), path)
		if a.says(t, 200); strings.Contains(string(a.body), personal) {
			t.Errorf("%s still reads it at %s", who, path)
		}
	}
	w.look(w.cookie("auditor"), "/journal").says(t, 200, "（文字已删除）", "删除第 "+strconv.FormatUint(note.Seq, 10)+" 条的文字")
	if a := w.as("auditor", "GET", "/api/v1/events?limit=500", nil, nil); strings.Contains(string(a.body), personal) {
		t.Error("the API still tells it")
	}
	if _, err := w.store.Verify(t.Context(), nil); err != nil {
		t.Errorf("the journal no longer verifies: %v", err)
	}
	w.restart()
	if _, err := w.store.Verify(t.Context(), nil); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

func TestRedactionPage(t *testing.T) {
	w := newWorld(t)
	if a := w.as("office", "POST", w.expand("{L6}/notes"), map[string]string{"text": personal}, nil); a.status != 201 {
		t.Fatalf("%s", a)
	}
	note := w.events(0)[headOf(w)-1]
	path := "/journal/" + strconv.FormatUint(note.Seq, 10) + "/redaction"
	boss := w.cookie("boss")
	w.look(boss, "/journal").says(t, 200, path)
	if a := w.look(w.cookie("auditor"), "/journal"); strings.Contains(string(a.body), path) {
		t.Error("the auditor is offered to redact")
	}
	w.look(w.cookie("auditor"), path).says(t, 403)
	w.look(boss, path).says(t, 200, personal, "f-reason")
	w.post(boss, path, "reason", "").says(t, 422, personal, "请填写删除文字的依据")
	if a := w.post(boss, path, "reason", "个人信息", "key", "k1"); a.status != 303 || a.header.Get("Location") != path+"?done=redact" {
		t.Fatalf("%s", a)
	}
	w.look(boss, path).says(t, 200, "这一条的文字已经删除")
	w.look(boss, "/journal/9999/redaction").says(t, 404)
}
