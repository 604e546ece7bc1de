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
	Body     []byte       `json:"body,omitempty"` // the ReportInput that was submitted; absent in drafts of earlier versions
}

// keptBy carries a submission on when the signatory changes the draft; a liaison who
// changes it has to submit it again.
func (s *Signing) keptBy(actor Actor) *Signing {
	if s != nil && (actor.Role == Signatory || s.State == SentBack) {
		return s
	}
	return nil
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
	dr, err := s.View.Draft(a.ID)
	if err != nil {
		return nil, err
	}
	dr, _ = dr.of(a)
	if err := dr.standsOn(c.Basis, c.Window); err != nil {
		return nil, err
	}
	prepared := ""
	if dr.Signing != nil && actor.Role == Signatory {
		prepared = dr.Signing.Preparer
	}
	if on && actor.OnBehalf != "" && (prepared == "" || prepared == actor.User) {
		return nil, Refuse("report.deputy_signs_own", "name", actor.OnBehalf)
	}
	events, err := s.report(a, actor, c.ReportInput)
	if err != nil || !on {
		return events, err
	}
	events[0].Data.Prepared = prepared
	events[0].Data.Altered, err = dr.altered(c.ReportInput)
	return events, err
}

// asSigner lets a liaison look at a report as their signatory would file it.
func asSigner(actor Actor, c Command) Actor {
	if _, ok := c.(ReportCommand); ok && actor.Role == Liaison {
		actor.Role = Signatory
	}
	return actor
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
	rules, leave := d.enter()
	defer leave()
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
	return d.record(ctx, rules, call, ch)
}

// AskSignature hands a filled report to the department's signatory. It must
// be one that could be filed now; it stays a draft. Errors are those of filing and of
// SaveDraft.
func (d *Desk) AskSignature(ctx context.Context, call Call, id string, c ReportCommand, in DraftInput) (Draft, error) {
	var kept Draft
	rules, leave := d.enter()
	defer leave()
	_, err := d.journal.Change(ctx, draftChange(call, func(v View, now time.Time) ([]Draft, error) {
		if err := rules.shownTo(call); err != nil {
			return nil, err
		}
		a, was, err := rules.openDraft(v, call.Actor, id)
		if err != nil {
			return nil, err
		}
		if err := was.standsOn(in.Basis, in.Window); err != nil {
			return nil, err
		}
		c.Basis = nil // it has been asked
		if _, err := Decide(a, asSigner(call.Actor, c), c, Scene{Rules: rules, View: v, Now: now}); err != nil {
			return nil, err
		}
		kept = was.next(rules, call, now, in)
		kept.Signing = &Signing{State: Submitted, Preparer: call.Actor.User, By: call.Actor.User, At: now, Body: in.Body}
		return []Draft{kept}, nil
	}))
	if err != nil {
		return Draft{}, err
	}
	return kept, nil
}

// SendBack returns a submitted report to the liaison with the signatory's reason; basis
// is the text the signatory had before them. Whether it is still submitted is asked in
// the transaction that writes the event and the draft's new state.
//
// Errors: NotFound, Forbidden (signing.signatory_only), Refused (signing.not_submitted, or
// because it is filed), Invalid (signing.note_required), Stale as of SaveDraft.
func (d *Desk) SendBack(ctx context.Context, call Call, id, note string, basis *Basis) (Receipt, error) {
	ch := call.change(id)
	ch.Key = "" // a repeat is told that there is nothing to send back any more
	var back Draft
	rules, leave := d.enter()
	defer leave()
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		a, dr, err := rules.openDraft(v, call.Actor, id)
		if err != nil {
			return nil, err
		}
		if call.Actor.Role != Signatory {
			return nil, Fault(Forbidden, "signing.signatory_only")
		}
		if dr.Signing == nil || dr.Signing.State != Submitted {
			return nil, Refuse("signing.not_submitted")
		}
		if err := dr.standsOn(basis, ""); err != nil {
			return nil, err
		}
		texts := Texts{}
		var f faults
		f.required(texts, "note", "note", note, ShortText, "signing.note_required")
		if err := f.err(); err != nil {
			return nil, err
		}
		was := *dr.Signing
		back = dr
		back.Version++
		back.Window = ""
		back.Signing = &Signing{State: SentBack, Preparer: was.Preparer, By: call.Actor.User, At: now, Note: texts["note"], Body: was.Body}
		return []Event{{At: now, Kind: KindSentBack, Assignment: a.ID, Period: a.Period, Task: a.Task, Department: a.Department,
			Actor: call.Actor.Ref(), Data: Data{Prepared: was.Preparer}, Texts: texts}}, nil
	}
	ch.Drafts = func(View, time.Time) ([]Draft, error) { return []Draft{back}, nil }
	return d.record(ctx, rules, call, ch)
}
