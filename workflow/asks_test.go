package workflow_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/workflow"
)

// said is where the asks of an assignment stand: "1 waiting, 2 closed".
func (b *bench) said(id string) string {
	b.Helper()
	var all []string
	a := b.row(id)
	for _, x := range a.Asks() {
		all = append(all, fmt.Sprint(x.N, " ", x.State))
	}
	return strings.Join(all, ", ")
}

func asking(text string) workflow.ReportCommand {
	c := filed("开展培育工作")
	c.Asks = text
	return c
}

// TestAsks: what is asked of the office stays open until it is answered and closed, or
// taken back, whatever becomes of the report.
func TestAsks(t *testing.T) {
	answer := func(n int, closed bool) workflow.AnswerAskCommand {
		return workflow.AnswerAskCommand{N: n, Text: "已商自然资源厅", Closed: closed}
	}
	back := workflow.ReturnCommand{Reason: "请补充数据"}
	verify := workflow.VerifyCommand{Grade: workflow.Good}
	type step struct {
		who workflow.Actor
		c   workflow.Command
	}
	d := func(c workflow.Command) step { return step{coopMan, c} }
	o := func(c workflow.Command) step { return step{office, c} }
	for name, x := range map[string]struct {
		steps []step
		want  string
		code  string // of the last step, refused
	}{
		"asked":                     {[]step{d(asking("指标"))}, "1 waiting", ""},
		"nothing asked":             {[]step{d(asking(""))}, "", ""},
		"verified":                  {[]step{d(asking("指标")), o(verify)}, "1 waiting", ""},
		"returned":                  {[]step{d(asking("指标")), o(back)}, "1 waiting", ""},
		"answered, going on":        {[]step{d(asking("指标")), o(answer(1, false))}, "1 coordinating", ""},
		"answered twice":            {[]step{d(asking("指标")), o(answer(1, false)), o(answer(1, true))}, "1 closed", ""},
		"closed after verification": {[]step{d(asking("指标")), o(verify), o(answer(1, true))}, "1 closed", ""},
		"not settled":               {[]step{d(asking("指标")), o(answer(1, true)), d(workflow.ReopenAskCommand{N: 1, Text: "仍未落实"})}, "1 waiting", ""},
		"taken back":                {[]step{d(asking("指标")), d(workflow.WithdrawAskCommand{N: 1})}, "1 withdrawn", ""},
		"recalled":                  {[]step{d(asking("指标")), d(workflow.RecallCommand{})}, "1 withdrawn", ""},
		"recalled, answered":        {[]step{d(asking("指标")), o(answer(1, false)), d(workflow.RecallCommand{})}, "1 coordinating", ""},
		"asked anew after recall":   {[]step{d(asking("指标")), d(workflow.RecallCommand{}), d(asking("指标"))}, "1 withdrawn, 2 waiting", ""},
		"the same again":            {[]step{d(asking("指标")), o(back), d(asking(" 指标 "))}, "1 waiting", ""},
		"copied along after answer": {[]step{d(asking("指标")), o(answer(1, true)), o(back), d(asking("指标"))}, "1 closed", ""},
		"left out":                  {[]step{d(asking("指标")), o(back), d(asking(""))}, "1 waiting", ""},
		"another":                   {[]step{d(asking("指标")), o(back), d(asking("数据"))}, "1 replaced, 2 waiting", ""},
		"another, recalled":         {[]step{d(asking("指标")), o(back), d(asking("数据")), d(workflow.RecallCommand{})}, "1 waiting, 2 withdrawn", ""},
		"another, beside what goes on": {[]step{d(asking("指标")), o(answer(1, false)), o(back), d(asking("数据"))},
			"1 coordinating, 2 waiting", ""},
		"assignment withdrawn": {[]step{d(asking("指标")), o(workflow.WithdrawCommand{Reason: "计划调整"})}, "1 lapsed", ""},

		"no answer in words":   {[]step{d(asking("指标")), o(workflow.AnswerAskCommand{N: 1, Text: "  "})}, "1 waiting", "ask.answer_required"},
		"no such ask":          {[]step{d(asking("指标")), o(answer(2, true))}, "1 waiting", "ask.unknown"},
		"none asked":           {[]step{d(asking("")), o(answer(1, true))}, "", "ask.none_open"},
		"closed already":       {[]step{d(asking("指标")), o(answer(1, true)), o(answer(1, true))}, "1 closed", "ask.none_open"},
		"one closed, one open": {[]step{d(asking("指标")), o(answer(1, true)), o(back), d(asking("数据")), o(answer(1, true))}, "1 closed, 2 waiting", "ask.not_open"},
		"nothing to reopen":    {[]step{d(asking("指标")), d(workflow.ReopenAskCommand{N: 1, Text: "仍未落实"})}, "1 waiting", "ask.none_answered"},
		"reopened without why": {[]step{d(asking("指标")), o(answer(1, true)), d(workflow.ReopenAskCommand{N: 1})}, "1 closed", "ask.reopen_text_required"},
		"the other reopened": {[]step{d(asking("指标")), o(answer(1, true)), o(back), d(asking("数据")), d(workflow.ReopenAskCommand{N: 2, Text: "仍未落实"})},
			"1 closed, 2 waiting", "ask.nothing_to_reopen"},
		"by the department itself":    {[]step{d(asking("指标")), d(answer(1, true))}, "1 waiting", "act.forbidden"},
		"taken back by the office":    {[]step{d(asking("指标")), o(workflow.WithdrawAskCommand{N: 1})}, "1 waiting", "act.forbidden"},
		"taken back by another":       {[]step{d(asking("指标")), {leadMan, workflow.WithdrawAskCommand{N: 1}}}, "1 waiting", "act.not_yours"},
		"answered when it is all off": {[]step{d(asking("指标")), o(workflow.WithdrawCommand{Reason: "计划调整"}), o(answer(1, true))}, "1 lapsed", "assignment.withdrawn"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "2022-09-01 09:00:00")
			b.must(coopMan, coop1, workflow.AcceptCommand{})
			for i, s := range x.steps {
				if x.code != "" && i == len(x.steps)-1 {
					b.refused(x.code, s.who, coop1, s.c)
					break
				}
				b.must(s.who, coop1, s.c)
			}
			if got := b.said(coop1); got != x.want {
				t.Errorf("%s, want %s", got, x.want)
			}
			if a := b.row(coop1); (a.OpenAsk() != nil) != (strings.Contains(x.want, "waiting") || strings.Contains(x.want, "coordinating")) {
				t.Errorf("open: %+v", a.OpenAsk())
			}
		})
	}
}

// TestAsksOfBefore: the events of programs that gave asks no number read as one open ask of
// the newest report; rows and hashes of then stay what they were, and it can be answered.
func TestAsksOfBefore(t *testing.T) {
	old := func(n int, asks bool) workflow.Event {
		return workflow.Event{Kind: workflow.KindReported, Assignment: coop1, To: workflow.Reported,
			Data: workflow.Data{N: n, Report: &workflow.ReportData{HasAsks: asks}}}
	}
	is := func(k workflow.Kind, to workflow.State) workflow.Event {
		return workflow.Event{Kind: k, Assignment: coop1, To: to}
	}
	answered := workflow.Event{Kind: workflow.KindAskAnswered, Assignment: coop1, Data: workflow.Data{N: 1, Closed: true}}
	for name, x := range map[string]struct {
		events []workflow.Event
		want   string
		kept   int // numbered in the row
	}{
		"asked":               {[]workflow.Event{old(1, true)}, "waiting", 0},
		"verified":            {[]workflow.Event{old(1, true), is(workflow.KindVerified, workflow.Verified)}, "waiting", 0},
		"returned":            {[]workflow.Event{old(1, true), is(workflow.KindReturned, workflow.InProgress)}, "waiting", 0},
		"recalled":            {[]workflow.Event{old(1, true), is(workflow.KindRecalled, workflow.InProgress)}, "", 0},
		"a later one asks":    {[]workflow.Event{old(1, true), is(workflow.KindReturned, workflow.InProgress), old(2, true)}, "waiting", 0},
		"a later one doesn't": {[]workflow.Event{old(1, true), is(workflow.KindReturned, workflow.InProgress), old(2, false)}, "", 0},
		"withdrawn":           {[]workflow.Event{old(1, true), is(workflow.KindWithdrawn, workflow.Withdrawn)}, "lapsed", 0},
		"answered":            {[]workflow.Event{old(1, true), answered}, "closed", 1},
		"answered, recalled":  {[]workflow.Event{old(1, true), answered, is(workflow.KindRecalled, workflow.InProgress)}, "closed", 1},
	} {
		var a workflow.Assignment
		for i, e := range append([]workflow.Event{is(workflow.KindAssigned, workflow.Assigned)}, x.events...) {
			e.Seq = uint64(i + 1)
			a = workflow.Apply(a, e)
		}
		var got []string
		for _, ask := range a.Asks() {
			got = append(got, string(ask.State))
		}
		if strings.Join(got, " ") != x.want || len(a.Asked) != x.kept {
			t.Errorf("%s: %v, %d in the row", name, got, len(a.Asked))
		}
		if slices.Contains([]string{"waiting"}, x.want) != (a.OpenAsk() != nil) {
			t.Errorf("%s: open %v", name, a.OpenAsk())
		}
	}
}

// TestAskOfBeforeIsTaken: over an ask without a number, a report of today that asks for
// nothing leaves it open, one with other words replaces it.
func TestAskOfBeforeIsTaken(t *testing.T) {
	for text, want := range map[string]string{"": "1 waiting", "指标": "1 waiting", "数据": "1 replaced, 2 waiting"} {
		b := newBench(t, "2022-09-01 09:00:00")
		b.must(coopMan, coop1, workflow.AcceptCommand{})
		old := workflow.Event{At: b.now, Kind: workflow.KindReported, Assignment: coop1, Period: "2022Q3", Task: 1, Department: "jxt",
			From: workflow.InProgress, To: workflow.Reported, Data: workflow.Data{N: 1, Report: &workflow.ReportData{HasAsks: true}},
			Texts: workflow.Texts{"progress": "开展", "asks": "指标"}}
		if _, err := b.journal.Change(context.Background(), workflow.Change{Received: b.now, Actor: coopMan,
			Decide: func(workflow.View, time.Time) ([]workflow.Event, error) { return []workflow.Event{old}, nil }}); err != nil {
			t.Fatal(err)
		}
		b.must(office, coop1, workflow.ReturnCommand{Reason: "请补充数据"})
		b.must(coopMan, coop1, asking(text))
		if got := b.said(coop1); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
