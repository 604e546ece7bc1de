package office

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/ledger"
)

// boardPage is the wall screen. A browser nobody has logged in on shows a code
// until the office lets it in as a screen.
func boardPage(s *web.Server, c *fiber.Ctx) error {
	k := s.Kit(c)
	who := session.From(c)
	theme := c.Query("theme")
	f := s.Frame(c, k, "/board")
	o, err := boardOptions(c, who.Screen) // before the pairing: who sets a screen up is still there to read it
	if err != nil {
		return err
	}
	if who.Kind == session.Nobody {
		if c.Method() == fiber.MethodHead {
			return nil // nobody sees a code
		}
		pass, err := s.Sessions.RequestScreen(c, s.Build)
		if err != nil {
			return err
		}
		return web.Render(c, page.NewPairing(k, f, pass.Code, "/board/paired", theme))
	}
	b := s.Book.BoardAt(k.Now)
	if s.Back == nil {
		f.Live = &page.Live{URL: "/api/v1/live?regions=board&build=" + url.QueryEscape(s.Build), Seq: b.Seq, Epoch: b.Epoch}
	}
	if who.Kind == session.ByScreen {
		o.Show = showPath
	}
	p := page.NewBoard(k, f, b, o)
	p.Fast = s.Demo
	if p.Track, err = track(s, c, k, b); err != nil {
		return err
	}
	return web.Render(c, p)
}

// track is the board's way through time, for a person in front of it; a screen has none
// and shows what it is told to.
func track(s *web.Server, c *fiber.Ctx, k page.Kit, b *ledger.Board) (*page.Track, error) {
	if session.From(c).Kind != session.BySession {
		return nil, nil
	}
	begin, err := s.Past.Begin(c.UserContext())
	if err != nil {
		return nil, err
	}
	v := web.Values(c)
	v.Del("asof")
	t := k.Track(b, begin, s.Present().Now(), v)
	t.On = s.Back != nil
	return &t, nil
}

// boardPaired tells a waiting screen whether it has been let in.
func boardPaired(s *web.Server, c *fiber.Ctx) error {
	return c.JSON(fiber.Map{"approved": session.From(c).Kind != session.Nobody})
}

// boardOptions are what the address asks for and, where it says nothing, what the
// screen was set to. A word that is not known is refused with those that are: a wall
// that turned other pages than were asked for would say nothing.
func boardOptions(c *fiber.Ctx, set account.ScreenSettings) (page.BoardOptions, error) {
	o := page.BoardOptions{Theme: set.Theme, Pages: set.Pages, Night: set.Night}
	var err error
	if o.Dwell, err = web.Number(c, "dwell", set.Dwell, account.LeastDwell, account.MostDwell); err != nil {
		return o, err
	}
	if theme := c.Query("theme"); theme != "" {
		if theme != "dark" && theme != "light" {
			return o, workflow.BadField("theme", "screen.theme_unknown", "value", web.Clipped(theme))
		}
		o.Theme = theme
	}
	if p := c.Query("pages"); p != "" {
		o.Pages = strings.Split(p, ",")
		for i, name := range o.Pages {
			if o.Pages[i] = strings.TrimSpace(name); !slices.Contains(page.BoardPages, o.Pages[i]) {
				return o, workflow.BadField("pages", "screen.pages_unknown", "value", web.Clipped(name), "known", strings.Join(page.BoardPages, ", "))
			}
		}
	}
	if n := c.Query("night"); n != "" {
		if _, _, ok := account.Night(n); !ok && n != "none" {
			return o, workflow.BadField("night", "screen.night", "value", n)
		}
		o.Night = strings.TrimSuffix(n, "none")
	}
	return o, nil
}

const showPath = "/board/show"

// boardShow is what a meeting has put on the wall: a task of a period, or an
// indicator. Everything on it may be seen by whoever may see the board.
func boardShow(s *web.Server, c *fiber.Ctx) error {
	k := s.Kit(c)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	if id := c.Query("indicator"); id != "" {
		v, ok := s.Book.Indicator(id, k.Now)
		if !ok {
			return workflow.Fault(workflow.NotFound, "indicator.unknown", "id", id)
		}
		return c.SendString(string(page.ShowIndicator(k, v)))
	}
	no, p, err := taskAsked(s, c.Query("task"), c.Query("period"))
	if err != nil {
		return err
	}
	task, _ := k.Rules.Plan.Numbered(no)
	everybody := workflow.Actor{Role: workflow.Viewer} // states of a task are open to all
	var figures []ledger.IndicatorView
	for _, v := range s.Book.Indicators(k.Now) {
		owned := v.Task == 0 && v.Owner != nil && v.Owner.ID == task.Lead && view.FirstTask(k.Rules.Plan, task.Lead) == task.Key
		if v.Task == no || owned {
			figures = append(figures, v)
		}
	}
	items := s.All(everybody, ledger.Query{Period: p.ID, Task: no})
	return c.SendString(string(page.ShowTask(k, no, p, items, figures)))
}

// taskAsked is the task and period of a query; without a period it is the present one.
func taskAsked(s *web.Server, task, period string) (int, workflow.Period, error) {
	no, err := strconv.Atoi(task)
	if err != nil {
		return 0, workflow.Period{}, workflow.BadField("task", "form.number", "value", task)
	}
	if _, ok := s.Rules().Plan.Numbered(no); !ok {
		return 0, workflow.Period{}, workflow.Fault(workflow.NotFound, "task.unknown", "task", no)
	}
	p, ok := s.Book.CurrentPeriod(s.Now())
	if period != "" {
		p, ok = s.Book.Period(period)
	}
	if !ok {
		return 0, workflow.Period{}, workflow.Fault(workflow.NotFound, "period.unknown")
	}
	return no, p, nil
}
