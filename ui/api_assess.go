package ui

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/assess"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// assessmentResult is a period's assessment as the caller may see it. A department
// sees nothing of a draft, its own row of one that is shown, and every row of a frozen
// one, with the lines of its own.
type assessmentResult struct {
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

func (s *server) apiAssessment(c *fiber.Ctx) error {
	v, err := s.assessment(c, c.Params("period"))
	if err != nil {
		return err
	}
	return c.JSON(v)
}

// assessment is the period's assessment as the caller may see it, in their words.
func (s *server) assessment(c *fiber.Ctx, period string) (assessmentResult, error) {
	r, err := s.assess.Result(c.UserContext(), period)
	if err != nil {
		return assessmentResult{}, err
	}
	who, a := session.From(c).Actor, r.Assessment
	v := assessmentResult{Period: period, Name: s.o.Rules().ShowPeriod(session.From(c).Actor, r.Period).Name, Stage: a.Stage, Seq: a.Seq, NoticedAt: a.NoticedAt, AppealsUntil: a.AppealsUntil, FrozenAt: a.FrozenAt,
		Head: a.Head, HeadHash: a.HeadHash, Departments: []assess.Row{}, ChangedSince: []string{}, Appeals: []appealView{}}
	if a.Stage == workflow.NoAssessment || a.Stage == workflow.Drafted && !who.SeesAll() {
		return v, nil
	}
	asOf := a.AsOf
	v.Position, v.AsOf, v.PlanDigest, v.RubricDigest, v.OtherRules = a.Position, &asOf, a.PlanDigest, a.RubricDigest, r.OtherRules
	p := s.printer(c)
	for _, row := range r.Rows {
		if row, ok := showRow(who, a.Stage, row); ok {
			v.Departments = append(v.Departments, sayRow(p, row))
		}
	}
	for _, i := range s.changedSince(r) {
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
		if view.Text, err = s.textOf(c.UserContext(), x.Seq); err == nil {
			view.AnswerText, err = s.textOf(c.UserContext(), x.Answer)
		}
		if err != nil {
			return v, err
		}
		v.Appeals = append(v.Appeals, view)
	}
	return v, nil
}

// textOf is what an appeal's or an answer's event says.
func (s *server) textOf(ctx context.Context, seq uint64) (string, error) {
	if seq == 0 {
		return "", nil
	}
	events, err := s.o.Journal.EventsAt(ctx, seq)
	if err != nil {
		return "", err
	}
	return events[0].Texts["text"], nil
}

// showRow is a department's row as the actor may see it.
func showRow(who workflow.Actor, stage workflow.Stage, row assess.Row) (assess.Row, bool) {
	if who.SeesAll() || row.Department == who.Unit {
		return row, true
	}
	row.Scores, row.Bonuses = []assess.Score{}, []assess.Line{}
	return row, stage == workflow.Frozen
}

// sayRow is the row with its lines in words. Rows are shared: this one is a copy.
func sayRow(p *text.Printer, row assess.Row) assess.Row {
	row.Bonuses = sayLines(p, row.Bonuses)
	row.Scores = slices.Clone(row.Scores)
	for i := range row.Scores {
		row.Scores[i].Lines = sayLines(p, row.Scores[i].Lines)
	}
	return row
}

func sayLines(p *text.Printer, lines []assess.Line) []assess.Line {
	lines = slices.Clone(lines)
	for i := range lines {
		l := &lines[i]
		args := maps.Clone(l.Args)
		if cause, ok := args["cause"].(ledger.Cause); ok {
			args["cause"] = say(p)(cause)
		}
		if rule, ok := args["rule"].(string); ok {
			args["rule"] = p.T("rule." + rule)
		}
		l.Text = p.Map(l.Code, args)
	}
	return lines
}

// assessAct is the handler of an act on an assessment: do it, answer the assessment
// after it.
func assessAct(do func(s *server, c *fiber.Ctx, call workflow.Call, period string) (workflow.Receipt, error)) func(*server, *fiber.Ctx) error {
	return func(s *server, c *fiber.Ctx) error {
		call, err := s.call(c, session.From(c).Actor)
		if err != nil {
			return err
		}
		period := c.Params("period")
		r, err := do(s, c, call, period)
		if err != nil {
			return err
		}
		if err := s.settle(c, r); err != nil {
			return err
		}
		v, err := s.assessment(c, period)
		if err != nil {
			return err
		}
		return c.JSON(v)
	}
}

func (s *server) draftAssessment(c *fiber.Ctx, call workflow.Call, period string) (workflow.Receipt, error) {
	var none struct{}
	if err := decode(c, &none); err != nil {
		return workflow.Receipt{}, err
	}
	return s.assess.Draft(c.UserContext(), call, period)
}

func (s *server) informAssessment(c *fiber.Ctx, call workflow.Call, period string) (workflow.Receipt, error) {
	var none struct{}
	if err := decode(c, &none); err != nil {
		return workflow.Receipt{}, err
	}
	return s.assess.Do(c.UserContext(), call, period, workflow.InformCommand{})
}

func (s *server) freezeAssessment(c *fiber.Ctx, call workflow.Call, period string) (workflow.Receipt, error) {
	var none struct{}
	if err := decode(c, &none); err != nil {
		return workflow.Receipt{}, err
	}
	return s.assess.Freeze(c.UserContext(), call, period)
}

func (s *server) appealAssessment(c *fiber.Ctx, call workflow.Call, period string) (workflow.Receipt, error) {
	var cmd workflow.AppealCommand
	if err := decode(c, &cmd); err != nil {
		return workflow.Receipt{}, err
	}
	return s.assess.Do(c.UserContext(), call, period, cmd)
}

func (s *server) answerAssessment(c *fiber.Ctx, call workflow.Call, period string) (workflow.Receipt, error) {
	n, err := nth(c)
	if err != nil {
		return workflow.Receipt{}, err
	}
	cmd := workflow.AnswerCommand{N: n}
	if err := decode(c, &cmd); err != nil {
		return workflow.Receipt{}, err
	}
	return s.assess.Do(c.UserContext(), call, period, cmd)
}

// bonusBody gives a department points, or takes them.
type bonusBody struct {
	Department string      `json:"department"` // name or id
	Points     plan.Number `json:"points"`
	Reason     string      `json:"reason"`
	Evidence   []string    `json:"evidence"`
}

func (s *server) giveBonus(c *fiber.Ctx, call workflow.Call, period string) (workflow.Receipt, error) {
	var in bonusBody
	if err := decode(c, &in); err != nil {
		return workflow.Receipt{}, err
	}
	return s.assess.Do(c.UserContext(), call, period, workflow.BonusCommand(in))
}
