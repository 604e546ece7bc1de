package ui

import (
	"bytes"
	"context"
	"strconv"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/held"
	"duban/workflow/ledger"
)

// toldBytes is what told takes at most: ten thousand rows of lists, or two thousand
// assignments with their events.
const toldBytes = 32 << 20

// toldBeside is about what the key takes and the row that it keeps.
const toldBeside = 1536

// told keeps the JSON of assignments as callers were told them, in lists and alone: the
// same few are asked for again and again, and most of their answer does not change.
//
// It decides nothing. What is kept was made for the actor, the row, the day and the
// language in its key and for nothing else, and is found by whoever has the same: equal
// marks have equal items, actors who are alike are shown the same and may do the same. A
// redaction changes the key of everything and lets all of it go.
type told struct {
	kept       *held.Held[toldKey, []byte]
	redactions atomic.Uint64 // of what is kept
}

type toldKey struct {
	mark       ledger.Mark
	who        workflow.Actor // as workflow.Actor.Alike leaves it
	lang       string
	whole      bool // with all its events
	redactions uint64
}

func newTold() *told { return &told{kept: held.New[toldKey, []byte](toldBytes)} }

// at lets go of everything when there was a redaction since it was last asked, and says
// so.
func (t *told) at(redactions uint64) bool {
	was := t.redactions.Load()
	gone := was != redactions && t.redactions.CompareAndSwap(was, redactions)
	if gone {
		t.kept.Forget()
	}
	return gone
}

// telling is one caller's answer being made of rows.
type telling struct {
	s     *server
	ctx   context.Context
	who   workflow.Actor
	lang  string
	whole bool
	// redactions is the journal's number before anything was read for the answer.
	redactions uint64
}

func (s *server) telling(c *fiber.Ctx, whole bool) telling {
	t := telling{s: s, ctx: c.UserContext(), who: session.From(c).Actor, lang: s.lang(c), whole: whole, redactions: s.o.Journal.Redactions()}
	if s.told.at(t.redactions) {
		s.coded.Forget()
	}
	return t
}

func (t telling) key(row ledger.Row) toldKey {
	return toldKey{row.Mark(), t.who.Alike(row.Assignment()), t.lang, t.whole, t.redactions}
}

// rows is the JSON of each row, which the caller may see: kept, or made now. What is
// looked back at is not kept: nobody asks for it twice.
func (t telling) rows(rows ...ledger.Row) ([][]byte, error) {
	out, missing := make([][]byte, len(rows)), []int(nil)
	kept, keep := t.s.told.kept, t.s.back == nil
	stand := kept.Stand()
	for i, row := range rows {
		if keep {
			out[i], _ = kept.Get(t.key(row))
		}
		if out[i] == nil {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	reports, err := t.reports(rows, missing)
	if err != nil {
		return nil, err
	}
	for _, i := range missing {
		row, v := rows[i], t.outline(rows[i])
		if t.whole {
			out[i], err = t.one(row, v)
		} else {
			v.LatestReport = latestReport(row.Rules(), t.who, *row.Assignment(), reports[i])
			if out[i], err = v.encode(); err == nil {
				out[i] = bytes.Clone(out[i]) // kept without the room it was written in
			}
		}
		if err != nil {
			return nil, err
		}
		if keep && !v.Unread() {
			kept.Put(stand, t.key(row), out[i], len(out[i])+toldBeside)
		}
	}
	return out, nil
}

// reports are the latest reports of the rows at the places, each alone in its list, as
// far as the caller may read them: read in one go. With all the events none is needed.
func (t telling) reports(rows []ledger.Row, places []int) (map[int][]workflow.Event, error) {
	if t.whole {
		return nil, nil
	}
	var seqs []uint64
	var of []int
	for _, i := range places {
		if a := rows[i].Assignment(); rows[i].Rules().MayRead(t.who, *a) {
			if l := a.LatestReport(); l != nil {
				seqs, of = append(seqs, l.Seq), append(of, i)
			}
		}
	}
	if len(seqs) == 0 {
		return nil, nil
	}
	events, err := t.s.o.Journal.EventsAt(t.ctx, seqs...)
	if err != nil {
		return nil, err
	}
	found := make(map[int][]workflow.Event, len(events))
	for n, i := range of {
		found[i] = events[n : n+1]
	}
	return found, nil
}

// outline is a row and what the caller may do, without its reports.
func (t telling) outline(row ledger.Row) assignmentView {
	rules, a := row.Rules(), row.Assignment()
	v := assignmentView{Item: t.s.item(text.For(t.lang).In(rules.Plan.Zone).At(row.At()), row.Item()), Actions: []workflow.Trigger{}}
	if t.s.back == nil {
		v.Actions = append(v.Actions, rules.Actions(t.who.Alike(a), *a, row.At())...)
	}
	return v
}

// one is a row with all its history.
func (t telling) one(row ledger.Row, v assignmentView) ([]byte, error) {
	rules, a, who := row.Rules(), row.Assignment(), t.who.Alike(row.Assignment())
	events, err := t.s.trailBy(t.ctx, rules, who, *a)
	if err != nil {
		return nil, err
	}
	v.LatestReport = latestReport(rules, who, *a, events)
	for _, e := range events {
		if e.Kind == workflow.KindReported && v.LatestReport != nil {
			v.Reports = append(v.Reports, newReportView(rules, e))
		}
	}
	for i := range v.Reports {
		v.Reports[i].InForce = a.ReportedAt != nil && i == len(v.Reports)-1
	}
	if rules.MayRead(who, *a) {
		numbers := t.s.o.Book.UrgeNumbers(*a)
		for _, u := range a.Urges {
			v.Urges = append(v.Urges, urgeView{u.N, numbers[u.Seq], u.Level, u.At, u.SeenAt(), u.RepliedAt})
		}
	}
	return t.s.whole(v, events, func(e workflow.Event) workflow.Sight { return rules.Sight(who, e) })
}

// sendList answers one page of a list whose items are encoded.
func sendList(c *fiber.Ctx, items [][]byte, next string, total int) error {
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	to := c.Response()
	to.ResetBody()
	to.AppendBodyString(`{"items":[`)
	for i, b := range items {
		if i > 0 {
			to.AppendBodyString(",")
		}
		to.AppendBody(b)
	}
	to.AppendBodyString(`],"next":` + strconv.Quote(next) + `,"total":` + strconv.Itoa(total) + `}`) // next is base64
	return nil
}

// sendKept answers with bytes that nobody changes any more: they are not copied.
func sendKept(c *fiber.Ctx, kind string, body []byte) error {
	c.Set(fiber.HeaderContentType, kind)
	c.Response().SetBodyRaw(body)
	return nil
}
