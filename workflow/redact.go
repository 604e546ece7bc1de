package workflow

import (
	"context"
	"time"
)

// Redact takes the texts of an event out of the record, for personal data or
// secrets that should not stand there: the event, its hash and the chain stay,
// the bytes of the texts go, and a text_redacted event says who did it and why.
// Administrators only: the office must not be able to unwrite what it ordered.
//
// Errors: Forbidden, NotFound (event.unknown), Refused (redact.already,
// redact.no_text), Invalid (redact.reason_required).
func (d *Desk) Redact(ctx context.Context, call Call, seq uint64, reason string) (Receipt, error) {
	if call.Actor.Role != Admin {
		return Receipt{}, Fault(Forbidden, "redact.admin_only")
	}
	texts := Texts{}
	var f faults
	f.required(texts, "reason", "reason", reason, ShortText, "redact.reason_required")
	if err := f.err(); err != nil {
		return Receipt{}, err
	}
	// Past events never change but by redaction, so that this one may be read
	// before the change; whether its texts are still there is asked inside.
	events, err := d.journal.Events(ctx, max(seq, 1)-1, 1)
	if err != nil {
		return Receipt{}, err
	}
	if seq == 0 || len(events) == 0 || events[0].Seq != seq {
		return Receipt{}, Fault(NotFound, "event.unknown", "seq", seq)
	}
	if events[0].TextDigest == "" {
		return Receipt{}, Refuse("redact.no_text", "seq", seq)
	}
	target := events[0]
	ch := call.change("")
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		there, err := v.Texts(seq)
		if err != nil {
			return nil, err
		}
		if there == nil {
			return nil, Refuse("redact.already", "seq", seq)
		}
		return []Event{{At: now, Kind: KindTextRedacted, Actor: call.Actor.Ref(), Task: target.Task,
			Department: target.Department, Data: Data{Redacted: seq}, Texts: texts}}, nil
	}
	return d.journal.Change(ctx, ch)
}
