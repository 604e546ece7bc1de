package ui

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/calendar"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// The bounds of one page of the journal.
const (
	journalRows = 100    // events shown
	journalScan = 20_000 // events looked at; a rare thing is looked for page by page
	checkMost   = 20_000 // events whose chain one check works out
)

// journalQuery selects events. A zero field selects all.
type journalQuery struct {
	Kind, Unit, User, Assignment, Period, Q string

	search   *ledger.Search // reads Q; nil: everything
	From, To plan.Date      // of the day an event was recorded on
	After    uint64
	Before   uint64
}

// parseJournal reads the parameters of the journal's page and export; what is wrong is
// named at its field.
func (s *server) parseJournal(c *fiber.Ctx) (q journalQuery, err error) {
	q = journalQuery{Kind: c.Query("kind"), Unit: c.Query("unit"), User: c.Query("user"), Assignment: c.Query("assignment"),
		Period: c.Query("period"), Q: c.Query("q")}
	if q.Q != "" {
		search := s.o.Book.Search(q.Q)
		q.search = &search
	}
	if after := c.Query("after"); after != "" {
		if q.After, err = strconv.ParseUint(after, 10, 64); err != nil {
			return q, workflow.BadField("after", "query.after")
		}
	}
	if before := c.Query("before"); before != "" {
		if q.Before, err = strconv.ParseUint(before, 10, 64); err != nil || q.Before == 0 {
			return q, workflow.BadField("before", "query.after")
		}
	}
	for _, d := range []struct {
		name string
		day  *plan.Date
	}{{"from", &q.From}, {"to", &q.To}} {
		if typed := c.Query(d.name); typed != "" {
			if *d.day, err = calendar.ParseDate(typed); err != nil {
				return q, workflow.BadField(d.name, "form.date", "value", typed)
			}
		}
	}
	if !q.From.IsZero() && !q.To.IsZero() && q.To.Before(q.From) {
		return q, workflow.BadField("to", "journal.to_before_from")
	}
	return q, nil
}

func (q journalQuery) keeps(e workflow.Event) bool {
	return (q.Kind == "" || string(e.Kind) == q.Kind) && (q.Unit == "" || e.Actor.Unit == q.Unit) &&
		(q.User == "" || e.Actor.User == q.User || e.Actor.OnBehalf == q.User) &&
		(q.Assignment == "" || e.Assignment == q.Assignment) && (q.Period == "" || e.Period == q.Period) &&
		(q.search == nil || q.search.Found(e.Period, e.Task, e.Department, e.Assignment, e.Actor.User))
}

// span is the part of the journal the query's days and position leave: (after, upto].
func (s *server) span(ctx context.Context, q journalQuery) (after, upto uint64, err error) {
	after, upto = q.After, s.head()
	zone := s.o.Rules().Plan.Zone
	stood := func(day plan.Date) (uint64, error) {
		at := day.In(zone).Add(-1)
		seq, err := s.past.Position(ctx, at, at)
		if err != nil && workflow.AsError(err).Code == "playback.before_first" {
			return 0, nil
		}
		return seq, err
	}
	if !q.From.IsZero() {
		first, err := stood(q.From)
		if err != nil {
			return 0, 0, err
		}
		after = max(after, first)
	}
	if !q.To.IsZero() {
		last, err := stood(q.To.AddDays(1))
		if err != nil {
			return 0, 0, err
		}
		upto = min(upto, last)
	}
	return after, upto, nil
}

// walk hands the events in (after, upto] that the query selects and the actor may see to
// each, in order, until it answers false or most have been looked at (0: no bound). It
// answers the last position looked at.
func (s *server) walk(ctx context.Context, actor workflow.Actor, q journalQuery, after, upto uint64, most int, each func(workflow.Event) bool) (uint64, error) {
	rules := s.o.Rules()
	if q.Assignment != "" { // its trail is at hand
		trail, err := s.o.Journal.Trail(ctx, q.Assignment)
		for _, e := range trail {
			if e.Seq <= after || e.Seq > upto || !q.keeps(e) {
				continue
			}
			if shown, ok := rules.ShowEvent(actor, e); ok && !each(shown) {
				return e.Seq, nil
			}
		}
		return upto, err
	}
	for looked := 0; after < upto && (most == 0 || looked < most); {
		batch, err := s.batch(ctx, after, int(min(500, upto-after)))
		if err != nil || len(batch) == 0 {
			return after, err
		}
		looked += len(batch)
		for _, e := range batch {
			after = e.Seq
			if shown, ok := rules.ShowEvent(actor, e); ok && q.keeps(e) && !each(shown) {
				return after, nil
			}
		}
	}
	return after, nil
}

// walkBack is walk from the newest event of (after, upto] to the oldest.
func (s *server) walkBack(ctx context.Context, actor workflow.Actor, q journalQuery, after, upto uint64, most int, each func(workflow.Event) bool) (uint64, error) {
	rules := s.o.Rules()
	for looked := 0; after < upto && looked < most; {
		var batch []workflow.Event
		var err error
		if q.Assignment != "" { // its trail is at hand
			if batch, err = s.o.Journal.Trail(ctx, q.Assignment); err != nil {
				return upto, err
			}
		} else {
			n := min(500, upto-after)
			if batch, err = s.batch(ctx, upto-n, int(n)); err != nil || len(batch) == 0 { // #nosec G115 -- at most 500
				return upto, err
			}
		}
		looked += len(batch)
		for _, e := range slices.Backward(batch) {
			if e.Seq <= after || e.Seq > upto || !q.keeps(e) {
				continue
			}
			if shown, ok := rules.ShowEvent(actor, e); ok && !each(shown) {
				return e.Seq - 1, nil
			}
		}
		if q.Assignment != "" {
			return after, nil
		}
		upto = batch[0].Seq - 1
	}
	return upto, nil
}

// batch is some events of a long read, fetched in its turn.
func (s *server) batch(ctx context.Context, after uint64, limit int) ([]workflow.Event, error) {
	end, err := s.readings.stretch(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	return s.o.Journal.Events(ctx, after, limit)
}

// journalPage shows the record, the newest first; from start=first, or after a position,
// as it was written.
func (s *server) journalPage(c *fiber.Ctx) error {
	k, v := s.kit(c), values(c)
	q, err := s.parseJournal(c)
	if err != nil {
		return err
	}
	in := page.JournalInput{Values: v, Periods: s.o.Book.Periods()}
	in.Head, in.Hash = s.o.Journal.Head()
	after, upto, err := s.span(c.UserContext(), q)
	if err != nil {
		return err
	}
	actor := session.From(c).Actor
	take := func(e workflow.Event) bool {
		in.Events = append(in.Events, e)
		return len(in.Events) < journalRows
	}
	if in.Oldest = q.After > 0 || v.Get("start") == "first"; in.Oldest {
		last, err := s.walk(c.UserContext(), actor, q, after, upto, journalScan, take)
		if err != nil {
			return err
		}
		if in.First = journalURL(v, "start", "newest"); last < upto {
			in.Next, in.Reached = journalURL(v, "after", strconv.FormatUint(last, 10)), last
		}
	} else {
		if q.Before > 0 {
			in.First, upto = journalURL(v, "start", "newest"), min(upto, q.Before-1)
		} else {
			in.First = journalURL(v, "start", "first")
		}
		last, err := s.walkBack(c.UserContext(), actor, q, after, upto, journalScan, take)
		if err != nil {
			return err
		}
		if last > after {
			in.Next, in.Reached = journalURL(v, "before", strconv.FormatUint(last+1, 10)), last+1
		}
	}
	if q.Assignment != "" {
		if a, ok := s.o.Book.Assignment(q.Assignment); ok {
			i := s.o.Book.Item(a, k.Now)
			in.Followed = &i
		}
	}
	if v.Get("check") != "" && len(in.Events) > 0 {
		r, err := s.recount(c.UserContext(), in.Lowest(), in.Highest())
		if err != nil {
			return err
		}
		in.Check = &r
	}
	return render(c, page.NewJournal(k, s.frame(c, k, "/journal"), in))
}

// journalURL is the page of the same filter with one parameter more.
func journalURL(v map[string][]string, name, value string) string {
	next := map[string][]string{}
	for n, all := range v {
		if n != "start" && n != "check" && n != "after" && n != "before" {
			next[n] = all
		}
	}
	next[name] = []string{value}
	return "/journal?" + url.Values(next).Encode()
}

// recount works the hashes of the events from first to last out anew, from their stored
// bytes.
func (s *server) recount(ctx context.Context, first, last uint64) (page.JournalCheck, error) {
	r := page.JournalCheck{First: first, Last: last, Range: last - first + 1}
	if r.Range > checkMost {
		return r, nil
	}
	for after := first - 1; after < last; {
		links, err := s.chain.Links(ctx, after, int(min(500, last-after)))
		if err != nil || len(links) == 0 {
			return r, err
		}
		for _, l := range links {
			if workflow.ChainHash(l.Prev, l.Stored) != l.Hash || r.Counted > 0 && l.Prev != r.Hash {
				r.Broken = l.Seq
				return r, nil
			}
			r.Hash, after = l.Hash, l.Seq
			r.Counted++
		}
	}
	return r, nil
}

// linkView is an event as it lies in the journal, for who works its hash out.
type linkView struct {
	Seq    uint64 `json:"seq"`
	Prev   string `json:"prev"`
	Stored string `json:"stored"` // the bytes under the hash
	Hash   string `json:"hash"`
}

// journalLinks hands out stored events to the page's own script, which works the
// hashes out in the reader's browser. No free text is among these bytes.
func (s *server) journalLinks(c *fiber.Ctx) error {
	limit, err := number(c, "limit", 500, 1, 500)
	if err != nil {
		return err
	}
	after, err := strconv.ParseUint(c.Query("after", "0"), 10, 64)
	if err != nil {
		return workflow.BadField("after", "query.after")
	}
	links, err := s.chain.Links(c.UserContext(), after, limit)
	if err != nil {
		return err
	}
	out := make([]linkView, len(links))
	for i, l := range links {
		out[i] = linkView{l.Seq, l.Prev.String(), string(l.Stored), l.Hash.String()}
	}
	return c.JSON(out)
}
