package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/calendar"
)

// asof says how a route answers the parameter asof.
type asof int

const (
	NowOnly      asof = iota // refuses it
	AsofBook                 // from a Book that stands where the journal stood
	AsofPosition             // with the events up to there
)

// AsofKey is where a request keeps its route's asof.
type AsofKey struct{}

// AsofHeader says in an answer what it stands on: the instant and the journal's position.
const AsofHeader = "Duban-As-Of"

// lookback is where a request that looks back stands.
type lookback struct {
	at   time.Time
	Seq  uint64 // where the journal stood
	live *Server
}

// LookBack answers a request as of an earlier instant. The handler is the one that
// answers now: it runs on a server whose Book, rules and hour are those of then.
// Whatever changes something is refused, and so is a route that only knows now.
func (s *Server) LookBack(c *fiber.Ctx, r Route) error {
	if r.Method != fiber.MethodGet {
		return workflow.Refuse("playback.no_acts")
	}
	if r.Asof == NowOnly || session.From(c).Kind == session.ByScreen { // a wall shows what is
		if r.Access == Public {
			return r.Do(s, c)
		}
		return workflow.BadField("asof", "playback.not_here")
	}
	at, err := s.instant(c.Query("asof"))
	if err != nil {
		return err
	}
	back := &Server{Options: s.Options, Coded: s.Coded, answers: s.answers, Heavy: s.Heavy, Readings: s.Readings, turns: s.turns, taken: s.taken, Spec: s.Spec, Assess: s.Assess, Past: s.Past, Chain: s.Chain, Back: &lookback{at: at, live: s}}
	if back.Back.Seq, err = s.Past.Position(c.UserContext(), at, s.Now()); err != nil {
		return err
	}
	back.Now = func() time.Time { return at }
	if r.Asof == AsofBook {
		if back.Book, err = s.Past.At(c.UserContext(), s.CallerOf(c), back.Back.Seq); err != nil {
			return err
		}
		back.Rules = back.Book.Rules
		back.Feed = &Feed{Book: back.Book, Rules: back.Rules, Clock: back.Now}
	}
	c.Set(AsofHeader, at.In(s.Rules().Plan.Zone).Format(time.RFC3339)+"; seq="+strconv.FormatUint(back.Back.Seq, 10))
	return r.Do(back, c)
}

// Present is the server of now.
func (s *Server) Present() *Server {
	if s.Back != nil {
		return s.Back.live
	}
	return s
}

// Head is the position of the newest event the request may show.
func (s *Server) Head() uint64 {
	if s.Back != nil {
		return s.Back.Seq
	}
	seq, _ := s.Journal.Head()
	return seq
}

// Actions is what the actor may do to the assignment: nothing, looking back. Never nil.
func (s *Server) Actions(actor workflow.Actor, a workflow.Assignment, now time.Time) []workflow.Trigger {
	if s.Back != nil {
		return []workflow.Trigger{}
	}
	return append([]workflow.Trigger{}, s.Rules().Actions(actor, a, now)...)
}

// instant reads the parameter: an RFC 3339 instant, or in the plan's zone a day and hour
// as a form sends it, or a day alone: its end, or now if it is today.
func (s *Server) instant(typed string) (time.Time, error) {
	zone, now := s.Rules().Plan.Zone, s.Now()
	typed = strings.TrimSpace(typed)
	if t, err := time.Parse(time.RFC3339, strings.Replace(typed, " ", "+", 1)); err == nil { // a plus sign that a URL made a space
		return t, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, typed, zone); err == nil {
			return t, nil
		}
	}
	d, err := calendar.ParseDate(typed)
	if err != nil {
		return time.Time{}, workflow.BadField("asof", "playback.instant", "value", typed)
	}
	if d == s.Rules().Clock.Today(now) {
		return now, nil
	}
	return d.AddDays(1).In(zone).Add(-time.Second), nil
}

// Stamp is the part of an export's name that says when its content stood.
func (s *Server) Stamp() string {
	local := s.Now().In(s.Rules().Plan.Zone)
	if s.Back != nil {
		return "asof-" + local.Format("20060102-1504")
	}
	return local.Format("20060102")
}

// Footer begins an export's footer when it does not show the present.
func (s *Server) Footer(p *text.Printer) string {
	if s.Back == nil {
		return ""
	}
	return p.T("playback.footer") + " "
}

// frameBack puts into the frame that the page looks back, and the form to do so.
func (s *Server) frameBack(c *fiber.Ctx, k page.Kit, f *page.Frame) {
	if kind, _ := c.Locals(AsofKey{}).(asof); kind != AsofBook || session.From(c).Kind == session.Nobody {
		return
	}
	v := Values(c)
	typed := v.Get("asof")
	for _, name := range []string{"asof", "after", "done", "n"} {
		v.Del(name)
	}
	f.LookBack = k.LookBack(c.Path(), v, typed)
	if s.Back != nil {
		f.Past = k.Back(s.Back.at, typed, c.Path(), v)
	}
}
