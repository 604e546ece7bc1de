package workflow

import (
	"slices"
	"time"
)

// Who does acts.
var (
	department = grant{[]UserRole{Liaison, Signatory}, []Relation{Own}}
	office     = grant{[]UserRole{OfficeMan, Director}, []Relation{Own, SameTask, Other}}
	clock      = grant{[]UserRole{System}, []Relation{Other}}
)

// acts is the one table of acts. What a row leaves out is explained at Act.
var acts = []*Act{
	{Trigger: Accept, Kind: KindAccepted, command: AcceptCommand{}, who: department,
		ways:      []way{leads(InProgress, in(Assigned)), leads(Overdue, in(Overdue), notAccepted)},
		otherwise: func(a Assignment) *Error { return Refuse("accept.already", "at", a.AcceptedAt) },
		Place:     First, Step: StepAccept, Route: Route{Path: "acceptance", Summary: "Accept."},
		record: does(func(r *recording, _ AcceptCommand) { r.e.Data.Late = r.Now.After(r.a.AcceptBy) }),
		fold:   (*Assignment).accept,
		pass:   ofWork("late", "late")},

	// A report has a form, a draft and a way to the signatory of its own.
	{Trigger: Report, Kind: KindReported, command: ReportCommand{}, who: department,
		ways: []way{leads(Reported, in(InProgress, Overdue))},
		otherwise: func(a Assignment) *Error {
			if a.State == Assigned {
				return Refuse("report.not_accepted")
			}
			return Refuse("report.already", "at", a.ReportedAt)
		},
		Place: First, Step: StepReport, Route: Route{Path: "reports", Summary: "File a report."},
		record: makes(func(r *recording, c ReportCommand) ([]Event, error) { return r.signed(r.a, r.actor, c) }),
		fold:   (*Assignment).reported,
		pass:   ofWork("n late report prepared altered text.progress text.obstacles text.asks text.next_steps text.forecast text.reason text.measure.* text.figure.*", "n late")},

	{Trigger: Recall, Kind: KindRecalled, command: RecallCommand{}, who: department,
		ways:      []way{leads(InProgress, in(Reported), inTime), leads(Overdue, in(Reported), outOfTime)},
		otherwise: func(Assignment) *Error { return Refuse("recall.not_reported") },
		Place:     Side, Danger: true, Route: Route{Method: "DELETE", Path: "reports/latest", Summary: "Recall the report."},
		record:  does(func(*recording, RecallCommand) {}),
		fold:    func(a *Assignment, _ Event) { a.Recalled++; a.asksRecalled(); a.reportGone() },
		figures: becomes(PointReported, PointVoid),
		pass:    ofWork("n", bare)},

	{Trigger: ReplyUrge, Kind: KindUrgeReplied, command: ReplyUrgeCommand{}, who: department,
		ways: []way{stays(in(open))},
		offered: func(a Assignment) bool {
			return slices.ContainsFunc(a.Urges, func(u UrgeRef) bool { return u.RepliedAt == nil })
		},
		Place: InPlace, Route: Route{Path: "urges/:n/reply", Summary: "Reply to an urge."},
		Fields: []Field{need("text", "urge.reply_required")},
		record: does(func(r *recording, c ReplyUrgeCommand) {
			if u := r.urge(c.N); u != nil && u.RepliedAt != nil {
				r.f.add("n", "urge.replied", "n", c.N)
			}
			r.text("text", c.Text)
		}),
		fold: func(a *Assignment, e Event) { a.urge(e, func(u *UrgeRef, at time.Time) { u.RepliedAt = &at }) },
		pass: ofWork("n text.text", "n")},

	{Trigger: ReadUrge, Kind: KindUrgeRead, command: ReadUrgeCommand{}, who: department,
		ways: []way{stays(in(open))},
		offered: func(a Assignment) bool {
			return slices.ContainsFunc(a.Urges, func(u UrgeRef) bool { return u.ReadAt == nil })
		},
		Place: InPlace, Step: Elsewhere, Route: Route{Path: "urges/:n/read", Summary: "Mark an urge as read."},
		record: does(func(r *recording, c ReadUrgeCommand) {
			if u := r.urge(c.N); u != nil && u.ReadAt != nil {
				r.f.add("n", "urge.read", "n", c.N)
			}
		}),
		fold: func(a *Assignment, e Event) { a.urge(e, func(u *UrgeRef, at time.Time) { u.ReadAt = &at }) },
		pass: ofWork("n", "n")},

	{Trigger: RequestExtension, Kind: KindExtensionRequested, command: RequestExtensionCommand{}, who: department,
		ways:      []way{stays(in(Assigned, InProgress, Overdue), noPendingExtension)},
		otherwise: extensionReported,
		Place:     Side, Route: Route{Path: "extension-requests", Summary: "Ask for a later due date."},
		Fields: []Field{{Name: "due", Kind: DueField, Missing: "extension.due_required"}, reason("extension.reason_required")},
		record: does(func(r *recording, c RequestExtensionCommand) {
			r.e.Data.N = len(r.a.Extensions) + 1
			r.due(c.Due, r.a.Due)
			r.e.Data.Wanted, r.e.Data.Due = r.e.Data.Due, nil
			r.text("reason", c.Reason)
		}),
		fold: (*Assignment).askExtension,
		pass: ofWork("n wanted text.reason", "n wanted")},

	reopenAsk, withdrawAsk,

	{Trigger: Verify, Kind: KindVerified, command: VerifyCommand{}, who: office,
		ways:      []way{leads(Verified, in(Reported), notSelfVerified)},
		otherwise: func(a Assignment) *Error { return Refuse("verify.not_reported", "state", a.State) },
		Place:     First, Step: StepVerify, Route: Route{Path: "verification", Summary: "Verify the report."},
		Fields: []Field{asked(choice("grade", "grade", plainStrings(Grades))), may("comment")},
		record: does(func(r *recording, c VerifyCommand) {
			r.e.Data.Grade = c.Grade
			oneOf(&r.f, "grade", "grade.unknown", c.Grade, Grades)
			r.text("comment", c.Comment)
		}),
		fold:    func(a *Assignment, e Event) { at := e.At; a.Grade, a.ClosedAt = e.Data.Grade, &at; a.lapseExtension(e) },
		figures: becomes(PointReported, PointVerified),
		pass:    ofWork("n grade text.comment", "grade")},

	{Trigger: Return, Kind: KindReturned, command: ReturnCommand{}, who: office,
		ways:      []way{leads(InProgress, in(Reported))},
		otherwise: func(a Assignment) *Error { return Refuse("return.not_reported", "state", a.State) },
		Place:     Side, Danger: true, Step: StepBad, Route: Route{Path: "return", Summary: "Return the report."},
		Fields: []Field{reason("return.reason_required"), {Name: "due", Kind: DueField, ReturnDue: true}},
		record: does(func(r *recording, c ReturnCommand) {
			r.due(c.Due, time.Time{})
			r.text("reason", c.Reason)
		}),
		fold: func(a *Assignment, e Event) {
			a.Returned++
			a.reportGone()
			a.lapseExtension(e)
			a.moveDue(e)
		},
		figures: becomes(PointReported, PointVoid),
		pass:    ofWork("n due text.reason", "due")},

	answerAsk,

	{Trigger: Urge, Kind: KindUrged, command: UrgeCommand{}, who: office,
		ways:      []way{stays(in(Assigned, InProgress, Overdue))},
		otherwise: func(a Assignment) *Error { return Refuse("urge.nothing_due", "state", a.State) },
		Place:     Side, Step: StepOffice, Route: Route{Path: "urges", Summary: "Urge."},
		Fields: []Field{choice("level", "level", plainStrings(Levels)), {Name: "text", Limit: PlainText, Missing: "urge.text_required"}},
		record: does((*recording).urged),
		fold: func(a *Assignment, e Event) {
			u := UrgeRef{N: e.Data.N, Seq: e.Seq, At: e.At, Level: e.Data.Level}
			a.Urges = append(a.Urges[:len(a.Urges):len(a.Urges)], u)
		},
		pass: ofWork("n level text.text", "n level")},

	{Trigger: Remind, Kind: KindReminded, command: RemindCommand{}, who: clock,
		ways: []way{stays(in(Assigned, InProgress))},
		Step: StepOffice,
		record: does(func(r *recording, c RemindCommand) {
			n := c.Workdays
			r.e.Data.Level, r.e.Data.Workdays = Reminder, &n
		}),
		fold: func(a *Assignment, e Event) {
			if e.Data.Workdays != nil {
				a.Reminded = append(a.Reminded[:len(a.Reminded):len(a.Reminded)], *e.Data.Workdays)
			}
		},
		pass: ofWork("n level workdays", "level workdays")},

	{Trigger: Extend, Kind: KindExtended, command: ExtendCommand{}, who: office,
		ways: []way{stays(in(Assigned, InProgress)),
			leads(InProgress, in(Overdue), wasAccepted), leads(Assigned, in(Overdue), wasNotAccepted)},
		otherwise: extensionReported,
		Place:     Side, inPlace: func(a Assignment) bool { return a.PendingExtension() != nil },
		Step: StepOffice, Route: Route{Path: "extension", Summary: "Give a later due date unasked."},
		Fields: []Field{{Name: "due", Kind: DueField, Missing: "extension.due_required"}, anyReason()},
		record: does((*recording).extend),
		fold: func(a *Assignment, e Event) {
			a.Extended++
			a.decideExtension(e, true)
			a.moveDue(e)
		},
		pass: ofWork("n due text.reason", "n due")},

	// Programs refuse an extension by the call that grants it.
	{Trigger: RefuseExtension, Kind: KindExtensionRefused, command: RefuseExtensionCommand{}, who: office,
		ways:      []way{stays(in(Assigned, InProgress, Overdue), pendingExtension)},
		otherwise: extensionReported,
		offered:   func(a Assignment) bool { return a.PendingExtension() != nil },
		Place:     InPlace, Step: StepBad, Route: Route{Path: "extension-requests/:n/decision", Summary: "Grant or refuse it."},
		Fields: []Field{reason("extension.refusal_reason_required")},
		record: does(func(r *recording, c RefuseExtensionCommand) {
			r.e.Data.N = c.N
			r.f.pending(r.a, c.N)
			r.text("reason", c.Reason)
		}),
		fold: func(a *Assignment, e Event) { a.decideExtension(e, false) },
		pass: ofWork("n text.reason", "n")},

	{Trigger: Direct, Kind: KindDirected, command: DirectCommand{}, who: office,
		ways:  []way{stays(in(open, Verified))},
		Place: Side, Step: StepOffice, Route: Route{Path: "directives", Summary: "Record a directive."},
		Fields: []Field{need("text", "directive.text_required"), {Name: "special", Kind: SpecialField}},
		record: makes((*recording).directed),
		fold:   func(a *Assignment, _ Event) { a.Directed++ },
		pass:   ofWork("special_period text.text", bare)},

	{Trigger: Note, Kind: KindNoted, command: NoteCommand{}, who: office,
		ways:  []way{stays(in(open, Verified, Withdrawn))},
		Place: Side, Route: Route{Path: "notes", Summary: "Record a note."},
		Fields: []Field{need("text", "note.text_required")},
		record: does(func(r *recording, c NoteCommand) { r.text("text", c.Text) }),
		pass:   ofWork("text.text", bare)},

	transfer,

	{Trigger: Withdraw, Kind: KindWithdrawn, command: WithdrawCommand{}, who: office,
		ways:  []way{leads(Withdrawn, in(open))},
		Place: Side, Danger: true, Step: StepBad, Route: Route{Path: "withdrawal", Summary: "Withdraw."},
		Fields: []Field{reason("withdraw.reason_required")},
		record: does(func(r *recording, c WithdrawCommand) {
			r.e.Data.TransferredTo = c.TransferredTo
			r.text("reason", c.Reason)
		}),
		fold:    func(a *Assignment, e Event) { at := e.At; a.ClosedAt = &at; a.lapseExtension(e); a.asksLapse() },
		figures: becomes(PointReported, PointVoid),
		pass:    ofWork("transferred_to text.reason", "transferred_to")},

	{Trigger: Reopen, Kind: KindReopened, command: ReopenCommand{}, who: office,
		ways:      []way{leads(InProgress, in(Verified))},
		otherwise: func(a Assignment) *Error { return Refuse("reopen.not_verified", "state", a.State) },
		closedToo: true,
		Place:     Side, Step: StepOffice, Route: Route{Path: "reopening", Summary: "Reopen."},
		Fields: []Field{reason("reopen.reason_required"), {Name: "due", Kind: DueField, Missing: "reopen.due_required", ReturnDue: true}},
		record: does(func(r *recording, c ReopenCommand) {
			r.due(c.Due, time.Time{})
			r.text("reason", c.Reason)
		}),
		fold: func(a *Assignment, e Event) {
			a.Reopened++
			a.Grade, a.ClosedAt = "", nil
			a.reportGone()
			a.moveDue(e)
		},
		figures: becomes(PointVerified, PointVoid),
		pass:    ofWork("due text.reason", "due")},

	// What the clock expires is recorded by Decide, whatever else is asked.
	{Trigger: Expire, Kind: KindExpired, command: ExpireCommand{}, who: clock,
		ways:   []way{leads(Overdue, in(Assigned, InProgress), pastDue)},
		Step:   StepBad,
		record: does(func(*recording, ExpireCommand) {}),
		pass:   ofWork("", bare)},
}

func extensionReported(a Assignment) *Error { return Refuse("extension.reported", "at", a.ReportedAt) }

func asked(f Field) Field { f.Ask = true; return f }

// becomes is what an act makes of the figures of the report in force.
func becomes(from, to PointStatus) struct{ from, to PointStatus } {
	return struct{ from, to PointStatus }{from, to}
}
