package assess

import (
	"cmp"
	"math/big"
	"time"

	"github.com/shopspring/decimal"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// places is how many decimal places a shown score has.
const places = 2

var hundred = decimal.NewFromInt(100)

// Facts are what one assignment is scored from.
type Facts struct {
	Row   workflow.Assignment // as the journal folds it at the position
	Task  ledger.TaskRef      // as the row is read
	Trail []workflow.Event    // its events up to the position, in order
	Light ledger.Light        // its progress light at the position
}

// Line is one reason for points. Code and Args are a sentence of the catalogue.
type Line struct {
	Rule   string         `json:"rule"` // receipt, on_time, extension, progress, quality, return, mark, spread, correction, bonus
	Code   string         `json:"code"`
	Seq    uint64         `json:"seq"` // the event it stands on; 0 when it is about none
	At     time.Time      `json:"at"`
	Of     plan.Number    `json:"of"` // the most the rule gives; unset when it has no weight
	Points plan.Number    `json:"points"`
	Text   string         `json:"text"` // the sentence, in the caller's language
	Args   map[string]any `json:"-"`

	unjudged bool // its weight went to the other lines
}

// Score is one assignment's sum of lines, 0 to 100.
type Score struct {
	Assignment string        `json:"assignment"`
	Task       int           `json:"task"` // its printed number
	Title      string        `json:"-"`
	Role       workflow.Role `json:"role"`
	Status     Status        `json:"status"`
	Weight     plan.Number   `json:"weight"` // in the department's mean
	Points     plan.Number   `json:"points"` // unset when it does not count
	Lines      []Line        `json:"lines"`

	exact *big.Rat
}

// Status says whether an assignment counts.
type Status string

// A running assignment has no report in force and is not past due, so that nothing can
// be said of it yet; like a withdrawn one it is shown and does not count.
const (
	Scored    Status = "scored"
	Running   Status = "running"
	Withdrawn Status = "withdrawn"
)

// Correction is an upheld appeal: points added to a score beside the line it is about.
type Correction struct {
	N          int // the appeal's number
	Assignment string
	Rule       string
	Points     plan.Number
	Seq        uint64
	At         time.Time
}

// score is the sum for one assignment as of an instant.
func score(r plan.Rubric, f Facts, asOf time.Time, corrections []Correction) Score {
	s := scorer{Facts: f, inForce: f.Row.ReportedAt != nil}
	s.Score = Score{Assignment: f.Row.ID, Task: cmp.Or(f.Task.No, f.Row.Task), Title: f.Task.Title, Role: f.Row.Role, Status: Scored, Weight: r.CooperatingWeight}
	if f.Row.Role == workflow.Lead {
		s.Score.Weight = r.LeadWeight
	}
	switch {
	case f.Row.TransferredTo != "":
		return s.outside(Withdrawn, workflow.KindTransferred, "score.transferred")
	case f.Row.State == workflow.Withdrawn:
		return s.outside(Withdrawn, workflow.KindWithdrawn, "score.withdrawn")
	case !s.inForce && !f.Row.PastDue(asOf):
		return s.outside(Running, workflow.KindAssigned, "score.running", "due", f.Row.Due)
	case f.Row.Role == workflow.Lead:
		s.receipt(r.Lead.Receipt)
		s.onTime(r.Lead.OnTime)
		s.progress(r.Lead.Progress, r.Lead.Lights)
		s.quality(r.Lead.Quality, r.Lead.Grades, r.Lead.PerReturn)
	default:
		s.receipt(r.Cooperating.Receipt)
		s.onTime(r.Cooperating.OnTime)
		s.quality(r.Cooperating.Quality, r.Cooperating.Grades, r.Cooperating.PerReturn)
		s.mark(r.Cooperating.LeadMark, r.Cooperating.Marks)
	}
	return s.sum(corrections)
}

// scorer adds up one assignment.
type scorer struct {
	Facts
	Score    Score
	inForce  bool // a report is in force
	earned   decimal.Decimal
	unjudged decimal.Decimal // weight that nobody can judge
}

// last is the newest event of the kind, the zero Event when there is none.
func (s *scorer) last(k workflow.Kind) workflow.Event {
	for i := len(s.Trail) - 1; i >= 0; i-- {
		if s.Trail[i].Kind == k {
			return s.Trail[i]
		}
	}
	return workflow.Event{}
}

// line adds points of a rule that gives at most so many.
func (s *scorer) line(rule, code string, e workflow.Event, of plan.Number, points decimal.Decimal, args ...any) {
	s.earned = s.earned.Add(points)
	s.Score.Lines = append(s.Score.Lines, Line{Rule: rule, Code: code, Seq: e.Seq, At: e.At, Of: of,
		Points: plan.Number{Decimal: points, Set: true}, Args: pairs(args)})
}

// leave records a weight that cannot be judged.
func (s *scorer) leave(rule, code string, e workflow.Event, of plan.Number, args ...any) {
	s.unjudged = s.unjudged.Add(of.Decimal)
	s.line(rule, code, e, of, decimal.Zero, args...)
	s.Score.Lines[len(s.Score.Lines)-1].unjudged = true
}

// Lost is what the lines of a rule cost the score: the most an appeal against them can
// win back. A line that nobody could judge costs what its weight would earn above the
// rest of the score. Never more than the score is below 100.
func (s Score) Lost(rule string) plan.Number {
	lost := decimal.Zero
	for _, l := range s.Lines {
		switch {
		case l.Rule != rule:
		case l.unjudged:
			lost = lost.Add(l.Of.Sub(share(l.Of, s.Points).Round(places)))
		default:
			lost = lost.Add(l.Of.Sub(l.Points.Decimal)) // what a return takes is of no weight
		}
	}
	return plan.Number{Decimal: decimal.Max(decimal.Zero, decimal.Min(lost, hundred.Sub(s.Points.Decimal))), Set: true}
}

func (s *scorer) receipt(of plan.Number) {
	e := s.last(workflow.KindAccepted)
	if e.Seq == 0 { // a report accepts by itself
		for i := len(s.Trail) - 1; i >= 0; i-- {
			if s.Trail[i].Kind == workflow.KindReported {
				e = s.Trail[i]
			}
		}
	}
	by := s.Row.AcceptBy
	switch {
	case s.Row.AcceptedAt == nil:
		s.line("receipt", "score.receipt.none", s.last(workflow.KindAssigned), of, decimal.Zero, "by", by)
	case s.Row.AcceptedLate:
		s.line("receipt", "score.receipt.late", e, of, decimal.Zero, "by", by, "at", *s.Row.AcceptedAt)
	default:
		s.line("receipt", "score.receipt.in_time", e, of, of.Decimal, "by", by, "at", *s.Row.AcceptedAt)
	}
}

// onTime: every filed version in time, and one in force. A late version stays late
// though it was filed again in time after a return. Extensions are listed.
func (s *scorer) onTime(of plan.Number) {
	var late, newest *workflow.ReportRef
	for i := range s.Row.Reports {
		newest = &s.Row.Reports[i]
		if newest.Late && late == nil {
			late = newest
		}
	}
	switch {
	case late != nil:
		s.line("on_time", "score.on_time.late", workflow.Event{Seq: late.Seq, At: late.At}, of, decimal.Zero, "due", late.Due, "at", late.At, "n", late.N)
	case !s.inForce || newest == nil:
		s.line("on_time", "score.on_time.none", s.last(workflow.KindExpired), of, decimal.Zero, "due", s.Row.Due)
	default:
		s.line("on_time", "score.on_time.in_time", workflow.Event{Seq: newest.Seq, At: newest.At}, of, of.Decimal, "due", newest.Due, "at", newest.At)
	}
	for _, e := range s.Trail {
		if e.Kind == workflow.KindExtended && e.Data.Due != nil {
			s.line("extension", "score.extension", e, plan.Number{}, decimal.Zero, "due", *e.Data.Due, "original", s.Row.OriginalDue)
		}
	}
}

func (s *scorer) progress(of plan.Number, shares plan.LightShares) {
	e := s.last(workflow.KindReported)
	args := []any{"cause", s.Light.Cause}
	switch colour := s.Light.Colour; {
	case !s.inForce: // whatever a figure shows: who says nothing earns nothing
		s.line("progress", "score.progress.none", s.last(workflow.KindExpired), of, decimal.Zero)
	case colour == ledger.Green:
		s.line("progress", "score.progress.green", e, of, share(of, shares.Green), args...)
	case colour == ledger.Yellow:
		s.line("progress", "score.progress.yellow", e, of, share(of, shares.Yellow), args...)
	case colour == ledger.Red:
		s.line("progress", "score.progress.red", e, of, share(of, shares.Red), args...)
	default:
		s.leave("progress", "score.progress.grey", e, of, args...)
	}
}

// quality: the office's grade, less each return, never below nothing.
func (s *scorer) quality(of plan.Number, shares plan.GradeShares, perReturn plan.Number) {
	e, points := s.last(workflow.KindVerified), decimal.Zero
	byGrade := map[workflow.Grade]plan.Number{workflow.Excellent: shares.Excellent, workflow.Good: shares.Good,
		workflow.Fair: shares.Fair, workflow.Poor: shares.Poor}
	graded, ok := byGrade[s.Row.Grade]
	switch {
	case s.inForce && ok:
		points = share(of, graded)
		s.line("quality", "score.quality.graded", e, of, points, "grade", s.Row.Grade, "share", graded)
	case s.inForce:
		s.leave("quality", "score.quality.waiting", s.last(workflow.KindReported), of)
	default:
		s.line("quality", "score.quality.none", workflow.Event{}, of, decimal.Zero)
	}
	n := 0
	for _, e := range s.Trail {
		if e.Kind != workflow.KindReturned {
			continue
		}
		n++
		off := decimal.Min(perReturn.Decimal, points)
		points = points.Sub(off)
		s.line("return", "score.return", e, plan.Number{}, off.Neg(), "n", n)
	}
}

// mark: the lead's word on a cooperating department's report.
func (s *scorer) mark(of plan.Number, shares plan.MarkShares) {
	e := s.last(workflow.KindMarked)
	byMark := map[workflow.Mark]plan.Number{workflow.Adopted: shares.Adopted, workflow.Amended: shares.Amended,
		workflow.NotReceived: shares.NotReceived}
	marked, ok := byMark[s.Row.Mark]
	switch {
	case ok:
		s.line("mark", "score.mark.marked", e, of, share(of, marked), "mark", s.Row.Mark, "share", marked)
	case s.inForce:
		s.leave("mark", "score.mark.waiting", s.last(workflow.KindReported), of)
	default:
		s.line("mark", "score.mark.none", workflow.Event{}, of, decimal.Zero)
	}
}

// sum spreads the weight nobody could judge, rounds once, and adds corrections.
func (s *scorer) sum(corrections []Correction) Score {
	exact := s.earned.Rat()
	judged := hundred.Sub(s.unjudged)
	if !judged.IsPositive() {
		return s.outside(Running, workflow.KindAssigned, "score.unjudged")
	}
	exact.Mul(exact, new(big.Rat).Quo(hundred.Rat(), judged.Rat()))
	shown := decimal.Zero
	for _, l := range s.Score.Lines {
		shown = shown.Add(l.Points.Decimal)
	}
	for _, c := range corrections {
		if c.Assignment == s.Row.ID {
			exact.Add(exact, c.Points.Rat())
		}
	}
	s.Score.exact, s.Score.Points = exact, rounded(exact)
	rest := s.Score.Points.Decimal.Sub(shown)
	for _, c := range corrections {
		if c.Assignment == s.Row.ID {
			rest = rest.Sub(c.Points.Decimal)
		}
	}
	switch { // what makes the lines add up to the score, to the digit
	case s.unjudged.IsPositive():
		s.line("spread", "score.spread", workflow.Event{}, plan.Number{}, rest,
			"unjudged", plan.Number{Decimal: s.unjudged, Set: true}, "judged", plan.Number{Decimal: judged, Set: true})
	case !rest.IsZero():
		s.line("spread", "score.rounding", workflow.Event{}, plan.Number{}, rest)
	}
	for _, c := range corrections {
		if c.Assignment == s.Row.ID {
			s.line("correction", "score.correction", workflow.Event{Seq: c.Seq, At: c.At}, plan.Number{}, c.Points.Decimal, "n", c.N, "rule", c.Rule)
		}
	}
	return s.Score
}

// outside is an assignment that does not count, with one line that says why.
func (s *scorer) outside(status Status, about workflow.Kind, code string, args ...any) Score {
	s.Score.Status, s.Score.Points, s.Score.Lines = status, plan.Number{}, nil
	e := s.last(about)
	s.Score.Lines = []Line{{Rule: "outside", Code: code, Seq: e.Seq, At: e.At, Args: pairs(args)}}
	return s.Score
}

// share is so many per cent of a weight, exactly.
func share(of, percent plan.Number) decimal.Decimal {
	return of.Decimal.Mul(percent.Decimal).Shift(-2)
}

// rounded is the fraction at two places, halves away from zero; below full marks as long as
// the fraction is.
func rounded(r *big.Rat) plan.Number {
	d, _ := decimal.NewFromString(r.FloatString(places)) // FloatString writes a plain decimal number
	if d.Equal(hundred) && r.Cmp(hundred.Rat()) < 0 {
		d = hundred.Sub(decimal.New(1, -places))
	}
	return plan.Number{Decimal: d, Set: true}
}

// Mean is the mean of published scores as it is shown; unset of none.
func Mean(all ...plan.Number) plan.Number {
	if len(all) == 0 {
		return plan.Number{}
	}
	sum := new(big.Rat)
	for _, n := range all {
		sum.Add(sum, n.Rat())
	}
	return rounded(sum.Quo(sum, big.NewRat(int64(len(all)), 1)))
}

func pairs(args []any) map[string]any {
	m := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i].(string)] = args[i+1]
	}
	return m
}
