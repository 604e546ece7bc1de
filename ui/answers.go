package ui

import (
	"bytes"
	"context"
	"html/template"
	"strconv"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/held"
	"duban/workflow/ledger"
)

// answersBytes is what answers takes at most: ten thousand rows of lists, or two thousand
// assignments with their events.
const answersBytes = 32 << 20

// answers keeps what was answered to reads: open pages and departments' systems ask for the
// same thing again and again while nothing happens. The key is the state of the whole program
// and the question, so a handler need not say what its answer depends on. Any event, redaction,
// change of rules or second that passes empties the memory. A second is the finest step of a due
// instant, so a light never turns within one.
type answers struct {
	*held.Held[question, reply]
	mu   sync.Mutex
	last standing // of what is kept
}

// standing is what every answer depends on.
type standing struct {
	position   uint64 // of the read model
	redactions uint64
	second     int64 // of the plan clock
	rules      workflow.Rules
}

// question is who asks for what.
type question struct {
	standing
	who           workflow.Actor
	lang, address string
}

// reply is what a program is sent, or the rows of a list page.
type reply struct {
	body []byte
	tag  string // ETag; empty: none
	rows listRows
}

// listRows is one page of the list of assignments as printed.
type listRows struct {
	html  []template.HTML
	next  string
	total int
}

func (a reply) size() int {
	n := len(a.body)
	for _, r := range a.rows.html {
		n += len(r) + 16
	}
	return n
}

func newAnswers() *answers { return &answers{Held: held.New[question, reply](answersBytes)} }

// at empties the memory when the program no longer stands where it did.
func (m *answers) at(now standing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now != m.last {
		m.last = now
		m.Forget()
	}
}

// answered is the answer to the request: the kept one, or the one that fill makes now. fill reads
// everything that the answer depends on, since what was read before the question was asked may be
// older than the state it is kept under; it reports whether the answer may be kept. Answers about the
// past are not kept: nobody asks for them twice.
func (s *server) answered(c *fiber.Ctx, fill func() (_ reply, keep bool, _ error)) (reply, error) {
	if s.back != nil {
		a, _, err := fill()
		return a, err
	}
	now := standing{s.o.Book.Seq(), s.o.Journal.Redactions(), s.o.Now().Unix(), s.o.Rules()}
	s.answers.at(now)
	// Fiber uses the bytes of a request again.
	q := question{now, session.From(c).Actor, strings.Clone(s.lang(c)), strings.Clone(c.OriginalURL())}
	stand := s.answers.Stand()
	if a, found := s.answers.Get(q); found {
		return a, nil
	}
	a, keep, err := fill()
	if err == nil && keep {
		s.answers.Put(stand, q, a, a.size()+len(q.address)+answerOverhead)
	}
	return a, err
}

// answerOverhead is about what a key and its place take.
const answerOverhead = 512

// telling makes the JSON of rows for one caller.
type telling struct {
	s    *server
	ctx  context.Context
	who  workflow.Actor
	lang string
}

func (s *server) telling(c *fiber.Ctx) telling {
	return telling{s: s, ctx: c.UserContext(), who: session.From(c).Actor, lang: s.lang(c)}
}

// list is one page of a list as JSON.
func (t telling) list(q ledger.Query) (_ reply, keep bool, _ error) {
	rows, next, total, err := t.s.o.Book.Rows(q, t.who, t.s.o.Now())
	if err != nil {
		return reply{}, false, err
	}
	reports, err := t.reports(rows)
	if err != nil {
		return reply{}, false, err
	}
	keep = true
	var b bytes.Buffer
	b.WriteString(`{"items":[`)
	for i, row := range rows {
		v := t.outline(row)
		v.LatestReport = latestReport(row.Rules(), t.who, *row.Assignment(), reports[i])
		one, err := v.encode()
		if err != nil {
			return reply{}, false, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(one)
		keep = keep && !v.Unread()
	}
	b.WriteString(`],"next":` + strconv.Quote(next) + `,"total":` + strconv.Itoa(total) + `}`) // next is base64
	return reply{body: bytes.Clone(b.Bytes())}, keep, nil
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
		v.Actions = append(v.Actions, rules.Actions(t.who, *a, row.At())...)
	}
	return v
}

// one is the assignment of that id with all its history as JSON.
func (t telling) one(id string) (_ reply, keep bool, _ error) {
	row, ok := t.s.o.Book.Row(id, t.s.o.Now())
	if !ok || !row.Rules().MaySee(t.who, *row.Assignment()) {
		return reply{}, false, unknownAssignment
	}
	rules, a, who, v := row.Rules(), row.Assignment(), t.who, t.outline(row)
	events, err := t.s.trailBy(t.ctx, rules, who, *a)
	if err != nil {
		return reply{}, false, err
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
	v.Asks = asksOf(rules, who, *a, events)
	body, err := t.s.whole(v, events, func(e workflow.Event) workflow.Sight { return rules.Sight(who, e) })
	return reply{body: body, tag: versionTag(*a)}, !v.Unread(), err
}

// sendKept answers with bytes that nobody changes any more: they are not copied.
func sendKept(c *fiber.Ctx, kind string, body []byte) error {
	c.Set(fiber.HeaderContentType, kind)
	c.Response().SetBodyRaw(body)
	return nil
}
