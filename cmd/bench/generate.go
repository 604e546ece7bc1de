package bench

import (
	"context"
	"fmt"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

// Size is how large a store Generate makes.
type Size struct {
	Assignments int
	Events      int    // of the assignments; one more opens each period
	Prefix      string // of the special periods' names
}

// Prefix begins the names of the special periods that duban generate makes.
const Prefix = "G"

// Made is a generated assignment.
type Made struct {
	Period, ID, Department string
	Task                   int
	role                   workflow.Role
}

// Made are the assignments that Generate makes of the plan, in its order.
func (size Size) Made(p *plan.Plan) []Made {
	all := make([]Made, 0, size.Assignments)
	for period := 1; len(all) < size.Assignments; period++ {
		id := fmt.Sprintf("%s%04d", size.Prefix, period)
		for _, s := range p.Assignments() {
			if len(all) == size.Assignments {
				break
			}
			role := workflow.Role(s.Role)
			all = append(all, Made{id, workflow.AssignmentID(id, s.Task, role, s.Department), s.Department, s.Task, role})
		}
	}
	return all
}

// A generated change holds so many events; one commit is one sync.
const perChange = 500

// life is what happens to an assignment after it is assigned, in turn. A store of
// n events for each assignment shows the first n−1; notes fill what is left.
var life = []workflow.Kind{workflow.KindAccepted, workflow.KindReported, workflow.KindReturned, workflow.KindNoted, workflow.KindReported,
	workflow.KindVerified}

// Generate fills a journal with special periods of the plan's tasks and lives of
// their assignments, through the store's own transactions and fold. What it writes
// verifies. Everything is due a year on, so that a server that opens the store has
// nothing to expire.
func Generate(ctx context.Context, j workflow.Journal, p *plan.Plan, now time.Time, size Size) error {
	g := &generator{ctx: ctx, journal: j, now: now, left: size.Events}
	due := now.AddDate(1, 0, 0)
	all := size.Made(p)
	slots := make([]workflow.Event, 0, len(all))
	for i, m := range all {
		if i == 0 || all[i-1].Period != m.Period {
			opened := workflow.Period{ID: m.Period, Name: m.Period, From: p.From, To: p.To, AssignedAt: now, AcceptBy: due, CooperatingDue: due, Due: due, Special: true}
			if err := g.add(workflow.Event{At: now, Kind: workflow.KindPeriodOpened, Period: m.Period, Actor: workflow.Clock.Ref(), Data: workflow.Data{OpenPeriod: &opened}}); err != nil {
				return err
			}
		}
		e := workflow.Event{At: now, Period: m.Period, Task: m.Task, Department: m.Department, Assignment: m.ID}
		assigned := e
		assigned.Kind, assigned.To, assigned.Actor = workflow.KindAssigned, workflow.Assigned, workflow.Clock.Ref()
		assigned.Data = workflow.Data{Role: m.role, Due: &due, AcceptBy: &due}
		if err := g.put(assigned); err != nil {
			return err
		}
		slots = append(slots, e)
	}
	for turn := 0; g.left > 0; turn++ {
		for _, e := range slots {
			if err := g.put(g.act(e, turn, p)); err != nil {
				return err
			}
		}
	}
	return g.flush()
}

// generator collects events into changes.
type generator struct {
	ctx     context.Context
	journal workflow.Journal
	now     time.Time
	left    int // events still to be written
	events  []workflow.Event
}

// put takes an event while some are still to be written.
func (g *generator) put(e workflow.Event) error {
	if g.left == 0 {
		return nil
	}
	g.left--
	return g.add(e)
}

func (g *generator) add(e workflow.Event) error {
	if g.events = append(g.events, e); len(g.events) < perChange {
		return nil
	}
	return g.flush()
}

func (g *generator) flush() error {
	events := g.events
	g.events = nil
	_, err := g.journal.Change(g.ctx, workflow.Change{Received: g.now, Actor: workflow.Clock,
		Decide: func(workflow.View, time.Time) ([]workflow.Event, error) { return events, nil }})
	return err
}

// act is the turn-th thing that happens to an assignment.
func (g *generator) act(e workflow.Event, turn int, p *plan.Plan) workflow.Event {
	kind := workflow.KindNoted
	if turn < len(life) {
		kind = life[turn]
	}
	e.Kind, e.At = kind, g.now
	e.Actor = workflow.ActorRef{User: "office", Unit: plan.OfficeID}
	switch kind {
	case workflow.KindAccepted:
		e.Actor = workflow.ActorRef{User: e.Department, Unit: e.Department}
		e.From, e.To = workflow.Assigned, workflow.InProgress
	case workflow.KindReported:
		e.Actor = workflow.ActorRef{User: e.Department, Unit: e.Department}
		e.From, e.To = workflow.InProgress, workflow.Reported
		e.Texts = workflow.Texts{"progress": "本季度新增小微企业三千二百家，完成年度目标的百分之七十八。", "next_steps": "继续推进入园企业培育。", "obstacles": "部分县区用地指标不足。"}
		e.Data = workflow.Data{N: 1 + turn/4, Report: &workflow.ReportData{Measures: measures(p, e.Task)}}
	case workflow.KindReturned:
		e.From, e.To, e.Texts = workflow.Reported, workflow.InProgress, workflow.Texts{"reason": "请补充县区数据。"}
	case workflow.KindVerified:
		e.From, e.To, e.Data = workflow.Reported, workflow.Verified, workflow.Data{Grade: workflow.Grades[0]}
	default:
		e.Texts = workflow.Texts{"text": "已电话核对进度。"}
	}
	return e
}

func measures(p *plan.Plan, task int) []workflow.MeasureData {
	var all []workflow.MeasureData
	t, _ := p.Task(task)
	for _, m := range t.Measures {
		all = append(all, workflow.MeasureData{ID: m.ID, Status: workflow.UnderWay})
	}
	return all
}
