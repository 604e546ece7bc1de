package page

import (
	"net/url"
	"time"

	"duban/workflow/ledger"
)

// Track is how a person in front of the board goes through time: a slider over the
// period shown, the ends of the days before and after, any instant by a form, and the
// way back to the present.
type Track struct {
	On     bool // the board shows an earlier instant
	At     When // the instant shown, to the minute
	Hidden []Hidden
	Local  string // At as the form writes it
	Before string // URL of the last working day's end before At; empty: the record begins later
	After  string // URL of the next one; empty: it is still to come
	Now    string // URL of the board now
	// The slider goes in steps of an hour from From (RFC 3339); the last is Last.
	From, To string // in words
	Start    string
	Step     int // at which it stands
	Last     int
	End      string // RFC 3339: what the last step means
}

// Track is the way through time of a board at k.Now. begin is where the record begins,
// present the present instant, values the page's other parameters.
func (k Kit) Track(b *ledger.Board, begin, present time.Time, values url.Values) Track {
	clock := k.Rules.Clock
	from, to := begin, present
	if p := b.Period; p != nil {
		if start := p.From.In(clock.Zone); start.After(from) {
			from = start
		}
		if end := p.To.AddDays(1).In(clock.Zone).Add(-time.Second); end.Before(to) {
			to = end
		}
	}
	if k.Now.Before(from) {
		from = k.Now
	}
	if k.Now.After(to) {
		to = k.Now
	}
	t := Track{At: When{k.stamp(k.Now), k.Now.In(clock.Zone).Format(time.RFC3339)}, Local: k.Now.In(clock.Zone).Format(localMinute),
		Now: pathWith(boardPath, values), From: k.P.Date(k.P.Day(from)), To: k.P.Date(k.P.Day(to)),
		Start: from.In(clock.Zone).Format(time.RFC3339), End: to.In(clock.Zone).Format(time.RFC3339)}
	t.Last = int((to.Sub(from) + time.Hour - 1) / time.Hour)
	if t.Step = int(k.Now.Sub(from) / time.Hour); !k.Now.Before(to) {
		t.Step = t.Last
	}
	for _, name := range sortedKeys(values) {
		for _, v := range values[name] {
			t.Hidden = append(t.Hidden, Hidden{name, v})
		}
	}
	at := func(i time.Time) string {
		v := url.Values{"asof": {i.Format(localMinute)}}
		for name, all := range values {
			v[name] = all
		}
		return pathWith(boardPath, v)
	}
	today := clock.Today(k.Now)
	before := clock.DayEnd(clock.Calendar.AddWorkdays(today, -1))
	if end := clock.DayEnd(today); clock.Calendar.IsWorkday(today) && end.Before(k.Now) {
		before = end
	}
	if !before.Before(begin) {
		t.Before = at(before)
	}
	after := clock.DayEnd(clock.Calendar.AddWorkdays(today, 1))
	if end := clock.DayEnd(today); clock.Calendar.IsWorkday(today) && end.After(k.Now) {
		after = end
	}
	if !after.After(present) {
		t.After = at(after)
	}
	return t
}
