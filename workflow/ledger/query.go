package ledger

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"duban/workflow"
)

// The page sizes of a list.
const (
	DefaultLimit = 50
	MaxLimit     = 500
)

// Worst sorts a list by what needs attention first: overdue longest first, soon,
// reported, returned, assigned, in progress, done. The default order is by period
// and id.
const Worst = "worst"

// OpenAsks selects what Needs.Asks counts.
const OpenAsks = "open"

// maxSearch bounds the text searched for, in characters.
const maxSearch = 100

// Query selects assignments; a zero field selects all. Several states are any of
// them. Task is the number the plan in force prints; Key is a task by its plan.Task.Key instead. Q is words that must each be found: in the task's title or the department's
// id, name or aliases, as the task's number, as a period's id or name, or, with a hyphen
// in it, in the assignment's id; width and case do not matter (workflow.Terms). After is a next of an earlier answer to the same Query.
type Query struct {
	Period     string
	Task, Key  int
	Department string
	Role       workflow.Role
	States     []workflow.State
	Light      Colour // of the TimeLight
	Asks       string // OpenAsks: with something the office is asked to coordinate and has not closed
	Q          string
	After      string
	Limit      int // 0: DefaultLimit
	Sort       string
}

// ParseQuery reads the parameters of the contract's list, get being the value of
// one ("" if absent). Wrong ones are all named at once, with codes query.task,
// query.role, query.state, query.light, query.asks, query.q, query.after, query.limit, query.sort.
func ParseQuery(get func(name string) string) (Query, error) {
	var bad []*workflow.Error
	number := func(name, code string) int {
		s := get(name)
		if s == "" {
			return 0
		}
		n, err := strconv.Atoi(s)
		if err != nil || n <= 0 {
			bad = append(bad, workflow.BadField(name, code, "value", s, "max", MaxLimit))
			return 0
		}
		return n
	}
	q := Query{
		Period: get("period"), Task: number("task", "query.task"), Department: get("department"),
		Role: workflow.Role(get("role")), Light: Colour(get("light")), Asks: get("asks"), Q: get("q"),
		After: get("after"), Limit: number("limit", "query.limit"), Sort: get("sort"),
	}
	if s := get("state"); s != "" {
		for _, name := range strings.Split(s, ",") {
			q.States = append(q.States, workflow.State(name))
		}
	}
	bad = append(bad, q.faults()...)
	return q, workflow.Faults(bad)
}

// faults are the fields that no list can be made with.
func (q Query) faults() []*workflow.Error {
	var bad []*workflow.Error
	wrong := func(field string, value any, args ...any) {
		bad = append(bad, workflow.BadField(field, "query."+field, append(args, "value", value)...))
	}
	if q.Task < 0 || q.Task > math.MaxInt32 || q.Key < 0 || q.Key > math.MaxInt32 { // the filter's keys are that wide
		wrong("task", q.Task)
	}
	if q.Role != "" && q.Role != workflow.Lead && q.Role != workflow.Cooperating {
		wrong("role", q.Role)
	}
	for _, s := range q.States {
		if _, ok := workflow.ParseState(string(s)); !ok {
			wrong("state", s)
			break
		}
	}
	if _, ok := worse[q.Light]; q.Light != "" && !ok {
		wrong("light", q.Light)
	}
	if q.Asks != "" && q.Asks != OpenAsks {
		wrong("asks", q.Asks)
	}
	if utf8.RuneCountInString(q.Q) > maxSearch {
		wrong("q", "", "max", maxSearch)
	}
	if q.Limit < 0 || q.Limit > MaxLimit {
		wrong("limit", q.Limit, "max", MaxLimit)
	}
	if q.Sort != "" && q.Sort != Worst {
		wrong("sort", q.Sort)
	}
	if _, ok := q.cursor(); !ok {
		wrong("after", q.After)
	}
	return bad
}

// place is where a row stands in a list: its rank (zero when sorted by id), then
// period and id, which no two rows share.
type place struct {
	rank   rank
	period string
	id     string
}

func (p place) compare(o place) int {
	return cmp.Or(p.rank.compare(o.rank), strings.Compare(p.period, o.period), strings.Compare(p.id, o.id))
}

// next writes the place as a cursor. It names the row itself, so that rows that
// come or go do not shift a page.
func (p place) next(sort string) string {
	b, _ := json.Marshal([]any{sort, p.rank.class, p.rank.at, p.period, p.id}) // texts and numbers: cannot fail
	return base64.RawURLEncoding.EncodeToString(b)
}

// cursor reads After; ok is false when it is not a next of the same sort.
func (q Query) cursor() (p place, ok bool) {
	if q.After == "" {
		return place{}, true
	}
	b, err := base64.RawURLEncoding.DecodeString(q.After)
	if err != nil {
		return place{}, false
	}
	var sort string
	fields := []any{&sort, &p.rank.class, &p.rank.at, &p.period, &p.id}
	if err := json.Unmarshal(b, &fields); err != nil || len(fields) != 5 || sort != q.Sort || p.id == "" {
		return place{}, false
	}
	return p, true
}

// Page lists the assignments the actor may see that q selects: at most q.Limit of
// them, the cursor of the next page ("" at the end), and how many there are in all.
// A wrong query is an Invalid error as of ParseQuery.
func (b *Book) Page(q Query, actor workflow.Actor, now time.Time) (items []Item, next string, total int, err error) {
	rows, next, total, err := b.Rows(q, actor, now)
	if err != nil {
		return nil, "", 0, err
	}
	items = make([]Item, len(rows))
	for i, row := range rows {
		items[i] = row.Item()
	}
	return items, next, total, nil
}

// Rows is Page before any item is made.
func (b *Book) Rows(q Query, actor workflow.Actor, now time.Time) (rows []Row, next string, total int, err error) {
	if err := workflow.Faults(q.faults()); err != nil {
		return nil, "", 0, err
	}
	r, s := b.rules(), b.now()
	f := newFilter(r, s, q, actor, now)
	found, more, total := s.page(q, f)
	rows = make([]Row, len(found))
	for i, p := range found {
		rows[i] = Row{b: b, r: r, s: s, h: f.horizon, a: p.a, now: now}
	}
	if more {
		next = found[len(found)-1].place.next(q.Sort)
	}
	return rows, next, total, nil
}

type placed struct {
	place
	a *workflow.Assignment
}

// page collects the first rows after the cursor, one pass over what is selected.
func (s *snapshot) page(q Query, f *filter) (rows []placed, more bool, total int) {
	limit := cmp.Or(q.Limit, DefaultLimit)
	after, _ := q.cursor()
	c := collector{filter: f, after: after, worst: q.Sort == Worst, rows: make([]placed, 0, limit+1)}
	// Worst first, what is closed is looked at last: it seldom reaches the page.
	for _, closed := range []bool{false, true} {
		for _, sh := range s.in(q.Period) {
			for _, ch := range sh.chunks {
				if closed == (c.worst && ch.states&unclosed == 0) {
					c.chunk(sh, ch)
				}
			}
		}
	}
	if len(c.rows) > limit {
		return c.rows[:limit], true, c.total
	}
	return c.rows, false, c.total
}

// collector keeps the first rows after the cursor, one more than a page holds.
type collector struct {
	*filter
	after place
	worst bool
	rows  []placed
	total int
}

func (c *collector) full() bool { return len(c.rows) == cap(c.rows) }

func (c *collector) chunk(sh *shelf, ch *chunk) {
	if c.passes(ch) {
		return
	}
	off := c.tooGood(ch) || !c.worst && (c.full() || before(sh, ch, c.after)) // none of it is on the page
	if off && (c.all || c.allOf && ch.states&^c.states == 0) {
		c.total += len(ch.keys)
		return
	}
	paired := c.pairs.picked != nil && !c.named(sh)
	for i := range ch.keys {
		k := &ch.keys[i]
		switch {
		case c.all:
		case paired && !(c.pairs.has(k) && c.stands(k)), !paired && !c.match(k, sh, ch.rows[i]):
			continue
		}
		c.total++
		if !off {
			c.offer(k, sh, ch.rows[i])
		}
	}
}

// tooGood reports whether worst first, all of the chunk stands behind a full page.
func (c *collector) tooGood(ch *chunk) bool {
	return c.worst && c.full() && ch.states&unclosed == 0 && c.rows[len(c.rows)-1].rank.class < verifiedClass
}

func (c *collector) offer(k *key, sh *shelf, a *workflow.Assignment) {
	var p place
	if c.worst {
		p.rank = c.rank(k)
		if c.full() && p.rank.compare(c.rows[len(c.rows)-1].rank) > 0 {
			return
		}
	}
	p.period, p.id = sh.period, a.ID
	if c.after.id == "" || p.compare(c.after) > 0 {
		c.keep(placed{p, a})
	}
}

// keep puts the row in its place if it is among the first.
func (c *collector) keep(row placed) {
	n := len(c.rows)
	if c.full() {
		if row.compare(c.rows[n-1].place) >= 0 {
			return
		}
		c.rows = c.rows[:n-1]
	}
	i, _ := slices.BinarySearchFunc(c.rows, row.place, func(a placed, p place) int { return a.compare(p) })
	c.rows = slices.Insert(c.rows, i, row)
}

// before reports whether all of the chunk stands before the cursor, in order of id.
func before(sh *shelf, ch *chunk, after place) bool {
	return after.id != "" && (place{period: sh.period, id: ch.last()}).compare(after) <= 0
}
