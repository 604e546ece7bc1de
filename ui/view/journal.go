package view

import (
	"context"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/calendar"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// journalQuery selects events. A zero field selects all.
type journalQuery struct {
	Kind, Unit, User, Assignment, Period, Q string

	search   *ledger.Search // reads Q; nil: everything
	From, To plan.Date      // of the day an event was recorded on
	After    uint64
	Before   uint64
}

// ParseJournal reads the parameters of the journal's page and export; what is wrong is
// named at its field.
func ParseJournal(s *web.Server, c *fiber.Ctx) (q journalQuery, err error) {
	q = journalQuery{Kind: c.Query("kind"), Unit: c.Query("unit"), User: c.Query("user"), Assignment: c.Query("assignment"),
		Period: c.Query("period"), Q: c.Query("q")}
	if q.Q != "" {
		search := s.Book.Search(q.Q)
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

// Span is the part of the journal the query's days and position leave: (after, upto].
func Span(s *web.Server, ctx context.Context, q journalQuery) (after, upto uint64, err error) {
	after, upto = q.After, s.Head()
	zone := s.Rules().Plan.Zone
	stood := func(day plan.Date) (uint64, error) {
		at := day.In(zone).Add(-1)
		seq, err := s.Past.Position(ctx, at, at)
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

// Walk hands the events in (after, upto] that the query selects and the actor may see to
// each, in order, until it answers false or most have been looked at (0: no bound). It
// answers the last position looked at.
func Walk(s *web.Server, ctx context.Context, actor workflow.Actor, q journalQuery, after, upto uint64, most int, each func(workflow.Event) bool) (uint64, error) {
	rules := s.Rules()
	if q.Assignment != "" { // its trail is at hand
		trail, err := s.Journal.Trail(ctx, q.Assignment)
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
		batch, err := Batch(s, ctx, after, int(min(500, upto-after)))
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

// WalkBack is walk from the newest event of (after, upto] to the oldest.
func WalkBack(s *web.Server, ctx context.Context, actor workflow.Actor, q journalQuery, after, upto uint64, most int, each func(workflow.Event) bool) (uint64, error) {
	rules := s.Rules()
	for looked := 0; after < upto && looked < most; {
		var batch []workflow.Event
		var err error
		if q.Assignment != "" { // its trail is at hand
			if batch, err = s.Journal.Trail(ctx, q.Assignment); err != nil {
				return upto, err
			}
		} else {
			n := min(500, upto-after)
			if batch, err = Batch(s, ctx, upto-n, int(n)); err != nil || len(batch) == 0 { // #nosec G115 -- at most 500
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

// Batch is some events of a long read, fetched in its turn.
func Batch(s *web.Server, ctx context.Context, after uint64, limit int) ([]workflow.Event, error) {
	end, err := s.Readings.Stretch(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	return s.Journal.Events(ctx, after, limit)
}
