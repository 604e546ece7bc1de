package ui

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/workflow"
)

// TestAssignmentLists: pages join to the whole without a gap or a double, next
// is empty at the end, limits are kept, filters choose what they say.
func TestAssignmentLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 201, events: "reported"},
		step{as: "office", do: "POST /api/v1/periods", body: `{"id":"S1","name":"专项","due":"2022-10-20","departments":["sft"]}`, status: 201, events: "period_opened" + strings.Repeat(" assigned", len(assignmentsOf("sft")))},
	)
	total := 57 + len(assignmentsOf("sft"))
	for _, limit := range []int{1, 7, 50, 500} {
		for _, sort := range []string{"", "&sort=worst"} {
			ids := w.pages(t, "office", fmt.Sprintf("/api/v1/assignments?limit=%d%s", limit, sort))
			if len(ids) != total || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != total {
				t.Errorf("limit %d%s: %d ids, want %d different ones", limit, sort, len(ids), total)
			}
		}
	}
	for query, want := range map[string]int{
		"":                           total,
		"period=2022Q3":              57,
		"period=S1":                  total - 57,
		"period=2022Q4":              0,
		"task=3":                     1,
		"period=2022Q3&task=9":       16,
		"task=6&role=cooperating":    5,
		"role=lead&period=2022Q3":    12,
		"department=zrzyt&role=lead": leads("zrzyt"),
		"department=nobody":          0,
		"state=reported":             1,
		"state=reported,assigned":    total,
		"state=reported&state=verified&period=2022Q3": 1,
		"light=green&period=2022Q3":                   11, // the leads', but one
		"light=yellow&period=2022Q3":                  45, // three workdays left
		"light=grey":                                  1,
		"light=red":                                   0,
		"q=" + url.QueryEscape("盘活"):                  6,
		"q=" + url.QueryEscape("自然资源 盘活"):             1,
		"q=2022q3-06":                                 6,
		"q=zzz":                                       0,
		"q=" + url.QueryEscape("６"):                   6,
		"q=" + url.QueryEscape("ＫＪＴ"):                 len(assignmentsOf("kjt")),
		"q=" + url.QueryEscape("２０２２Ｑ３－０６"):           6,
		"q=" + url.QueryEscape("2022年第三季度"):           57,
		"q=" + url.QueryEscape("第三季度 任务6"):            6,
		"q=" + url.QueryEscape("2022年第二季度"):           0,
		"q=" + url.QueryEscape("专项"):                  total - 57,
	} {
		if ids := w.pages(t, "office", "/api/v1/assignments?limit=500&"+query); len(ids) != want {
			t.Errorf("%s: %d, want %d", query, len(ids), want)
		}
	}
	list := func(query, code, field string) step {
		return step{as: "office", do: "GET /api/v1/assignments?" + query, status: 422, code: code, is: is{"field": field}}
	}
	w.play(
		list("limit=501", "query.limit", "limit"), list("limit=0", "query.limit", "limit"), list("limit=-1", "query.limit", "limit"),
		list("limit=x", "query.limit", "limit"), list("task=0", "query.task", "task"), list("task=x", "query.task", "task"),
		list("role=boss", "query.role", "role"), list("state=done", "query.state", "state"), list("light=blue", "query.light", "light"),
		list("after=x", "query.after", "after"), list("q="+strings.Repeat("x", 101), "query.q", "q"), list("sort=x", "query.sort", "sort"),
		step{as: "office", do: "GET /api/v1/assignments?limit=x&role=y", status: 422, code: "fields.invalid", is: is{"errors": listed(2)}},
		step{as: "office", do: "GET /api/v1/assignments?task=6&role=lead", status: 200, is: is{"total": 1, "next": "", "items.0.id": "{l6}",
			"items.0.latest_report.progress": contains("320"), "items.0.actions": []string{"verify", "return", "answer_ask", "direct", "note", "transfer", "withdraw"},
			"items.0.time_light.cause": some, "items.0.progress_light.cause": some, "items.0.version": 3}},
		step{as: "office", do: "GET /api/v1/events?limit=501", status: 422, code: "query.number", is: is{"field": "limit"}},
		step{as: "office", do: "GET /api/v1/events?after=x", status: 422, code: "query.after"},
		step{as: "office", do: "GET /api/v1/events?after=1000000", status: 200, is: is{"items": listed(0), "next": ""}},
		step{as: "office", do: "GET /api/v1/periods", status: 200, is: is{"items": listed(2), "next": "", "items.0.id": "2022Q3"}},
	)
}

func assignmentsOf(department string) (all []string) {
	for _, s := range shippedPlan().Assignments() {
		if s.Department == department {
			all = append(all, s.Department)
		}
	}
	return all
}

func leads(department string) (n int) {
	for _, task := range shippedPlan().Tasks {
		if task.Lead == department {
			n++
		}
	}
	return n
}

// pages reads a list to its end and answers the ids (or positions) in order.
func (w *world) pages(t *testing.T, as, path string) []string {
	t.Helper()
	var ids []string
	after := ""
	for range 1000 {
		p := path
		if after != "" {
			p += "&after=" + url.QueryEscape(after)
		}
		a := w.as(as, "GET", p, nil, nil)
		items, ok := a.get("items").([]any)
		if a.status != 200 || !ok {
			t.Fatalf("%s: %s", p, a)
		}
		for _, i := range items {
			id := at(i, "id")
			if id == nil {
				id = at(i, "seq")
			}
			ids = append(ids, fmt.Sprint(id))
		}
		next, ok := a.get("next").(string)
		if !ok {
			t.Fatalf("%s: no next: %s", p, a)
		}
		if after = next; after == "" {
			return ids
		}
	}
	t.Fatalf("%s never ends", path)
	return nil
}

// TestWhoSeesWhat: each department lists, opens and hears of its own assignments
// and those of tasks it has a part in, and of nothing else; the office's side
// sees all. The expectation is made from the plan alone.
func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 201, events: "reported"},
		step{as: "office", do: "POST {L6}/notes", body: `{"text":"低语"}`, status: 201, events: "noted"},
		step{as: "office", do: "POST {L6}/return", body: `{"reason":"低语"}`, status: 201, events: "returned"},
	)
	p := shippedPlan()
	for _, person := range people_ {
		w.token(person.name)
	}
	all := w.pages(t, "office", "/api/v1/assignments?limit=500")
	for _, person := range people_ {
		department := person.role == workflow.Liaison || person.role == workflow.Signatory
		var want []string
		parts := map[int]bool{}
		for _, s := range p.Assignments() {
			if s.Department == person.unit {
				parts[s.Task] = true
			}
		}
		for _, id := range all {
			var task int
			if _, err := fmt.Sscanf(id, "2022Q3-%d-", &task); err != nil {
				t.Fatal(err)
			}
			if !department || parts[task] {
				want = append(want, id)
			}
		}
		if got := w.pages(t, person.name, "/api/v1/assignments?limit=500"); !slices.Equal(got, want) {
			t.Errorf("%s lists %v\nwant %v", person.name, got, want)
		}
		for _, id := range all {
			status := 404
			if slices.Contains(want, id) {
				status = 200
			}
			if a := w.as(person.name, "GET", "/api/v1/assignments/"+id, nil, nil); a.status != status {
				t.Errorf("%s opens %s: %d, want %d", person.name, id, a.status, status)
			}
		}
		w.hears(t, person, want)
	}
}

// hears holds a person's journal against what they may see.
func (w *world) hears(t *testing.T, person person, visible []string) {
	a := w.as(person.name, "GET", "/api/v1/events?limit=500", nil, nil)
	var list struct {
		Items []struct {
			workflow.Event
			Texts map[string]string
		}
		Next string
	}
	if err := json.Unmarshal(a.body, &list); err != nil || list.Next != "" {
		t.Fatalf("%s: %v %q", person.name, err, list.Next)
	}
	var got []uint64
	for _, e := range list.Items {
		got = append(got, e.Seq)
	}
	var want []uint64
	for _, e := range w.events(0) {
		secret := strings.HasPrefix(string(e.Kind), "account_") || strings.HasPrefix(string(e.Kind), "token_") || strings.HasPrefix(string(e.Kind), "log")
		switch {
		case secret && person.role != workflow.Admin && person.role != workflow.Auditor && person.role != workflow.Director:
		case e.Assignment != "" && !slices.Contains(visible, e.Assignment):
		default:
			want = append(want, e.Seq)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s hears %v\nwant %v", person.name, got, want)
	}
	if slices.Contains(visible, w.vars["l6"]) != strings.Contains(string(a.body), "低语") {
		t.Errorf("%s: the text is not where it should be: %s", person.name, person.unit)
	}
}

// TestTheJournalIsProvedFromOutside: whoever may read all of it checks the chain
// with nothing but the answers. The hash of an event is SHA-256 over the previous
// hash (32 bytes, zeros before the first) and the event's own JSON: the item as
// it was sent, byte for byte, without its last members texts, prev and hash.
func TestTheJournalIsProvedFromOutside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"<b>\"A&B\"</b>  汉字 🚜","figures":[{"indicator":"G3.1","value":0.10,"as_of":"2022-08-31"}],"measures":[{"id":"6.1","status":"done","percent":100,"note":"x\",\"prev\":\""}]}`, status: 201, events: "reported"},
		step{as: "office", do: "POST {L6}/verification", body: `{"grade":"good","comment":"好"}`, status: 201, events: "verified"},
		step{as: "auditor", do: "GET /api/v1/events?after=0&limit=1", status: 200, is: is{"items.0.kind": "plan_loaded", "items.0.prev": strings.Repeat("0", 64)}},
	)
	prev := make([]byte, sha256.Size)
	n := 0
	for after := "0"; after != ""; {
		a := w.as("auditor", "GET", "/api/v1/events?limit=37&after="+after, nil, nil)
		var list struct {
			Items []json.RawMessage
			Next  string
		}
		if err := json.Unmarshal(a.body, &list); err != nil {
			t.Fatal(err)
		}
		for _, raw := range list.Items {
			n++
			core, sealed, err := unseal(raw)
			if err != nil {
				t.Fatalf("%s: %v", raw, err)
			}
			if sealed.Prev != hex.EncodeToString(prev) || sealed.Seq != n {
				t.Fatalf("event %d follows %s: %s", n, sealed.Prev, raw)
			}
			sum := sha256.Sum256(append(slices.Clone(prev), core...))
			if sealed.Hash != hex.EncodeToString(sum[:]) {
				t.Fatalf("event %d does not hash to %s: %s", n, sealed.Hash, raw)
			}
			prev = sum[:]
		}
		after = list.Next
	}
	if head, hash := w.store.Head(); uint64(n) != head || hex.EncodeToString(prev) != hash.String() {
		t.Errorf("%d events end at %x, the journal at %d %s", n, prev, head, hash)
	}
}

type seal struct {
	Seq        int
	Prev, Hash string
}

// unseal takes texts, prev and hash off an event's bytes.
func unseal(raw []byte) ([]byte, seal, error) {
	var s seal
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, s, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	end := int64(0)
	for depth := 0; ; {
		before := d.InputOffset()
		tok, err := d.Token()
		if err != nil {
			return nil, s, err
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		case "texts", "prev":
			if depth == 1 {
				end = before
			}
		}
		if end != 0 {
			return append(slices.Clone(bytes.TrimRight(raw[:end], ", ")), '}'), s, nil
		}
	}
}

// TestEventsShape is the contract's event, member by member, and the position an
// act answers with.
func TestEventsShape(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted", then: func(t *testing.T, w *world, a answer) {
			seq := headOf(w)
			if !same(a.get("seq"), seq) {
				t.Errorf("it answers seq %v, the journal stands at %d", a.get("seq"), seq)
			}
			list := w.as("office", "GET", fmt.Sprintf("/api/v1/events?after=%d", seq-1), nil, nil)
			for path, want := range (is{"items": listed(1), "next": "", "items.0.seq": seq, "items.0.at": timed("2022-09-20 09:00:00"),
				"items.0.recorded_at": timed("2022-09-20 09:00:00"), "items.0.kind": "accepted", "items.0.assignment": w.vars["l6"], "items.0.period": "2022Q3",
				"items.0.task": 6, "items.0.department": "zrzyt", "items.0.actor": map[string]string{"user": "zrzyt", "unit": "zrzyt"},
				"items.0.from": "assigned", "items.0.to": "in_progress", "items.0.data": map[string]any{}, "items.0.prev": some, "items.0.hash": some}) {
				if !same(list.get(path), want) {
					t.Errorf("%s is %v, want %v", path, list.get(path), want)
				}
			}
		}},
	)
}

// TestTheBoard is the contract's board and the shape of its tasks.
func TestTheBoard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{as: "fzggw", do: "POST {C6}/acceptance", status: 201, events: "accepted"},
		step{as: "fzggw", do: "POST {C6}/reports", body: `{"progress":"机密进展"}`, status: 201, events: "reported"},
		step{as: "sft", do: "GET /api/v1/board", status: 200, is: is{"seq": some, "epoch": some, "now": timed("2022-09-20 09:00:00"),
			"counts": some, "tasks": listed(12), "departments": listed(16), "indicators": some}, hasnt: []string{"机密进展", `"user"`},
			then: func(t *testing.T, w *world, a answer) {
				for _, task := range a.get("tasks").([]any) {
					for _, field := range strings.Fields("no title section lead.id lead.name state time_light.colour time_light.cause progress_light.colour due cooperating.reported cooperating.total") {
						if at(task, field) == nil {
							t.Errorf("a task without %s: %v", field, task)
						}
					}
					if same(at(task, "no"), 6) && (!same(at(task, "cooperating.reported"), 1) || !same(at(task, "cooperating.total"), 5) || at(task, "lead.id") != "zrzyt" || at(task, "state") != "assigned") {
						t.Errorf("task 6: %v", task)
					}
				}
				if !same(a.get("seq"), headOf(w)) {
					t.Errorf("the board stands at %v, the journal at %d", a.get("seq"), headOf(w))
				}
				tag := a.header.Get("ETag")
				again := w.as("sft", "GET", "/api/v1/board", nil, map[string]string{"If-None-Match": tag})
				if tag == "" || again.status != 304 || len(again.body) != 0 {
					t.Errorf("ETag %s: %d %s", tag, again.status, again.body)
				}
			}},
		step{at: "+1h", as: "viewer", do: "GET /api/v1/board", status: 200, is: is{"now": timed("2022-09-20 10:00:00")}},
		step{as: "viewer", do: "GET /api/v1/board", head: map[string]string{"Accept-Language": "en"}, status: 200, is: is{"tasks.0.time_light.cause": contains("Due")}},
		step{do: "GET /api/v1/board", status: 401},
	)
}

func headOf(w *world) uint64 { h, _ := w.store.Head(); return h }

// TestPeriods: the office opens a special period; what is wrong is named.
func TestPeriods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	open := func(body string, status int, code, field string) step {
		s := step{as: "office", do: "POST /api/v1/periods", body: body, status: status, code: code}
		if field != "" {
			s.is = is{"field": field}
		}
		return s
	}
	w.play(
		step{as: "zrzyt", do: "POST /api/v1/periods", body: `{"id":"S1","name":"专项","due":"2022-10-20"}`, status: 403, code: "period.office_only"},
		step{as: "viewer", do: "POST /api/v1/periods", body: `{"id":"S1","name":"专项","due":"2022-10-20"}`, status: 403},
		open(`{"id":"S1","name":"专项"}`, 422, "period.due_required", "due"),
		open(`{"id":"S 1","name":"专项","due":"2022-10-20"}`, 422, "period.id", "id"),
		open(`{"id":"../S","name":"专项","due":"2022-10-20"}`, 422, "period.id", "id"),
		open(`{"id":"S1","name":"","due":"2022-10-20"}`, 422, "period.name_required", "name"),
		open(`{"id":"S1","name":"专项","due":"2022-09-01"}`, 422, "due.past", "due"),
		open(`{"id":"S1","name":"专项","due":"3022-09-01"}`, 422, "due.too_far", "due"),
		open(`{"id":"S1","name":"专项","due":"2022-10-20","accept_by":"2022-10-21"}`, 422, "period.accept_after_due", "accept_by"),
		open(`{"id":"S1","name":"专项","due":"2022-10-20","cooperating_due":"2022-10-21"}`, 422, "period.cooperating_after_lead", "cooperating_due"),
		open(`{"id":"S1","name":"专项","due":"2022-10-20","from":"2022-10-01","to":"2022-09-01"}`, 422, "period.dates", "to"),
		open(`{"id":"S1","name":"专项","due":"20 October"}`, 422, "", ""),
		open(`{"id":"S1","name":"专项","due":"2022-10-20","tasks":[99]}`, 422, "task.unknown", "tasks.0"),
		open(`{"id":"S1","name":"专项","due":"2022-10-20","departments":["省教育厅"]}`, 422, "department.unknown", "departments.0"),
		open(`{"id":"S1","name":"专项","due":"2022-10-20","tasks":[3],"departments":["sft"]}`, 422, "period.nobody", "tasks"),
		open(`{"id":"2022Q3","name":"专项","due":"2022-10-20"}`, 422, "period.id_regular", "id"),
		step{as: "director", do: "POST /api/v1/periods", body: `{"id":"S1","name":"用地专项","from":"2022-09-20","to":"2022-10-31","accept_by":"2022-09-22","cooperating_due":"2022-10-13","due":"2022-10-20T12:00:00+08:00","tasks":[6],"departments":["省自然资源厅","fzggw"]}`,
			status: 201, is: is{"id": "S1", "special": true, "assigned": 2, "from": "2022-09-20", "to": "2022-10-31", "due": timed("2022-10-20 12:00:00"),
				"cooperating_due": timed("2022-10-13 17:30:00"), "accept_by": timed("2022-09-22 17:30:00")}, events: "period_opened assigned assigned"},
		open(`{"id":"S1","name":"专项","due":"2022-10-20","tasks":[6]}`, 409, "period.exists", ""),
		step{as: "zrzyt", do: "GET /api/v1/assignments/S1-06-lead-zrzyt", status: 200, is: is{"period": "S1", "due": timed("2022-10-20 12:00:00")}},
		step{as: "fzggw", do: "GET /api/v1/assignments/S1-06-coop-fzggw", status: 200, is: is{"due": timed("2022-10-13 17:30:00"), "accept_by": timed("2022-09-22 17:30:00")}},
		step{as: "zrzyt", do: "GET /api/v1/periods", status: 200, is: is{"items": listed(2)}},
	)
}

// TestIndicators: figures are filed by the office or with a report, questioned
// when they look wrong, and corrected without losing the old value.
func TestIndicators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := "POST /api/v1/indicators/G3.1/figures"
	w.play(
		step{as: "viewer", do: "GET /api/v1/indicators", status: 200, is: is{"next": "", "items": listed(len(shippedPlan().Indicators))}},
		step{as: "viewer", do: "GET /api/v1/indicators?scope=other", status: 422, code: "query.scope"},
		step{as: "zrzyt", do: file, body: `{"value":0.5,"as_of":"2022-08-31"}`, status: 403, code: "figure.office_only"},
		step{as: "office", do: "POST /api/v1/indicators/G99/figures", body: `{"value":0.5,"as_of":"2022-08-31"}`, status: 404, code: "indicator.unknown"},
		step{as: "office", do: file, body: `{"indicator":"G3.2","value":0.5,"as_of":"2022-08-31"}`, status: 422, code: "figure.other_indicator"},
		step{as: "office", do: file, body: `{"as_of":"2022-08-31"}`, status: 422, code: "figure.value_required"},
		step{as: "office", do: file, body: `{"value":0.5}`, status: 422, code: "figure.as_of_required"},
		step{as: "office", do: file, body: `{"value":-1,"as_of":"2022-08-31"}`, status: 422, code: "figure.negative"},
		step{as: "office", do: file, body: `{"value":0.5,"as_of":"2022-08-31"}`, status: 201, is: is{"id": "G3.1", "seq": some}, events: "figure_filed", keep: map[string]string{"fig": "seq"}},
		step{as: "office", do: file, body: `{"value":0.4,"as_of":"2022-09-10"}`, status: 422, code: "figure.falls", is: is{"field": "value"}},
		step{as: "office", do: file, body: `{"value":5000,"as_of":"2022-09-10"}`, status: 422, code: "figure.slip"},
		step{as: "office", do: file, body: `{"value":0.4,"as_of":"2022-09-10","explanation":"口径调整"}`, status: 201, events: "figure_filed"},
		step{as: "office", do: file, body: `{"value":0.55,"as_of":"2022-08-31","corrects":{fig}}`, status: 422, code: "figure.correction_reason"},
		step{as: "office", do: file, body: `{"value":0.45,"as_of":"2022-08-31","corrects":{fig},"reason":"录入错误"}`, status: 201, events: "figure_corrected"},
		step{as: "office", do: file, body: `{"value":0.46,"as_of":"2022-08-31","corrects":{fig},"reason":"再次"}`, status: 422, code: "figure.corrects_unknown"},
		step{as: "office", do: "PUT /api/v1/indicators/G3.1/owner", body: `{"owner":"省科技厅"}`, status: 200, is: is{"id": "G3.1"}, events: "indicator_assigned"},
		step{as: "office", do: "PUT /api/v1/indicators/G3.1/owner", body: `{"owner":"省教育厅"}`, status: 422, code: "department.unknown"},
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"x","figures":[{"indicator":"G3.1","value":0.6,"as_of":"2022-09-10"}]}`, status: 422, code: "figure.not_yours"},
	)
}

// TestSmallAnswers: who asks, the plan, the open routes.
func TestSmallAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(
		step{do: "GET /healthz", status: 200, is: is{"status": "ok"}},
		step{do: "GET /readyz", status: 200, is: is{"status": "ready", "seq": some}},
		step{do: "GET /metrics", status: 200},
		step{do: "GET /openapi.json", status: 200, is: is{"openapi": "3.1.0"}},
		step{as: "zrzyt", do: "GET /api/v1/me", status: 200, is: is{"name": "zrzyt", "unit": "zrzyt", "unit_name": "省自然资源厅", "role": "liaison"}},
		step{as: "office", do: "GET /api/v1/me", status: 200, is: is{"name": "office", "unit": "office", "role": "office"}},
		step{as: "sft", do: "GET /api/v1/plan", status: 200, is: is{"tasks": listed(12), "departments": listed(16), "sections": some, "indicators": some, "assignments": 57}},
	)
	if w.clock.add(time.Second); len(w.pages(t, "boss", "/api/v1/events?limit=1")) != int(headOf(w)) {
		t.Error("one event at a time does not give the journal")
	}
}

// TestWhatIsLeftOfLastYearSaysSo: eleven days before New Year, what was due on the last
// day of the year before stands with its year: API, list, page, inbox, desk, board, in
// both languages.
func TestWhatIsLeftOfLastYearSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(step{as: "office", do: "POST /api/v1/periods", body: `{"id":"S1","name":"专项","due":"2022-12-30","slots":[{"task":6,"department":"zrzyt"}]}`, status: 201,
		events: "period_opened assigned"})
	w.clock.set(instant("2023-12-20 09:00:00"))
	w.tick()
	id := "S1-06-lead-zrzyt"
	for lang, said := range map[string][2]string{"zh-CN": {"12月30日", "2022年12月30日"}, "en": {"30 Dec", "30 Dec 2022"}} {
		h := map[string]string{"Accept-Language": lang}
		html := map[string]string{"Accept-Language": lang, "Accept": "text/html"}
		for path, body := range map[string]string{
			"one":    fmt.Sprint(w.as("zrzyt", "GET", "/api/v1/assignments/"+id, nil, h).get("time_light.cause")),
			"listed": fmt.Sprint(w.as("office", "GET", "/api/v1/assignments?period=S1", nil, h).get("items.0.time_light.cause")),
			"board":  fmt.Sprint(w.as("office", "GET", "/api/v1/board", nil, h).get("also_open")),
			"page":   string(w.send(w.cookie("zrzyt").http, "GET", "/assignments/"+id, nil, html).body),
			"list":   string(w.send(w.cookie("office").http, "GET", "/assignments?period=S1", nil, html).body),
			"inbox":  string(w.send(w.cookie("zrzyt").http, "GET", "/", nil, html).body),
			"desk":   string(w.send(w.cookie("office").http, "GET", "/?need=overdue", nil, html).body),
		} {
			if short, full := strings.Count(body, said[0]), strings.Count(body, said[1]); full == 0 || short != full {
				t.Errorf("%s in %s: %d of %d dates carry the year", path, lang, full, short)
			}
		}
	}
}

// TestEverySearchBoxReadsAlike: what finds an assignment in the list finds it on the desk
// and in the journal, and the boxes of accounts and indicators fold width and case.
func TestEverySearchBoxReadsAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, want := range map[string][2]string{ // what is there, and what is not
		"/?q=" + url.QueryEscape("任务６"):            {"2022Q3-06-lead-zrzyt", "2022Q3-08-lead-swt"},
		"/journal?q=" + url.QueryEscape("三季度 任务6"): {"2022Q3-06-lead-zrzyt", "2022Q3-08-lead-swt"},
		"/accounts?q=" + url.QueryEscape("ＺＲＺＹＴ２"): {`value="zrzyt2"`, `name="name" value="sft"`},
		"/indicators?q=" + url.QueryEscape("ｇ1.1"): {"/indicators/G1.1", "/indicators/G2.1"},
	} {
		who := "boss"
		if path[1] == '?' {
			who = "office"
		}
		if page := w.visit(who, path); !strings.Contains(page, want[0]) || strings.Contains(page, want[1]) {
			t.Errorf("%s: found %t, beside it another %t", path, strings.Contains(page, want[0]), strings.Contains(page, want[1]))
		}
	}
}
