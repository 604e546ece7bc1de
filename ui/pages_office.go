package ui

import (
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/calendar"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

func itoa(n int) string { return strconv.Itoa(n) }

func (s *server) taskPage(c *fiber.Ctx) error {
	k := s.kit(c)
	no, err := c.ParamsInt("no")
	if err != nil {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	if _, ok := k.Rules.Plan.Numbered(no); !ok {
		return workflow.Fault(workflow.NotFound, "task.unknown", "task", no)
	}
	in := page.TaskInput{No: no, Periods: s.taskPeriods(k, no), Read: true}
	p, ok := s.o.Book.CurrentPeriod(k.Now)
	if id := c.Query("period"); id != "" {
		p, ok = s.o.Book.Period(id)
	}
	if !ok {
		return workflow.Fault(workflow.NotFound, "period.unknown")
	}
	in.Period = p
	everybody := workflow.Actor{Role: workflow.Viewer} // states of a task are open to all who log in
	in.Items = s.all(everybody, ledger.Query{Period: p.ID, Task: no})
	for _, i := range in.Items {
		if i.Role != workflow.Lead {
			continue
		}
		a, ok := s.o.Book.Assignment(i.ID)
		if !ok {
			continue
		}
		in.Read, in.Grounds = k.Rules.MayRead(k.Actor, a), s.o.Book.Grounds(a, k.Now)
		if in.Trail, err = s.trail(c.UserContext(), k.Actor, a); err != nil {
			return err
		}
		if in.Read {
			if in.Before, err = s.reportBefore(c.UserContext(), a); err != nil {
				return err
			}
		}
	}
	for _, v := range s.o.Book.Indicators(k.Now) {
		if v.Task == no {
			in.Figures = append(in.Figures, v)
		}
	}
	if in.Series, in.Files, err = s.material(c.UserContext(), k.Actor, in.Trail); err != nil {
		return err
	}
	return render(c, page.NewTask(k, s.frame(c, k, ""), in))
}

func (s *server) indicatorsPage(c *fiber.Ctx) error {
	k := s.kit(c)
	return render(c, page.NewIndicators(k, s.frame(c, k, "/indicators"), s.o.Book.Indicators(k.Now), values(c)))
}

func (s *server) indicatorPage(c *fiber.Ctx) error { return s.showIndicator(c, "", nil, nil) }

func (s *server) showIndicator(c *fiber.Ctx, failed string, typed url.Values, e *workflow.Error) error {
	k := s.kit(c)
	v, ok := s.o.Book.Indicator(c.Params("id"), k.Now)
	if !ok {
		return workflow.Fault(workflow.NotFound, "indicator.unknown", "id", "")
	}
	key, err := s.key()
	if err != nil {
		return err
	}
	in := page.IndicatorInput{View: v, Texts: map[uint64]workflow.Texts{}, Key: key, Failed: failed, Typed: typed, Err: e}
	in.Correct, _ = strconv.ParseUint(c.Query("correct", typed.Get("corrects")), 10, 64) // not a number: no correction
	seqs := make([]uint64, len(v.Points))
	for i, p := range v.Points {
		seqs[i] = p.Seq
	}
	es, err := s.o.Journal.EventsAt(c.UserContext(), seqs...)
	if err != nil {
		return err
	}
	for _, ev := range es {
		if ev, ok := k.Rules.ShowEvent(k.Actor, ev); ok {
			in.Texts[ev.Seq] = ev.Texts
		}
	}
	return render(c, page.NewIndicator(k, s.frame(c, k, "/indicators"), in))
}

// figurePage files or corrects a figure for the office.
func (s *server) figurePage(c *fiber.Ctx) error {
	form, call, err := s.sent(c)
	if err != nil {
		return err
	}
	in, err := figureOf(c.Params("id"), form)
	if err == nil {
		var r workflow.Receipt
		if r, err = s.o.Desk.FileFigure(c.UserContext(), call, in); err == nil {
			err = s.o.Book.Wait(c.UserContext(), r.Seq)
		}
	}
	return s.afterIndicator(c, "figure", form, err)
}

func (s *server) afterIndicator(c *fiber.Ctx, act string, form url.Values, err error) error {
	if err != nil {
		return retry(c, err, func(e *workflow.Error) error { return s.showIndicator(c, act, form, e) })
	}
	return s.done(c, page.IndicatorPath(c.Params("id")), act)
}

// figureOf reads the figure form.
func figureOf(id string, form url.Values) (in workflow.FileFigureInput, err error) {
	in.Indicator, in.Explanation, in.Reason = id, form.Get("explanation"), form.Get("reason")
	in.Provisional = form.Get("provisional") != ""
	if in.Value, err = formNumber(form, "value"); err != nil {
		return in, err
	}
	if in.Comparison, err = formNumber(form, "comparison"); err != nil {
		return in, err
	}
	if v := form.Get("as_of"); v != "" {
		if in.AsOf, err = calendar.ParseDate(v); err != nil {
			return in, workflow.BadField("as_of", "form.date", "value", v)
		}
	}
	if v := form.Get("met"); v != "" {
		met := v == "true"
		in.Met = &met
	}
	if v := form.Get("corrects"); v != "" {
		if in.Corrects, err = strconv.ParseUint(v, 10, 64); err != nil {
			return in, workflow.BadField("corrects", "form.number", "value", v)
		}
	}
	return in, nil
}

// formNumber reads a figure as people write it.
func formNumber(form url.Values, field string) (plan.Number, error) {
	n, err := plan.TypedNumber(form.Get(field))
	if err != nil {
		return n, workflow.BadField(field, "form.number", "value", clipped(form.Get(field)))
	}
	return n, nil
}

func (s *server) ownerPage(c *fiber.Ctx) error {
	form, call, err := s.sent(c)
	if err != nil {
		return err
	}
	r, err := s.o.Desk.AssignIndicator(c.UserContext(), call, c.Params("id"), form.Get("department"))
	if err == nil {
		err = s.o.Book.Wait(c.UserContext(), r.Seq)
	}
	return s.afterIndicator(c, "owner", form, err)
}

func (s *server) periodsPage(c *fiber.Ctx) error { return s.showPeriods(c, nil, nil) }

func (s *server) showPeriods(c *fiber.Ctx, typed url.Values, e *workflow.Error) error {
	k := s.kit(c)
	key, err := s.key()
	if err != nil {
		return err
	}
	in := page.PeriodsInput{Periods: s.o.Book.Periods(), Counts: map[string]ledger.Counts{}, Key: key, Typed: typed, Err: e}
	in.Missing = s.o.Book.MissingPeriods(k.Now)
	for _, p := range in.Periods {
		in.Counts[p.ID] = s.o.Book.Counts(p.ID, k.Actor, k.Now)
	}
	if p, ok := s.o.Book.CurrentPeriod(k.Now); ok {
		in.Current = p.ID
	}
	return render(c, page.NewPeriods(k, s.frame(c, k, "/periods"), in))
}

func (s *server) openPeriodPage(c *fiber.Ctx) error {
	form, call, err := s.sent(c)
	if err != nil {
		return err
	}
	in, err := periodOf(form)
	if err == nil {
		var r workflow.Receipt
		if _, r, err = s.o.Desk.OpenPeriod(c.UserContext(), call, in); err == nil {
			err = s.o.Book.Wait(c.UserContext(), r.Seq)
		}
	}
	if err != nil {
		return retry(c, err, func(e *workflow.Error) error { return s.showPeriods(c, form, e) })
	}
	return s.done(c, "/periods", "period")
}

func periodOf(form url.Values) (in workflow.PeriodInput, err error) {
	in.ID, in.Name, in.Reason, in.Departments = form.Get("id"), form.Get("name"), form.Get("reason"), form["departments"]
	for _, d := range []struct {
		field string
		to    **workflow.DueTime
	}{{"accept_by", &in.AcceptBy}, {"cooperating_due", &in.CooperatingDue}, {"due", &in.Due}} {
		v := form.Get(d.field)
		if v == "" {
			continue
		}
		date, err := calendar.ParseDate(v)
		if err != nil {
			return in, workflow.BadField(d.field, "form.date", "value", v)
		}
		*d.to = &workflow.DueTime{Date: date}
	}
	for _, v := range form["tasks"] {
		no, err := strconv.Atoi(v)
		if err != nil {
			return in, workflow.BadField("tasks", "form.number", "value", v)
		}
		in.Tasks = append(in.Tasks, no)
	}
	return in, nil
}

func (s *server) accountsPage(c *fiber.Ctx) error { return s.showAccounts(c, nil, nil, nil) }

func (s *server) showAccounts(c *fiber.Ctx, link *page.NewSecret, typed url.Values, e *workflow.Error) error {
	k := s.kit(c)
	all, err := s.o.Accounts.Accounts(c.UserContext(), k.Actor)
	if err != nil {
		return err
	}
	key, err := s.key()
	if err != nil {
		return err
	}
	in := page.AccountsInput{Accounts: all, Values: values(c), Link: link, Key: key, SignOn: s.o.SignOn != nil, Typed: typed, Err: e}
	return render(c, page.NewAccounts(k, s.frame(c, k, "/accounts"), in))
}

// addAccount makes an account and shows, this once, the link its owner sets a
// password with.
func (s *server) addAccount(c *fiber.Ctx) error {
	form, err := posted(c)
	if err != nil {
		return err
	}
	by, now := session.From(c).Actor, s.o.Now()
	name := form.Get("name")
	secret, until, err := s.o.Accounts.InviteByLink(c.UserContext(), now, by, account.NewAccount{Name: name, Unit: form.Get("unit"), Role: workflow.UserRole(form.Get("role"))})
	return s.afterAccount(c, form, s.linkSecret(c, name, secret, until), err)
}

func (s *server) afterAccount(c *fiber.Ctx, form url.Values, link *page.NewSecret, err error) error {
	switch {
	case err != nil:
		return retry(c, err, func(e *workflow.Error) error { return s.showAccounts(c, nil, form, e) }, workflow.NotFound)
	case link != nil:
		return s.showAccounts(c, link, nil, nil)
	}
	return s.done(c, "/accounts", "account")
}

// changeAccount resets, disables or enables an account, takes its second factor
// off, or links it with the provider.
func (s *server) changeAccount(c *fiber.Ctx) error {
	form, err := posted(c)
	if err != nil {
		return err
	}
	by, now, name := session.From(c).Actor, s.o.Now(), form.Get("name")
	var link *page.NewSecret
	switch c.Params("act") {
	case "reset":
		var secret string
		var until time.Time
		secret, until, err = s.o.Accounts.ResetByLink(c.UserContext(), now, by, name)
		s.o.Sessions.Unlock(name)
		link = s.linkSecret(c, name, secret, until)
	case "unconfirm":
		err = s.o.Accounts.RemoveTOTP(c.UserContext(), now, by, name)
	case "link":
		if s.o.SignOn == nil {
			return workflow.Fault(workflow.NotFound, "not_found")
		}
		err = s.o.Accounts.LinkIdentity(c.UserContext(), now, by, name, s.o.SignOn.Identity(form.Get("subject")))
	case "unlink":
		err = s.o.Accounts.UnlinkIdentity(c.UserContext(), now, by, name)
	case "disable":
		err = s.o.Accounts.Disable(c.UserContext(), now, by, name)
	case "enable":
		err = s.o.Accounts.Enable(c.UserContext(), now, by, name)
	default:
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	return s.afterAccount(c, form, link, err)
}
