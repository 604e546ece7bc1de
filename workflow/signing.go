package workflow

import (
	"context"
	"slices"
	"time"
)

// Sign-off is a setting of the office for one department: when it is on, a liaison
// fills the report and a signatory files it or sends it back. Until then it is a
// draft: the assignment's states and clocks know nothing of it, and what is not
// signed in time is late.

// SigningState is how far a draft is on its way to the signatory.
type SigningState string

// The states of a draft in a department with sign-off.
const (
	Submitted SigningState = "submitted" // waits for the signatory
	SentBack  SigningState = "sent_back" // the signatory wants it changed
)

// Signing is what was last done to a draft on its way to the signatory.
type Signing struct {
	State    SigningState `json:"state"`
	Preparer string       `json:"preparer"` // the account that submitted it
	By       string       `json:"by"`
	At       time.Time    `json:"at"`
	Note     string       `json:"note,omitempty"` // why it was sent back
}

// foldPlan keeps the office's settings beside a plan that is put in force.
func foldPlan(rows Rows, next PlanRef) error {
	was, _, err := rows.Plan()
	if err != nil {
		return err
	}
	next.Signing, next.Template = was.Signing, was.Template
	return rows.PutPlan(next)
}

// foldSigning turns a department's sign-off on or off.
func foldSigning(rows Rows, e Event) error {
	p, _, err := rows.Plan()
	if err != nil {
		return err
	}
	on := slices.DeleteFunc(slices.Clone(p.Signing), func(d string) bool { return d == e.Department })
	if e.Data.Signing {
		on = append(on, e.Department)
		slices.Sort(on)
	}
	if p.Signing = on; len(on) == 0 {
		p.Signing = nil
	}
	return rows.PutPlan(p)
}

// signed records a report, unless its department's signatory has to file it. Who
// acts for the signatory signs what somebody else has filled and submitted, or the
// second pair of eyes would be gone.
func (s Scene) signed(a Assignment, actor Actor, c ReportCommand) ([]Event, error) {
	p, _, err := s.View.Plan()
	if err != nil {
		return nil, err
	}
	on := slices.ContainsFunc(s.Rules.Plan.Heirs(a.Department), func(d string) bool { return slices.Contains(p.Signing, d) })
	if on && actor.Role == Liaison {
		return nil, Refuse("report.signatory_files")
	}
	if on && actor.OnBehalf != "" && (c.prepared == "" || c.prepared == actor.User) {
		return nil, Refuse("report.deputy_signs_own", "name", actor.OnBehalf)
	}
	events, err := s.report(a, actor, c.ReportInput)
	if err == nil && on {
		events[0].Data.Prepared = c.prepared
	}
	return events, err
}

// asSigner lets a liaison look at a report as their signatory would file it.
func asSigner(actor Actor, c Command) Actor {
	if _, ok := c.(ReportCommand); ok && actor.Role == Liaison {
		actor.Role = Signatory
	}
	return actor
}

// withPreparer notes on a signatory's report who filled it.
func (d *Desk) withPreparer(ctx context.Context, actor Actor, id string, c Command) (Command, error) {
	r, ok := c.(ReportCommand)
	if !ok || actor.Role != Signatory {
		return c, nil
	}
	dr, err := d.journal.Draft(ctx, id)
	if err == nil && dr.Assignment == id && dr.Signing != nil {
		r.prepared = dr.Signing.Preparer
	}
	return r, err
}

// keepSigning carries a submission on when the signatory changes the draft; a
// liaison who changes it has to submit it again.
func (d *Desk) keepSigning(ctx context.Context, actor Actor, a Assignment, dr *Draft) error {
	was, err := d.journal.Draft(ctx, a.ID)
	if err != nil || was.Assignment != a.ID || was.Reports != dr.Reports || was.Signing == nil {
		return err
	}
	if actor.Role == Signatory || was.Signing.State == SentBack {
		dr.Signing = was.Signing
	}
	return nil
}

// Signing lists the departments whose signatory files their reports.
func (d *Desk) Signing(ctx context.Context) (departments []string, err error) {
	err = d.journal.Read(ctx, func(v ReadView) error {
		p, _, err := v.Plan()
		departments = p.Signing
		return err
	})
	return departments, err
}

// SetSigning says which departments' signatories file their reports; an event for
// each department that changes. It is for the office and the admin.
//
// Errors: Forbidden (signing.office_only), Invalid (department.unknown).
func (d *Desk) SetSigning(ctx context.Context, call Call, departments []string) (Receipt, error) {
	ch := call.change("")
	rules := d.rules()
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		if !call.Actor.Supervises() && call.Actor.Role != Admin {
			return nil, Fault(Forbidden, "signing.office_only")
		}
		for _, id := range departments {
			if _, ok := rules.Plan.Department(id); !ok {
				return nil, BadField("departments", "department.unknown", "id", clip(id))
			}
		}
		p, _, err := v.Plan()
		if err != nil {
			return nil, err
		}
		var events []Event
		for _, dep := range rules.Plan.Departments {
			on := slices.Contains(departments, dep.ID)
			if on != slices.Contains(p.Signing, dep.ID) {
				events = append(events, Event{At: now, Kind: KindSigningSet, Actor: call.Actor.Ref(), Department: dep.ID, Data: Data{Signing: on}})
			}
		}
		return events, nil
	}
	return d.journal.Change(ctx, ch)
}

// AskSignature hands a filled report to the department's signatory. It must
// be one that could be filed now; it stays a draft. Errors are those of filing.
func (d *Desk) AskSignature(ctx context.Context, call Call, a Assignment, c ReportCommand, body []byte) (Draft, error) {
	if _, err := d.Preview(ctx, call, a.ID, c); err != nil {
		return Draft{}, err
	}
	dr := Draft{Assignment: a.ID, Reports: len(a.Reports), By: call.Actor.User, At: call.Received, Body: body,
		Signing: &Signing{State: Submitted, Preparer: call.Actor.User, By: call.Actor.User, At: call.Received}}
	return dr, d.journal.SaveDraft(ctx, dr)
}

// SendBack returns a submitted report to the liaison with the signatory's reason.
// The event and the draft's new state are written in one transaction.
//
// Errors: Forbidden (signing.signatory_only), Refused (signing.not_submitted),
// Invalid (signing.note_required).
func (d *Desk) SendBack(ctx context.Context, call Call, a Assignment, note string) (Receipt, error) {
	if err := d.rules().permit(call.Actor, a, ReportCommand{}); err != nil {
		return Receipt{}, err
	}
	if call.Actor.Role != Signatory {
		return Receipt{}, Fault(Forbidden, "signing.signatory_only")
	}
	dr, ok, err := d.Draft(ctx, call.Actor, a)
	if err != nil {
		return Receipt{}, err
	}
	if !ok || dr.Signing == nil || dr.Signing.State != Submitted {
		return Receipt{}, Refuse("signing.not_submitted")
	}
	texts := Texts{}
	var f faults
	f.required(texts, "note", "note", note, ShortText, "signing.note_required")
	if err := f.err(); err != nil {
		return Receipt{}, err
	}
	preparer := dr.Signing.Preparer
	dr.Signing = &Signing{State: SentBack, Preparer: preparer, By: call.Actor.User, At: call.Received, Note: texts["note"]}
	ch := call.change(a.ID)
	ch.Draft = &dr
	ch.Decide = func(_ View, now time.Time) ([]Event, error) {
		return []Event{{At: now, Kind: KindSentBack, Assignment: a.ID, Period: a.Period, Task: a.Task, Department: a.Department,
			Actor: call.Actor.Ref(), Data: Data{Prepared: preparer}, Texts: texts}}, nil
	}
	return d.journal.Change(ctx, ch)
}
