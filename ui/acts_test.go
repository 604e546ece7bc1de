package ui

import (
	"fmt"
	"strings"
	"testing"

	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/plan"
)

// report is a body that a department can file on task 6.
const report = `{"progress":"完成低效用地盘活 320 亩","measures":[{"id":"6.1","status":"under_way","percent":40,"note":"三个县"}],
	"obstacles":"指标不足","asks":"请协调用地指标","next_steps":"推进 6.2","forecast":"年底前完成 60%"}`

// TestAnAssignmentsLife is the whole way of an assignment, act by act: who does
// it, what is answered, and which events stand in the journal afterwards.
func TestAnAssignmentsLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "zrzyt", do: "GET {L6}", status: 200, is: is{
			"id": "{l6}", "version": 1, "period": "2022Q3", "task.no": 6, "task.title": "盘活发展空间",
			"department.id": "zrzyt", "department.name": "省自然资源厅", "role": "lead", "state": "assigned",
			"accepted_at": none, "due": timed("2022-09-30 17:30:00"), "original_due": timed("2022-09-30 17:30:00"),
			"accept_by": timed("2022-09-23 17:30:00"), "late": false, "accepted_late": false, "returned": 0, "extended": 0, "urged": 0,
			"time_light.colour": "green", "time_light.cause": some, "progress_light.colour": "grey", "latest_report": none,
			"actions": []string{"accept", "request_extension"}, "events.#": 1, "events.0.kind": "assigned", "reports": none,
		}, then: func(t *testing.T, w *world, a answer) {
			if a.header.Get("ETag") != `"1"` {
				t.Errorf("ETag %s", a.header.Get("ETag"))
			}
		}},
		step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 409, code: "report.not_accepted"},
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, is: is{"state": "in_progress", "version": 2, "accepted_at": some,
			"accepted_late": false, "seq": some, "actions": []string{"report", "request_extension"}}, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/acceptance", body: "{}", status: 409, code: "accept.already"},
		step{as: "zrzyt", do: "PUT {L6}/draft", body: `{"progress":"写了一半"}`, status: 200, is: is{"report.progress": "写了一半", "by": "zrzyt", "saved_at": some}},
		step{as: "sign", do: "GET {L6}/draft", status: 200, is: is{"report.progress": "写了一半"}},
		step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 201, is: is{
			"state": "reported", "version": 3, "late": false, "latest_report.progress": contains("320"), "latest_report.n": 1,
			"latest_report.measures.0.note": "三个县", "latest_report.forecast.text": "年底前完成 60%", "latest_report.missing": listed(5),
			"latest_report.in_force": true, "actions": []string{"recall", "withdraw_ask"}}, events: "reported"},
		step{as: "zrzyt", do: "GET {L6}/draft", status: 404, code: "draft.none"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 409},
		step{as: "zrzyt", do: "DELETE {L6}/reports/latest", status: 200, is: is{"state": "in_progress", "latest_report.in_force": false}, events: "recalled"},
		step{as: "zrzyt", do: "DELETE {L6}/reports/latest", status: 409},
		step{as: "sign", do: "POST {L6}/reports", body: report, status: 201, is: is{"state": "reported", "latest_report.n": 2, "latest_report.by": "sign"}, events: "reported"},
		step{as: "office", do: "GET {L6}", status: 200, is: is{"reports": listed(2), "reports.0.in_force": false, "reports.1.in_force": true}},
		step{as: "office", do: "POST {L6}/return", body: `{"reason":"请补充数据"}`, status: 201, is: is{"state": "in_progress", "returned": 1,
			"due": timed("2022-09-27 17:30:00"), "original_due": timed("2022-09-30 17:30:00")}, events: "returned"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 201, is: is{"state": "reported", "latest_report.n": 3}, events: "reported"},
		step{as: "office", do: "POST {L6}/verification", body: `{"grade":"good","comment":"可以"}`, status: 201, is: is{"state": "verified", "grade": "good"}, events: "verified"},
		step{as: "zrzyt", do: "DELETE {L6}/reports/latest", status: 409},
		step{as: "office", do: "POST {L6}/verification", body: `{"grade":"good"}`, status: 409},
		step{as: "director", do: "POST {L6}/reopening", body: `{"reason":"数据有误","due":"2022-10-14"}`, status: 201,
			is: is{"state": "in_progress", "due": timed("2022-10-14 17:30:00"), "grade": ""}, events: "reopened"},
		step{as: "office", do: "POST {L6}/withdrawal", body: `{"reason":"任务调整"}`, status: 201, is: is{"state": "withdrawn", "actions": []string{"note"}}, events: "withdrawn"},
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 409, code: "assignment.withdrawn"},
		step{as: "office", do: "POST {L6}/reopening", body: `{"reason":"x","due":"2022-10-14"}`, status: 409},
	)
}

func TestUrgesRequestsAndRemarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "office", do: "POST {L6}/urges", body: `{"level":"urge","text":"请抓紧"}`, status: 201, is: is{"urged": 1, "urge_level": "urge", "state": "assigned"}, events: "urged"},
		step{as: "office", do: "POST {L6}/urges", body: `{"level":"urge"}`, status: 422, code: "urge.text_required", is: is{"field": "text"}},
		step{as: "office", do: "POST {L6}/urges", body: `{"level":"shout","text":"x"}`, status: 422, code: "urge.level_unknown", is: is{"field": "level"}},
		step{as: "office", do: "POST {L6}/urges", body: `{"level":"formal","text":"三色督办"}`, status: 201, is: is{"urged": 2, "urge_level": "formal"}, events: "urged"},
		step{as: "office", do: "POST {L6}/urges", body: `{"level":"reminder"}`, status: 201, is: is{"urged": 3, "urge_level": "formal"}, events: "urged"},
		step{as: "zrzyt", do: "POST {L6}/urges", body: `{"level":"reminder"}`, status: 403},
		step{as: "zrzyt", do: "POST {L6}/urges/1/read", status: 201, events: "urge_read"},
		step{as: "zrzyt", do: "POST {L6}/urges/2/reply", body: `{"text":"本周内报送"}`, status: 201, events: "urge_replied"},
		step{as: "zrzyt", do: "POST {L6}/urges/2/reply", body: `{"text":"再说一次"}`, status: 422, code: "urge.replied"},
		step{as: "zrzyt", do: "POST {L6}/urges/9/reply", body: `{"text":"?"}`, status: 422, code: "urge.unknown"},
		step{as: "zrzyt", do: "POST {L6}/urges/x/reply", body: `{"text":"?"}`, status: 404},
		step{as: "office", do: "POST {L6}/urges/1/reply", body: `{"text":"?"}`, status: 403},
		// The lead of the task may remind a cooperating department, and no more.
		step{as: "zrzyt", do: "POST {C6}/urges", body: `{"level":"reminder","text":"请报送"}`, status: 201, is: is{"urged": 1}, events: "urged"},
		step{as: "zrzyt", do: "POST {C6}/urges", body: `{"level":"urge","text":"请报送"}`, status: 403, code: "urge.lead_reminds_only"},

		step{as: "zrzyt", do: "POST {L6}/extension-requests", body: `{"due":"2022-10-14","reason":"台风影响"}`, status: 201,
			is: is{"pending_extension.n": 1, "pending_extension.wanted": timed("2022-10-14 17:30:00"), "due": timed("2022-09-30 17:30:00")}, events: "extension_requested"},
		step{as: "zrzyt", do: "POST {L6}/extension-requests", body: `{"due":"2022-10-15","reason":"再来"}`, status: 409},
		step{as: "office", do: "POST {L6}/extension-requests/1/decision", body: `{"reason":"?"}`, status: 422, code: "extension.granted_required", is: is{"field": "granted"}},
		step{as: "office", do: "POST {L6}/extension-requests/2/decision", body: `{"granted":true}`, status: 422, code: "extension.unknown"},
		step{as: "zrzyt", do: "POST {L6}/extension-requests/1/decision", body: `{"granted":true}`, status: 403},
		step{as: "office", do: "POST {L6}/extension-requests/1/decision", body: `{"granted":false}`, status: 422, code: "extension.refusal_reason_required"},
		step{as: "office", do: "POST {L6}/extension-requests/1/decision", body: `{"granted":false,"reason":"理由不足"}`, status: 201,
			is: is{"extended": 0, "pending_extension": none, "due": timed("2022-09-30 17:30:00")}, events: "extension_refused"},
		step{as: "zrzyt", do: "POST {L6}/extension-requests", body: `{"due":"2022-10-14","reason":"台风影响"}`, status: 201, is: is{"pending_extension.n": 2}, events: "extension_requested"},
		step{as: "office", do: "POST {L6}/extension-requests/2/decision", body: `{"granted":true,"reason":"同意"}`, status: 201,
			is: is{"extended": 1, "due": timed("2022-10-14 17:30:00"), "original_due": timed("2022-09-30 17:30:00")}, events: "extended"},
		step{as: "fzggw", do: "POST {C6}/extension-requests", body: `{"due":"2022-10-14","reason":"台风影响"}`, status: 201, events: "extension_requested"},
		step{as: "office", do: "POST {C6}/extension-requests/1/decision", body: `{"granted":true,"due":"2022-09-28"}`, status: 201,
			is: is{"extended": 1, "due": timed("2022-09-28 17:30:00")}, events: "extended"},
		step{as: "office", do: "POST {C6}/extension", body: `{"due":"2022-09-29T12:00:00+08:00"}`, status: 201, is: is{"extended": 2, "due": timed("2022-09-29 12:00:00")}, events: "extended"},
		step{as: "office", do: "POST {L6}/directives", body: `{"text":"请省自然资源厅专题研究"}`, status: 201, is: is{"directed": 1}, events: "directed"},
		step{as: "office", do: "POST {L6}/notes", body: `{"text":"已电话联系"}`, status: 201, events: "noted"},
		step{as: "office", do: "POST {L6}/directives", body: `{"text":"  "}`, status: 422, code: "directive.text_required"},
		step{as: "zrzyt", do: "POST {L6}/directives", body: `{"text":"x"}`, status: 403},
	)
}

// TestTheDueInstant: a report at the very second is in time, one second later it
// is late, also when the clock has not ticked yet; overdue is effective at the
// due instant whenever it is found out.
func TestTheDueInstant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.vars["jxt"] = "/api/v1/assignments/2022Q3-06-coop-jxt"
	w.vars["kjt"] = "/api/v1/assignments/2022Q3-06-coop-kjt"
	w.play(
		step{as: "fzggw", do: "POST {C6}/acceptance", status: 201, events: "accepted"},
		step{as: "jxt", do: "POST {jxt}/acceptance", status: 201, events: "accepted"},
		step{at: "2022-09-23 17:30:00", as: "kjt", do: "POST {kjt}/acceptance", status: 201, is: is{"state": "in_progress", "accepted_late": false}, events: "accepted"},
		step{as: "fzggw", do: "POST {C6}/reports", body: `{"progress":"按时"}`, status: 201, is: is{"late": false, "state": "reported", "time_light.colour": "grey"}, events: "reported"},
		step{at: "+1s", as: "jxt", do: "GET {jxt}", status: 200, is: is{"state": "in_progress", "time_light.colour": "red"}},
		step{as: "jxt", do: "POST {jxt}/reports", body: `{"progress":"晚了一秒"}`, status: 201, is: is{"late": true, "state": "reported"}, events: "expired reported",
			then: func(t *testing.T, w *world, a answer) {
				es := w.events(0)
				e := es[len(es)-2]
				if !e.At.Equal(instant("2022-09-23 17:30:00")) || !e.RecordedAt.Equal(instant("2022-09-23 17:30:01")) {
					t.Errorf("expired at %s, recorded at %s", e.At, e.RecordedAt)
				}
			}},
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, is: is{"accepted_late": true}, events: "accepted"},
	)
	w.clock.set(instant("2022-09-26 09:00:00"))
	w.tick()
	w.play(
		step{as: "kjt", do: "GET {kjt}", status: 200, is: is{"state": "overdue", "workdays_late": 1, "time_light.colour": "red", "events": listed(3)}},
		step{as: "kjt", do: "POST {kjt}/extension-requests", body: `{"due":"2022-09-28","reason":"出差"}`, status: 201, is: is{"state": "overdue"}, events: "extension_requested"},
		step{as: "office", do: "POST {kjt}/extension-requests/1/decision", body: `{"granted":true}`, status: 201, is: is{"state": "in_progress", "late": false}, events: "extended"},
		step{as: "kjt", do: "POST {kjt}/reports", body: `{"no_change":true,"reason":"本期无进展"}`, status: 201, is: is{"late": false, "latest_report.no_change": true}, events: "reported"},
	)
	before, _ := w.store.Head()
	w.tick()
	if more := w.events(before); len(more) > 0 {
		t.Errorf("a second tick wrote %v", more)
	}
}

// TestALeadConsolidates: cooperating reports come first, the lead marks them and
// the missing ones are named.
func TestALeadConsolidates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "fzggw", do: "POST {C6}/acceptance", status: 201, events: "accepted"},
		step{as: "fzggw", do: "POST {C6}/reports", body: `{"progress":"立项两个","inputs":[{"assignment":"{c6}","mark":"adopted"}]}`, status: 422, code: "inputs.lead_only"},
		step{as: "fzggw", do: "POST {C6}/reports", body: `{"progress":"立项两个"}`, status: 201, events: "reported"},
		step{as: "zrzyt", do: "GET {C6}", status: 200, is: is{"latest_report.progress": "立项两个", "actions": []string{}}},
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"汇总","inputs":[{"assignment":"{c6}","mark":"not_received"}]}`, status: 422, code: "input.received", is: is{"field": "inputs.0.mark"}},
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"汇总","inputs":[{"assignment":"2022Q3-07-coop-rlsbt","mark":"adopted"}]}`, status: 422, code: "input.unknown"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"汇总","inputs":[{"assignment":"{c6}","mark":"adopted"}]}`, status: 201,
			is: is{"latest_report.inputs.0.mark": "adopted", "latest_report.missing": []string{"jxt", "kjt", "swt", "whlyt"}}, events: "reported marked"},
		step{as: "fzggw", do: "GET {C6}", status: 200, is: is{"mark": "adopted"}},
		step{as: "fzggw", do: "GET {L6}", status: 200, is: is{"latest_report.progress": "汇总"}},
	)
}

// TestNobodyVerifiesTheirOwn: no department's person verifies, and who filed a
// report and has moved to the office since does not verify that one.
func TestNobodyVerifiesTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	grade := `{"grade":"excellent"}`
	w.play(
		step{as: "zrzyt2", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt2", do: "POST {L6}/reports", body: report, status: 201, events: "reported"},
		step{as: "zrzyt", do: "POST {L6}/verification", body: grade, status: 403, code: "act.forbidden"},
		step{as: "sign", do: "POST {L6}/verification", body: grade, status: 403},
		step{as: "fzggw", do: "POST {L6}/verification", body: grade, status: 403},
		step{as: "boss", do: "POST {L6}/verification", body: grade, status: 403},
		step{as: "viewer", do: "POST {L6}/verification", body: grade, status: 403},
		step{as: "sft", do: "POST {L6}/verification", body: grade, status: 404, code: "assignment.unknown"},
		step{as: "office", do: "POST {L6}/verification", body: `{"grade":"best"}`, status: 422, code: "grade.unknown", is: is{"field": "grade"}},
		step{as: "office", do: "POST {L6}/verification", body: `{}`, status: 422, code: "grade.unknown"},
	)
	if err := w.accounts.Move(t.Context(), w.clock.now(), account.Console, "zrzyt2", plan.OfficeID, workflow.OfficeMan); err != nil {
		t.Fatal(err)
	}
	w.play(step{as: "zrzyt2", do: "GET {L6}", status: 401}) // the old rights are gone with the old token
	delete(w.tokens, "zrzyt2")
	w.play(
		step{as: "zrzyt2", do: "GET {L6}", status: 200, then: func(t *testing.T, w *world, a answer) {
			if actions := fmt.Sprint(a.get("actions")); strings.Contains(actions, "verify") || !strings.Contains(actions, "urge") && !strings.Contains(actions, "return") {
				t.Errorf("actions %s", actions)
			}
		}},
		step{as: "zrzyt2", do: "POST {L6}/verification", body: grade, status: 409, code: "verify.own_report"},
		step{as: "director", do: "POST {L6}/verification", body: grade, status: 201, is: is{"state": "verified"}, events: "verified"},
	)
}
