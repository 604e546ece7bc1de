package ui

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// TestBadRequests: what is wrong with a request is said with the right status
// and code, and nothing is written.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"})
	reports := "POST {L6}/reports"
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	wide := `{"progress":"x","evidence":[` + strings.Repeat(`"a",`, 30_000) + `"a"]}`
	for name, s := range map[string]step{
		"empty body":              {body: ``, status: 422, code: "report.progress_required", is: is{"field": "progress"}},
		"empty object":            {body: `{}`, status: 422, code: "report.progress_required"},
		"cut short":               {body: `{"progress":"x"`, status: 400, code: "request.malformed"},
		"no JSON":                 {body: `progress=x`, status: 400, code: "request.malformed"},
		"two documents":           {body: `{"progress":"x"}{"progress":"y"}`, status: 400, code: "request.malformed"},
		"a list":                  {body: `[]`, status: 422, code: "request.field_type"},
		"a number":                {body: `7`, status: 422, code: "request.field_type"},
		"null":                    {body: `null`, status: 422, code: "report.progress_required"},
		"byte order mark":         {body: "\ufeff{}", status: 400, code: "request.malformed"},
		"bad UTF-8":               {body: "{\"progress\":\"\xff\"}", status: 400, code: "request.not_utf8"},
		"half a surrogate":        {body: `{"progress":"\ud800"}`, status: 400, code: "request.not_utf8"},
		"unknown field":           {body: `{"progress":"x","progres":"y"}`, status: 422, code: "request.unknown_field", is: is{"field": "progres"}},
		"unknown field below":     {body: `{"progress":"x","measures":[{"id":"6.1","status":"done","colour":"red"}]}`, status: 422, code: "request.unknown_field"},
		"another case":            {body: `{"Progress":"x"}`, status: 422, code: "request.unknown_field"},
		"a key twice":             {body: `{"progress":"x","progress":"y"}`, status: 422, code: "request.key_twice", is: is{"field": "progress"}},
		"wrong type":              {body: `{"progress":7}`, status: 422, code: "request.field_type", is: is{"field": "progress"}},
		"wrong type below":        {body: `{"progress":"x","no_change":"yes"}`, status: 422, code: "request.field_type", is: is{"field": "no_change"}},
		"deep":                    {body: `{"progress":` + deep + `}`, status: 400, code: "request.too_deep"},
		"wide":                    {body: wide, status: 400, code: "request.too_deep"},
		"huge number":             {body: `{"progress":"x","measures":[{"id":"6.1","status":"done","percent":1e999999}]}`, status: 422},
		"percent over":            {body: `{"progress":"x","measures":[{"id":"6.1","status":"done","percent":101}]}`, status: 422, code: "measure.percent", is: is{"field": "measures.0.percent"}},
		"half a percent":          {body: `{"progress":"x","measures":[{"id":"6.1","status":"done","percent":0.5}]}`, status: 422},
		"huge figure":             {body: `{"progress":"x","figures":[{"indicator":"G1.1","value":1e999999999,"as_of":"2022-09-01"}]}`, status: 422},
		"figure as text":          {body: `{"progress":"x","figures":[{"indicator":"G1.1","value":"many","as_of":"2022-09-01"}]}`, status: 422},
		"bad date":                {body: `{"progress":"x","figures":[{"indicator":"G1.1","value":1,"as_of":"2022-02-30"}]}`, status: 422},
		"future figure":           {body: `{"progress":"x","figures":[{"indicator":"G1.1","value":1,"as_of":"2022-12-01"}]}`, status: 422, code: "figure.as_of_future", is: is{"field": "figures.0.as_of"}},
		"unknown indicator":       {body: `{"progress":"x","figures":[{"indicator":"G99","value":1,"as_of":"2022-09-01"}]}`, status: 422, code: "figure.unknown"},
		"another's figure":        {body: `{"progress":"x","figures":[{"indicator":"T1.1","value":1,"as_of":"2022-09-01"}]}`, status: 422, code: "figure.not_yours"},
		"unknown measure":         {body: `{"progress":"x","measures":[{"id":"1.1","status":"done"}]}`, status: 422, code: "measure.unknown", is: is{"field": "measures.0.id"}},
		"unknown status":          {body: `{"progress":"x","measures":[{"id":"6.1","status":"finished"}]}`, status: 422, code: "measure.status_unknown"},
		"unknown evidence":        {body: `{"progress":"x","evidence":["nothing"]}`, status: 422, code: "evidence.unknown", is: is{"field": "evidence.0"}},
		"no change, no reason":    {body: `{"no_change":true}`, status: 422, code: "report.no_change_reason", is: is{"field": "reason"}},
		"control character":       {body: `{"progress":"a\u0007b"}`, status: 422, is: is{"field": "progress"}},
		"NUL":                     {body: `{"progress":"a\u0000b"}`, status: 422, is: is{"field": "progress"}},
		"raw control character":   {body: "{\"progress\":\"a\x01b\"}", status: 400, code: "request.malformed"},
		"C1 control":              {body: `{"progress":"a\u0085b"}`, status: 422, is: is{"field": "progress"}},
		"bidi override":           {body: `{"progress":"a\u202eb"}`, status: 422, is: is{"field": "progress"}},
		"bidi isolate":            {body: `{"obstacles":"a\u2066b","progress":"x"}`, status: 422, is: is{"field": "obstacles"}},
		"bidi in a note":          {body: `{"progress":"x","measures":[{"id":"6.1","status":"done","note":"a\u202eb"}]}`, status: 422, is: is{"field": "measures.0.note"}},
		"too long":                {body: `{"progress":"` + strings.Repeat("长", 20_001) + `"}`, status: 422, is: is{"field": "progress"}},
		"combining marks":         {body: `{"progress":"a` + strings.Repeat("\u0301", 200_000) + `"}`, status: 422, is: is{"field": "progress"}},
		"over 1 MiB":              {body: `{"progress":"` + strings.Repeat("x", 1<<20) + `"}`, status: 413, code: "request.too_large", is: is{"detail": contains("1 MiB")}},
		"a form":                  {body: `progress=x`, head: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, status: 415, code: "request.content_type"},
		"no content type":         {body: report, head: map[string]string{"Content-Type": ""}, status: 415, code: "request.content_type"},
		"text/plain":              {body: report, head: map[string]string{"Content-Type": "text/plain"}, status: 415},
		"key too long":            {body: report, head: map[string]string{"Idempotency-Key": strings.Repeat("k", 129)}, status: 400, code: "idempotency.bad_key"},
		"key unprintable":         {body: report, head: map[string]string{"Idempotency-Key": "钥匙"}, status: 400, code: "idempotency.bad_key"},
		"key with a tab":          {body: report, head: map[string]string{"Idempotency-Key": "a\tb"}, status: 400, code: "idempotency.bad_key"},
		"If-Match is no version":  {body: report, head: map[string]string{"If-Match": `"two"`}, status: 412, code: "assignment.stale", is: is{"current": 2}},
		"If-Match is version 0":   {body: report, head: map[string]string{"If-Match": `"0"`}, status: 412, code: "assignment.stale", is: is{"current": 2}},
		"If-Match is no tag":      {body: report, head: map[string]string{"If-Match": `2`}, status: 400, code: "request.if_match"},
		"If-Match of before":      {body: report, head: map[string]string{"If-Match": `"1"`}, status: 412, code: "assignment.stale", is: is{"current": 2}},
		"If-Match of after":       {body: report, head: map[string]string{"If-Match": `"3"`}, status: 412, code: "assignment.stale"},
		"several faults together": {body: `{"measures":[{"id":"6.1","status":"?"},{"id":"9"}],"next_steps":"\u0001"}`, status: 422, code: "fields.invalid", is: is{"errors": listed(4), "errors.0.field": "progress", "errors.0.code": "report.progress_required"}},
	} {
		s.as, s.do = "zrzyt", reports
		t.Run(name, func(t *testing.T) { w.step(t, s) })
	}
	t.Run("charset is fine", func(t *testing.T) {
		w.step(t, step{as: "zrzyt", do: reports, body: report, head: map[string]string{"Content-Type": "application/json; charset=utf-8", "If-Match": `"2"`}, status: 201, events: "reported"})
	})
}

// TestWhoAreYou: 401 says what is missing, in the caller's language.
func TestWhoAreYou(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	english := map[string]string{"Accept-Language": "en"}
	w.play(
		step{do: "GET {L6}", status: 401, code: "auth.required", is: is{"title": contains("登录")}, then: func(t *testing.T, _ *world, a answer) {
			if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("WWW-Authenticate %q", a.header.Get("WWW-Authenticate"))
			}
		}},
		step{do: "POST {L6}/acceptance", status: 401, code: "auth.required"},
		step{do: "GET /api/v1/me", head: map[string]string{"Authorization": "Bearer nonsense"}, status: 401, code: "token.invalid"},
		step{do: "GET /api/v1/me", head: map[string]string{"Authorization": "Bearer " + strings.Repeat("x", 10_000)}, status: 400},
		step{do: "GET /api/v1/nothing", status: 404, code: "not_found"},
		step{do: "GET {L6}", head: english, status: 401, code: "auth.required", is: is{"detail": contains("log")}},
		step{as: "zrzyt", do: "POST {L6}/reports", head: english, body: "{}", status: 409, is: is{"detail": contains("Accept it first")}},
		step{as: "zrzyt", do: "GET {L6}", head: english, status: 200, is: is{"time_light.cause": contains("Due")}},
		step{as: "zrzyt", do: "GET {L6}", head: map[string]string{"Accept-Language": "de, en;q=0.5"}, status: 200, is: is{"time_light.cause": contains("Due")}},
		step{as: "zrzyt", do: "GET {L6}", head: map[string]string{"Accept-Language": "de"}, status: 200, is: is{"time_light.cause": contains("截止")}},
		step{as: "zrzyt", do: "GET /api/v1/assignments/nothing", status: 404, code: "assignment.unknown"},
		step{as: "zrzyt", do: "POST /api/v1/assignments/%00/acceptance", status: 404},
		step{as: "zrzyt", do: "GET /api/v1/assignments/2022Q3-06-lead-zrzyt%2F..%2F2022Q3-07-lead-scjgj", status: 404},
		step{as: "zrzyt", do: "PATCH {L6}", status: 405},
		step{as: "sft", do: "GET {L6}", status: 404, code: "assignment.unknown"},
		step{as: "sft", do: "POST {L6}/acceptance", status: 404, code: "assignment.unknown"},
		step{as: "fzggw", do: "POST {L6}/acceptance", status: 403, code: "act.not_yours"},
		step{as: "office", do: "POST {L6}/acceptance", status: 403, code: "act.forbidden"},
	)
}

// TestKeys: a repeat gets the first answer and changes nothing, also after a
// restart; a key is its owner's, and one act's.
func TestKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := func(k string) map[string]string { return map[string]string{"Idempotency-Key": k} }
	var first string
	stepOf := func(s step) step {
		s.as, s.do, s.body, s.head = "zrzyt", "POST {L6}/reports", report, key("r-1")
		return s
	}
	sameBody := func(t *testing.T, _ *world, a answer) {
		if string(a.body) != first {
			t.Errorf("another answer:\n%s\n%s", a.body, first)
		}
	}
	w.play(
		step{as: "zrzyt", do: "POST {L6}/acceptance", head: key("a-1"), status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/acceptance", head: key("a-1"), status: 200, is: is{"state": "in_progress", "version": 2}},
		stepOf(step{status: 201, is: is{"state": "reported", "version": 3}, events: "reported", then: func(_ *testing.T, _ *world, a answer) { first = string(a.body) }}),
		stepOf(step{status: 200, then: sameBody}),
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"别的"}`, head: key("r-1"), status: 422, code: "idempotency.reused"},
		step{as: "zrzyt", do: "POST {C6}/urges", body: `{}`, head: key("r-1"), status: 422, code: "idempotency.reused"},
		step{as: "office", do: "POST {L6}/notes", body: `{"text":"x"}`, head: key("r-1"), status: 201, events: "noted"},
		// What happened since does not change the first answer.
		stepOf(step{status: 200, then: sameBody}),
	)
	w.restart()
	w.play(
		stepOf(step{status: 200, then: sameBody}),
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"别的"}`, head: key("r-1"), status: 422, code: "idempotency.reused"},
		step{as: "office", do: "POST {L6}/verification", body: `{"grade":"good"}`, head: key(strings.Repeat("~", 128)), status: 201, events: "verified"},
		step{as: "office", do: "POST {L6}/verification", body: `{"grade":"good"}`, head: key(strings.Repeat("~", 128)), status: 200, is: is{"state": "verified"}},
		// A repeat of what was done is no conflict, though the version has moved on.
		step{as: "office", do: "POST {L6}/notes", body: `{"text":"y"}`, head: map[string]string{"Idempotency-Key": "n-1", "If-Match": `"5"`}, status: 201, is: is{"version": 6}, events: "noted"},
		step{as: "office", do: "POST {L6}/notes", body: `{"text":"y"}`, head: map[string]string{"Idempotency-Key": "n-1", "If-Match": `"5"`}, status: 200, is: is{"version": 6}},
		step{as: "office", do: "POST {L6}/notes", body: `{"text":"y"}`, head: map[string]string{"Idempotency-Key": "n-2", "If-Match": `"5"`}, status: 412, code: "assignment.stale"},
		// A refusal is not remembered: the same key works once the way is clear.
		step{as: "fzggw", do: "POST {C6}/reports", body: `{"progress":"x"}`, head: key("later"), status: 409},
		step{as: "fzggw", do: "POST {C6}/acceptance", status: 201, events: "accepted"},
		step{as: "fzggw", do: "POST {C6}/reports", body: `{"progress":"x"}`, head: key("later"), status: 201, events: "reported"},
		// Periods and figures keep the promise too.
		step{as: "office", do: "POST /api/v1/periods", body: `{"id":"S1","name":"专项","due":"2022-10-20","tasks":[6]}`, head: key("p"), status: 201,
			is: is{"id": "S1", "assigned": 6}, events: "period_opened" + strings.Repeat(" assigned", 6)},
		step{as: "office", do: "POST /api/v1/periods", body: `{"id":"S1","name":"专项","due":"2022-10-20","tasks":[6]}`, head: key("p"), status: 200, is: is{"id": "S1", "assigned": 6}},
		step{as: "office", do: "POST /api/v1/periods", body: `{"id":"S2","name":"专项","due":"2022-10-20","tasks":[6]}`, head: key("p"), status: 422, code: "idempotency.reused"},
		step{as: "office", do: "POST /api/v1/indicators/G3.1/figures", body: `{"value":0.5,"as_of":"2022-08-31"}`, head: key("f"), status: 201, events: "figure_filed"},
		step{as: "office", do: "POST /api/v1/indicators/G3.1/figures", body: `{"value":0.5,"as_of":"2022-08-31"}`, head: key("f"), status: 200},
	)
}

// TestManyAtOnce: of many who act with one key, one acts and all hear the same;
// of many who act on one version, one wins.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.token("zrzyt")
	race := func(head func(n int) map[string]string, path, body string) map[int]int {
		got := make(chan answer, 12)
		for n := range cap(got) {
			go func() { got <- w.as("zrzyt", "POST", w.expand(path), body, head(n)) }()
		}
		statuses := map[int]int{}
		versions := map[string]bool{}
		for range cap(got) {
			a := <-got
			statuses[a.status]++
			if a.status < 300 {
				versions[fmt.Sprint(a.get("version"))] = true
			}
		}
		if len(versions) != 1 {
			t.Errorf("%s: answers of versions %v", path, versions)
		}
		return statuses
	}
	before, _ := w.store.Head()
	if got := race(func(int) map[string]string { return map[string]string{"Idempotency-Key": "one"} }, "{L6}/acceptance", "{}"); got[201] != 1 || got[200] != 11 {
		t.Errorf("one key: %v", got)
	}
	if got := race(func(int) map[string]string { return map[string]string{"If-Match": `"2"`} }, "{L6}/reports", report); got[201] != 1 || got[412] != 11 {
		t.Errorf("one version: %v", got)
	}
	if es := w.events(before); len(es) != 2 {
		t.Errorf("%d events", len(es))
	}
}

// TestTheStoreCannotWrite: 503 says so, nothing is half done, reads go on, and
// the same request is taken once the store can write again.
func TestTheStoreCannotWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.token("zrzyt")
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"})
	w.fault = func(point string) error {
		if point == "commit.before" {
			return fmt.Errorf("test: %w", syscall.ENOSPC)
		}
		return nil
	}
	w.play(
		step{as: "zrzyt", do: "POST {L6}/reports", body: report, head: map[string]string{"Idempotency-Key": "full"}, status: 503},
		step{as: "zrzyt", do: "GET {L6}", status: 200, is: is{"state": "in_progress", "version": 2}},
		step{as: "zrzyt", do: "GET /api/v1/board", status: 200},
	)
	w.fault = nil
	w.play(step{as: "zrzyt", do: "POST {L6}/reports", body: report, head: map[string]string{"Idempotency-Key": "full"}, status: 201, events: "reported"})
}
