package workflow_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
	"duban/workflow/plan"
)

// anyEvent is any event at all, in any order: also those no version of the
// program has ever written.
func anyEvent(t *rapid.T) workflow.Event {
	kinds := []workflow.Kind{"assigned", "accepted", "reported", "recalled", "verified", "returned", "expired", "extension_requested",
		"extended", "extension_refused", "urged", "urge_read", "urge_replied", "reminded", "directed", "noted", "withdrawn", "reopened", "marked",
		"plan_loaded", "period_opened", "figure_filed", "figure_corrected", "indicator_assigned", "file_added", "file_deleted", "logged_in", "unheard_of", ""}
	instants := rapid.Custom(func(t *rapid.T) *time.Time {
		if rapid.Bool().Draw(t, "nil") {
			return nil
		}
		at := time.Unix(rapid.Int64Range(-1e9, 4e9).Draw(t, "at"), 0).UTC()
		return &at
	})
	e := workflow.Event{
		Seq: rapid.Uint64Range(0, 40).Draw(t, "seq"), At: time.Unix(rapid.Int64Range(0, 2e9).Draw(t, "at"), 0).UTC(),
		Kind:       rapid.SampledFrom(kinds).Draw(t, "kind"),
		Assignment: rapid.SampledFrom([]string{"a", "a", "b", ""}).Draw(t, "assignment"),
		From:       rapid.SampledFrom(append([]workflow.State{"", "parked"}, workflow.States...)).Draw(t, "from"),
		To:         rapid.SampledFrom(append([]workflow.State{"", "parked"}, workflow.States...)).Draw(t, "to"),
		Actor:      workflow.ActorRef{User: "u", Unit: rapid.SampledFrom([]string{"jxt", "office", ""}).Draw(t, "unit")},
	}
	e.Data = workflow.Data{Due: instants.Draw(t, "due"), Wanted: instants.Draw(t, "wanted"), AcceptBy: instants.Draw(t, "accept"),
		N: rapid.IntRange(-1, 3).Draw(t, "n"), Corrects: rapid.Uint64Range(0, 40).Draw(t, "corrects"),
		Indicator: rapid.SampledFrom([]string{"", "T1.1", "G1.1"}).Draw(t, "indicator"), Late: rapid.Bool().Draw(t, "late")}
	figure := workflow.Figure{Indicator: "T1.1", Value: plan.Num(rapid.Int64Range(-1e14, 1e14).Draw(t, "value"))}
	if rapid.Bool().Draw(t, "carries") {
		days := rapid.IntRange(0, 3).Draw(t, "workdays")
		e.Data.Workdays, e.Data.Figure = &days, &figure
		e.Data.Report = &workflow.ReportData{Figures: []workflow.Figure{figure, figure}}
		e.Data.File, e.Data.Plan, e.Data.OpenPeriod = &workflow.FileRef{ID: "f"}, &workflow.PlanRef{ID: "p"}, &workflow.Period{ID: "2022Q3"}
	}
	return e
}

// TestFoldIsTotal: whatever the journal says, folding it does not panic, an
// earlier row never changes under a later event, and rows and events come back
// from JSON as they went.
func TestFoldIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRows()
		var versions []workflow.Assignment
		var shown [][]byte
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			e := anyEvent(t)
			same(t, roundTrip(t, e), e)
			before := r.assignments[e.Assignment]
			if err := workflow.Fold(r, e); err != nil {
				t.Fatal(err)
			}
			a, ok := r.assignments[e.Assignment]
			if ok && a.Version > before.Version {
				same(t, roundTrip(t, a), a)
				b, err := json.Marshal(a)
				if err != nil {
					t.Fatal(err)
				}
				versions, shown = append(versions, a), append(shown, b)
				// a second future of the same row must not disturb the first
				other := anyEvent(t)
				_ = workflow.Apply(a, other)
				_ = workflow.ApplySeries(r.series["T1.1"], other)
			}
		}
		for i, a := range versions {
			if b, err := json.Marshal(a); err != nil || string(b) != string(shown[i]) {
				t.Fatalf("version %d has changed since:\nwas %s\nis  %s", i, shown[i], b)
			}
		}
		for _, s := range r.series {
			same(t, roundTrip(t, s), s)
		}
	})
}

// TestSecondFuture: two events applied to one row do not meet in shared memory.
func TestSecondFuture(t *testing.T) {
	at := time.Unix(0, 0).UTC()
	base := workflow.Assignment{ID: "a", State: workflow.InProgress}
	for n := 1; n <= 3; n++ {
		base = workflow.Apply(base, workflow.Event{Kind: workflow.KindUrged, At: at, Data: workflow.Data{N: n, Level: workflow.Reminder}})
	}
	left := workflow.Apply(base, workflow.Event{Kind: workflow.KindUrged, At: at, Data: workflow.Data{N: 4, Level: workflow.PlainUrge}})
	right := workflow.Apply(base, workflow.Event{Kind: workflow.KindUrged, At: at, Data: workflow.Data{N: 4, Level: workflow.FormalUrge}})
	read := workflow.Apply(base, workflow.Event{Kind: workflow.KindUrgeRead, At: at, Data: workflow.Data{N: 1}})
	if left.Urges[3].Level != workflow.PlainUrge || right.Urges[3].Level != workflow.FormalUrge || base.Urges[0].ReadAt != nil || read.Urges[0].ReadAt == nil {
		t.Errorf("%+v %+v %+v", left.Urges, right.Urges, base.Urges)
	}
	filed := workflow.Event{Seq: 1, Kind: workflow.KindReported, At: at, Assignment: "a",
		Data: workflow.Data{Report: &workflow.ReportData{Figures: []workflow.Figure{{Indicator: "T1.1", Value: plan.Num(1)}}}}}
	s := workflow.ApplySeries(workflow.Series{Indicator: "T1.1"}, filed)
	verified := workflow.ApplySeries(s, workflow.Event{Seq: 2, Kind: workflow.KindVerified, At: at, Assignment: "a"})
	returned := workflow.ApplySeries(s, workflow.Event{Seq: 2, Kind: workflow.KindReturned, At: at, Assignment: "a"})
	if s.Points[0].Status != workflow.PointReported || verified.Points[0].Status != workflow.PointVerified || returned.Points[0].Status != workflow.PointVoid {
		t.Errorf("%v %v %v", s.Points, verified.Points, returned.Points)
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, out, code string }{
		{"trimmed, line ends", " \u3000一\r\n二\t三 \n", "一\n二\t三", ""},
		{"NFC", "e\u0301", "é", ""},
		{"nothing", " \n\t ", "", ""},
		{"null", "一\x00", "", "text.control"},
		{"escape", "\x1b[31m红", "", "text.control"},
		{"lone CR", "一\r二", "", "text.control"},
		{"C1", "一\u0085二", "", "text.control"},
		{"override", "一\u202e二", "", "text.bidi"},
		{"embedding", "一\u202a二", "", "text.bidi"},
		{"isolate", "一\u2067二", "", "text.bidi"},
		{"bad UTF-8", "一\xff", "", "text.not_utf8"},
		{"GB18030", "\xd2\xbb\xb6\xfe", "", "text.not_utf8"},
		{"tower", "z" + strings.Repeat("\u0338", 5), "", "text.marks"},
		{"enclosing tower", "z" + strings.Repeat("\u20dd", 5), "", "text.marks"},
		{"Vietnamese", "Nguye\u0302\u0303n", "Nguyễn", ""},
		{"full", strings.Repeat("字", 10), strings.Repeat("字", 10), ""},
		{"over", strings.Repeat("字", 11), "", "text.too_long"},
		{"counted as kept", strings.Repeat("e\u0301", 10), strings.Repeat("é", 10), ""},
		{"grows", strings.Repeat("\u0958", 6), "", "text.too_long"}, // NFC writes each as two
	} {
		got, err := workflow.Text("f", c.in, 10)
		switch {
		case c.code == "" && (err != nil || got != c.out):
			t.Errorf("%s: %q %v", c.name, got, err)
		case c.code != "" && (err == nil || err.Code != c.code || err.Field != "f" || got != ""):
			t.Errorf("%s: %q %v, want %s", c.name, got, err, c.code)
		}
	}
}

// TestTextSettles: what was taken once is taken again, unchanged.
func TestTextSettles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once, err := workflow.Text("f", rapid.String().Draw(t, "s"), 100)
		if err != nil {
			return
		}
		if again, err := workflow.Text("f", once, 100); err != nil || again != once {
			t.Fatalf("%q became %q, %v", once, again, err)
		}
	})
}

// TestInputForms: the forms of a forecast and of a due date, as programs send them.
func TestInputForms(t *testing.T) {
	for in, want := range map[string]string{
		`"下季度400家"`:                                                  `{"text":"下季度400家","figures":null}`,
		`[{"indicator":"T1.1","value":400}]`:                         `{"text":"","figures":[{"indicator":"T1.1","value":400}]}`,
		`{"text":"增长","figures":[{"indicator":"T1.1","value":1.5}]}`: `{"text":"增长","figures":[{"indicator":"T1.1","value":1.5}]}`,
		`null`: `{"text":"","figures":null}`,
	} {
		var f workflow.ForecastInput
		if err := json.Unmarshal([]byte(in), &f); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		same(t, f, json.RawMessage(want))
	}
	for in, want := range map[string]string{`"2022-09-30"`: `"2022-09-30"`, `"2022-09-30T12:00:00+08:00"`: `"2022-09-30T12:00:00+08:00"`} {
		var d workflow.DueTime
		if err := json.Unmarshal([]byte(in), &d); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		same(t, d, json.RawMessage(want))
	}
	for _, in := range []string{`""`, `"30.9.2022"`, `"2022-02-30"`, `20220930`, `"2022-09-30T12:00:00"`} {
		var d workflow.DueTime
		if err := json.Unmarshal([]byte(in), &d); err == nil {
			t.Errorf("%s is taken as %v", in, d)
		}
	}
}

// TestSharedMachine: one machine serves everybody at once. Every one of 16,000
// refused calls gets its error, its own one, and what is allowed goes through.
func TestSharedMachine(t *testing.T) {
	r := shippedRules(t)
	now := matrixDue.AddDate(0, 0, -1)
	a := workflow.Assignment{ID: coop1, Task: 1, Department: "jxt", State: workflow.Assigned, Due: matrixDue}
	done := a
	done.State = workflow.Verified
	const callers, calls = 16, 1000
	var wg sync.WaitGroup
	bad := make(chan string, callers)
	for i := range callers {
		wg.Go(func() {
			for n := range calls {
				row, want := a, "report.not_accepted"
				if (i+n)%2 == 0 {
					row, want = done, "assignment.verified"
				}
				es, err := workflow.Decide(row, coopMan, filed("开展"), workflow.Scene{Rules: r, View: newRows(), Now: now})
				var e *workflow.Error
				if len(es) > 0 || !errors.As(err, &e) || e.Code != want {
					bad <- want + " was not refused as it should"
					return
				}
				if es, err := workflow.Decide(a, coopMan, workflow.AcceptCommand{}, workflow.Scene{Rules: r, View: newRows(), Now: now}); err != nil || es[0].To != workflow.InProgress {
					bad <- "accepting failed"
					return
				}
				if len(r.Actions(office, a, now)) == 0 || n%100 == 0 && workflow.Graph() == "" {
					bad <- "no buttons"
					return
				}
			}
		})
	}
	wg.Wait()
	close(bad)
	for s := range bad {
		t.Error(s)
	}
}
