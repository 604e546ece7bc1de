package ui

import (
	"net/http"
	"strings"
	"testing"
)

// TestEvidenceDeleted: bytes go, record and hash stay; who may, when, and what the
// reports and other readers see afterwards.
func TestEvidenceDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	up := func(who, content string) string {
		id, _ := w.upload(who, "file", "台账.pdf", content, nil).get("id").(string)
		if id == "" {
			t.Fatal("no upload")
		}
		return id
	}
	w.vars["own"], w.vars["used"], w.vars["twin"] = up("zrzyt", pdf+"a"), up("zrzyt", pdf+"b"), up("fzggw", pdf+"b")
	w.play(
		step{as: "zrzyt", do: "POST /api/v1/files/{own}/deletion", body: `{}`, status: 201, is: is{"gone": true, "file.sha256": some}, events: "file_deleted"},
		step{as: "zrzyt", do: "GET /api/v1/files/{own}", status: 404, code: "file.unknown"},
		step{as: "zrzyt", do: "POST /api/v1/files/{own}/deletion", body: `{}`, status: 409, code: "file.gone"},
		step{as: "sft", do: "POST /api/v1/files/{used}/deletion", body: `{}`, status: 404, code: "file.unknown"},

		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"盘活","evidence":["{own}"]}`, status: 422, code: "evidence.unknown"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"盘活","evidence":["{used}"]}`, status: 201, events: "reported"},
		step{as: "zrzyt", do: "POST /api/v1/files/{used}/deletion", body: `{"reason":"传错了"}`, status: 409, code: "file.in_report"},
		step{as: "fzggw", do: "POST /api/v1/files/{used}/deletion", body: `{"reason":"x"}`, status: 403, code: "file.delete_forbidden"},
		step{as: "viewer", do: "POST /api/v1/files/{used}/deletion", body: `{"reason":"x"}`, status: 403, code: "file.delete_forbidden"},
		step{as: "office", do: "POST /api/v1/files/{used}/deletion", body: `{"reason":" "}`, status: 422, code: "file.reason_required", is: is{"field": "reason"}},
	)
	page := w.visit("office", w.expand("/files/{used}"))
	if !strings.Contains(page, "盘活发展空间") || !strings.Contains(page, "SHA-256") {
		t.Error("the page of the evidence does not say which report names it, or its hash")
	}
	f := formTo(t, page, "/deletion")
	f.values.Set("reason", "含有个人信息")
	before, _ := w.store.Head()
	if a := w.press("office", f); a.status != http.StatusSeeOther {
		t.Fatalf("deleted by the form: %d %s", a.status, a)
	}
	es := w.events(before)
	if len(es) != 1 || es[0].Kind != "file_deleted" || es[0].Department != "zrzyt" || es[0].Data.File.SHA256 == "" || es[0].Texts["reason"] != "含有个人信息" {
		t.Errorf("recorded: %+v", es)
	}
	w.play(
		step{as: "zrzyt", do: "GET /api/v1/files/{used}", status: 404},
		step{as: "fzggw", do: "GET /api/v1/files/{twin}", status: 200}, // the same bytes, brought by another
		step{as: "zrzyt", do: "GET /api/v1/events?limit=500", status: 200, is: is{"items": contains("file_deleted")}},
	)
	if page := w.visit("zrzyt", "/assignments/2022Q3-06-lead-zrzyt"); !strings.Contains(page, "已删除") {
		t.Error("the report does not say that its evidence is deleted")
	}
	if page := w.visit("zrzyt", w.expand("/files/{used}")); !strings.Contains(page, "记录和校验值保留") || strings.Contains(page, "/deletion\"") {
		t.Error("the deleted evidence has no page, or still the form")
	}
}
