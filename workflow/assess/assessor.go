package assess

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// Assessor leads assessments: it gathers what a period is scored from, works the
// scores out, and records what they stand on. Its methods may be called from any
// goroutine.
type Assessor struct {
	journal workflow.Journal
	sources workflow.Sources
	desk    *workflow.Desk
	rules   func() workflow.Rules

	mu   sync.Mutex
	kept map[string]kept // by period: what was worked out last
}

type kept struct {
	basis  workflow.Assessment
	result Result
}

// New stands an Assessor on a journal. sources gives back the plan an earlier
// assessment stands on.
func New(j workflow.Journal, sources workflow.Sources, d *workflow.Desk, rules func() workflow.Rules) *Assessor {
	return &Assessor{journal: j, sources: sources, desk: d, rules: rules, kept: map[string]kept{}}
}

// Result is a period's assessment with its scores.
type Result struct {
	Assessment workflow.Assessment
	Period     workflow.Period
	Plan       *plan.Plan // the version the scores stand on
	Rows       []Row      // empty before the first draft
	// OtherRules: frozen by rules of an earlier version. Points and ranks are those that
	// were published; the lines are by the present rules and need not add up to them.
	OtherRules bool

	// The period's assignments and every indicator as they stood at the position.
	Assignments []ledger.Item
	Indicators  []ledger.IndicatorView
}

// Rules is the version of the rules by which this program judges lights and works out
// scores; it is raised with every change that gives another score for the same record.
//
//	1 (written as 0): pace decided to the very end; measures nobody spoke of were in time.
//	2: on its day a target is met or missed, a limit exceeded is red at once, and
//	   unreported measures count nothing.
//	3: a lead without a report in force earns nothing for progress, one that is silent on
//	   every measure has none, and a score is below 100 until it is full.
const Rules = 3

// otherRules reports whether the assessment is final by rules that this program does not
// know any more. What was published then stands.
func otherRules(a workflow.Assessment) bool { return a.Stage == workflow.Frozen && a.Rules != Rules }

// RubricDigest names a rubric: the hex SHA-256 of its JSON.
func RubricDigest(r plan.Rubric) (string, error) {
	b, err := json.Marshal(r)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// Result is a period's assessment as it stands, worked out from the journal. The error
// is NotFound period.unknown, or the journal's.
func (a *Assessor) Result(ctx context.Context, period string) (Result, error) {
	r, err := a.state(ctx, period)
	if err != nil || r.Assessment.Position == 0 {
		return r, err
	}
	a.mu.Lock()
	k, ok := a.kept[period]
	a.mu.Unlock()
	if ok && k.basis.Seq == r.Assessment.Seq {
		kept := k.result
		kept.Assessment = r.Assessment
		return kept, nil
	}
	if err := a.work(ctx, &r); err != nil {
		return r, err
	}
	a.mu.Lock()
	a.kept[period] = kept{r.Assessment, r}
	a.mu.Unlock()
	return r, nil
}

// state reads the rows of a period.
func (a *Assessor) state(ctx context.Context, period string) (Result, error) {
	var r Result
	err := a.journal.Read(ctx, func(v workflow.ReadView) error {
		p, ok, err := v.Period(period)
		if err != nil {
			return err
		}
		if !ok {
			return workflow.Fault(workflow.NotFound, "period.unknown", "id", "")
		}
		r.Period = p
		if r.Assessment, ok, err = v.Assessment(period); !ok {
			r.Assessment = workflow.Assessment{Period: period, Stage: workflow.NoAssessment}
		}
		return err
	})
	return r, err
}

// work fills in the rows by what the assessment stands on.
func (a *Assessor) work(ctx context.Context, r *Result) error {
	// Scores do not count workdays: whether something was late stands in its event,
	// so that the present calendar does.
	rules, err := a.rules().As(ctx, a.sources, r.Assessment.PlanDigest)
	if err != nil {
		return err
	}
	r.Plan = rules.Plan
	in := Input{Plan: rules.Plan, AsOf: r.Assessment.AsOf}
	trails := map[string][]workflow.Event{}
	book, err := ledger.Past(ctx, a.journal, rules, r.Assessment.Position, func(e workflow.Event) {
		if e.Period == r.Assessment.Period && e.Assignment != "" {
			trails[e.Assignment] = append(trails[e.Assignment], e)
		}
	})
	if err != nil {
		return err
	}
	for _, row := range book.InPeriod(r.Assessment.Period) {
		item := book.Item(row, r.Assessment.AsOf)
		r.Assignments = append(r.Assignments, item)
		in.Assignments = append(in.Assignments, Facts{Row: row, Task: item.Task, Trail: trails[row.ID], Light: item.ProgressLight})
	}
	r.Indicators = book.Indicators(r.Assessment.AsOf)
	for _, b := range r.Assessment.Bonuses {
		in.Bonuses = append(in.Bonuses, Bonus{Department: b.Department, Points: b.Points, Seq: b.Seq, At: b.At})
	}
	for _, p := range r.Assessment.Appeals {
		if p.Upheld {
			in.Corrections = append(in.Corrections, Correction{N: p.N, Assignment: p.Assignment, Rule: p.Rule, Points: p.Points, Seq: p.Answer, At: *p.AnsweredAt})
		}
	}
	if in.Before, err = a.before(ctx, r.Period, r.Assessment.Position); err != nil {
		return err
	}
	r.Rows = Work(in)
	if otherRules(r.Assessment) {
		r.OtherRules = true
		published(r.Rows, r.Assessment.Totals, in.Before)
	}
	return nil
}

// before is the ranks of the newest regular period before this one that was frozen
// when this one was drafted, nil when there is none.
func (a *Assessor) before(ctx context.Context, p workflow.Period, position uint64) (map[string]int, error) {
	var found *workflow.Assessment
	var from plan.Date
	err := a.journal.Read(ctx, func(v workflow.ReadView) error {
		periods, err := v.Periods()
		if err != nil || p.Special {
			return err
		}
		for _, q := range periods {
			x, ok, err := v.Assessment(q.ID)
			if err != nil {
				return err
			}
			if ok && x.Stage == workflow.Frozen && x.Seq <= position && !q.Special && q.From.Before(p.From) && (found == nil || from.Before(q.From)) {
				found, from = &x, q.From
			}
		}
		return nil
	})
	if err != nil || found == nil {
		return nil, err
	}
	ranks := map[string]int{}
	for _, t := range found.Totals {
		ranks[t.Department] = t.Rank
	}
	return ranks, nil
}

// Draft works the scores out from the journal as it stands, and records what they
// stand on. It can be done anew until the notice.
func (a *Assessor) Draft(ctx context.Context, call workflow.Call, period string) (workflow.Receipt, error) {
	if !workflow.MayAssess(call.Actor) {
		return workflow.Receipt{}, workflow.Fault(workflow.Forbidden, "assessment.office_only")
	}
	r, err := a.state(ctx, period)
	if err != nil {
		return workflow.Receipt{}, err
	}
	rules := a.rules()
	position, _ := a.journal.Head()
	digest, err := RubricDigest(rules.Plan.Rubric)
	if err != nil {
		return workflow.Receipt{}, err
	}
	asOf := call.Received.Truncate(time.Second)
	r.Assessment.Position, r.Assessment.AsOf, r.Assessment.PlanDigest = position, asOf, rules.Plan.Digest
	if err := a.work(ctx, &r); err != nil {
		return workflow.Receipt{}, err
	}
	return a.desk.Assess(ctx, call, period, workflow.DraftCommand{AssessmentData: workflow.AssessmentData{
		Position: position, AsOf: &asOf, PlanDigest: rules.Plan.Digest, RubricDigest: digest, Rules: Rules, Totals: Totals(r.Plan, r.Rows)}})
}

// Freeze makes the numbers final, with where the journal stood.
func (a *Assessor) Freeze(ctx context.Context, call workflow.Call, period string) (workflow.Receipt, error) {
	if !workflow.MayFreeze(call.Actor) {
		return workflow.Receipt{}, workflow.Fault(workflow.Forbidden, "assessment.director_only")
	}
	r, err := a.Result(ctx, period)
	if err != nil {
		return workflow.Receipt{}, err
	}
	head, hash := a.journal.Head()
	d := workflow.AssessmentData{Head: head, HeadHash: hash.String()}
	if r.Plan != nil {
		d.Totals = Totals(r.Plan, r.Rows)
	}
	return a.desk.Assess(ctx, call, period, workflow.FreezeCommand{AssessmentData: d, Last: r.Assessment.Seq})
}

// Do does a command that needs no numbers, or only a look at them: notice, appeal,
// answer, bonus. An appeal must name a line that is there; an upheld one wins back no
// more than its line lost. What was looked at is looked at anew when another appeal or
// answer comes between.
func (a *Assessor) Do(ctx context.Context, call workflow.Call, period string, c workflow.AssessmentCommand) (workflow.Receipt, error) {
	for {
		looked, err := a.look(ctx, period, c)
		if err != nil {
			return workflow.Receipt{}, err
		}
		receipt, err := a.desk.Assess(ctx, call, period, looked)
		var e *workflow.Error
		if errors.As(err, &e) && e.Code == "assessment.moved" && ctx.Err() == nil {
			continue
		}
		return receipt, err
	}
}

// look gives an appeal and an answer what they are about to stand on.
func (a *Assessor) look(ctx context.Context, period string, c workflow.AssessmentCommand) (workflow.AssessmentCommand, error) {
	switch c := c.(type) {
	case workflow.AppealCommand:
		r, err := a.Result(ctx, period)
		c.Last, c.Lines = r.Assessment.Seq, r.lines(c.Assignment)
		return c, err
	case workflow.AnswerCommand:
		r, err := a.Result(ctx, period)
		assignment := ""
		if p := r.Assessment.Appeal(c.N); p != nil {
			assignment = p.Assignment
		}
		c.Last, c.Lines = r.Assessment.Seq, r.lines(assignment)
		return c, err
	}
	return c, nil
}

// lines is what each line of an assignment's score lost, by rule.
func (r Result) lines(assignment string) map[string]plan.Number {
	all := map[string]plan.Number{}
	s, _ := r.Score(assignment)
	for _, l := range s.Lines {
		all[l.Rule] = s.Lost(l.Rule)
	}
	return all
}

// Most is what the line an appeal is about lost: the most that it wins back, upheld.
func (r Result) Most(p workflow.AppealRef) plan.Number {
	s, _ := r.Score(p.Assignment)
	return s.Lost(p.Rule)
}

// Score finds an assignment's score.
func (r Result) Score(assignment string) (Score, bool) {
	for _, row := range r.Rows {
		for _, s := range row.Scores {
			if s.Assignment == assignment {
				return s, true
			}
		}
	}
	return Score{}, false
}

// sameHead holds the journal against the hash an assessment was frozen at.
func (a *Assessor) sameHead(ctx context.Context, x workflow.Assessment) error {
	events, err := a.journal.Events(ctx, x.Head-1, 1)
	if err != nil {
		return err
	}
	if len(events) != 1 || events[0].Seq != x.Head || events[0].Hash.String() != x.HeadHash {
		return fmt.Errorf("event %d does not have the hash %s the assessment was frozen at", x.Head, x.HeadHash)
	}
	return nil
}

// Difference is a department whose recomputed numbers are not the published ones.
type Difference struct {
	Department       string
	Stored, Computed workflow.Total
}

// Recompute works a period's scores out anew and compares them, digit by digit, with
// the totals last published. Differences are empty when the record holds.
func (a *Assessor) Recompute(ctx context.Context, period string) (Result, []Difference, error) {
	r, err := a.state(ctx, period)
	if err != nil {
		return r, nil, err
	}
	if r.Assessment.Stage != workflow.Frozen {
		return r, nil, workflow.Refuse("assessment.not_frozen")
	}
	if otherRules(r.Assessment) {
		return r, nil, workflow.Refuse("assessment.other_rules", "rules", max(1, r.Assessment.Rules), "now", Rules)
	}
	if err := a.work(ctx, &r); err != nil {
		return r, nil, err
	}
	digest, err := RubricDigest(r.Plan.Rubric)
	if err != nil {
		return r, nil, err
	}
	if digest != r.Assessment.RubricDigest {
		return r, nil, fmt.Errorf("the rubric of plan %s is %s, the assessment was frozen with %s", r.Plan.Digest, digest, r.Assessment.RubricDigest)
	}
	if err := a.sameHead(ctx, r.Assessment); err != nil {
		return r, nil, err
	}
	stored := map[string]workflow.Total{}
	for _, t := range r.Assessment.Totals {
		stored[t.Department] = t
	}
	var differ []Difference
	now := Totals(r.Plan, r.Rows)
	for _, t := range now {
		_, there := r.Plan.Department(t.Department)
		if s := stored[t.Department]; s.Department == "" && !there {
			continue // published before units that are gone were listed
		} else if s.Department == "" || s.Points.String() != t.Points.String() || s.Rank != t.Rank {
			differ = append(differ, Difference{t.Department, s, t})
		}
		delete(stored, t.Department)
	}
	for id, s := range stored {
		differ = append(differ, Difference{Department: id, Stored: s})
	}
	return r, differ, nil
}
