package ledger

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

// Board is everything the meeting-room screens show (the contract's
// GET /api/v1/board). It holds no free text and no person's name. A Board is
// shared between callers: read-only.
type Board struct {
	Seq    uint64       `json:"seq"`
	Epoch  string       `json:"epoch"`
	Now    time.Time    `json:"now"`
	Period *BoardPeriod `json:"period"` // the current regular period, nil before the first
	Plan   BoardPlan    `json:"plan"`
	// Counts counts the tasks by their lead's assignment, Assignments all of the
	// period's assignments.
	Counts      Counts      `json:"counts"`
	Assignments Counts      `json:"assignments"`
	Tasks       []BoardTask `json:"tasks"` // worst first
	// AlsoOpen is what other periods left open, worst first, at most mostOpen: tasks whose
	// lead has not finished, and those of which a cooperating department is late. Shown counts
	// Tasks and all that other periods left open together, the rows of a wall.
	AlsoOpen []OpenTask `json:"also_open"`
	Shown    Counts     `json:"shown"`
	// All counts the assignments a wall stands for, leads' and cooperating departments':
	// the period's, and those other periods that have begun left open. All.Overdue is
	// Needs.Overdue.Count: what is late is one number wherever it is said.
	All         Counts            `json:"all"`
	Ranking     *Ranking          `json:"ranking"`     // of the latest frozen assessment, nil before the first
	Departments []BoardDepartment `json:"departments"` // in the plan's order
	Indicators  []IndicatorView   `json:"indicators"`  // the main targets, without points
	Charts      []IndicatorView   `json:"-"`           // the same with their points, to be drawn
	EventsToday []Happening       `json:"events_today"`
}

// BoardPeriod is the period a board is about.
type BoardPeriod struct {
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	From           plan.Date `json:"from"`
	To             plan.Date `json:"to"`
	AcceptBy       time.Time `json:"accept_by"`
	CooperatingDue time.Time `json:"cooperating_due"`
	Due            time.Time `json:"due"`
}

// BoardPlan is the plan with how much of its time is over, today included.
type BoardPlan struct {
	Title          string      `json:"title"`
	ShortTitle     string      `json:"short_title"`
	From           plan.Date   `json:"from"`
	To             plan.Date   `json:"to"`
	ElapsedPercent plan.Number `json:"elapsed_percent"`
	ElapsedDays    int         `json:"elapsed_days"`
	Days           int         `json:"days"`
}

// BoardTask is one task. State and what follows from it are those of the lead's
// assignment in the period, and empty when it has none.
type BoardTask struct {
	Key           int            `json:"-"` // plan.Task.Key
	No            int            `json:"no"`
	Title         string         `json:"title"`
	Section       string         `json:"section"` // id
	Lead          Unit           `json:"lead"`
	State         workflow.State `json:"state"`
	Box           Box            `json:"box"`
	TimeLight     Light          `json:"time_light"`
	ProgressLight Light          `json:"progress_light"`
	Due           *time.Time     `json:"due"`
	AcceptedAt    *time.Time     `json:"accepted_at"`
	ReportedAt    *time.Time     `json:"reported_at"`
	ClosedAt      *time.Time     `json:"closed_at"`
	WorkdaysLeft  *int           `json:"workdays_left"`
	WorkdaysLate  int            `json:"workdays_late"`
	DaysLate      int            `json:"days_late"`
	Returned      int            `json:"returned"`
	Urged         int            `json:"urged"`
	Assignment    string         `json:"assignment"`
	Cooperating   Cooperation    `json:"cooperating"`

	rank      rank
	lateSince int64 // when the first of the cooperating departments that are late was due; 0: none is
}

// compare is the order "worst first": tasks whose lead is late, then those of which a
// cooperating department is, longest first each, then the others as their leads stand.
func (t *BoardTask) compare(o *BoardTask) int {
	class := func(t *BoardTask) int {
		switch {
		case t.rank.class == overdueClass:
			return 0
		case t.lateSince != 0:
			return 1
		}
		return 2
	}
	x, y := class(t), class(o)
	if x == 1 && y == 1 {
		return cmp.Or(cmp.Compare(t.lateSince, o.lateSince), t.rank.compare(o.rank))
	}
	return cmp.Or(cmp.Compare(x, y), t.rank.compare(o.rank))
}

// Cooperation is how many cooperating departments of a task have reported, without
// withdrawn assignments. Overdue ones are named: a silent unit is visible to all, and its
// task stands among the late ones however the lead's part stands.
type Cooperation struct {
	Reported int    `json:"reported"`
	Total    int    `json:"total"`
	Overdue  []Unit `json:"overdue"`
	DaysLate int    `json:"days_late"` // of the one that is late longest
}

// BoardDepartment is a department's part in the period.
type BoardDepartment struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	NotAssessed bool   `json:"not_assessed,omitempty"`
	Counts      Counts `json:"counts"`
	Lead        Counts `json:"lead"`    // those it leads
	OnTime      int    `json:"on_time"` // reports in force that came in time
	Late        int    `json:"late"`    // and late
	Cells       []Cell `json:"cells"`   // one a task it has a part in: its row of the grid
}

// Cell is a department's part in one task.
type Cell struct {
	Task       int            `json:"task"`
	Role       workflow.Role  `json:"role"`
	State      workflow.State `json:"state"`
	Box        Box            `json:"box"`
	Colour     Colour         `json:"colour"`
	Late       bool           `json:"late"`
	Assignment string         `json:"assignment"`
}

// Localise is the board with every cause in words; it shares the rest.
func (b *Board) Localise(say func(Cause) string) *Board {
	said := *b
	said.Tasks = slices.Clone(b.Tasks)
	for i := range said.Tasks {
		t := &said.Tasks[i]
		t.TimeLight, t.ProgressLight = t.TimeLight.localise(say), t.ProgressLight.localise(say)
	}
	said.AlsoOpen = slices.Clone(b.AlsoOpen)
	for i := range said.AlsoOpen {
		t := &said.AlsoOpen[i]
		t.TimeLight, t.ProgressLight = t.TimeLight.localise(say), t.ProgressLight.localise(say)
	}
	said.Indicators = slices.Clone(b.Indicators)
	for i := range said.Indicators {
		said.Indicators[i] = said.Indicators[i].Localise(say)
	}
	return &said
}

// boardCache keeps the board until something can have changed: an event, the
// minute, or the plan in force. The indicators change with figures and days alone.
type boardCache struct {
	mu     sync.Mutex
	board  *Board
	minute time.Time
	plan   *plan.Plan

	indicators []IndicatorView // with their points
	figures    uint64
	day        plan.Date
}

// BoardAt is the board at now. The same Board is returned while nothing changed, so
// that a caller may keep what it made of it by the pointer; its Now is then up to a
// minute old.
func (b *Book) BoardAt(now time.Time) *Board {
	c := &b.board
	c.mu.Lock()
	defer c.mu.Unlock()
	r, s, minute := b.rules(), b.now(), now.Truncate(time.Minute)
	if c.board != nil && c.board.Seq == s.seq && c.minute.Equal(minute) && c.plan == r.Plan {
		return c.board
	}
	if day := r.Clock.Today(now); c.board == nil || c.figures != s.figures || c.day != day || c.plan != r.Plan {
		c.indicators, c.figures, c.day = targets(r, s, now), s.figures, day
	}
	c.board, c.minute, c.plan = b.makeBoard(r, s, c.indicators, now), minute, r.Plan
	return c.board
}

// TaskCounts is the board's Counts without the rest of it: every live frame of events
// carries them.
func (b *Book) TaskCounts(now time.Time) (c Counts) {
	r, s := b.rules(), b.now()
	h := horizonAt(r, now)
	_, rows := s.currentRows(r, now)
	all := byTask(rows)
	for i := range r.Plan.Tasks {
		box := BoxNone
		if lead := leadOf(&r.Plan.Tasks[i], all[r.Plan.Tasks[i].Key]); lead != nil {
			box = h.box(keyOf(lead))
		}
		c.add(box)
	}
	return c
}

// currentRows are the current regular period and its rows by id, none before the first.
func (s *snapshot) currentRows(r workflow.Rules, now time.Time) (p workflow.Period, rows []*workflow.Assignment) {
	p, ok := s.current(r, now)
	if !ok {
		return p, nil
	}
	for _, sh := range s.in(p.ID) {
		for _, ch := range sh.chunks {
			rows = append(rows, ch.rows...)
		}
	}
	return p, rows
}

func byTask(rows []*workflow.Assignment) map[int][]*workflow.Assignment {
	all := map[int][]*workflow.Assignment{}
	for _, a := range rows {
		all[a.Task] = append(all[a.Task], a)
	}
	return all
}

func targets(r workflow.Rules, s *snapshot, now time.Time) []IndicatorView {
	views := make([]IndicatorView, len(r.Plan.Indicators))
	for i, in := range r.Plan.Indicators {
		views[i] = view(r, in, s.series[in.ID], plan.Date{}, now)
	}
	return views
}

// bare is the views without their points.
func bare(views []IndicatorView) []IndicatorView {
	all := slices.Clone(views)
	for i := range all {
		all[i].Points = nil
	}
	return all
}

func (b *Book) makeBoard(r workflow.Rules, s *snapshot, indicators []IndicatorView, now time.Time) *Board {
	whole, today := stretch{r.Plan.From, r.Plan.To}, r.Clock.Today(now)
	board := &Board{
		Seq: s.seq, Epoch: b.Epoch(), Now: now, Indicators: bare(indicators), Charts: indicators, EventsToday: s.happenings(r, today),
		Plan: BoardPlan{Title: r.Plan.Title, ShortTitle: r.Plan.ShortTitle, From: whole.from, To: whole.to,
			ElapsedPercent: whole.elapsedPercent(today), ElapsedDays: whole.elapsed(today), Days: whole.days()},
	}
	p, rows := s.currentRows(r, now)
	if p.ID != "" {
		board.Period = &BoardPeriod{ID: p.ID, Name: p.Name, From: p.From, To: p.To,
			AcceptBy: p.AcceptBy, CooperatingDue: p.CooperatingDue, Due: p.Due}
	}
	g := grid{book: b, rules: r, snapshot: s, now: now, horizon: horizonAt(r, now)}
	for _, a := range rows {
		board.Assignments.add(g.box(keyOf(a)))
	}
	board.Tasks = g.tasks(rows)
	for _, t := range board.Tasks {
		board.Counts.add(t.Box)
	}
	board.All = board.Assignments
	open := g.openElsewhere(p.ID, &board.All)
	board.Shown = board.Counts
	board.AlsoOpen = g.openTasks(p.ID, open, &board.Shown)
	board.Ranking = s.ranking(r)
	board.Departments = g.departments(rows)
	return board
}

// grid makes the rows of a board.
type grid struct {
	horizon
	book     *Book
	rules    workflow.Rules
	snapshot *snapshot
	now      time.Time
}

func (g *grid) tasks(rows []*workflow.Assignment) []BoardTask {
	of := byTask(rows)
	all := make([]BoardTask, len(g.rules.Plan.Tasks))
	for i := range g.rules.Plan.Tasks {
		t := &g.rules.Plan.Tasks[i]
		all[i] = g.task(t, of[t.Key])
	}
	slices.SortStableFunc(all, func(a, b BoardTask) int {
		return cmp.Or(a.compare(&b), cmp.Compare(a.No, b.No))
	})
	return all
}

func (g *grid) task(t *plan.Task, rows []*workflow.Assignment) BoardTask {
	bt := BoardTask{Key: t.Key, No: t.No, Title: t.Title, Section: t.Section, Lead: unit(g.rules, t.Lead),
		Cooperating: Cooperation{Overdue: []Unit{}},
		TimeLight:   light(Grey, "time.none"), ProgressLight: light(Grey, "progress.none"), rank: rank{class: noClass}}
	if lead := leadOf(t, rows); lead != nil {
		i := g.book.item(g.rules, g.snapshot, *lead, g.now)
		bt.Lead, bt.State, bt.Box = i.Department, i.State, i.Box
		bt.TimeLight, bt.ProgressLight = i.TimeLight, i.ProgressLight
		bt.Due, bt.AcceptedAt, bt.ReportedAt, bt.ClosedAt = &i.Due, i.AcceptedAt, i.ReportedAt, i.ClosedAt
		bt.WorkdaysLeft, bt.WorkdaysLate, bt.DaysLate = i.WorkdaysLeft, i.WorkdaysLate, i.DaysLate
		bt.Returned, bt.Urged, bt.Assignment = i.Returned, i.Urged, i.ID
		k := keyOf(lead)
		bt.rank = g.horizon.rank(&k)
	}
	for _, a := range rows {
		if a.Role != workflow.Cooperating || a.State == workflow.Withdrawn {
			continue
		}
		bt.Cooperating.Total++
		switch g.box(keyOf(a)) {
		case BoxReported, BoxVerified:
			bt.Cooperating.Reported++
		case BoxOverdue:
			bt.Cooperating.Overdue = append(bt.Cooperating.Overdue, unit(g.rules, a.Department))
			_, days := overdueBy(g.rules, *a, g.now)
			bt.Cooperating.DaysLate = max(bt.Cooperating.DaysLate, days)
			if due := a.Due.UnixNano(); bt.lateSince == 0 || due < bt.lateSince {
				bt.lateSince = due
			}
		}
	}
	return bt
}

// leadOf is the lead's assignment of the task: the present lead's before one that
// was transferred away.
func leadOf(t *plan.Task, rows []*workflow.Assignment) *workflow.Assignment {
	var best *workflow.Assignment
	score := -1
	for _, a := range rows {
		if a.Role != workflow.Lead {
			continue
		}
		n := 0
		if a.State != workflow.Withdrawn {
			n += 2
		}
		if a.Department == t.Lead {
			n++
		}
		if n > score {
			best, score = a, n
		}
	}
	return best
}

func (g *grid) departments(rows []*workflow.Assignment) []BoardDepartment {
	all := make([]BoardDepartment, len(g.rules.Plan.Departments))
	at := map[string]*BoardDepartment{}
	for i, d := range g.rules.Plan.Departments {
		all[i] = BoardDepartment{ID: d.ID, Name: d.Name, NotAssessed: d.NotAssessed, Cells: []Cell{}}
		at[d.ID] = &all[i]
	}
	for _, a := range rows { // by id, so by task
		d := at[a.Department]
		if d == nil {
			d = at[g.rules.Plan.Heir(a.Department)]
		}
		if d == nil {
			continue // a department that is gone without a successor keeps its place in the counts alone
		}
		k := keyOf(a)
		box := g.box(k)
		d.Counts.add(box)
		if a.Role == workflow.Lead {
			d.Lead.add(box)
		}
		if a.ReportedAt != nil && a.Late {
			d.Late++
		} else if a.ReportedAt != nil {
			d.OnTime++
		}
		d.Cells = append(d.Cells, Cell{Task: taskRef(g.rules, a.Task).No, Role: a.Role, State: a.State, Box: box,
			Colour: g.colour(&k), Late: a.Late, Assignment: a.ID})
	}
	return all
}

// happenings lists the day's events, newest first, with the names of the plan in force.
func (s *snapshot) happenings(r workflow.Rules, today plan.Date) []Happening {
	list := []Happening{}
	for _, h := range slices.Backward(s.recent) {
		if r.Clock.Today(h.At) != today {
			continue
		}
		h.Unit.Name = r.UnitAt(h.Seq, h.Unit.ID)
		if h.Task != nil {
			t := taskRef(r, h.Task.Key)
			h.Task = &t
		}
		if h.Department != nil {
			h.Department = &Unit{ID: h.Department.ID, Name: r.UnitAt(h.Seq, h.Department.ID)}
		}
		list = append(list, h)
	}
	return list
}
