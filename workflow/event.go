package workflow

import (
	"time"

	"duban/workflow/plan"
)

// Kind of an event: the past participle of what happened. The list only grows.
type Kind string

// Events of an assignment.
const (
	KindAssigned           Kind = "assigned"
	KindAccepted           Kind = "accepted"
	KindReported           Kind = "reported"
	KindRecalled           Kind = "recalled"
	KindVerified           Kind = "verified"
	KindReturned           Kind = "returned"
	KindExpired            Kind = "expired"
	KindExtensionRequested Kind = "extension_requested"
	KindExtended           Kind = "extended"
	KindExtensionRefused   Kind = "extension_refused"
	KindUrged              Kind = "urged"
	KindUrgeRead           Kind = "urge_read"
	KindUrgeReplied        Kind = "urge_replied"
	KindReminded           Kind = "reminded"
	KindDirected           Kind = "directed"
	KindNoted              Kind = "noted"
	KindWithdrawn          Kind = "withdrawn"
	KindReopened           Kind = "reopened"
	KindSentBack           Kind = "sent_back"   // by the signatory to the liaison: the department's own affair, no act on the assignment
	KindHandedOver         Kind = "handed_over" // to the unit that replaced the department in the plan; all that was done goes on
	KindMarked             Kind = "marked"      // the lead's mark on a cooperating report, with the lead's own report
	KindAskAnswered        Kind = "ask_answered"
	KindAskWithdrawn       Kind = "ask_withdrawn"
	KindAskReopened        Kind = "ask_reopened" // the department says that an answer settles nothing
)

// Events of the plan, periods and indicators.
const (
	KindPlanLoaded        Kind = "plan_loaded"
	KindPeriodOpened      Kind = "period_opened"
	KindFigureFiled       Kind = "figure_filed"
	KindFigureCorrected   Kind = "figure_corrected"
	KindIndicatorAssigned Kind = "indicator_assigned"
	KindSigningSet        Kind = "signing_set" // whether a department's signatory files its reports
)

// Events of a period's assessment.
const (
	KindAssessmentDrafted Kind = "assessment_drafted"
	KindAssessmentNoticed Kind = "assessment_noticed" // shown to the departments: the numbers stand
	KindAppealed          Kind = "appealed"
	KindAppealAnswered    Kind = "appeal_answered"
	KindAssessmentFrozen  Kind = "assessment_frozen"
	KindCircularEdited    Kind = "circular_edited"
	KindBonusGiven        Kind = "bonus_given"
	KindTemplateSet       Kind = "template_set" // the office's own paper for circulars; no file: the program's own again
)

// Events of accounts and of the record itself. They carry no secrets.
const (
	KindAccountAdded    Kind = "account_added"
	KindAccountChanged  Kind = "account_changed"
	KindAccountDisabled Kind = "account_disabled"
	KindAccountEnabled  Kind = "account_enabled"
	KindPasswordReset   Kind = "password_reset"
	KindLoggedIn        Kind = "logged_in"
	KindLoginFailed     Kind = "login_failed"
	KindLoggedOut       Kind = "logged_out"
	KindTokenAdded      Kind = "token_added"
	KindTokenRevoked    Kind = "token_revoked"
	KindScreenPaired    Kind = "screen_paired"
	KindScreenRevoked   Kind = "screen_revoked"
	KindExported        Kind = "exported"
	KindFileAdded       Kind = "file_added"
	KindFileDeleted     Kind = "file_deleted"
	KindFileRefused     Kind = "file_refused" // malware was found in it; nothing of it was kept
	KindTextRedacted    Kind = "text_redacted"
	KindTOTPSet         Kind = "totp_set"     // a second factor, or new recovery codes for it
	KindTOTPRemoved     Kind = "totp_removed" // by an admin
	KindLinkIssued      Kind = "link_issued"  // a one-time link to set a password
	KindLinkUsed        Kind = "link_used"
	KindProved          Kind = "proved" // somebody logged in has proved again who it is

	KindDelegationGranted Kind = "delegation_granted" // one account may act for another for a while
	KindDelegationRevoked Kind = "delegation_revoked"
	// An account may be logged in to through an OpenID Connect provider, or no more.
	KindIdentityLinked   Kind = "identity_linked"
	KindIdentityUnlinked Kind = "identity_unlinked"
)

// Event is one line of the journal: a fact. Seq, RecordedAt, Prev and Hash are
// set by the store when it is written.
//
// Hash is the SHA-256 of the previous event's hash (32 bytes, zeros before the
// first event) followed by the stored JSON bytes of this event. Texts are not
// among those bytes, only their salted digest is, so that a text can be redacted
// later and the chain still holds.
type Event struct {
	Seq        uint64    `json:"seq"`
	At         time.Time `json:"at"`          // when it takes effect
	RecordedAt time.Time `json:"recorded_at"` // when it was written; later than At when the clock caught up
	Kind       Kind      `json:"kind"`
	Assignment string    `json:"assignment,omitempty"`
	Period     string    `json:"period,omitempty"`
	Task       int       `json:"task,omitempty"`
	Department string    `json:"department,omitempty"`
	Actor      ActorRef  `json:"actor"`
	From       State     `json:"from,omitempty"`
	To         State     `json:"to,omitempty"`
	Data       Data      `json:"data"`
	TextDigest string    `json:"text_digest,omitempty"` // SHA-256 of salt + JSON of Texts, hex

	Texts Texts `json:"-"` // free text, stored beside the event
	Prev  Hash  `json:"-"`
	Hash  Hash  `json:"-"`
}

// Texts are an event's free text by field: progress, obstacles, asks,
// next_steps, forecast, reason, comment, text, measure.ID, figure.ID.
type Texts map[string]string

// Data is what an event carries besides who, when and where. Each kind uses the
// fields its comment names; the list of fields only grows.
type Data struct {
	// assigned, extended, returned, reopened: the due instant from now on.
	Due *time.Time `json:"due,omitempty"`
	// assigned: accept-by, role, and the task's title as it was.
	AcceptBy *time.Time `json:"accept_by,omitempty"`
	Role     Role       `json:"role,omitempty"`
	// accepted, reported: whether the instant was past its deadline.
	Late bool `json:"late,omitempty"`
	// numbered things: report version, urge, extension request, ask.
	N int `json:"n,omitempty"`
	// ask_answered: it is settled; else the office goes on with it
	Closed bool `json:"closed,omitempty"`
	// reported
	Report *ReportData `json:"report,omitempty"`
	// marked
	Mark Mark `json:"mark,omitempty"`
	// verified
	Grade Grade `json:"grade,omitempty"`
	// urged, reminded
	Level Level `json:"level,omitempty"`
	// reminded: workdays before due (0: on the day)
	Workdays *int `json:"workdays,omitempty"`
	// extension_requested: the wanted due instant
	Wanted *time.Time `json:"wanted,omitempty"`
	// withdrawn by a change of plan: where the work went; handed_over, transferred: to whom
	TransferredTo string `json:"transferred_to,omitempty"`
	// assigned by a transfer: from which department
	TransferredFrom string `json:"transferred_from,omitempty"`
	// transferred, assigned by a transfer: the other department's assignment
	Counterpart string `json:"counterpart,omitempty"`
	// directed: the special period opened for it
	SpecialPeriod string `json:"special_period,omitempty"`
	// period_opened
	OpenPeriod *Period `json:"open_period,omitempty"`
	// plan_loaded
	Plan *PlanRef `json:"plan,omitempty"`
	// figure_filed, figure_corrected, indicator_assigned
	Indicator string  `json:"indicator,omitempty"`
	Figure    *Figure `json:"figure,omitempty"`
	Owner     string  `json:"owner,omitempty"`
	Corrects  uint64  `json:"corrects,omitempty"` // the event whose figure is replaced
	// file_added, file_deleted, file_refused (without id); the name is the text "name".
	// template_set: nil for none
	File *FileRef `json:"file,omitempty"`
	// file_refused: what the scanner calls it
	Malware string `json:"malware,omitempty"`
	// accounts
	Account *AccountRef `json:"account,omitempty"`
	// delegation_granted, delegation_revoked; Account is the one acted for
	Delegation *DelegationRef `json:"delegation,omitempty"`
	// text_redacted: the event whose texts were removed
	Redacted uint64 `json:"redacted,omitempty"`
	// exported: what was handed out; which part of it, as it was typed, is the text
	// "selection"
	Export string `json:"export,omitempty"`
	// signing_set: from now on a signatory files the department's reports
	Signing bool `json:"signing,omitempty"`
	// reported, sent_back: the account that filled what a signatory filed, or sent back
	Prepared string `json:"prepared,omitempty"`
	// reported, where a signatory files: what is not as it was submitted; nil: nothing
	Altered *AlteredRef `json:"altered,omitempty"`
	// the events of an assessment
	Assessment *AssessmentData `json:"assessment,omitempty"`
}

// AlteredRef names the fields of a report that a signatory changed.
type AlteredRef struct {
	Fields []string `json:"fields"` // as in the contract; AlteredAll: nothing had been submitted
}

// ReportData is a filed report without its free text.
type ReportData struct {
	Measures []MeasureData `json:"measures,omitempty"`
	Figures  []Figure      `json:"figures,omitempty"`
	Forecast []Forecast    `json:"forecast,omitempty"`
	NoChange bool          `json:"no_change,omitempty"`
	HasAsks  bool          `json:"has_asks,omitempty"` // the text "asks" is not empty
	Ask      int           `json:"ask,omitempty"`      // the ask that the text is, of those of the assignment; without a text, one of before asks had numbers that it leaves open
	Inputs   []Input       `json:"inputs,omitempty"`
	Missing  []string      `json:"missing,omitempty"` // lead: cooperating departments that had not reported
	Evidence []string      `json:"evidence,omitempty"`
}

// MeasureData is a report's word on one measure; its note is a text.
type MeasureData struct {
	ID      string        `json:"id"`
	Status  MeasureStatus `json:"status"`
	Percent *int          `json:"percent,omitempty"` // 0–100
}

// Figure is one observation of an indicator, in the indicator's unit.
type Figure struct {
	Indicator   string      `json:"indicator"`
	Value       plan.Number `json:"value"`
	AsOf        plan.Date   `json:"as_of"` // statistical date
	Provisional bool        `json:"provisional,omitempty"`
	// Comparison is the other series' value at the same date, for an indicator
	// that is judged relative to another.
	Comparison plan.Number `json:"comparison"`
	// Met is the office's judgement for a judged indicator.
	Met *bool `json:"met,omitempty"`
}

// Forecast is what a report expects of an indicator at the end of the next period.
type Forecast struct {
	Indicator string      `json:"indicator"`
	Value     plan.Number `json:"value"`
}

// Input is the lead's mark on a cooperating department's report.
type Input struct {
	Assignment string `json:"assignment"`
	Mark       Mark   `json:"mark"`
}

// PlanRef names a version of the plan.
type PlanRef struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Digest string `json:"digest"`
	Before string `json:"before,omitempty"` // the digest it replaced
	// Signing lists the departments whose signatory files their reports. It is the
	// office's setting beside the plan, folded from signing_set events and never
	// part of a plan_loaded event.
	Signing []string `json:"signing,omitempty"`
	// Template is the file circulars are written on, folded from template_set events;
	// empty: the program's own paper.
	Template string `json:"template,omitempty"`
}

// FileRef names a piece of evidence in the record.
type FileRef struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Type   string `json:"type"`
}

// AccountRef names an account or token in the record, without secrets.
type AccountRef struct {
	Name    string   `json:"name"`
	Unit    string   `json:"unit,omitempty"`
	Role    UserRole `json:"role,omitempty"`
	Token   string   `json:"token,omitempty"`   // a token's or screen's public id
	Address string   `json:"address,omitempty"` // where a login came from
	Cause   string   `json:"cause,omitempty"`   // why a login failed, as a code
	Via     string   `json:"via,omitempty"`     // oidc: a login through a provider
}

// DelegationRef names a delegation in the record.
type DelegationRef struct {
	ID    string    `json:"id"`
	To    string    `json:"to"` // the account that may act
	From  time.Time `json:"from"`
	Until time.Time `json:"until"` // the first instant after it
}
