package view

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/text"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/assess"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// AssessmentResult is a period's assessment as the caller may see it. A department
// sees nothing of a draft, its own row of one that is shown, and every row of a frozen
// one, with the lines of its own.
type AssessmentResult struct {
	Period       string         `json:"period"`
	Name         string         `json:"name"`
	Stage        workflow.Stage `json:"stage"`
	Seq          uint64         `json:"seq"`      // journal position of its last event
	Position     uint64         `json:"position"` // what the scores stand on
	AsOf         *time.Time     `json:"as_of"`
	PlanDigest   string         `json:"plan_digest"`
	RubricDigest string         `json:"rubric_digest"`
	OtherRules   bool           `json:"other_rules,omitempty"` // frozen by rules of an earlier version
	NoticedAt    *time.Time     `json:"noticed_at"`
	AppealsUntil *time.Time     `json:"appeals_until"` // the last instant of the time for appeals; null when the notice told of none
	FrozenAt     *time.Time     `json:"frozen_at"`
	Head         uint64         `json:"head"` // where the journal stood at the freeze
	HeadHash     string         `json:"head_hash"`
	Departments  []assess.Row   `json:"departments"`
	// ChangedSince are the ids of the assignments reopened or withdrawn after the scores
	// were worked out; the scores do not follow them.
	ChangedSince []string     `json:"changed_since"`
	Appeals      []appealView `json:"appeals"`
}

// appealView is an appeal with its words.
type appealView struct {
	workflow.AppealRef
	Text       string `json:"text"`
	AnswerText string `json:"answer_text"`
	// Most is what the line lost: the most an upheld appeal wins back; null once it is answered.
	Most plan.Number `json:"most"`
}

// Assessment is the period's assessment as the caller may see it, in their words.
func Assessment(s *web.Server, c *fiber.Ctx, period string) (AssessmentResult, error) {
	r, err := s.Assess.Result(c.UserContext(), period)
	if err != nil {
		return AssessmentResult{}, err
	}
	who, a := session.From(c).Actor, r.Assessment
	v := AssessmentResult{Period: period, Name: s.Rules().ShowPeriod(session.From(c).Actor, r.Period).Name, Stage: a.Stage, Seq: a.Seq, NoticedAt: a.NoticedAt, AppealsUntil: a.AppealsUntil, FrozenAt: a.FrozenAt,
		Head: a.Head, HeadHash: a.HeadHash, Departments: []assess.Row{}, ChangedSince: []string{}, Appeals: []appealView{}}
	if a.Stage == workflow.NoAssessment || a.Stage == workflow.Drafted && !who.SeesAll() {
		return v, nil
	}
	asOf := a.AsOf
	v.Position, v.AsOf, v.PlanDigest, v.RubricDigest, v.OtherRules = a.Position, &asOf, a.PlanDigest, a.RubricDigest, r.OtherRules
	p := s.Printer(c)
	for _, row := range r.Rows {
		if row, ok := ShowRow(who, a.Stage, row); ok {
			v.Departments = append(v.Departments, sayRow(p, row))
		}
	}
	for _, i := range ChangedSince(s, r) {
		if who.SeesAll() || i.Department.ID == who.Unit {
			v.ChangedSince = append(v.ChangedSince, i.ID)
		}
	}
	for _, x := range a.Appeals {
		if !who.SeesAll() && x.Department != who.Unit {
			continue
		}
		view := appealView{AppealRef: x}
		if x.AnsweredAt == nil {
			view.Most = r.Most(x)
		}
		if view.Text, err = textOf(s, c.UserContext(), x.Seq); err == nil {
			view.AnswerText, err = textOf(s, c.UserContext(), x.Answer)
		}
		if err != nil {
			return v, err
		}
		v.Appeals = append(v.Appeals, view)
	}
	return v, nil
}

// textOf is what an appeal's or an answer's event says.
func textOf(s *web.Server, ctx context.Context, seq uint64) (string, error) {
	if seq == 0 {
		return "", nil
	}
	events, err := s.Journal.EventsAt(ctx, seq)
	if err != nil {
		return "", err
	}
	return events[0].Texts["text"], nil
}

// ShowRow is a department's row as the actor may see it.
func ShowRow(who workflow.Actor, stage workflow.Stage, row assess.Row) (assess.Row, bool) {
	if who.SeesAll() || row.Department == who.Unit {
		return row, true
	}
	row.Scores, row.Bonuses = []assess.Score{}, []assess.Line{}
	return row, stage == workflow.Frozen
}

// sayRow is the row with its lines in words. Rows are shared: this one is a copy.
func sayRow(p *text.Printer, row assess.Row) assess.Row {
	row.Bonuses = SayLines(p, row.Bonuses)
	row.Scores = slices.Clone(row.Scores)
	for i := range row.Scores {
		row.Scores[i].Lines = SayLines(p, row.Scores[i].Lines)
	}
	return row
}

// SayLines puts the lines of a score in the printer's words.
func SayLines(p *text.Printer, lines []assess.Line) []assess.Line {
	lines = slices.Clone(lines)
	for i := range lines {
		l := &lines[i]
		args := maps.Clone(l.Args)
		if cause, ok := args["cause"].(ledger.Cause); ok {
			args["cause"] = web.Say(p)(cause)
		}
		if rule, ok := args["rule"].(string); ok {
			args["rule"] = p.T("rule." + rule)
		}
		l.Text = p.Map(l.Code, args)
	}
	return lines
}

// ChangedSince are the assignments of an assessment that were reopened or withdrawn after
// its scores were worked out. They stand, and who reads them is told.
func ChangedSince(s *web.Server, r assess.Result) []ledger.Item {
	var changed []ledger.Item
	for _, was := range r.Assignments {
		a, ok := s.Book.Assignment(was.ID)
		if ok && (a.Reopened > was.Reopened || a.State == workflow.Withdrawn && was.State != workflow.Withdrawn) {
			changed = append(changed, s.Book.Item(a, s.Now()))
		}
	}
	slices.SortStableFunc(changed, func(a, b ledger.Item) int { return cmp.Compare(a.Task.No, b.Task.No) })
	return changed
}
