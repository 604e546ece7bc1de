package office

import (
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/assess"
)

// assessmentsPage lists the periods with their stage, and the years.
func assessmentsPage(s *web.Server, c *fiber.Ctx) error {
	k := s.Kit(c)
	in := page.AssessmentsInput{Periods: s.Book.Periods(), By: map[string]workflow.Assessment{}}
	years := map[int][][]workflow.Total{}
	for _, p := range in.Periods {
		a := s.Book.Assessment(p.ID)
		in.By[p.ID] = a
		for _, x := range a.Appeals {
			if k.Actor.InDepartment() && x.Department == k.Actor.Unit {
				in.Appeals = append(in.Appeals, appealed(s, k, x))
			}
		}
		if a.Stage == workflow.Frozen && !p.Special {
			years[p.From.Year] = append(years[p.From.Year], a.Totals)
		}
	}
	if k.Actor.SeesAll() {
		for _, x := range s.Book.OpenAppeals() {
			in.Appeals = append(in.Appeals, appealed(s, k, x))
		}
	}
	for year, totals := range years {
		in.Years = append(in.Years, page.YearInput{Year: year, Rows: assess.Year(k.Rules.Plan, totals)})
	}
	return web.Render(c, page.NewAssessments(k, s.Frame(c, k, page.AssessmentsPath), in))
}

// appealed is an appeal with the assignment it is about.
func appealed(s *web.Server, k page.Kit, x workflow.AppealRef) page.AppealInput {
	in := page.AppealInput{Ref: x}
	if a, ok := s.Book.Assignment(x.Assignment); ok {
		in.Of = s.Book.Item(a, k.Now)
	}
	return in
}

func assessmentShown(s *web.Server, c *fiber.Ctx) error {
	return showAssessment(s, c, "", nil, nil)
}

func showAssessment(s *web.Server, c *fiber.Ctx, failed string, typed url.Values, e *workflow.Error) error {
	k := s.Kit(c)
	v, err := view.Assessment(s, c, c.Params("period"))
	if err != nil {
		return err
	}
	key, err := s.Key(k)
	if err != nil {
		return err
	}
	in := page.AssessmentInput{Period: v.Period, Name: v.Name, Stage: v.Stage, Position: v.Position, AsOf: v.AsOf, Rubric: v.RubricDigest, OtherRules: v.OtherRules,
		Until: v.AppealsUntil, FrozenAt: v.FrozenAt, Head: v.Head, Hash: v.HeadHash, Rows: v.Departments, Key: key, Failed: failed, Typed: typed, Err: e}
	for _, id := range v.ChangedSince {
		if a, ok := s.Book.Assignment(id); ok {
			in.Changed = append(in.Changed, s.Book.Item(a, k.Now))
		}
	}
	for _, a := range v.Appeals {
		x := appealed(s, k, a.AppealRef)
		x.Most, x.Text, x.Answer = a.Most, a.Text, a.AnswerText
		in.Appeals = append(in.Appeals, x)
	}
	return web.Render(c, page.NewAssessed(k, s.Frame(c, k, page.AssessmentsPath), in))
}

// assessmentActed does what a form of the page asks for.
func assessmentActed(s *web.Server, c *fiber.Ctx) error {
	form, call, err := s.Sent(c)
	if err != nil {
		return err
	}
	act, period := c.Params("act"), c.Params("period")
	r, err := assessByForm(s, c, call, period, act, form)
	if err == nil {
		err = s.Book.Wait(c.UserContext(), r.Seq)
	}
	if err != nil {
		return web.Retry(c, err, func(e *workflow.Error) error { return showAssessment(s, c, act, form, e) })
	}
	return s.Done(c, page.AssessmentsPath+"/"+url.PathEscape(period), "assess_"+act)
}

func assessByForm(s *web.Server, c *fiber.Ctx, call workflow.Call, period, act string, form url.Values) (workflow.Receipt, error) {
	ctx := c.UserContext()
	switch act {
	case "draft":
		return s.Assess.Draft(ctx, call, period)
	case "notice":
		return s.Assess.Do(ctx, call, period, workflow.InformCommand{})
	case "freeze":
		return s.Assess.Freeze(ctx, call, period)
	case "appeal":
		return s.Assess.Do(ctx, call, period, workflow.AppealCommand{Assignment: form.Get("assignment"), Rule: form.Get("rule"), Text: form.Get("text")})
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
		return s.Assess.Do(ctx, call, period, cmd)
	case "bonus":
		points, err := formNumber(form, "points")
		if err != nil {
			return workflow.Receipt{}, err
		}
		return s.Assess.Do(ctx, call, period, workflow.BonusCommand{Department: form.Get("department"), Points: points, Reason: form.Get("reason")})
	}
	return workflow.Receipt{}, workflow.Fault(workflow.NotFound, "not_found")
}
