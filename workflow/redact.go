package workflow

import (
	"context"
	"iter"
	"slices"
	"time"
)

// Redaction is what a redaction did.
type Redaction struct {
	Receipt
	// Copies are the other events whose texts went too, as they said nothing else.
	Copies []uint64
}

// Redact takes the texts of an event out of the record, for personal data or
// secrets that should not stand there: the event, its hash and the chain stay,
// the bytes of the texts go, and a text_redacted event says who did it and why.
// Every event that says the same and nothing else goes with it, each with a
// text_redacted event of its own, and the texts go out of unfinished reports.
// Administrators only: the office must not be able to unwrite what it ordered.
//
// Errors: Forbidden, NotFound (event.unknown), Refused (redact.already,
// redact.no_text), Invalid (redact.reason_required).
func (d *Desk) Redact(ctx context.Context, call Call, seq uint64, reason string) (Redaction, error) {
	if call.Actor.Role != Admin {
		return Redaction{}, Fault(Forbidden, "redact.admin_only")
	}
	texts := Texts{}
	var f faults
	f.required(texts, "reason", "reason", reason, ShortText, "redact.reason_required")
	if err := f.err(); err != nil {
		return Redaction{}, err
	}
	target, err := d.eventAt(ctx, seq)
	if err != nil {
		return Redaction{}, err
	}
	if target.TextDigest == "" {
		return Redaction{}, Refuse("redact.no_text", "seq", seq)
	}
	// The journal is looked through before the change, which holds up everybody else's;
	// what was written meanwhile is looked through after it.
	head, _ := d.journal.Head()
	found, err := d.echoes(ctx, target, 0, head)
	if err != nil {
		return Redaction{}, err
	}
	done := Redaction{Copies: []uint64{}}
	done.Receipt, err = d.takeOut(ctx, call, append([]uint64{seq}, found.Same...), texts)
	if err != nil {
		return Redaction{}, err
	}
	departments := []string{target.Department}
	for e, err := range d.takenOut(ctx, done.Seq) {
		if err != nil {
			return done, err
		}
		departments = append(departments, e.Department)
		if e.Data.Redacted == seq {
			break // it is the first of them
		}
		done.Copies = append(done.Copies, e.Data.Redacted)
	}
	slices.Sort(done.Copies)
	if done.Repeated {
		return done, nil
	}
	late, err := d.echoes(ctx, target, head, done.Seq)
	if err == nil && len(late.Same) > 0 {
		call.Key = "" // the first change has it
		_, err = d.takeOut(ctx, call, late.Same, texts)
	}
	if err != nil {
		return done, err
	}
	return done, d.cleanDrafts(ctx, departments, values(target))
}

// takenOut are the text_redacted events of one change, from its last one back.
func (d *Desk) takenOut(ctx context.Context, last uint64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		var newest Event
		for seq := last; seq > 0; seq-- {
			e, err := d.eventAt(ctx, seq)
			if err == nil && seq == last {
				newest = e
			}
			if err == nil && (e.Kind != KindTextRedacted || !e.RecordedAt.Equal(newest.RecordedAt) || e.Actor != newest.Actor) {
				return
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// takeOut records that the texts of the events were taken out. What was taken out
// already is passed over; when nothing is left, that is a refusal.
func (d *Desk) takeOut(ctx context.Context, call Call, seqs []uint64, why Texts) (Receipt, error) {
	targets, err := d.journal.EventsAt(ctx, seqs...)
	if err != nil {
		return Receipt{}, err
	}
	ch := call.change("")
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		var events []Event
		for _, target := range targets {
			there, err := v.Texts(target.Seq)
			if err != nil {
				return nil, err
			}
			if there != nil {
				events = append(events, Event{At: now, Kind: KindTextRedacted, Actor: call.Actor.Ref(), Task: target.Task,
					Department: target.Department, Data: Data{Redacted: target.Seq}, Texts: why})
			}
		}
		if len(events) == 0 {
			return nil, Refuse("redact.already", "seq", seqs[0])
		}
		return events, nil
	}
	return d.journal.Change(ctx, ch)
}
