package workflow

import (
	"context"
	"slices"
	"time"

	"duban/workflow/plan"
)

// AssessmentCommand asks for one change of a period's assessment.
type AssessmentCommand interface {
	// assess checks the command against the row and answers its event, not yet
	// stamped with when, who and which period.
	assess(s Scene, actor Actor, a Assessment) (Event, error)
}

// The commands of an assessment. What a draft and a freeze stand on is worked out by
// package assess; here it is only recorded.
type (
	// DraftCommand makes the numbers, or makes them anew.
	DraftCommand struct{ AssessmentData }
	// InformCommand shows them to the departments: from then on they stand.
	InformCommand struct{}
	// AppealCommand is a department's word against a line of its own.
	AppealCommand struct {
		Assignment string `json:"assignment"`
		Rule       string `json:"rule"`
		Text       string `json:"text"`

		// Lines are those of the assignment appealed for, by rule, with what each lost: the
		// most that an appeal wins back. Package assess works them out, outside the change; they
		// hold as long as the assessment's newest event is at Last.
		Last  uint64                 `json:"-"`
		Lines map[string]plan.Number `json:"-"`
	}
	// AnswerCommand is the office's answer; upheld, Points are added to the score.
	AnswerCommand struct {
		N      int         `json:"-"`
		Upheld *bool       `json:"upheld"`
		Points plan.Number `json:"points"`
		Text   string      `json:"text"`

		// As of an AppealCommand.
		Last  uint64                 `json:"-"`
		Lines map[string]plan.Number `json:"-"`
	}
	// BonusCommand gives a department points beside the rubric, or takes some.
	BonusCommand struct {
		Department string      `json:"department"`
		Points     plan.Number `json:"points"`
		Reason     string      `json:"reason"`
		Evidence   []string    `json:"evidence"`
	}
	// FreezeCommand makes the numbers final. Last is the position of the newest event
	// of this assessment that they reckon with.
	FreezeCommand struct {
		AssessmentData
		Last uint64
	}
)

// standsAt refuses a change that was made from an older assessment.
func (a Assessment) standsAt(last uint64) error {
	if a.Seq != last {
		return Refuse("assessment.moved")
	}
	return nil
}

// AppealRules are the rules whose lines can be appealed against.
var AppealRules = []string{"receipt", "on_time", "progress", "quality", "return", "mark"}

// Assess does one command on the assessment of a period. Errors: NotFound
// period.unknown, Forbidden, Refused for what the stage does not allow, Invalid.
func (d *Desk) Assess(ctx context.Context, call Call, period string, c AssessmentCommand) (Receipt, error) {
	ch := call.change("")
	rules, leave := d.enter()
	defer leave()
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		_, ok, err := v.Period(period)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, Fault(NotFound, "period.unknown", "id", clip(period))
		}
		a, _, err := v.Assessment(period)
		if err != nil {
			return nil, err
		}
		if a.Stage == "" {
			a.Stage = NoAssessment
		}
		e, err := c.assess(Scene{Rules: rules, View: v, Now: now}, call.Actor, a)
		if err != nil {
			return nil, err
		}
		e.At, e.Actor, e.Period = now, call.Actor.Ref(), period
		return []Event{e}, nil
	}
	return d.record(ctx, rules, call, ch)
}

// MayAssess reports whether the role does the office's part of an assessment.
func MayAssess(actor Actor) bool { return actor.Supervises() }

// MayFreeze reports whether the role makes an assessment final.
func MayFreeze(actor Actor) bool { return actor.Role == Director }

// stageIs refuses what the stage does not allow, naming the stage.
func (a Assessment) stageIs(allowed ...Stage) error {
	if slices.Contains(allowed, a.Stage) {
		return nil
	}
	switch a.Stage {
	case NoAssessment:
		return Refuse("assessment.none")
	case Drafted:
		return Refuse("assessment.not_noticed")
	case Noticed:
		return Refuse("assessment.noticed")
	}
	return Refuse("assessment.frozen")
}

func (c DraftCommand) assess(_ Scene, actor Actor, a Assessment) (Event, error) {
	if !MayAssess(actor) {
		return Event{}, Fault(Forbidden, "assessment.office_only")
	}
	d := c.AssessmentData
	return Event{Kind: KindAssessmentDrafted, Data: Data{Assessment: &d}}, a.stageIs(NoAssessment, Drafted)
}

func (InformCommand) assess(s Scene, actor Actor, a Assessment) (Event, error) {
	if !MayAssess(actor) {
		return Event{}, Fault(Forbidden, "assessment.office_only")
	}
	until := s.Rules.due(nil, s.Now, s.Rules.Plan.Rubric.AppealDays())
	return Event{Kind: KindAssessmentNoticed, Data: Data{Assessment: &AssessmentData{AppealsUntil: &until}}}, a.stageIs(Drafted)
}

func (c AppealCommand) assess(s Scene, actor Actor, a Assessment) (Event, error) {
	if !actor.InDepartment() {
		return Event{}, Fault(Forbidden, "appeal.department_only")
	}
	row, ok, err := s.View.Assignment(c.Assignment)
	if err != nil {
		return Event{}, err
	}
	if !ok || row.Period != a.Period && a.Period != "" || !s.Rules.Plan.Stands(actor.Unit, row.Department) {
		return Event{}, Fault(NotFound, "assignment.unknown", "id", clip(c.Assignment))
	}
	if err := a.stageIs(Noticed); err != nil {
		return Event{}, err
	}
	if a.AppealsOver(s.Now) {
		return Event{}, Refuse("appeal.late", "until", *a.AppealsUntil)
	}
	if err := a.standsAt(c.Last); err != nil {
		return Event{}, err
	}
	e := Event{Kind: KindAppealed, Task: row.Task, Department: actor.Unit, Texts: Texts{},
		Data: Data{Assessment: &AssessmentData{N: len(a.Appeals) + 1, Assignment: row.ID, Rule: c.Rule}}}
	var f faults
	oneOf(&f, "rule", "appeal.rule_unknown", c.Rule, AppealRules)
	if _, there := c.Lines[c.Rule]; !there && slices.Contains(AppealRules, c.Rule) {
		f.add("rule", "appeal.no_line")
	}
	f.required(e.Texts, "text", "text", c.Text, PlainText, "appeal.text_required")
	for _, p := range a.Appeals {
		if p.Assignment == c.Assignment && p.Rule == c.Rule {
			return Event{}, Refuse("appeal.twice", "n", p.N)
		}
	}
	return e, f.err()
}

func (c AnswerCommand) assess(_ Scene, actor Actor, a Assessment) (Event, error) {
	if !MayAssess(actor) {
		return Event{}, Fault(Forbidden, "assessment.office_only")
	}
	p := a.Appeal(c.N)
	if p == nil {
		return Event{}, Fault(NotFound, "appeal.unknown", "n", c.N)
	}
	if err := a.stageIs(Noticed); err != nil {
		return Event{}, err
	}
	if p.AnsweredAt != nil {
		return Event{}, Refuse("appeal.answered", "n", c.N)
	}
	if err := a.standsAt(c.Last); err != nil {
		return Event{}, err
	}
	e := Event{Kind: KindAppealAnswered, Department: p.Department, Texts: Texts{}}
	d := &AssessmentData{N: c.N, Assignment: p.Assignment, Rule: p.Rule}
	e.Data.Assessment = d
	var f faults
	switch {
	case c.Upheld == nil:
		f.add("upheld", "appeal.upheld_required")
	case *c.Upheld:
		d.Upheld, d.Points = true, c.Points
		switch most := c.Lines[p.Rule]; {
		case c.Points.IsPositive() && most.IsZero():
			f.add("points", "appeal.full")
		case c.Points.GreaterThan(most.Decimal):
			f.add("points", "appeal.above", "most", most)
		case !c.Points.IsPositive() || tooFine(c.Points):
			f.add("points", "appeal.points")
		}
	case c.Points.Set:
		f.add("points", "appeal.points_refused")
	}
	f.required(e.Texts, "text", "text", c.Text, PlainText, "appeal.answer_required")
	return e, f.err()
}

func (c BonusCommand) assess(s Scene, actor Actor, a Assessment) (Event, error) {
	if !MayAssess(actor) {
		return Event{}, Fault(Forbidden, "assessment.office_only")
	}
	if err := a.stageIs(NoAssessment, Drafted); err != nil {
		return Event{}, err
	}
	e := Event{Kind: KindBonusGiven, Texts: Texts{}}
	d := &AssessmentData{N: len(a.Bonuses) + 1, Points: c.Points}
	e.Data.Assessment = d
	var f faults
	dep, ok := s.Rules.Plan.FindDepartment(c.Department)
	if !ok {
		f.add("department", "department.unknown", "id", clip(c.Department))
	}
	e.Department = dep.ID
	sum, limit := c.Points.Decimal, s.Rules.Plan.Rubric.BonusLimit
	for _, b := range a.Bonuses {
		if b.Department == dep.ID {
			sum = sum.Add(b.Points.Decimal)
		}
	}
	if !c.Points.Set || c.Points.IsZero() || sum.Abs().GreaterThan(limit.Decimal) || tooFine(c.Points) {
		f.add("points", "bonus.points", "limit", limit, "sum", plan.Number{Decimal: sum, Set: true})
	}
	f.required(e.Texts, "reason", "reason", c.Reason, PlainText, "bonus.reason_required")
	if len(c.Evidence) > maxEvidence {
		f.add("evidence", "evidence.too_many", "limit", maxEvidence)
		return e, f.err()
	}
	for _, id := range c.Evidence {
		file, ok, err := s.View.File(id)
		if err != nil {
			return e, err
		}
		if !ok || file.Gone {
			f.add("evidence", "evidence.unknown", "id", clip(id))
			continue
		}
		d.Evidence = append(d.Evidence, id)
	}
	return e, f.err()
}

// tooFine: points beside the rubric have two decimal places at most, as scores do.
func tooFine(n plan.Number) bool { return !n.Decimal.Equal(n.Decimal.Round(2)) }

func (c FreezeCommand) assess(_ Scene, actor Actor, a Assessment) (Event, error) {
	if !MayFreeze(actor) {
		return Event{}, Fault(Forbidden, "assessment.director_only")
	}
	if err := a.stageIs(Noticed); err != nil {
		return Event{}, err
	}
	if n := a.Unanswered(); n > 0 {
		return Event{}, Refuse("assessment.unanswered", "count", n)
	}
	if err := a.standsAt(c.Last); err != nil {
		return Event{}, err
	}
	d := c.AssessmentData
	return Event{Kind: KindAssessmentFrozen, Data: Data{Assessment: &d}}, nil
}

// ofAssessment reports whether the event is about an assessment.
func (k Kind) ofAssessment() bool {
	switch k {
	case KindAssessmentDrafted, KindAssessmentNoticed, KindAppealed, KindAppealAnswered, KindAssessmentFrozen, KindBonusGiven,
		KindCircularEdited:
		return true
	}
	return false
}
