package ui

import (
	"strings"
	"testing"
	"time"

	"duban/ui/web"
)

// TestAsks: what a report asks the office to coordinate is answered, gone on with, closed,
// raised again and taken back; desk, list and assignment count the same all the way, also
// when the report is verified and the quarter is over.
func TestAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	open := func(n int) step {
		return step{as: "office", do: "GET /api/v1/assignments?asks=open", status: 200, is: is{"total": n, "items": listed(n)}, then: func(t *testing.T, w *world, a answer) {
			desk := string(w.look(w.cookie("office"), "/").body)
			card := `href="/?need=asks"><b>` + web.Itoa(n) + `</b>`
			if strings.Contains(desk, `href="/?need=asks"`) != (n > 0) || n > 0 && !strings.Contains(desk, card) {
				t.Errorf("the list has %d, the desk does not", n)
			}
			if list := string(w.look(w.cookie("office"), "/assignments?asks=open").body); strings.Count(list, `href="/assignments/2022Q3-`) != n {
				t.Errorf("the list's page does not have %d rows", n)
			}
		}}
	}
	w.play(
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "office", do: "POST {L6}/asks/1/answer", body: `{"text":"已商","closed":true}`, status: 409, code: "ask.none_open"},
		open(0),
		step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 201, is: is{"open_asks": 1, "asks.#": 1, "asks.0.n": 1, "asks.0.state": "waiting",
			"asks.0.text": "请协调用地指标", "asks.0.at": some, "asks.0.answers": listed(0), "latest_report.asks": "请协调用地指标",
			"actions": []string{"recall", "withdraw_ask"}}, events: "reported"},
		open(1),
		step{as: "office", do: "GET {L6}", status: 200, is: is{"asks.0.text": "请协调用地指标", "asks.0.state": "waiting",
			"actions": []string{"verify", "return", "answer_ask", "direct", "note", "transfer", "withdraw"}}},
		step{as: "jxt", do: "GET {L6}", status: 200, is: is{"asks.0.text": "请协调用地指标"}}, // of the same task
		step{as: "zrzyt", do: "POST {L6}/asks/1/answer", body: `{"text":"已商","closed":true}`, status: 403, code: "act.forbidden"},
		step{as: "office", do: "POST {L6}/asks/1/answer", body: `{"closed":true}`, status: 422, code: "ask.answer_required", is: is{"field": "text"}},
		step{as: "office", do: "POST {L6}/asks/1/answer", body: `{"text":"已商","close":true}`, status: 422, code: "request.unknown_field"},
		step{as: "office", do: "POST {L6}/asks/2/answer", body: `{"text":"已商"}`, status: 404, code: "ask.unknown"},
		step{as: "office", do: "POST {L6}/asks/x/answer", body: `{"text":"已商"}`, status: 404},
		step{as: "office", do: "POST {L6}/asks/1/answer", body: `{"text":"已商"}`, head: map[string]string{"If-Match": `"1"`}, status: 412, code: "assignment.stale"},
		step{as: "office", do: "POST {L6}/verification", body: `{"grade":"good"}`, status: 201, events: "verified"},
		open(1),
		step{as: "office", do: "POST {L6}/asks/1/answer", body: `{"text":"请省自然资源厅十月十日前再报"}`, status: 201, is: is{"state": "verified", "open_asks": 1,
			"asks.0.state": "coordinating", "asks.0.answers.0.text": "请省自然资源厅十月十日前再报", "asks.0.answers.0.closed": false, "asks.0.answers.0.actor.user": "office"}, events: "ask_answered"},
		open(1),
		step{as: "office", do: "POST {L6}/asks/1/answer", body: `{"text":"指标已下达","closed":true}`, status: 201, is: is{"open_asks": 0,
			"asks.0.state": "closed", "asks.0.answers": listed(2), "asks.0.answers.1.closed": true}, events: "ask_answered"},
		open(0),
		step{as: "office", do: "POST {L6}/asks/1/answer", body: `{"text":"再说"}`, status: 409, code: "ask.none_open"},
		step{as: "zrzyt", do: "POST {L6}/asks/1/reopening", body: `{}`, status: 422, code: "ask.reopen_text_required"},
		step{as: "zrzyt", do: "POST {L6}/asks/1/reopening", body: `{"text":"只到一半"}`, status: 201, is: is{"open_asks": 1, "asks.0.state": "waiting",
			"asks.0.replies.0.kind": "ask_reopened", "asks.0.replies.0.text": "只到一半"}, events: "ask_reopened"},
		open(1),
	)
	w.clock.set(instant("2022-10-12 09:00:00")) // the next quarter: it still stands there
	clear(w.clients)
	w.tick()
	w.play(open(1),
		step{as: "zrzyt", do: "POST {L6}/asks/1/withdrawal", body: `{"text":"已自行解决"}`, status: 201, is: is{"open_asks": 0, "asks.0.state": "withdrawn"}, events: "ask_withdrawn"},
		open(0),
		step{as: "zrzyt", do: "POST {L6}/asks/1/reopening", body: `{"text":"又有"}`, status: 409, code: "ask.none_answered"},
		step{as: "office", do: "GET /api/v1/assignments?asks=all", status: 422, code: "query.asks", is: is{"field": "asks"}},
	)
	w.restart() // and is folded from the rows as it was from the events
	w.play(step{as: "office", do: "GET {L6}", status: 200, is: is{"asks.0.state": "withdrawn", "asks.0.answers": listed(2), "asks.0.replies": listed(2)}})
}

// TestAsksOnPages: the office answers on the page, the department reads it in its inbox, on
// the next form and in the trail, the ledger has state and answer; a form that was refused
// keeps what was typed.
func TestAsksOnPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 201, events: "reported"},
		step{as: "office", do: "POST {L6}/return", body: `{"reason":"请补充数据"}`, status: 201, events: "returned"},
	)
	const at = "/assignments/" + onLead
	w.clock.add(48 * time.Hour)
	clear(w.clients)
	office, unit := w.cookie("office"), w.cookie("zrzyt")
	has := func(who *browser, path string, want ...string) string {
		t.Helper()
		html := string(w.look(who, path).body)
		for _, s := range want {
			if !strings.Contains(html, s) {
				t.Errorf("%s does not say %s", path, s)
			}
		}
		return html
	}
	has(office, "/?need=asks", "需协调事项", "已等 2 天", "待答复，已等 2 天", "省自然资源厅", at+"#asks")
	has(office, at, `id="asks"`, "请协调用地指标", "待答复", "已等 2 天", `action="`+at+`/answer-ask"`)
	send := func(who *browser, act string, pairs ...string) answer {
		t.Helper()
		return w.submit(who, w.look(who, at).form(t, at+"/"+act), pairs...)
	}
	send(office, "answer-ask", "text", "已商省发展改革委").says(t, 422, "没有选择处理结果", "已商省发展改革委")
	send(office, "answer-ask", "text", "已商省发展改革委，十月十日前答复", "closed", "false").says(t, 200, "已答复，责任单位登录后会看到")
	has(unit, "/", `id="inbox-asks"`, "协调中", "已商省发展改革委，十月十日前答复")
	has(unit, at+"/report", "已经提出的事项如下", "已商省发展改革委，十月十日前答复")
	has(unit, at, "仍未解决，再次提请协调", "答复协调事项，继续协调")
	send(unit, "reopen-ask", "text", "还差一半").says(t, 200, "还差一半", "待答复")
	send(office, "answer-ask", "text", "指标已下达", "closed", "true").says(t, 200, "已办结", "指标已下达")
	has(unit, "/", `id="inbox-asks"`, "已办结", "指标已下达")
	has(unit, at, "答复协调事项并办结")
	if html := has(office, "/"); strings.Contains(html, "need=asks") {
		t.Error("it is closed and still on the desk")
	}
	if html := has(office, at, "已办结"); strings.Contains(html, `action="`+at+`/answer-ask"`) {
		t.Error("what is closed can be answered")
	}
	rows, err := w.workbook("office", "/export/ledger.xlsx?task=6&role=lead").GetRows("2022Q3")
	if err != nil {
		t.Fatal(err)
	}
	if cell := titled(t, rows, 1, "需协调事项"); cell != "请协调用地指标\n〔已办结〕\n2022年9月22日 答复：指标已下达" {
		t.Errorf("the ledger says %q", cell)
	}

	// The next quarter's form says it too, and nothing of it is asked again.
	w.clock.set(instant("2022-10-12 09:00:00"))
	clear(w.clients)
	w.tick()
	w.play(step{as: "zrzyt", do: "POST /api/v1/assignments/2022Q4-06-lead-zrzyt/acceptance", status: 201, events: "accepted"})
	has(w.cookie("zrzyt"), "/assignments/2022Q4-06-lead-zrzyt/report", "已经提出的事项如下", "2022Q3 提出", "指标已下达")
}

// TestAnAskBesideAnExtension: the desk offers both to the office where both wait.
func TestAnAskBesideAnExtension(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"已开展","asks":"请协调用地"}`, status: 201, events: "reported"},
		step{as: "office", do: "POST {L6}/return", body: `{"reason":"补充"}`, status: 201, events: "returned"},
		step{as: "zrzyt", do: "POST {L6}/extension-requests", body: `{"due":"2022-10-14","reason":"台风影响"}`, status: 201, events: "extension_requested"})
	_, row, _ := strings.Cut(w.visit("office", "/"), `data-key="task-6"`)
	row, _, _ = strings.Cut(row, "</tr>")
	for _, act := range []string{"批延期", "答复"} {
		if !strings.Contains(row, act+"</a>") {
			t.Errorf("the row does not offer %s: %s", act, row)
		}
	}
}
