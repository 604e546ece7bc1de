package ui

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
	nowOnly      asof = iota // refuses it
	asofBook                 // from a Book that stands where the journal stood
	asofPosition             // with the events up to there
)

// asofKey is where a request keeps its route's asof.
type asofKey struct{}

// asofHeader says in an answer what it stands on: the instant and the journal's position.
const asofHeader = "Duban-As-Of"

// lookback is where a request that looks back stands.
type lookback struct {
	at   time.Time
	seq  uint64 // where the journal stood
	live *server
}

// lookBack answers a request as of an earlier instant. The handler is the one that
// answers now: it runs on a server whose Book, rules and hour are those of then.
// Whatever changes something is refused, and so is a route that only knows now.
func (s *server) lookBack(c *fiber.Ctx, r route) error {
	if r.method != fiber.MethodGet {
		return workflow.Refuse("playback.no_acts")
	}
	if r.asof == nowOnly || session.From(c).Kind == session.ByScreen { // a wall shows what is
		if r.access == public {
			return r.do(s, c)
		}
		return workflow.BadField("asof", "playback.not_here")
	}
	at, err := s.instant(c.Query("asof"))
	if err != nil {
		return err
	}
	back := &server{o: s.o, coded: s.coded, answers: s.answers, heavy: s.heavy, readings: s.readings, taken: s.taken, spec: s.spec, assess: s.assess, past: s.past, chain: s.chain, back: &lookback{at: at, live: s}}
	if back.back.seq, err = s.past.Position(c.UserContext(), at, s.o.Now()); err != nil {
		return err
	}
	back.o.Now = func() time.Time { return at }
	if r.asof == asofBook {
		if back.o.Book, err = s.past.At(c.UserContext(), s.callerOf(c), back.back.seq); err != nil {
			return err
		}
		back.o.Rules = back.o.Book.Rules
		back.o.Feed = &Feed{Book: back.o.Book, Rules: back.o.Rules, Clock: back.o.Now}
	}
	c.Set(asofHeader, at.In(s.o.Rules().Plan.Zone).Format(time.RFC3339)+"; seq="+strconv.FormatUint(back.back.seq, 10))
	return r.do(back, c)
}

// present is the server of now.
func (s *server) present() *server {
	if s.back != nil {
		return s.back.live
	}
	return s
}

// head is the position of the newest event the request may show.
func (s *server) head() uint64 {
	if s.back != nil {
		return s.back.seq
	}
	seq, _ := s.o.Journal.Head()
	return seq
}

// actions is what the actor may do to the assignment: nothing, looking back. Never nil.
func (s *server) actions(actor workflow.Actor, a workflow.Assignment, now time.Time) []workflow.Trigger {
	if s.back != nil {
		return []workflow.Trigger{}
	}
	return append([]workflow.Trigger{}, s.o.Rules().Actions(actor, a, now)...)
}

// instant reads the parameter: an RFC 3339 instant, or in the plan's zone a day and hour
// as a form sends it, or a day alone: its end, or now if it is today.
func (s *server) instant(typed string) (time.Time, error) {
	zone, now := s.o.Rules().Plan.Zone, s.o.Now()
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
	if d == s.o.Rules().Clock.Today(now) {
		return now, nil
	}
	return d.AddDays(1).In(zone).Add(-time.Second), nil
}

// stamp is the part of an export's name that says when its content stood.
func (s *server) stamp() string {
	local := s.o.Now().In(s.o.Rules().Plan.Zone)
	if s.back != nil {
		return "asof-" + local.Format("20060102-1504")
	}
	return local.Format("20060102")
}

// footer begins an export's footer when it does not show the present.
func (s *server) footer(p *text.Printer) string {
	if s.back == nil {
		return ""
	}
	return p.T("playback.footer") + " "
}

// frameBack puts into the frame that the page looks back, and the form to do so.
func (s *server) frameBack(c *fiber.Ctx, k page.Kit, f *page.Frame) {
	if kind, _ := c.Locals(asofKey{}).(asof); kind != asofBook || session.From(c).Kind == session.Nobody {
		return
	}
	v := values(c)
	typed := v.Get("asof")
	for _, name := range []string{"asof", "after", "done", "n"} {
		v.Del(name)
	}
	f.LookBack = k.LookBack(c.Path(), v, typed)
	if s.back != nil {
		f.Past = k.Back(s.back.at, typed, c.Path(), v)
	}
}
