package ui

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/workflow/ledger"
)

// boardPage is the wall screen. A browser nobody has logged in on shows a code
// until the office lets it in as a screen.
func (s *server) boardPage(c *fiber.Ctx) error {
	k := s.kit(c)
	who := session.From(c)
	theme := c.Query("theme")
	f := s.frame(c, k, "/board")
	if who.Kind == session.Nobody {
		pass, err := s.o.Sessions.RequestScreen(c, s.o.Build)
		if err != nil {
			return err
		}
		return render(c, page.NewPairing(k, f, pass.Code, "/board/paired", theme))
	}
	dwell, err := number(c, "dwell", 0, 3, 3600)
	if err != nil {
		return err
	}
	o := page.BoardOptions{Theme: theme, Dwell: dwell}
	if p := c.Query("pages"); p != "" {
		o.Pages = strings.Split(p, ",")
	}
	b := s.o.Book.BoardAt(k.Now)
	if s.back == nil {
		f.Live = &page.Live{URL: "/api/v1/live?regions=board", Seq: b.Seq, Epoch: b.Epoch}
	}
	p := page.NewBoard(k, f, b, o)
	p.Fast = s.o.Demo
	if p.Track, err = s.track(c, k, b); err != nil {
		return err
	}
	return render(c, p)
}

// track is the board's way through time, for a person in front of it; a screen has none
// and shows what it is told to.
func (s *server) track(c *fiber.Ctx, k page.Kit, b *ledger.Board) (*page.Track, error) {
	if session.From(c).Kind != session.BySession {
		return nil, nil
	}
	begin, err := s.past.Begin(c.UserContext())
	if err != nil {
		return nil, err
	}
	v := values(c)
	v.Del("asof")
	t := k.Track(b, begin, s.present().o.Now(), v)
	t.On = s.back != nil
	return &t, nil
}

// boardPaired tells a waiting screen whether it has been let in.
func (s *server) boardPaired(c *fiber.Ctx) error {
	return c.JSON(fiber.Map{"approved": session.From(c).Kind != session.Nobody})
}
