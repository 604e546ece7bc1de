package view

import (
	"bytes"
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/text"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/ledger"
)

// telling makes the JSON of rows for one caller.
type telling struct {
	s    *web.Server
	ctx  context.Context
	who  workflow.Actor
	lang string
}

// Telling makes answers for the caller of a request.
func Telling(s *web.Server, c *fiber.Ctx) telling {
	return telling{s: s, ctx: c.UserContext(), who: session.From(c).Actor, lang: s.Lang(c)}
}

// List is one page of a list as JSON.
func (t telling) List(q ledger.Query) (_ web.Reply, keep bool, _ error) {
	rows, next, total, err := t.s.Book.Rows(q, t.who, t.s.Now())
	if err != nil {
		return web.Reply{}, false, err
	}
	reports, err := t.reports(rows)
	if err != nil {
		return web.Reply{}, false, err
	}
	keep = true
	var b bytes.Buffer
	b.WriteString(`{"items":[`)
	for i, row := range rows {
		v := t.outline(row)
		v.LatestReport = latestReport(row.Rules(), t.who, *row.Assignment(), reports[i])
		one, err := v.Encode()
		if err != nil {
			return web.Reply{}, false, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(one)
		keep = keep && !v.Unread()
	}
	b.WriteString(`],"next":` + strconv.Quote(next) + `,"total":` + strconv.Itoa(total) + `}`) // next is base64
	return web.Reply{Body: bytes.Clone(b.Bytes())}, keep, nil
}

// reports are the latest reports of the rows, by place and each alone in its list, as
// far as the caller may read them: read in one go.
func (t telling) reports(rows []ledger.Row) (map[int][]workflow.Event, error) {
	var seqs []uint64
	var of []int
	for i, row := range rows {
		if a := row.Assignment(); row.Rules().MayRead(t.who, *a) {
			if l := a.LatestReport(); l != nil {
				seqs, of = append(seqs, l.Seq), append(of, i)
			}
		}
	}
	if len(seqs) == 0 {
		return nil, nil
	}
	events, err := t.s.Journal.EventsAt(t.ctx, seqs...)
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
func (t telling) outline(row ledger.Row) AssignmentView {
	rules, a := row.Rules(), row.Assignment()
	v := AssignmentView{Item: item(t.s, text.For(t.lang).In(rules.Plan.Zone).At(row.At()), row.Item()), Actions: []workflow.Trigger{}}
	if t.s.Back == nil {
		v.Actions = append(v.Actions, rules.Actions(t.who, *a, row.At())...)
	}
	return v
}

// One is the assignment of that id with all its history as JSON.
func (t telling) One(id string) (_ web.Reply, keep bool, _ error) {
	row, ok := t.s.Book.Row(id, t.s.Now())
	if !ok || !row.Rules().MaySee(t.who, *row.Assignment()) {
		return web.Reply{}, false, web.UnknownAssignment
	}
	rules, a, who, v := row.Rules(), row.Assignment(), t.who, t.outline(row)
	events, err := t.s.TrailBy(t.ctx, rules, who, *a)
	if err != nil {
		return web.Reply{}, false, err
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
		numbers := t.s.Book.UrgeNumbers(*a)
		for _, u := range a.Urges {
			v.Urges = append(v.Urges, urgeView{u.N, numbers[u.Seq], u.Level, u.At, u.SeenAt(), u.RepliedAt})
		}
	}
	v.Asks = asksOf(rules, who, *a, events)
	body, err := whole(t.s, v, events, func(e workflow.Event) workflow.Sight { return rules.Sight(who, e) })
	return web.Reply{Body: body, Tag: web.VersionTag(*a)}, !v.Unread(), err
}
