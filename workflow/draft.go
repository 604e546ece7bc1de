package workflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Draft is an unfinished report as it was typed.
type Draft struct {
	Assignment string    `json:"assignment"`
	Reports    int       `json:"reports"`           // versions filed when it was begun: a later one makes the draft stale
	Version    int       `json:"version,omitempty"` // raised by every save; 0: kept before drafts had one
	By         string    `json:"by"`
	At         time.Time `json:"at"`
	// Window names the page it was saved from. What the same page saves next was typed
	// after this, also where the answer to this never reached it.
	Window string `json:"window,omitempty"`
	Body   []byte `json:"body"` // a ReportInput as JSON
	// Plan is the digest of the version whose units the numbers are in. Empty: kept before
	// drafts said so, and the one that was in force At counts.
	Plan string `json:"plan,omitempty"`
	// Unread are fields of the form that could not be read, by name, as they were typed.
	Unread  map[string]string `json:"unread,omitempty"`
	Signing *Signing          `json:"signing,omitempty"`
	Earlier []Earlier         `json:"earlier,omitempty"` // newest first
}

// Earlier is what a draft said before somebody else's text took its place.
type Earlier struct {
	By     string            `json:"by"`
	At     time.Time         `json:"at"`
	Body   []byte            `json:"body"`
	Plan   string            `json:"plan,omitempty"` // as Draft.Plan
	Unread map[string]string `json:"unread,omitempty"`
	// Submitted: it had been handed to the signatory.
	Submitted bool `json:"submitted,omitempty"`
}

// Text is what the draft says, without what became of it.
func (d Draft) Text() Earlier {
	return Earlier{By: d.By, At: d.At, Body: d.Body, Plan: d.Plan, Unread: d.Unread}
}

// Bounds of what a draft remembers of earlier texts.
const (
	maxEarlier      = 5
	maxEarlierBytes = 256 << 10
)

// Tag names the text that stands, among all the assignment has ever had. A draft that
// nobody has begun has a tag too.
func (d Draft) Tag() string { return fmt.Sprintf("%d-%d", d.Reports, d.Version) }

// of is the draft as it counts for the assignment now; false when nobody has begun one
// since the last report.
func (d Draft) of(a Assignment) (Draft, bool) {
	if d.Assignment != a.ID || d.Reports != len(a.Reports) {
		return Draft{Assignment: a.ID, Reports: len(a.Reports)}, false
	}
	d.Version = max(d.Version, 1)
	return d, true
}

// Basis is the text that a change of a draft was made from.
type Basis struct {
	Any  bool // whatever stands, so long as something does
	None bool // that nobody had begun
	// Own is the user who does not say what text it was: none, or one of their own.
	Own  string
	Tags []string // one of these
}

// From is the basis of a change made from the draft with the tag.
func From(tag string) *Basis { return &Basis{Tags: []string{tag}} }

// standsOn refuses a change that was made from another text than the one that stands. A
// nil basis is a program that does not ask.
func (d Draft) standsOn(b *Basis, window string) error {
	switch {
	case b == nil, window != "" && window == d.Window, slices.Contains(b.Tags, d.Tag()),
		b.Any && d.Version > 0, (b.None || b.Own != "") && d.Version == 0,
		b.Own != "" && b.Own == d.By && d.Signing == nil:
		return nil
	case d.Version == 0:
		return Fault(Stale, "draft.gone", "current", d.Tag())
	}
	return Fault(Stale, "draft.stale", "by", d.By, "at", d.At, "current", d.Tag())
}

// DraftInput is what is saved as a draft.
type DraftInput struct {
	Body   []byte            // a ReportInput as JSON
	Unread map[string]string // see Draft
	Window string            // see Draft
	Basis  *Basis
	// Plan begins the digest of the plan it was typed under; empty: the one in force. A draft
	// is kept whatever plan its page was of, and its numbers are read in that plan's units.
	Plan string
	// Over: another's text was read and this is wanted in its place.
	Over bool
}

// next is the draft after a save. The text it takes the place of is remembered when it
// is somebody else's, was handed to the signatory or was knowingly put aside: nobody's
// words are lost to a colleague's page.
func (d Draft) next(rules Rules, call Call, now time.Time, in DraftInput) Draft {
	n := Draft{Assignment: d.Assignment, Reports: d.Reports, Version: d.Version + 1, By: call.Actor.User, At: now,
		Window: in.Window, Body: in.Body, Plan: rules.Typed(in.Plan).Digest, Unread: in.Unread, Earlier: d.Earlier}
	if d.Version == 0 || bytes.Equal(d.Body, in.Body) && maps.Equal(d.Unread, in.Unread) {
		return n
	}
	submitted := d.Signing != nil && d.Signing.State == Submitted
	if d.By != n.By || submitted || in.Over {
		was := d.Text()
		was.Submitted = submitted
		n.Earlier = append([]Earlier{was}, d.Earlier...)
	}
	size := 0
	for i, e := range n.Earlier {
		if size += len(e.Body); i == maxEarlier || i > 0 && size > maxEarlierBytes {
			n.Earlier = n.Earlier[:i]
			break
		}
	}
	return n
}

// openDraft finds the assignment and its draft for who may write it. Only the
// department's own people may, and only while it awaits a report.
func (r Rules) openDraft(v View, actor Actor, id string) (Assignment, Draft, error) {
	a, ok, err := v.Assignment(id)
	if err != nil {
		return a, Draft{}, err
	}
	if !ok || !r.MaySee(actor, a) {
		return a, Draft{}, Fault(NotFound, "assignment.unknown", "id", clip(id))
	}
	if err := r.permit(actor, a, ReportCommand{}); err != nil {
		return a, Draft{}, err
	}
	if !a.State.AwaitsReport() {
		return a, Draft{}, refusalOf(a, Report)
	}
	dr, err := v.Draft(id)
	dr, _ = dr.of(a)
	return a, dr, err
}

// draftChange is a change of drafts alone: no event comes of it.
func draftChange(call Call, fn func(v View, now time.Time) ([]Draft, error)) Change {
	return Change{Received: call.Received, Actor: call.Actor, Drafts: fn}
}

// SaveDraft keeps an unfinished report. Errors: NotFound, Forbidden, Refused; Stale
// (draft.stale, draft.gone) when it was made from another text than the one that stands.
func (d *Desk) SaveDraft(ctx context.Context, call Call, id string, in DraftInput) (Draft, error) {
	var kept Draft
	rules, leave := d.enter()
	defer leave()
	_, err := d.journal.Change(ctx, draftChange(call, func(v View, now time.Time) ([]Draft, error) {
		_, was, err := rules.openDraft(v, call.Actor, id)
		if err != nil {
			return nil, err
		}
		if err := was.standsOn(in.Basis, in.Window); err != nil {
			return nil, err
		}
		kept = was.next(rules, call, now, in)
		kept.Signing = was.Signing.keptBy(call.Actor)
		return []Draft{kept}, nil
	}))
	if err != nil {
		return Draft{}, err
	}
	return kept, nil
}

// Filled is a department's report, not finished, as a sheet filled it.
type Filled struct {
	Assignment string
	DraftInput
}

// SaveDrafts keeps several unfinished reports, all or none. Errors as of SaveDraft, and Stale
// (plan.changed): what was shown of them together was of another plan.
func (d *Desk) SaveDrafts(ctx context.Context, call Call, all []Filled) error {
	rules, leave := d.enter()
	defer leave()
	_, err := d.journal.Change(ctx, draftChange(call, func(v View, now time.Time) (drafts []Draft, err error) {
		if err := rules.shownTo(call); err != nil {
			return nil, err
		}
		for _, x := range all {
			_, was, err := rules.openDraft(v, call.Actor, x.Assignment)
			if err != nil {
				return nil, err
			}
			if err := was.standsOn(x.Basis, x.Window); err != nil {
				return nil, err
			}
			dr := was.next(rules, call, now, x.DraftInput)
			dr.Signing = was.Signing.keptBy(call.Actor)
			drafts = append(drafts, dr)
		}
		return drafts, nil
	}))
	return err
}

// Draft is the unfinished report of an assignment, when there is one that is newer than
// the last report; false, with the tag of none, when there is not. Only the department's
// own people may read it.
func (d *Desk) Draft(ctx context.Context, actor Actor, a Assignment) (Draft, bool, error) {
	if err := d.rules().permit(actor, a, ReportCommand{}); err != nil {
		return Draft{}, false, err
	}
	dr, err := d.journal.Draft(ctx, a.ID)
	if err != nil {
		return Draft{}, false, err
	}
	dr, ok := dr.of(a)
	return dr, ok, nil
}

// StaleDraft reports whether the error says that a draft was changed by somebody else.
func StaleDraft(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Code == "draft.stale" || e.Code == "draft.gone")
}
