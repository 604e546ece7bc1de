package workflow

import (
	"context"
	"errors"
	"slices"
	"time"
)

// ActOnAll does one command on several assignments in one change, so that all of it is
// recorded or nothing. Each is judged by itself: left says why some are as they were, and
// done which the command was recorded of; a repeat is told what was done then. What is wrong with every one of them alike, the
// command's own text or the actor's rights, is an error.
func (d *Desk) ActOnAll(ctx context.Context, call Call, ids []string, c Command) (r Receipt, done []string, left map[string]*Error, err error) {
	rules, leave := d.enter()
	defer leave()
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	judge := func(v View, id string, now time.Time) ([]Event, error) {
		a, ok, err := v.Assignment(id)
		if err != nil {
			return nil, err
		}
		if !ok || !rules.MaySee(call.Actor, a) {
			return nil, Fault(NotFound, "assignment.unknown", "id", clip(id))
		}
		if err := rules.permit(call.Actor, a, c); err != nil {
			return nil, err
		}
		return Decide(a, call.Actor, c, Scene{Rules: rules, View: v, Now: now})
	}
	ch := call.change("")
	ch.Decide = func(v View, now time.Time) (events []Event, err error) {
		done, left = nil, map[string]*Error{}
		var last *Error
		for _, id := range ids {
			es, err := judge(v, id, now)
			var e *Error
			switch {
			case err == nil:
				done, events = append(done, id), append(events, es...)
			case errors.As(err, &e) && (e.Kind == Refused || e.Kind == NotFound || e.Kind == Invalid):
				left[id], last = e, e
			default:
				return nil, err
			}
		}
		if len(done) == 0 && last != nil && last.Kind == Invalid {
			return nil, last
		}
		return events, nil
	}
	if r, err = d.record(ctx, rules, call, ch); err != nil || !r.Repeated {
		return r, done, left, err
	}
	done, left = nil, map[string]*Error{}
	for _, id := range ids {
		was, err := d.didThen(ctx, id, r, call.Actor)
		if err != nil {
			return r, nil, nil, err
		}
		if was {
			done = append(done, id)
			continue
		}
		left[id] = Refuse("bulk.left_before")
	}
	return r, done, left, nil
}

// didThen reports whether the change of the receipt recorded something of the assignment.
func (d *Desk) didThen(ctx context.Context, id string, r Receipt, actor Actor) (bool, error) {
	trail, err := d.journal.Trail(ctx, id)
	return slices.ContainsFunc(trail, func(e Event) bool {
		return e.Seq <= r.Seq && e.At.Equal(r.At) && e.Actor == actor.Ref()
	}), err
}
