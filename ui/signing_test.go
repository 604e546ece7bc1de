package ui

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"duban/workflow"
)

// TestSignOff: where a department has it, the liaison fills and the signatory
// files or sends back; no state of the assignment and no clock knows of it.
func TestSignOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/assignments/2022Q3-06-lead-zrzyt"
	settings := formTo(t, w.visit("office", "/signing"), "/signing")
	settings.values["departments"] = []string{"zrzyt", "nobody"}
	if a := w.press("office", settings); a.status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown department: %d", a.status)
	}
	settings.values["departments"] = []string{"zrzyt"}
	before, _ := w.store.Head()
	if a := w.press("office", settings); a.status != http.StatusSeeOther {
		t.Fatalf("the setting: %d %s", a.status, a)
	}
	if es := w.events(before); len(es) != 1 || es[0].Kind != "signing_set" || es[0].Department != "zrzyt" || !es[0].Data.Signing {
		t.Fatalf("recorded %+v", es)
	}
	w.play(
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 409, code: "report.signatory_files"},
	)
	submit := func(progress string) {
		t.Helper()
		f := formTo(t, w.visit("zrzyt", path+"/report"), "/review")
		f.values.Set("progress", progress)
		review := w.press("zrzyt", f)
		if !strings.Contains(string(review.body), "提交签发人") {
			t.Fatalf("the review: %d %s", review.status, review)
		}
		at, _ := w.store.Head()
		if a := w.press("zrzyt", formTo(t, string(review.body), "/file")); a.status != http.StatusSeeOther || !strings.Contains(a.header.Get("Location"), "sign_submitted") {
			t.Fatalf("submitted: %d %s", a.status, a)
		}
		if len(w.events(at)) != 0 {
			t.Error("a submission is no event")
		}
	}
	submit("盘活 320 亩")
	if !strings.Contains(w.visit("sign", "/"), "等待签发人报送") {
		t.Error("the signatory's first page does not show what waits for a signature")
	}
	w.play(step{as: "office", do: "GET {L6}", status: 200, is: is{"state": "in_progress", "latest_report": none}})

	back := formTo(t, w.visit("sign", path+"/report"), "/send-back")
	if a := w.press("sign", back); a.status != http.StatusUnprocessableEntity {
		t.Errorf("sent back without a word: %d", a.status)
	}
	back.values.Set("note", "面积请核对")
	if a := w.press("zrzyt", back); a.status != http.StatusForbidden {
		t.Errorf("the liaison sends back: %d", a.status)
	}
	before, _ = w.store.Head()
	if a := w.press("sign", back); a.status != http.StatusSeeOther {
		t.Fatalf("sent back: %d %s", a.status, a)
	}
	es := w.events(before)
	if len(es) != 1 || es[0].Kind != workflow.KindSentBack || es[0].Actor.User != "sign" || es[0].Data.Prepared != "zrzyt" || es[0].Texts["note"] != "面积请核对" {
		t.Fatalf("recorded %+v", es)
	}
	if !strings.Contains(w.visit("zrzyt", path), "面积请核对") || !strings.Contains(w.visit("director", "/journal"), "签发退回") {
		t.Error("the department's trail or the journal does not show it")
	}
	w.play(step{as: "auditor", do: fmt.Sprintf("GET /api/v1/events?after=%d", before), status: 200,
		is: is{"items.0.kind": "sent_back", "items.0.texts.note": "面积请核对", "items.0.actor.user": "sign"}})
	for _, other := range []string{"office", "fzggw"} { // the department's own affair
		if page := w.visit(other, path); strings.Contains(page, "面积请核对") || strings.Contains(page, "签发退回") {
			t.Errorf("%s sees what the signatory wrote", other)
		}
	}
	if a := w.press("sign", back); a.status != http.StatusConflict {
		t.Errorf("sent back twice: %d", a.status)
	}
	if page := w.visit("zrzyt", path+"/report"); !strings.Contains(page, "面积请核对") || !strings.Contains(page, "盘活 320 亩") {
		t.Error("the liaison does not see why, or their text is gone")
	}
	submit("盘活 300 亩")

	f := formTo(t, w.visit("sign", path+"/report"), "/review")
	if f.values.Get("progress") != "盘活 300 亩" {
		t.Errorf("the signatory finds %q", f.values.Get("progress"))
	}
	filed := w.press("sign", formTo(t, string(w.press("sign", f).body), "/file"))
	if filed.status != http.StatusSeeOther {
		t.Fatalf("filed: %d %s", filed.status, filed)
	}
	w.play(step{as: "office", do: "GET {L6}", status: 200, is: is{"state": "reported", "latest_report.by": "sign", "events.2.data.prepared": "zrzyt"}})

	settings.values.Del("departments")
	settings.values.Set("key", "off")
	w.press("office", settings)
	w.play(
		step{as: "zrzyt", do: "DELETE {L6}/reports/latest", status: 200, events: "recalled"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 201, events: "reported"},
	)
	w.restart()
	if !strings.Contains(w.visit("office", "/signing"), `value="zrzyt"><`) {
		t.Error("after a restart sign-off is on again")
	}
}

// TestAChangedDraftIsSubmittedAgain: what the signatory sees is what was submitted.
func TestAChangedDraftIsSubmittedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	settings := formTo(t, w.visit("boss", "/signing"), "/signing")
	settings.values["departments"] = []string{"zrzyt"}
	w.press("boss", settings)
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"})
	path := "/assignments/2022Q3-06-lead-zrzyt/report"
	f := formTo(t, w.visit("zrzyt", path+"?no_change=1"), "/review")
	w.press("zrzyt", formTo(t, string(w.press("zrzyt", f).body), "/file"))
	if !strings.Contains(w.visit("sign", path), "/send-back") {
		t.Fatal("nothing was submitted")
	}
	w.play(step{as: "zrzyt", do: "PUT {L6}/draft", body: `{"progress":"改了"}`, status: 200})
	if strings.Contains(w.visit("sign", path), "/send-back") {
		t.Error("the changed draft still counts as submitted")
	}
	w.play(step{as: "sign", do: "POST {L6}/reports", body: report, status: 201, events: "reported"}) // a signatory may always file
}
