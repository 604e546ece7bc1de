package office

import (
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/login"
	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/calendar"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

func taskPage(s *web.Server, c *fiber.Ctx) error {
	k := s.Kit(c)
	no, err := c.ParamsInt("no")
	if err != nil {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	if _, ok := k.Rules.Plan.Numbered(no); !ok {
		return workflow.Fault(workflow.NotFound, "task.unknown", "task", no)
	}
	in := page.TaskInput{No: no, Periods: view.TaskPeriods(s, k, no), Read: true}
	p, ok := s.Book.CurrentPeriod(k.Now)
	if id := c.Query("period"); id != "" {
		p, ok = s.Book.Period(id)
	}
	if !ok {
		return workflow.Fault(workflow.NotFound, "period.unknown")
	}
	in.Period = p
	everybody := workflow.Actor{Role: workflow.Viewer} // states of a task are open to all who log in
	in.Items = s.All(everybody, ledger.Query{Period: p.ID, Task: no})
	for _, i := range in.Items {
		if i.Role != workflow.Lead {
			continue
		}
		a, ok := s.Book.Assignment(i.ID)
		if !ok {
			continue
		}
		in.Read, in.Grounds = k.Rules.MayRead(k.Actor, a), s.Book.Grounds(a, k.Now)
		if in.Trail, err = s.Trail(c.UserContext(), k.Actor, a); err != nil {
			return err
		}
		if in.Read {
			if in.Before, err = view.ReportBefore(s, c.UserContext(), a); err != nil {
				return err
			}
		}
	}
	for _, v := range s.Book.Indicators(k.Now) {
		if v.Task == no {
			in.Figures = append(in.Figures, v)
		}
	}
	if in.Series, in.Files, err = view.Material(s, c.UserContext(), k.Actor, in.Trail); err != nil {
		return err
	}
	return web.Render(c, page.NewTask(k, s.Frame(c, k, ""), in))
}

func indicatorsPage(s *web.Server, c *fiber.Ctx) error {
	k := s.Kit(c)
	return web.Render(c, page.NewIndicators(k, s.Frame(c, k, "/indicators"), s.Book.Indicators(k.Now), web.Values(c)))
}

func indicatorPage(s *web.Server, c *fiber.Ctx) error { return showIndicator(s, c, "", nil, nil) }

func showIndicator(s *web.Server, c *fiber.Ctx, failed string, typed url.Values, e *workflow.Error) error {
	k := s.Kit(c)
	v, ok := s.Book.Indicator(c.Params("id"), k.Now)
	if !ok {
		return workflow.Fault(workflow.NotFound, "indicator.unknown", "id", "")
	}
	key, err := s.Key(k)
	if err != nil {
		return err
	}
	in := page.IndicatorInput{View: v, Texts: map[uint64]workflow.Texts{}, Key: key, Failed: failed, Typed: typed, Err: e}
	in.Correct, _ = strconv.ParseUint(c.Query("correct", typed.Get("corrects")), 10, 64) // not a number: no correction
	seqs := make([]uint64, len(v.Points))
	for i, p := range v.Points {
		seqs[i] = p.Seq
	}
	es, err := s.Journal.EventsAt(c.UserContext(), seqs...)
	if err != nil {
		return err
	}
	for _, ev := range es {
		if ev, ok := k.Rules.ShowEvent(k.Actor, ev); ok {
			in.Texts[ev.Seq] = ev.Texts
		}
	}
	return web.Render(c, page.NewIndicator(k, s.Frame(c, k, "/indicators"), in))
}

// figurePage files or corrects a figure for the office.
func figurePage(s *web.Server, c *fiber.Ctx) error {
	form, call, err := s.Sent(c)
	if err != nil {
		return err
	}
	in, err := figureOf(c.Params("id"), form)
	if err == nil {
		var r workflow.Receipt
		if r, err = s.Desk.FileFigure(c.UserContext(), call, in); err == nil {
			err = s.Book.Wait(c.UserContext(), r.Seq)
		}
	}
	return afterIndicator(s, c, "figure", form, err)
}

func afterIndicator(s *web.Server, c *fiber.Ctx, act string, form url.Values, err error) error {
	if err != nil {
		return web.Retry(c, err, func(e *workflow.Error) error { return showIndicator(s, c, act, form, e) })
	}
	return s.Done(c, page.IndicatorPath(c.Params("id")), act)
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
		return n, workflow.BadField(field, "form.number", "value", web.Clipped(form.Get(field)))
	}
	return n, nil
}

func ownerPage(s *web.Server, c *fiber.Ctx) error {
	form, call, err := s.Sent(c)
	if err != nil {
		return err
	}
	r, err := s.Desk.AssignIndicator(c.UserContext(), call, c.Params("id"), form.Get("department"))
	if err == nil {
		err = s.Book.Wait(c.UserContext(), r.Seq)
	}
	return afterIndicator(s, c, "owner", form, err)
}

func periodsPage(s *web.Server, c *fiber.Ctx) error { return showPeriods(s, c, nil, nil) }

func showPeriods(s *web.Server, c *fiber.Ctx, typed url.Values, e *workflow.Error) error {
	k := s.Kit(c)
	key, err := s.Key(k)
	if err != nil {
		return err
	}
	in := page.PeriodsInput{Periods: s.Book.Periods(), Counts: map[string]ledger.Counts{}, Key: key, Typed: typed, Err: e}
	in.Missing = s.Book.MissingPeriods(k.Now)
	for _, p := range in.Periods {
		in.Counts[p.ID] = s.Book.Counts(p.ID, k.Actor, k.Now)
	}
	if p, ok := s.Book.CurrentPeriod(k.Now); ok {
		in.Current = p.ID
	}
	return web.Render(c, page.NewPeriods(k, s.Frame(c, k, "/periods"), in))
}

func openPeriodPage(s *web.Server, c *fiber.Ctx) error {
	form, call, err := s.Sent(c)
	if err != nil {
		return err
	}
	in, err := view.PeriodOf(form)
	if err == nil {
		var r workflow.Receipt
		if _, r, err = s.Desk.OpenPeriod(c.UserContext(), call, in); err == nil {
			err = s.Book.Wait(c.UserContext(), r.Seq)
		}
	}
	if err != nil {
		return web.Retry(c, err, func(e *workflow.Error) error { return showPeriods(s, c, form, e) })
	}
	return s.Done(c, "/periods", "period")
}

func accountsPage(s *web.Server, c *fiber.Ctx) error { return showAccounts(s, c, nil, nil, nil) }

func showAccounts(s *web.Server, c *fiber.Ctx, link *page.NewSecret, typed url.Values, e *workflow.Error) error {
	k := s.Kit(c)
	all, err := s.Accounts.Accounts(c.UserContext(), k.Actor)
	if err != nil {
		return err
	}
	key, err := s.Key(k)
	if err != nil {
		return err
	}
	in := page.AccountsInput{Accounts: all, Values: web.Values(c), Link: link, Key: key, SignOn: s.SignOn != nil, Typed: typed, Err: e}
	return web.Render(c, page.NewAccounts(k, s.Frame(c, k, "/accounts"), in))
}

// addAccount makes an account and shows, this once, the link its owner sets a
// password with.
func addAccount(s *web.Server, c *fiber.Ctx) error {
	form, err := web.Posted(c)
	if err != nil {
		return err
	}
	by, now := session.From(c).Actor, s.Now()
	name := form.Get("name")
	secret, until, err := s.Accounts.InviteByLink(c.UserContext(), now, by, account.NewAccount{Name: name, Unit: form.Get("unit"), Role: workflow.UserRole(form.Get("role"))})
	return afterAccount(s, c, form, login.LinkSecret(s, c, name, secret, until), err)
}

func afterAccount(s *web.Server, c *fiber.Ctx, form url.Values, link *page.NewSecret, err error) error {
	switch {
	case err != nil:
		return web.Retry(c, err, func(e *workflow.Error) error { return showAccounts(s, c, nil, form, e) }, workflow.NotFound)
	case link != nil:
		return showAccounts(s, c, link, nil, nil)
	}
	return s.Done(c, "/accounts", "account")
}

// changeAccount resets, disables or enables an account, takes its second factor
// off, or links it with the provider.
func changeAccount(s *web.Server, c *fiber.Ctx) error {
	form, err := web.Posted(c)
	if err != nil {
		return err
	}
	by, now, name := session.From(c).Actor, s.Now(), form.Get("name")
	var link *page.NewSecret
	switch c.Params("act") {
	case "reset":
		var secret string
		var until time.Time
		secret, until, err = s.Accounts.ResetByLink(c.UserContext(), now, by, name)
		s.Sessions.Unlock(name)
		link = login.LinkSecret(s, c, name, secret, until)
	case "unconfirm":
		err = s.Accounts.RemoveTOTP(c.UserContext(), now, by, name)
	case "link":
		if s.SignOn == nil {
			return workflow.Fault(workflow.NotFound, "not_found")
		}
		err = s.Accounts.LinkIdentity(c.UserContext(), now, by, name, s.SignOn.Identity(form.Get("subject")))
	case "unlink":
		err = s.Accounts.UnlinkIdentity(c.UserContext(), now, by, name)
	case "disable":
		err = s.Accounts.Disable(c.UserContext(), now, by, name)
	case "enable":
		err = s.Accounts.Enable(c.UserContext(), now, by, name)
	default:
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	return afterAccount(s, c, form, link, err)
}
