package workflow

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Echoes are the other events in which the texts of one stand again.
type Echoes struct {
	// Same say nothing but what the event says, and go with it.
	Same []uint64
	// Partly say it among other things, which would go too: whoever redacts decides.
	Partly []uint64
}

// telling is how many characters a text has at least that is looked for everywhere:
// what is shorter, as 同意, is said by many who copy nobody.
const telling = 8

// mostPartly bounds the list that a person reads.
const mostPartly = 100

// Echoes finds where else the texts of the event stand: copies the program made, as a
// directive's in the special period it opened or a plan's reason in what it withdrew, and
// what people repeated.
//
// Errors: Forbidden, NotFound (event.unknown).
func (d *Desk) Echoes(ctx context.Context, call Call, seq uint64) (Echoes, error) {
	if call.Actor.Role != Admin {
		return Echoes{}, Fault(Forbidden, "redact.admin_only")
	}
	target, err := d.eventAt(ctx, seq)
	if err != nil {
		return Echoes{}, err
	}
	head, _ := d.journal.Head()
	return d.echoes(ctx, target, 0, head)
}

// eventAt is the event at the position. Past events never change but by redaction.
func (d *Desk) eventAt(ctx context.Context, seq uint64) (Event, error) {
	events, err := d.journal.Events(ctx, max(seq, 1)-1, 1)
	if err != nil {
		return Event{}, err
	}
	if seq == 0 || len(events) == 0 || events[0].Seq != seq {
		return Event{}, Fault(NotFound, "event.unknown", "seq", seq)
	}
	return events[0], nil
}

// echoes looks through the journal from after the one position up to the other.
func (d *Desk) echoes(ctx context.Context, target Event, after, upto uint64) (found Echoes, err error) {
	said := values(target)
	for after < upto {
		batch, err := d.journal.Events(ctx, after, 500)
		if err != nil || len(batch) == 0 {
			return found, err
		}
		for _, e := range batch {
			if after = e.Seq; e.Seq > upto || e.Seq == target.Seq || len(e.Texts) == 0 {
				continue
			}
			switch {
			case opens(target, e) || opens(e, target) || copies(target, said, e):
				found.Same = append(found.Same, e.Seq)
			case len(found.Partly) < mostPartly && repeats(said, e):
				found.Partly = append(found.Partly, e.Seq)
			}
		}
	}
	return found, nil
}

// values are an event's texts, without those that say nothing.
func values(e Event) []string {
	var all []string
	for _, s := range e.Texts {
		if strings.TrimSpace(s) != "" {
			all = append(all, s)
		}
	}
	return all
}

// opens reports whether the directive opened the special period of the event, whose
// reason is the directive's text: also when one of the two has lost it already.
func opens(directive, e Event) bool {
	return directive.Kind == KindDirected && directive.Data.SpecialPeriod != "" && e.Kind == KindPeriodOpened &&
		e.Period == directive.Data.SpecialPeriod && e.Seq > directive.Seq && e.RecordedAt.Equal(directive.RecordedAt)
}

// copies reports whether all that the event says stands in what the target says, and not
// by chance: it was recorded with it, is about the same assignment, or is long enough.
func copies(target Event, said []string, e Event) bool {
	one := values(e)
	if len(one) == 0 {
		return false
	}
	long := false
	for _, s := range one {
		if !slices.Contains(said, s) {
			return false
		}
		long = long || utf8.RuneCountInString(s) >= telling
	}
	together := e.RecordedAt.Equal(target.RecordedAt) && e.Actor == target.Actor
	return long || together || e.Assignment != "" && e.Assignment == target.Assignment
}

// repeats reports whether one of the texts stands in one of the event's.
func repeats(said []string, e Event) bool {
	for _, s := range said {
		if utf8.RuneCountInString(s) < telling {
			continue
		}
		for _, other := range e.Texts {
			if strings.Contains(other, s) {
				return true
			}
		}
	}
	return false
}

// cleanDrafts takes the texts out of the unfinished reports of the departments: a draft
// may have begun as a copy of the report that was redacted.
func (d *Desk) cleanDrafts(ctx context.Context, departments []string, said []string) error {
	var ids []string
	err := d.journal.Read(ctx, func(v ReadView) error {
		for a, err := range v.AllAssignments() {
			if err != nil {
				return err
			}
			if slices.Contains(departments, a.Department) {
				ids = append(ids, a.ID)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = d.journal.Change(ctx, Change{Drafts: func(v View, _ time.Time) (changed []Draft, err error) {
		for _, id := range ids {
			draft, err := v.Draft(id)
			if err != nil {
				return nil, err
			}
			if clean(&draft, said) {
				// A page that is open still shows the text: it is behind the draft now.
				draft.Version, draft.Window = max(draft.Version, 1)+1, ""
				changed = append(changed, draft)
			}
		}
		return changed, nil
	}})
	return err
}

// clean takes the texts out of a draft and of all it remembers, and reports whether there
// were any.
func clean(draft *Draft, said []string) bool {
	changed := cleanBody(&draft.Body, said)
	if s := draft.Signing; s != nil {
		kept := *s
		if says("note", kept.Note, said) {
			kept.Note, changed = "", true
		}
		changed = cleanBody(&kept.Body, said) || changed
		draft.Signing = &kept
	}
	changed = cleanFields(draft.Unread, said) || changed
	for i := range draft.Earlier {
		changed = cleanBody(&draft.Earlier[i].Body, said) || changed
		changed = cleanFields(draft.Earlier[i].Unread, said) || changed
	}
	return changed
}

// cleanFields takes the texts out of fields kept as they were typed.
func cleanFields(typed map[string]string, said []string) bool {
	changed := false
	for name, value := range typed {
		if says(name[strings.LastIndexByte(name, '.')+1:], value, said) {
			delete(typed, name)
			changed = true
		}
	}
	return changed
}

// cleanBody takes the texts out of a report as JSON; nothing is none.
func cleanBody(report *[]byte, said []string) bool {
	var body any
	d := json.NewDecoder(strings.NewReader(string(*report)))
	d.UseNumber()
	if d.Decode(&body) != nil {
		return false // no draft, or none this program could read
	}
	next, found := cleaned("", body, said)
	if !found {
		return false
	}
	b, err := json.Marshal(next)
	if err != nil {
		return false
	}
	*report = b
	return true
}

func cleaned(name string, v any, said []string) (any, bool) {
	found := false
	switch v := v.(type) {
	case string:
		if says(name, v, said) {
			return "", true
		}
	case []any:
		for i := range v {
			var one bool
			v[i], one = cleaned(name, v[i], said)
			found = found || one
		}
	case map[string]any:
		for k := range v {
			var one bool
			v[k], one = cleaned(k, v[k], said)
			found = found || one
		}
	}
	return v, found
}

// freeText are the fields of a report that hold free text; elsewhere a short text may be
// an id or a value.
var freeText = []string{"progress", "obstacles", "asks", "next_steps", "forecast", "text", "reason", "note", "explanation"}

// says reports whether the field holds one of the texts.
func says(field, value string, said []string) bool {
	return slices.ContainsFunc(said, func(s string) bool {
		return s == value && slices.Contains(freeText, field) || utf8.RuneCountInString(s) >= telling && strings.Contains(value, s)
	})
}
