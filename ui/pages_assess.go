package ui

import (
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/workflow"
	"duban/workflow/assess"
)

// assessmentsPage lists the periods with their stage, and the years.
func (s *server) assessmentsPage(c *fiber.Ctx) error {
	k := s.kit(c)
	in := page.AssessmentsInput{Periods: s.o.Book.Periods(), By: map[string]workflow.Assessment{}}
	years := map[int][][]workflow.Total{}
	for _, p := range in.Periods {
		a := s.o.Book.Assessment(p.ID)
		in.By[p.ID] = a
		for _, x := range a.Appeals {
			if k.Actor.InDepartment() && x.Department == k.Actor.Unit {
				in.Appeals = append(in.Appeals, s.appealed(k, x))
			}
		}
		if a.Stage == workflow.Frozen && !p.Special {
			years[p.From.Year] = append(years[p.From.Year], a.Totals)
		}
	}
	if k.Actor.SeesAll() {
		for _, x := range s.o.Book.OpenAppeals() {
			in.Appeals = append(in.Appeals, s.appealed(k, x))
		}
	}
	for year, totals := range years {
		in.Years = append(in.Years, page.YearInput{Year: year, Rows: assess.Year(k.Rules.Plan, totals)})
	}
	return render(c, page.NewAssessments(k, s.frame(c, k, page.AssessmentsPath), in))
}

// appealed is an appeal with the assignment it is about.
func (s *server) appealed(k page.Kit, x workflow.AppealRef) page.AppealInput {
	in := page.AppealInput{Ref: x}
	if a, ok := s.o.Book.Assignment(x.Assignment); ok {
		in.Of = s.o.Book.Item(a, k.Now)
	}
	return in
}

func (s *server) assessmentShown(c *fiber.Ctx) error {
	return s.showAssessment(c, "", nil, nil)
}

func (s *server) showAssessment(c *fiber.Ctx, failed string, typed url.Values, e *workflow.Error) error {
	v, err := s.assessment(c, c.Params("period"))
	if err != nil {
		return err
	}
	key, err := s.key()
	if err != nil {
		return err
	}
	k := s.kit(c)
	in := page.AssessmentInput{Period: v.Period, Name: v.Name, Stage: v.Stage, Position: v.Position, AsOf: v.AsOf, Rubric: v.RubricDigest, OtherRules: v.OtherRules,
		Until: v.AppealsUntil, FrozenAt: v.FrozenAt, Head: v.Head, Hash: v.HeadHash, Rows: v.Departments, Key: key, Failed: failed, Typed: typed, Err: e}
	for _, id := range v.ChangedSince {
		if a, ok := s.o.Book.Assignment(id); ok {
			in.Changed = append(in.Changed, s.o.Book.Item(a, k.Now))
		}
	}
	for _, a := range v.Appeals {
		x := s.appealed(k, a.AppealRef)
		x.Most, x.Text, x.Answer = a.Most, a.Text, a.AnswerText
		in.Appeals = append(in.Appeals, x)
	}
	return render(c, page.NewAssessed(k, s.frame(c, k, page.AssessmentsPath), in))
}

// assessmentActed does what a form of the page asks for.
func (s *server) assessmentActed(c *fiber.Ctx) error {
	form, call, err := s.sent(c)
	if err != nil {
		return err
	}
	act, period := c.Params("act"), c.Params("period")
	r, err := s.assessByForm(c, call, period, act, form)
	if err == nil {
		err = s.o.Book.Wait(c.UserContext(), r.Seq)
	}
	if err != nil {
		return retry(c, err, func(e *workflow.Error) error { return s.showAssessment(c, act, form, e) })
	}
	return s.done(c, page.AssessmentsPath+"/"+url.PathEscape(period), "assess_"+act)
}

func (s *server) assessByForm(c *fiber.Ctx, call workflow.Call, period, act string, form url.Values) (workflow.Receipt, error) {
	ctx := c.UserContext()
	switch act {
	case "draft":
		return s.assess.Draft(ctx, call, period)
	case "notice":
		return s.assess.Do(ctx, call, period, workflow.InformCommand{})
	case "freeze":
		return s.assess.Freeze(ctx, call, period)
	case "appeal":
		return s.assess.Do(ctx, call, period, workflow.AppealCommand{Assignment: form.Get("assignment"), Rule: form.Get("rule"), Text: form.Get("text")})
	case "answer":
		n, err := strconv.Atoi(form.Get("n"))
		if err != nil {
			return workflow.Receipt{}, workflow.Fault(workflow.NotFound, "appeal.unknown", "n", 0)
		}
		cmd := workflow.AnswerCommand{N: n, Text: form.Get("text")}
		if v := form.Get("upheld"); v != "" {
			upheld := v == "true"
			cmd.Upheld = &upheld
		}
		if cmd.Points, err = formNumber(form, "points"); err != nil {
			return workflow.Receipt{}, err
		}
		return s.assess.Do(ctx, call, period, cmd)
	case "bonus":
		points, err := formNumber(form, "points")
		if err != nil {
			return workflow.Receipt{}, err
		}
		return s.assess.Do(ctx, call, period, workflow.BonusCommand{Department: form.Get("department"), Points: points, Reason: form.Get("reason")})
	}
	return workflow.Receipt{}, workflow.Fault(workflow.NotFound, "not_found")
}
