// Package view is what programs and pages are told of an assignment, its reports, events and asks, in
// the contract's words and as far as the caller may read them.
package view

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/text"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// AssignmentView is the contract's assignment.
type AssignmentView struct {
	ledger.Item
	LatestReport *reportView        `json:"latest_report"`
	Actions      []workflow.Trigger `json:"actions"`
	Warnings     []WarningView      `json:"warnings,omitempty"` // of an act
	Events       []EventView        `json:"events,omitempty"`   // sent by whole
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

// EventView is the contract's event. Texts are left out for who may not read them.
type EventView struct {
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

// NewEventView is the event, already cut to what the reader may see, as the contract has it.
func NewEventView(e workflow.Event) EventView {
	return EventView{Event: e, Texts: e.Texts, Prev: e.Prev.String(), Hash: e.Hash.String()}
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
func item(s *web.Server, p *text.Printer, i ledger.Item) ledger.Item { return i.Localise(web.Say(p)) }

// Brief is an assignment as it stood after its last event, seen at now, with its
// latest report in full and what the caller may do. A repeated act gives the hour
// of the first, so that its answer is the first answer.
func Brief(s *web.Server, c *fiber.Ctx, a workflow.Assignment, now time.Time) (AssignmentView, error) {
	who, rules := session.From(c).Actor, s.Rules()
	v := outline(s, c, a, now)
	l := a.LatestReport()
	if l == nil || !rules.MayRead(who, a) {
		return v, nil
	}
	events, err := s.Journal.EventsAt(c.UserContext(), append(askSeqs(a), l.Seq)...)
	if err != nil {
		return v, err
	}
	v.LatestReport = latestReport(rules, who, a, events[len(events)-1:])
	v.Asks = asksOf(rules, who, a, events)
	return v, nil
}

// outline is an assignment and what the caller may do, without its reports.
func outline(s *web.Server, c *fiber.Ctx, a workflow.Assignment, now time.Time) AssignmentView {
	return AssignmentView{Item: item(s, s.Paper(c).At(now), s.Book.Item(a, now)), Actions: s.Actions(session.From(c).Actor, a, now)}
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
