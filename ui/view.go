package ui

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// assignmentView is the contract's assignment.
type assignmentView struct {
	ledger.Item
	LatestReport *reportView        `json:"latest_report"`
	Actions      []workflow.Trigger `json:"actions"`
	Warnings     []warningView      `json:"warnings,omitempty"` // of an act
	Events       []eventView        `json:"events,omitempty"`   // sent by whole
	Reports      []reportView       `json:"reports,omitempty"`
	Urges        []urgeView         `json:"urges,omitempty"` // sent by whole
	Asks         []askView          `json:"asks,omitempty"`
}

// urgeView is an urge as it stands: read when the department marked it so or replied.
type urgeView struct {
	N         int               `json:"n"`
	Number    ledger.UrgeNumber `json:"number"`
	Level     workflow.Level    `json:"level"`
	At        time.Time         `json:"at"`
	ReadAt    *time.Time        `json:"read_at"`
	RepliedAt *time.Time        `json:"replied_at"`
}

// eventView is the contract's event. Texts are left out for who may not read them.
type eventView struct {
	workflow.Event
	Texts workflow.Texts `json:"texts,omitempty"`
	Prev  string         `json:"prev"`
	Hash  string         `json:"hash"`
}

// reportView is a filed report with its texts, in the shape it was filed.
type reportView struct {
	N         int              `json:"n"`
	Seq       uint64           `json:"seq"`
	At        string           `json:"at"`
	By        string           `json:"by,omitempty"`
	Late      bool             `json:"late"`
	InForce   bool             `json:"in_force"`
	Progress  string           `json:"progress"`
	Measures  []measureView    `json:"measures"`
	Figures   []figureView     `json:"figures"`
	Obstacles string           `json:"obstacles"`
	Asks      string           `json:"asks"`
	NextSteps string           `json:"next_steps"`
	Forecast  forecastView     `json:"forecast"`
	NoChange  bool             `json:"no_change"`
	Reason    string           `json:"reason"`
	Inputs    []workflow.Input `json:"inputs"`
	Missing   []string         `json:"missing"`
	Evidence  []string         `json:"evidence"`
}

// measureView and figureView have the title and unit of the plan they were filed under.
type measureView struct {
	workflow.MeasureData
	Title string `json:"title"`
	Note  string `json:"note"`
}

type figureView struct {
	workflow.Figure
	Title       string `json:"title"`
	Unit        string `json:"unit"`
	Explanation string `json:"explanation"`
}

type forecastView struct {
	Text    string              `json:"text"`
	Figures []workflow.Forecast `json:"figures"`
}

func newEventView(e workflow.Event) eventView {
	return eventView{Event: e, Texts: e.Texts, Prev: e.Prev.String(), Hash: e.Hash.String()}
}

// newReportView reads a reported event.
func newReportView(rules workflow.Rules, e workflow.Event) reportView {
	v := reportView{N: e.Data.N, Seq: e.Seq, At: e.At.Format(timeFormat), By: e.Actor.User, Late: e.Data.Late,
		Progress: e.Texts["progress"], Obstacles: e.Texts["obstacles"], Asks: e.Texts["asks"],
		NextSteps: e.Texts["next_steps"], Reason: e.Texts["reason"],
		Forecast: forecastView{Text: e.Texts["forecast"], Figures: []workflow.Forecast{}},
		Measures: []measureView{}, Figures: []figureView{}, Inputs: []workflow.Input{}, Missing: []string{}, Evidence: []string{}}
	r := e.Data.Report
	if r == nil {
		return v
	}
	v.NoChange = r.NoChange
	v.Inputs, v.Missing, v.Evidence = append(v.Inputs, r.Inputs...), append(v.Missing, r.Missing...), append(v.Evidence, r.Evidence...)
	v.Forecast.Figures = append(v.Forecast.Figures, r.Forecast...)
	task, _ := rules.TaskAt(e.Seq, e.Task)
	for _, m := range r.Measures {
		said := measureView{MeasureData: m, Note: e.Texts["measure."+m.ID]}
		if i := slices.IndexFunc(task.Measures, func(x plan.Measure) bool { return x.ID == m.ID }); i >= 0 {
			said.Title = task.Measures[i].Title
		}
		v.Measures = append(v.Measures, said)
	}
	for _, f := range r.Figures {
		in, _ := rules.IndicatorAt(e.Seq, f.Indicator)
		v.Figures = append(v.Figures, figureView{f, in.Title, in.Unit, e.Texts["figure."+f.Indicator]})
	}
	return v
}

const timeFormat = "2006-01-02T15:04:05.999999999Z07:00"

// item is an assignment's item in the caller's words.
func (s *server) item(p *text.Printer, i ledger.Item) ledger.Item { return i.Localise(say(p)) }

// brief is an assignment as it stood after its last event, seen at now, with its
// latest report in full and what the caller may do. A repeated act gives the hour
// of the first, so that its answer is the first answer.
func (s *server) brief(c *fiber.Ctx, a workflow.Assignment, now time.Time) (assignmentView, error) {
	who, rules := session.From(c).Actor, s.o.Rules()
	v := s.outline(c, a, now)
	l := a.LatestReport()
	if l == nil || !rules.MayRead(who, a) {
		return v, nil
	}
	events, err := s.o.Journal.EventsAt(c.UserContext(), append(askSeqs(a), l.Seq)...)
	if err != nil {
		return v, err
	}
	v.LatestReport = latestReport(rules, who, a, events[len(events)-1:])
	v.Asks = asksOf(rules, who, a, events)
	return v, nil
}

// outline is an assignment and what the caller may do, without its reports.
func (s *server) outline(c *fiber.Ctx, a workflow.Assignment, now time.Time) assignmentView {
	return assignmentView{Item: s.item(s.paper(c).At(now), s.o.Book.Item(a, now)), Actions: s.actions(session.From(c).Actor, a, now)}
}

// latestReport is the newest filed report, nil when there is none or the caller
// may not read it.
func latestReport(rules workflow.Rules, actor workflow.Actor, a workflow.Assignment, events []workflow.Event) *reportView {
	if !rules.MayRead(actor, a) {
		return nil
	}
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Kind == workflow.KindReported {
			v := newReportView(rules, events[i])
			v.InForce = a.ReportedAt != nil
			return &v
		}
	}
	return nil
}

// trail is the assignment's events up to the row's position, as the actor may
// see them.
func (s *server) trail(ctx context.Context, actor workflow.Actor, a workflow.Assignment) ([]workflow.Event, error) {
	return s.trailBy(ctx, s.o.Rules(), actor, a)
}

// trailBy is trail by the rules.
func (s *server) trailBy(ctx context.Context, rules workflow.Rules, actor workflow.Actor, a workflow.Assignment) ([]workflow.Event, error) {
	all, err := s.o.Journal.Trail(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	shown := make([]workflow.Event, 0, len(all))
	for _, e := range all {
		if e.Seq > a.Seq {
			break
		}
		if e, ok := rules.ShowEvent(actor, e); ok {
			shown = append(shown, e)
		}
	}
	return shown, nil
}

// unknownAssignment is said of one that is not there and of one that the caller may not
// see.
var unknownAssignment = workflow.Fault(workflow.NotFound, "assignment.unknown", "id", "")

// find is the assignment when it exists and the caller may see it.
func (s *server) find(c *fiber.Ctx, id string) (workflow.Assignment, error) {
	a, ok := s.o.Book.Assignment(id)
	if !ok || !s.o.Rules().MaySee(session.From(c).Actor, a) {
		return a, unknownAssignment
	}
	return a, nil
}

// number reads a query or path number; fallback when it is absent.
func number(c *fiber.Ctx, name string, fallback, low, high int) (int, error) {
	q := c.Query(name)
	if q == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(q)
	if err != nil || n < low || n > high {
		return 0, workflow.BadField(name, "query.number", "low", low, "high", high)
	}
	return n, nil
}

// param reads a query parameter; a repeated one is its values joined by commas.
func param(c *fiber.Ctx) func(string) string {
	return func(name string) string {
		var all []string
		for _, v := range c.Context().QueryArgs().PeekMulti(name) {
			if len(v) > 0 {
				all = append(all, string(v))
			}
		}
		return strings.Join(all, ",")
	}
}
