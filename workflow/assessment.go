package workflow

import (
	"slices"
	"time"

	"duban/workflow/plan"
)

// Stage is how far a period's assessment is.
type Stage string

// The stages. A draft can be made anew as often as the office likes; from the notice
// to departments on its numbers stand, and only an upheld appeal changes them.
const (
	NoAssessment Stage = "none"
	Drafted      Stage = "draft"
	Noticed      Stage = "notice"
	Frozen       Stage = "frozen"
)

// Assessment is the assessment of one period: the folded row. Scores are not in it:
// they are worked out from the journal up to Position. It holds no free text.
type Assessment struct {
	Period string `json:"period"`
	Stage  Stage  `json:"stage"`
	Seq    uint64 `json:"seq"` // journal position of the last event folded in

	// What the numbers stand on, set by the newest draft: the journal up to Position,
	// judged at AsOf by the rubric of a version of the plan.
	Position     uint64    `json:"position"`
	AsOf         time.Time `json:"as_of"`
	PlanDigest   string    `json:"plan_digest"`
	RubricDigest string    `json:"rubric_digest"`
	// Rules is the version of the rules of lights and scores it was worked out by; 0: the first.
	Rules int `json:"rules,omitempty"`

	NoticedAt *time.Time `json:"noticed_at,omitempty"`
	// AppealsUntil is the last instant of the time for appeals; nil before the notice,
	// and for a notice of an earlier version, which told the departments of none.
	AppealsUntil *time.Time `json:"appeals_until,omitempty"`
	FrozenAt     *time.Time `json:"frozen_at,omitempty"`
	Head         uint64     `json:"head,omitempty"`      // where the journal stood when it was frozen
	HeadHash     string     `json:"head_hash,omitempty"` // the chain's hash there
	Totals       []Total    `json:"totals,omitempty"`    // as last published: by the draft, then by the freeze

	Appeals []AppealRef `json:"appeals,omitempty"`
	Bonuses []BonusRef  `json:"bonuses,omitempty"`

	// Circular is the event with the circular's prose as last edited; 0: as drafted by
	// the program. It is no part of the assessment and does not move Seq.
	Circular uint64 `json:"circular,omitempty"`
}

// Total is what an assessment publishes of a department.
type Total struct {
	Department string      `json:"department"`
	Points     plan.Number `json:"points"` // null: nothing was due
	Rank       int         `json:"rank,omitempty"`
}

// AppealRef is one appeal against a line, and the office's answer.
type AppealRef struct {
	N          int         `json:"n"`
	Seq        uint64      `json:"seq"`
	At         time.Time   `json:"at"`
	Department string      `json:"department"`
	Assignment string      `json:"assignment"`
	Rule       string      `json:"rule"`
	AnsweredAt *time.Time  `json:"answered_at,omitempty"`
	Answer     uint64      `json:"answer,omitempty"` // the answer's event
	Upheld     bool        `json:"upheld,omitempty"`
	Points     plan.Number `json:"points"` // upheld: added to the assignment's score
}

// BonusRef is points given or, negative, taken beside the rubric.
type BonusRef struct {
	N          int         `json:"n"`
	Seq        uint64      `json:"seq"`
	At         time.Time   `json:"at"`
	Department string      `json:"department"`
	Points     plan.Number `json:"points"`
}

// AssessmentData is what an event of an assessment carries; each kind uses the fields
// its comment names.
type AssessmentData struct {
	// assessment_drafted: what the numbers stand on
	Position     uint64     `json:"position,omitempty"`
	AsOf         *time.Time `json:"as_of,omitempty"`
	PlanDigest   string     `json:"plan_digest,omitempty"`
	RubricDigest string     `json:"rubric_digest,omitempty"`
	Rules        int        `json:"rules,omitempty"`
	// assessment_noticed: the last instant of the time for appeals
	AppealsUntil *time.Time `json:"appeals_until,omitempty"`
	// assessment_drafted, assessment_frozen
	Totals []Total `json:"totals,omitempty"`
	// assessment_frozen: where the journal stood
	Head     uint64 `json:"head,omitempty"`
	HeadHash string `json:"head_hash,omitempty"`
	// appealed, appeal_answered, bonus_given: the number within the assessment
	N int `json:"n,omitempty"`
	// appealed: the line, by its assignment and rule. Not the event's own assignment:
	// an appeal is no act on the assignment and does not change its version.
	Assignment string `json:"assignment,omitempty"`
	Rule       string `json:"rule,omitempty"`
	// appeal_answered
	Upheld bool `json:"upheld,omitempty"`
	// appeal_answered (upheld), bonus_given
	Points plan.Number `json:"points"`
	// bonus_given: files that show why
	Evidence []string `json:"evidence,omitempty"`
}

// Appeal finds the n-th appeal.
func (a *Assessment) Appeal(n int) *AppealRef {
	for i := range a.Appeals {
		if a.Appeals[i].N == n {
			return &a.Appeals[i]
		}
	}
	return nil
}

// AppealsOver reports whether the time for appeals is over.
func (a *Assessment) AppealsOver(now time.Time) bool {
	return a.AppealsUntil != nil && now.After(*a.AppealsUntil)
}

// Unanswered counts the appeals that wait for the office.
func (a *Assessment) Unanswered() int {
	n := 0
	for _, p := range a.Appeals {
		if p.AnsweredAt == nil {
			n++
		}
	}
	return n
}

// foldAssessment folds an event of an assessment into its row.
func foldAssessment(rows Rows, e Event) error {
	if e.Data.Assessment == nil {
		return nil
	}
	a, _, err := rows.Assessment(e.Period)
	if err != nil {
		return err
	}
	return rows.PutAssessment(ApplyAssessment(a, e))
}

// ApplyAssessment folds an event into an assessment. Pure and total, as Apply.
func ApplyAssessment(a Assessment, e Event) Assessment {
	d := e.Data.Assessment
	if e.Kind == KindCircularEdited {
		a.Circular = e.Seq
		return a
	}
	a.Period, a.Seq = e.Period, e.Seq
	if a.Stage == "" {
		a.Stage = NoAssessment
	}
	if d == nil {
		return a
	}
	at := e.At
	switch e.Kind {
	case KindAssessmentDrafted:
		a.Stage, a.Position, a.PlanDigest, a.RubricDigest, a.Rules = Drafted, d.Position, d.PlanDigest, d.RubricDigest, d.Rules
		setTime(&a.AsOf, d.AsOf)
		a.Totals = slices.Clone(d.Totals)
	case KindAssessmentNoticed:
		a.Stage, a.NoticedAt, a.AppealsUntil = Noticed, &at, d.AppealsUntil
	case KindAssessmentFrozen:
		a.Stage, a.FrozenAt, a.Head, a.HeadHash = Frozen, &at, d.Head, d.HeadHash
		a.Totals = slices.Clone(d.Totals)
	case KindAppealed:
		a.Appeals = append(slices.Clone(a.Appeals), AppealRef{N: d.N, Seq: e.Seq, At: e.At, Department: e.Department,
			Assignment: d.Assignment, Rule: d.Rule})
	case KindAppealAnswered:
		a.Appeals = slices.Clone(a.Appeals)
		if p := a.Appeal(d.N); p != nil {
			p.AnsweredAt, p.Answer, p.Upheld, p.Points = &at, e.Seq, d.Upheld, d.Points
		}
	case KindBonusGiven:
		a.Bonuses = append(slices.Clone(a.Bonuses), BonusRef{N: d.N, Seq: e.Seq, At: e.At, Department: e.Department, Points: d.Points})
	}
	return a
}
