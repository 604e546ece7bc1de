package office

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/live"
	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/ledger"
)

// seats are the open connections of wall screens, by the screen's id.
func seats(s *web.Server) map[string][]page.Seat {
	out := map[string][]page.Seat{}
	for _, r := range s.Hub.Roster() {
		if id, ok := strings.CutPrefix(r.Key, account.ScreenKey("")); ok && r.Wall {
			out[id] = append(out[id], page.Seat{Since: r.Since, Address: r.Address, Build: r.Build})
		}
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b page.Seat) int { return a.Since.Compare(b.Since) })
	}
	return out
}

func onScreen(x *live.Show) *page.OnScreen {
	if x == nil {
		return nil
	}
	return &page.OnScreen{Page: x.Page, Task: x.Task, Period: x.Period, Indicator: x.Indicator, Paused: x.Paused, By: x.By, Since: x.Since, Left: x.Left}
}

// meetingPage steers the wall screens.
func meetingPage(s *web.Server, c *fiber.Ctx) error {
	var chosen []string
	for _, id := range c.Context().QueryArgs().PeekMulti("screen") {
		chosen = append(chosen, string(id))
	}
	return showMeeting(s, c, chosen, nil)
}

func showMeeting(s *web.Server, c *fiber.Ctx, chosen []string, e *workflow.Error) error {
	k := s.Kit(c)
	in := page.MeetingInput{Board: s.Book.BoardAt(k.Now), Seats: seats(s), Own: map[string]*page.OnScreen{}, Chosen: chosen, Err: e}
	var err error
	if in.Screens, err = s.Accounts.Screens(c.UserContext(), k.Actor); err != nil {
		return err
	}
	if in.Key, err = s.Key(k); err != nil {
		return err
	}
	every, own := s.Hub.Showing()
	in.Every = onScreen(every)
	for key, x := range own {
		in.Own[strings.TrimPrefix(key, account.ScreenKey(""))] = onScreen(x)
	}
	if x := in.Shown(); x != nil && x.Task != 0 {
		if err := meetingLead(s, c, &in, *x); err != nil {
			return err
		}
	}
	return web.Render(c, page.NewMeeting(k, s.Frame(c, k, page.MeetingPath), in))
}

// meetingLead finds the lead's assignment of the task shown: what a directive is for.
func meetingLead(s *web.Server, c *fiber.Ctx, in *page.MeetingInput, x page.OnScreen) error {
	k := s.Kit(c)
	for _, i := range s.All(k.Actor, ledger.Query{Period: x.Period, Task: x.Task}) {
		a, ok := s.Book.Assignment(i.ID)
		if !ok || i.Role != workflow.Lead || i.State == workflow.Withdrawn {
			continue
		}
		trail, err := s.Trail(c.UserContext(), k.Actor, a)
		if err != nil {
			return err
		}
		in.Lead, in.Row, in.Trail, in.Actions = &i, a, trail, k.Rules.Actions(k.Actor, a, k.Now)
		return nil
	}
	return nil
}

// steer does what a button of the meeting's page says. Nothing of it is in the
// journal: what a wall shows changes no task, and a directive, which does, is an act
// of its own. The log says who steered.
func steer(s *web.Server, c *fiber.Ctx) error {
	form, err := web.Posted(c)
	if err != nil {
		return err
	}
	by := session.From(c).Actor
	keys, err := chosenScreens(s, c, form["screen"])
	if err != nil {
		return steerRefused(s, c, form, err)
	}
	act, what, _ := strings.Cut(form.Get("act"), ":")
	if act == page.SteerChoose {
		return c.Redirect(meetingBack(form["screen"], "", "now"), fiber.StatusSeeOther)
	}
	notice, place := "meeting_show", act
	show := live.Show{By: by.User}
	switch act {
	case page.SteerEnd:
		s.Hub.EndShow(keys)
		notice, place = "meeting_end", "now"
	case page.SteerPause, page.SteerResume:
		hold(s, keys, act == page.SteerPause, by)
		notice, place = "meeting_"+act, "now"
	case page.SteerPage, page.SteerTask, page.SteerIndicator:
		if show.Target, err = target(s, act, what, form); err == nil {
			s.Hub.Show(keys, show)
		}
	default:
		err = workflow.Fault(workflow.Malformed, "meeting.act_unknown")
	}
	if err != nil {
		return steerRefused(s, c, form, err)
	}
	s.Log.Info("screens steered", "by", by.User, "act", form.Get("act"), "screens", len(keys))
	return c.Redirect(meetingBack(form["screen"], notice, place), fiber.StatusSeeOther)
}

func steerRefused(s *web.Server, c *fiber.Ctx, form url.Values, err error) error {
	return web.Retry(c, err, func(e *workflow.Error) error { return showMeeting(s, c, form["screen"], e) }, workflow.NotFound)
}

// meetingBack is the meeting's page with the same screens chosen, at the place where
// the button was.
func meetingBack(screens []string, notice, place string) string {
	q := url.Values{}
	for _, id := range screens {
		q.Add("screen", id)
	}
	if notice != "" {
		q.Set("done", notice)
	}
	return page.MeetingPath + "?" + q.Encode() + "#" + place
}

// chosenScreens are the keys of the screens chosen; none is all of them.
func chosenScreens(s *web.Server, c *fiber.Ctx, ids []string) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := s.Accounts.Screens(c.UserContext(), session.From(c).Actor)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, id := range ids {
		if !slices.ContainsFunc(all, func(p account.ScreenPass) bool { return p.ID == id && p.Approved && !p.Revoked }) {
			return nil, workflow.BadField("screen", "meeting.screen_unknown")
		}
		keys = append(keys, account.ScreenKey(id))
	}
	return keys, nil
}

var boardPageID = regexp.MustCompile(`^([a-z]{1,20})(-[1-9])?$`)

// target is what a button names: a page of the board, a task of a period, or the
// indicator of the list.
func target(s *web.Server, act, what string, form url.Values) (live.Target, error) {
	switch act {
	case page.SteerPage:
		if m := boardPageID.FindStringSubmatch(what); m == nil || !slices.Contains(page.BoardPages, m[1]) {
			return live.Target{}, workflow.Fault(workflow.Malformed, "meeting.act_unknown")
		}
		return live.Target{Page: what}, nil
	case page.SteerTask:
		no, period, _ := strings.Cut(what, ":")
		n, p, err := taskAsked(s, no, period)
		return live.Target{Task: n, Period: p.ID}, err
	}
	id := form.Get("indicator")
	if _, ok := s.Rules().Plan.Indicator(id); !ok {
		return live.Target{}, workflow.BadField("indicator", "indicator.unknown", "id", id)
	}
	return live.Target{Indicator: id}, nil
}

// hold pauses or resumes what the screens show; each keeps what it shows.
func hold(s *web.Server, keys []string, paused bool, by workflow.Actor) {
	every, own := s.Hub.Showing()
	put := func(keys []string, x *live.Show) {
		next := live.Show{Paused: paused, By: by.User}
		if x != nil {
			next.Target = x.Target
		}
		if !paused && next.Target == (live.Target{}) {
			s.Hub.EndShow(keys)
			return
		}
		s.Hub.Show(keys, next)
	}
	if len(keys) == 0 {
		put(nil, every)
		for key, x := range own {
			if x != nil {
				put([]string{key}, x)
			}
		}
		return
	}
	for _, key := range keys {
		x, ok := own[key]
		if !ok {
			x = every
		}
		put([]string{key}, x)
	}
}

func screensPage(s *web.Server, c *fiber.Ctx) error { return showScreens(s, c, "", nil, nil) }

func showScreens(s *web.Server, c *fiber.Ctx, failed string, typed url.Values, e *workflow.Error) error {
	k := s.Kit(c)
	all, err := s.Accounts.Screens(c.UserContext(), k.Actor)
	if err != nil {
		return err
	}
	return web.Render(c, page.NewScreens(k, s.Frame(c, k, "/screens"), page.ScreensInput{Screens: all, Seats: seats(s), Failed: failed, Typed: typed, Err: e}))
}

// changeScreen pairs, sets or revokes a wall screen.
func changeScreen(s *web.Server, c *fiber.Ctx) error {
	form, err := web.Posted(c)
	if err != nil {
		return err
	}
	by, now, act := session.From(c).Actor, s.Now(), c.Params("act")
	switch act {
	case "pair":
		_, err = s.Accounts.ApproveScreen(c.UserContext(), now, by, form.Get("code"), form.Get("name"))
	case "set":
		err = setScreen(s, c, form)
	case "revoke":
		err = s.Accounts.RevokeScreen(c.UserContext(), now, by, form.Get("id"))
	default:
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	if err != nil {
		return web.Retry(c, err, func(e *workflow.Error) error { return showScreens(s, c, strings.Clone(act), form, e) }, workflow.NotFound)
	}
	return s.Done(c, "/screens", "screen_"+act)
}

// setScreen names a screen and says how it shows the board; the screen loads anew.
func setScreen(s *web.Server, c *fiber.Ctx, form url.Values) error {
	set := account.ScreenSettings{Theme: form.Get("theme"), Pages: form["pages"], Night: strings.TrimSpace(form.Get("night")), Lang: form.Get("lang")}
	for _, p := range set.Pages {
		if !slices.Contains(page.BoardPages, p) {
			return workflow.BadField("pages", "screen.pages")
		}
	}
	if d := strings.TrimSpace(form.Get("dwell")); d != "" {
		n, err := strconv.Atoi(d)
		if err != nil {
			return workflow.BadField("dwell", "form.number", "value", d)
		}
		if set.Dwell = n; n == 0 {
			set.Dwell = -1 // typed, and too few: 0 is the board's own
		}
	}
	id := form.Get("id")
	if err := s.Accounts.SetScreen(c.UserContext(), s.Now(), session.From(c).Actor, id, form.Get("name"), set); err != nil {
		return err
	}
	s.Hub.Reload(account.ScreenKey(id))
	return nil
}
