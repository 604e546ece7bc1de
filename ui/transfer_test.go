package ui

import (
	"strings"
	"testing"
)

// TestTransfer: the office gives work to another department. The former one reads where it
// went and why, the new one finds it in its inbox and sees what the task's departments filed;
// list, board and ledger say so.
func TestTransfer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.vars["new"] = "/api/v1/assignments/2022Q3-06-lead-sft"
	w.play(
		step{as: "sft", do: "GET {C6}", status: 404},
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "fzggw", do: "POST {C6}/acceptance", status: 201, events: "accepted"},
		step{as: "fzggw", do: "POST {C6}/reports", body: `{"progress":"立项两个"}`, status: 201, events: "reported"},
		step{as: "zrzyt", do: "PUT {L6}/draft", body: `{"progress":"写了一半"}`, status: 200},
		step{as: "zrzyt", do: "POST {L6}/transfer", body: `{"to":"sft","reason":"x"}`, status: 403, code: "act.forbidden"},
		step{as: "office", do: "POST {L6}/transfer", body: `{}`, status: 422, is: is{"errors": listed(2), "errors.0.field": "to", "errors.1.field": "reason"}},
		step{as: "office", do: "POST {L6}/transfer", body: `{"to":"kjt","reason":"x"}`, status: 422, code: "transfer.takes_part", is: is{"field": "to"}},
		step{as: "office", do: "POST {L6}/transfer", body: `{"to":"省司法厅","reason":"职责不在本单位","due":"2022-10-16"}`, status: 201, events: "transferred assigned",
			is: is{"state": "withdrawn", "transferred_to.id": "sft", "transferred_to.name": "省司法厅", "transferred_from": none, "closed_at": some,
				"actions": []string{"note"}, "warnings.0.code": "due.weekend", "warnings.0.field": "due"}},
		step{as: "zrzyt", do: "GET {L6}", status: 200, is: is{"events.2.kind": "transferred", "events.2.texts.reason": "职责不在本单位",
			"events.2.data.transferred_to": "sft", "events.2.data.counterpart": "2022Q3-06-lead-sft"}},
		step{as: "zrzyt", do: "GET {L6}/draft", status: 200, is: is{"report.progress": "写了一半"}},
		step{as: "sft", do: "GET {L6}/draft", status: 403},
		step{as: "sft", do: "GET {new}", status: 200, is: is{"state": "assigned", "role": "lead", "transferred_from.id": "zrzyt",
			"due": timed("2022-10-16 17:30:00"), "events.0.texts.reason": "职责不在本单位", "actions": []string{"accept", "request_extension"}}},
		step{as: "sft", do: "GET {C6}", status: 200, is: is{"latest_report.progress": "立项两个"}},
		step{as: "sft", do: "POST {new}/acceptance", status: 201, events: "accepted"},
		step{as: "sft", do: "POST {new}/reports", body: `{"progress":"汇总","inputs":[{"assignment":"{c6}","mark":"adopted"}]}`, status: 201, events: "reported marked"},
		step{as: "office", do: "POST {L6}/transfer", body: `{"to":"zjj","reason":"x"}`, status: 409, code: "assignment.withdrawn"},
		step{as: "office", do: "GET /api/v1/board", status: 200, then: func(t *testing.T, _ *world, a answer) {
			for _, task := range a.get("tasks").([]any) {
				if m := task.(map[string]any); m["no"] == float64(6) && m["lead"].(map[string]any)["id"] != "sft" {
					t.Errorf("the board has %v", m["lead"])
				}
			}
		}},
	)
	coop := string(w.look(w.cookie("fzggw"), "/assignments/2022Q3-06-coop-fzggw").body)
	_, facts, _ := strings.Cut(coop, `<p class="small soft">牵头单位</p>`)
	if facts, _, _ = strings.Cut(facts, "</section>"); !strings.Contains(facts, "省司法厅") || strings.Contains(facts, "省自然资源厅") {
		t.Errorf("a cooperating department's page names as the lead %s", facts)
	}
	former := w.look(w.cookie("zrzyt"), "/assignments/2022Q3-06-lead-zrzyt")
	former.says(t, 200, "转由省司法厅办理", "职责不在本单位", "已转省司法厅", `href="/assignments/2022Q3-06-lead-sft"`)
	w.look(w.cookie("sft"), "/assignments/2022Q3-06-lead-sft").says(t, 200, "由省自然资源厅转来", "职责不在本单位")
}

// TestTransferPage: the form offers departments without a part in the task, keeps what
// was typed when it is refused, and says what was done.
func TestTransferPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.cookie("office")
	const page = "/assignments/2022Q3-06-lead-zrzyt"
	body := string(w.look(b, page).body)
	_, form, _ := strings.Cut(body, `action="`+page+`/transfer"`)
	form, _, _ = strings.Cut(form, "</form>")
	if !strings.Contains(form, `value="sft"`) || strings.Contains(form, `value="zrzyt"`) || strings.Contains(form, `value="kjt"`) {
		t.Errorf("the form offers %s", form)
	}
	w.post(b, page+"/transfer", "to", "sft", "due", "2022-10-20").says(t, 422, "没有填写转办理由", `<option value="sft" selected`, `value="2022-10-20"`)
	w.post(b, page+"/transfer", "to", "sft", "reason", "职责不在本单位").says(t, 303)
	w.look(b, "/assignments?period=2022Q3&task=6").says(t, 200, "省司法厅")
}
