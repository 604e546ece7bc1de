package office

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"time"

	"duban/store"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/account/credential"
	"duban/workflow/calendar"
	"duban/workflow/plan"
)

// Place is where a store and its plan are, and what time it is there.
type Place struct {
	Data string // folder of the store; it is made where it is not there
	// Plan reads the plan's file, which PlanName names. An error that is fs.ErrNotExist matters
	// to a fresh store alone: any other stands on the plan in it.
	Plan     func() (*plan.Plan, []byte, error)
	PlanName string
	Calendar *calendar.Calendar
	Policy   credential.Policy
	Quota    store.Quota // of evidence
	Memory   int         // budget of the caches, in bytes; 0: DefaultMemory
	// Now is the plan clock, without Go's monotonic reading. Real: it shows real time. A store
	// that holds real work is refused to a clock that does not.
	Now  func() time.Time
	Real bool
	// People is the clock of what lasts for people's sake, such as a login; nil: Now.
	People func() time.Time
	MadeUp bool // what is recorded is made up, so that a rehearsal may go on from it
	Random io.Reader
	Log    *slog.Logger
}

// RealWorkError refuses a store to a clock that does not show real time.
type RealWorkError struct {
	Data  string
	Since time.Time
}

func (e *RealWorkError) Error() string {
	return fmt.Sprintf("%s holds real work, recorded since %s, and a rehearsal's clock would spoil it", e.Data, e.Since.Format(time.RFC3339))
}

// House is an open store with its plan in force and the desks that act on it.
type House struct {
	Store    *store.Store
	Desk     *workflow.Desk
	Accounts *account.Desk

	place   Place
	inForce *workflow.InForce
	traces  traces // what was there before the store was opened
	waiting string // the plan file's digest when it differs from the plan in force
}

// Now is the plan clock.
func (h *House) Now() time.Time { return h.place.Now() }

// Hour is the time sessions and delegations live by.
func (h *House) Hour() time.Time { return h.place.hour()() }

func (p Place) hour() func() time.Time {
	if p.People != nil {
		return p.People
	}
	return p.Now
}

// Rules are those in force.
func (h *House) Rules() workflow.Rules { return h.inForce.Rules() }

// OpenHouse opens the store, makes it if it is not there, and puts the plan in force:
// the file's on a fresh store, the stored one on any other. Close it.
//
// Errors: those of Place.Plan, *store.InUseError, *RealWorkError.
func OpenHouse(ctx context.Context, p Place) (h *House, err error) {
	h = &House{place: p}
	p.Policy.Words = func() []string { return credential.HouseWords(h.Rules().Plan) }
	file, source, planErr := p.Plan()
	if planErr != nil && !missing(planErr) {
		return nil, planErr
	}
	if h.traces, err = tracesAt(p.Data); err != nil {
		return nil, err
	}
	if planErr != nil && !h.traces.store {
		return nil, planErr // only a store that is there has a plan of its own
	}
	h.Store, err = store.Open(p.Data, store.Options{Now: p.Now, Logger: p.Log, Memory: divided(p.Memory).journal, Quota: p.Quota, Rehearsal: !p.Real || p.MadeUp})
	if err != nil {
		return nil, err
	}
	if err := p.fit(ctx, h.Store); err != nil {
		return nil, h.Close(err)
	}
	if err := h.putInForce(ctx, file, source, planErr, p.Calendar); err != nil {
		return nil, h.Close(err)
	}
	h.Desk = workflow.NewRunningDesk(h.Store, h.inForce)
	h.Accounts = &account.Desk{Store: h.Store, Hasher: credential.NewHasher(p.Random, credential.DefaultCost), Random: p.Random,
		Policy: p.Policy, FindUnit: h.unit}
	if p.People != nil {
		h.Accounts.Store = ownTime{h.Store, p.People}
	}
	return h, nil
}

// ownTime is the store of a rehearsal's accounts: logins, pairing codes and links
// last as long as their people's patience, not a fast clock's.
type ownTime struct {
	account.Store
	now func() time.Time
}

// UpdateAccounts implements account.Store.
func (s ownTime) UpdateAccounts(ctx context.Context, _ time.Time, actor workflow.Actor,
	fn func(account.Tx, time.Time) ([]workflow.Event, error)) error {
	return s.Store.UpdateAccounts(ctx, s.now(), actor, fn)
}

// Close ends the house. When what it was opened for was refused, a store made for that
// goes with it.
func (h *House) Close(refused error) error {
	closed := h.Store.Close()
	if refused == nil || closed != nil {
		return errors.Join(refused, closed)
	}
	return errors.Join(refused, h.traces.clear())
}

// fit refuses a rehearsal on a store that holds real work: its clock would mark that
// overdue, or open periods of another year, for good.
func (p Place) fit(ctx context.Context, s *store.Store) error {
	if p.Real {
		return nil
	}
	real, err := s.RealWork(ctx)
	if err != nil || real.IsZero() {
		return err
	}
	return &RealWorkError{p.Data, real}
}

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// putInForce finds the plan the store stands on, with the versions before it. A file
// that differs is only named: it is put in force by command, never by a restart.
func (h *House) putInForce(ctx context.Context, file *plan.Plan, source []byte, planErr error, cal *calendar.Calendar) error {
	rules, err := StandingRules(ctx, h.Store, cal)
	if errors.Is(err, errNoPlan) {
		if planErr != nil {
			return planErr
		}
		if rules, err = workflow.NewRules(file, cal); err != nil {
			return err
		}
		desk := workflow.NewDesk(h.Store, func() workflow.Rules { return rules })
		if _, _, err = desk.LoadPlan(ctx, h.Now(), file, source); err == nil {
			rules, err = StandingRules(ctx, h.Store, cal)
		}
	}
	if err != nil {
		return err
	}
	if file != nil && file.Digest != rules.Plan.Digest {
		h.waiting = file.Digest
	}
	h.inForce = workflow.NewInForce(rules)
	return nil
}

// errNoPlan is said of a store that stands on no plan yet.
var errNoPlan = errors.New("no plan was loaded into this store")

// StandingRules are the rules of the plan a store stands on.
func StandingRules(ctx context.Context, s *store.Store, cal *calendar.Calendar) (workflow.Rules, error) {
	versions, err := workflow.ReadVersions(ctx, s)
	if err != nil {
		return workflow.Rules{}, err
	}
	if len(versions) == 0 {
		return workflow.Rules{}, errNoPlan
	}
	rules, err := workflow.NewRules(versions[len(versions)-1].Plan, cal)
	rules.Versions = &versions
	return rules, err
}

// unit resolves a department's name or id, or the office's.
func (h *House) unit(s string) (string, bool) {
	p := h.Rules().Plan
	if s == plan.OfficeID || s == p.Office.Name || s == p.Office.ShortName {
		return plan.OfficeID, true
	}
	d, ok := p.FindDepartment(s)
	return d.ID, ok
}
