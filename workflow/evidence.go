package workflow

import (
	"context"
	"slices"
	"time"

	"duban/workflow/plan"
)

// MaySeeFile reports whether the actor may know of a piece of evidence: who sees
// everything, the unit that brought it, and who may read a report that names it.
// assignment finds a row by its id.
func (r Rules) MaySeeFile(actor Actor, f File, assignment func(id string) (Assignment, bool)) bool {
	if actor.SeesAll() || actor.InDepartment() && r.rights().Stands(actor.Unit, f.Unit) {
		return true
	}
	return slices.ContainsFunc(f.UsedBy, func(id string) bool {
		a, ok := assignment(id)
		return ok && r.MayRead(actor, a)
	})
}

// MayDropEvidence: the office and the admin may delete any evidence; a department's
// people what they brought themselves, as long as no filed report names it.
func (r Rules) MayDropEvidence(actor Actor, f File) bool { return r.deletion(actor, f) == nil }

// deletion says why the actor may not delete the evidence, nil if they may.
func (r Rules) deletion(actor Actor, f File) error {
	above := actor.Supervises() || actor.Role == Admin
	switch {
	case !above && !(actor.InDepartment() && r.rights().Stands(actor.Unit, f.Unit)):
		return Fault(Forbidden, "file.delete_forbidden")
	case f.Gone:
		return Refuse("file.gone")
	case !above && len(f.UsedBy) > 0:
		return Refuse("file.in_report")
	}
	return nil
}

// DropEvidence removes the bytes of a piece of evidence for good and records who
// did it and why; its record and its hash stay, so that a copy kept elsewhere can
// still be told to be the one that was filed. A reason is needed as soon as a
// report names it.
//
// Errors: NotFound (file.unknown), Forbidden (file.delete_forbidden), Refused
// (file.in_report, file.gone), Invalid (file.reason_required).
func (d *Desk) DropEvidence(ctx context.Context, call Call, id, reason string) (Receipt, error) {
	ch := call.change("")
	rules, leave := d.enter()
	defer leave()
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		f, ok, err := v.File(id)
		if err != nil {
			return nil, err
		}
		var failed error
		seen := ok && rules.MaySeeFile(call.Actor, f, func(id string) (Assignment, bool) {
			a, found, err := v.Assignment(id)
			if err != nil {
				failed = err
			}
			return a, found && err == nil
		})
		switch {
		case failed != nil:
			return nil, failed
		case !seen:
			return nil, Fault(NotFound, "file.unknown")
		}
		if err := rules.deletion(call.Actor, f); err != nil {
			return nil, err
		}
		texts := Texts{}
		var wrong faults
		if len(f.UsedBy) > 0 {
			wrong.required(texts, "reason", "reason", reason, ShortText, "file.reason_required")
		} else {
			wrong.text(texts, "reason", "reason", reason, ShortText)
		}
		return []Event{{At: now, Kind: KindFileDeleted, Actor: call.Actor.Ref(), Department: departmentOf(f.Unit), Texts: texts,
			Data: Data{File: &FileRef{ID: f.ID, SHA256: f.SHA256, Size: f.Size, Type: f.Type}}}}, wrong.err()
	}
	return d.record(ctx, rules, call, ch)
}

// DropUnused deletes evidence that no report names, by the clock. What a report has named
// meanwhile, or somebody deleted, is left.
func (d *Desk) DropUnused(ctx context.Context, now time.Time, id string) error {
	ch := Change{Received: now, Actor: Clock}
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		f, ok, err := v.File(id)
		if err != nil || !ok || f.Gone || len(f.UsedBy) > 0 {
			return nil, err
		}
		return []Event{{At: now, Kind: KindFileDeleted, Actor: Clock.Ref(), Department: departmentOf(f.Unit),
			Data: Data{File: &FileRef{ID: f.ID, SHA256: f.SHA256, Size: f.Size, Type: f.Type}}}}, nil
	}
	_, err := d.journal.Change(ctx, ch)
	return err
}

// RefuseEvidence records that malware was found in a file that somebody brought, and
// that nothing of it was kept: f's sum, size, type and name, and what the scanner
// calls it.
func (d *Desk) RefuseEvidence(ctx context.Context, call Call, f File, malware string) (Receipt, error) {
	ch := call.change("")
	ch.Key = "" // its act was refused: the same key may come with a clean file
	ch.Decide = func(_ View, now time.Time) ([]Event, error) {
		return []Event{{At: now, Kind: KindFileRefused, Actor: call.Actor.Ref(), Department: departmentOf(call.Actor.Unit), Texts: Texts{"name": f.Name},
			Data: Data{File: &FileRef{SHA256: f.SHA256, Size: f.Size, Type: f.Type}, Malware: malware}}}, nil
	}
	return d.journal.Change(ctx, ch)
}

// departmentOf is the unit of an event's department; the office is none.
func departmentOf(unit string) string {
	if unit == plan.OfficeID {
		return ""
	}
	return unit
}
