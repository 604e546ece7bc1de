package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"duban/workflow"
	"duban/workflow/account"
)

// clone copies through JSON, as a real store does.
func clone[T any](v T) (out T) {
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		panic(err) // every stored record has a JSON form
	}
	return out
}

func find[T any](m map[string]T, id string) (T, bool, error) {
	v, ok := m[id]
	if !ok {
		return v, false, nil
	}
	return clone(v), true, nil
}

func sorted[T any](m map[string]T) (out []T) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, clone(m[k]))
	}
	return out
}

// rows is workflow.Rows and workflow.ReadView over a state.
type rows struct{ s *state }

func (r rows) Assignment(id string) (workflow.Assignment, bool, error) {
	return find(r.s.assignments, id)
}
func (r rows) Period(id string) (workflow.Period, bool, error) { return find(r.s.periods, id) }
func (r rows) Periods() ([]workflow.Period, error)             { return sorted(r.s.periods), nil }
func (r rows) Series(id string) (workflow.Series, bool, error) { return find(r.s.series, id) }
func (r rows) File(id string) (workflow.File, bool, error)     { return find(r.s.files, id) }
func (r rows) Texts(seq uint64) (workflow.Texts, error)        { return clone(r.s.texts[seq]), nil }

func (r rows) Draft(assignment string) (workflow.Draft, error) {
	return clone(r.s.drafts[assignment]), nil
}

func (r rows) Plan() (workflow.PlanRef, bool, error) {
	if r.s.plan == nil {
		return workflow.PlanRef{}, false, nil
	}
	return *r.s.plan, true, nil
}

func (r rows) TaskAssignments(period string, task int) (out []workflow.Assignment, err error) {
	for _, a := range sorted(r.s.assignments) {
		if a.Period == period && a.Task == task {
			out = append(out, a)
		}
	}
	return out, nil
}

func (r rows) Position() uint64 { return uint64(len(r.s.events)) }

func (r rows) AllAssignments() iter.Seq2[workflow.Assignment, error] {
	return each(sorted(r.s.assignments))
}
func (r rows) AllSeries() iter.Seq2[workflow.Series, error] { return each(sorted(r.s.series)) }

func (r rows) Event(seq uint64) (workflow.Event, error) {
	if seq == 0 || seq > r.Position() {
		return workflow.Event{}, workflow.Fault(workflow.NotFound, "event.unknown", "seq", seq)
	}
	return r.s.event(seq), nil
}

func (r rows) LastOf(assignment string, upto uint64, kinds ...workflow.Kind) (workflow.Event, bool, error) {
	for seq := min(upto, r.Position()); seq > 0; seq-- {
		if e := r.s.event(seq); e.Assignment == assignment && slices.Contains(kinds, e.Kind) {
			return e, true, nil
		}
	}
	return workflow.Event{}, false, nil
}

func each[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
	}
}

var errNoID = errors.New("a row without an id")

func (r rows) PutAssignment(a workflow.Assignment) error { return keep(r.s.assignments, a.ID, a) }
func (r rows) PutPeriod(p workflow.Period) error         { return keep(r.s.periods, p.ID, p) }
func (r rows) PutSeries(s workflow.Series) error         { return keep(r.s.series, s.Indicator, s) }
func (r rows) PutFile(f workflow.File) error             { return keep(r.s.files, f.ID, f) }
func (r rows) PutPlan(p workflow.PlanRef) error          { r.s.plan = &p; return nil }

func (r rows) PutAssessment(a workflow.Assessment) error { return keep(r.s.assessments, a.Period, a) }

func (r rows) Assessment(period string) (workflow.Assessment, bool, error) {
	return find(r.s.assessments, period)
}

func keep[T any](m map[string]T, id string, v T) error {
	if id == "" {
		return errNoID
	}
	m[id] = v
	return nil
}

// accounts is account.Tx over maps.
type accounts struct {
	people   map[string]account.Account
	sessions map[string]account.Session
	tokens   map[string]account.Token
	screens  map[string]account.ScreenPass
	viewOnly bool
}

func newAccounts() accounts {
	return accounts{people: map[string]account.Account{}, sessions: map[string]account.Session{},
		tokens: map[string]account.Token{}, screens: map[string]account.ScreenPass{}}
}

func (a accounts) copy() accounts {
	return accounts{people: maps.Clone(a.people), sessions: maps.Clone(a.sessions), tokens: maps.Clone(a.tokens),
		screens: maps.Clone(a.screens)}
}

// ViewAccounts implements account.Store.
func (m *Memory) ViewAccounts(ctx context.Context, fn func(account.Tx) error) error {
	return m.view(ctx, func(s *state) error {
		tx := s.accounts
		tx.viewOnly = true
		return fn(tx)
	})
}

// UpdateAccounts implements account.Store.
func (m *Memory) UpdateAccounts(ctx context.Context, received time.Time, actor workflow.Actor,
	fn func(account.Tx, time.Time) ([]workflow.Event, error)) error {
	return m.update(ctx, func(s *state) error {
		now, recorded := s.times(m.now(), received)
		events, err := fn(s.accounts, now)
		if err != nil {
			return err
		}
		_, err = s.append(events, actor, now, recorded)
		return err
	})
}

var errViewOnly = errors.New("ViewAccounts does not write")

func put[T any](a accounts, m map[string]T, id string, v T) error {
	if a.viewOnly {
		return errViewOnly
	}
	return keep(m, id, clone(v))
}

func drop[T any](a accounts, m map[string]T, id string) error {
	if a.viewOnly {
		return errViewOnly
	}
	delete(m, id)
	return nil
}

func (a accounts) Account(name string) (account.Account, bool, error) { return find(a.people, name) }
func (a accounts) Accounts() ([]account.Account, error)               { return sorted(a.people), nil }
func (a accounts) PutAccount(v account.Account) error                 { return put(a, a.people, v.Name, v) }

func (a accounts) Session(id string) (account.Session, bool, error) { return find(a.sessions, id) }
func (a accounts) Sessions() ([]account.Session, error)             { return sorted(a.sessions), nil }
func (a accounts) PutSession(v account.Session) error               { return put(a, a.sessions, v.ID, v) }
func (a accounts) DropSession(id string) error                      { return drop(a, a.sessions, id) }

func (a accounts) Token(digest string) (account.Token, bool, error) { return find(a.tokens, digest) }
func (a accounts) Tokens() ([]account.Token, error)                 { return sorted(a.tokens), nil }
func (a accounts) PutToken(v account.Token) error                   { return put(a, a.tokens, v.Digest, v) }

func (a accounts) Screen(digest string) (account.ScreenPass, bool, error) {
	return find(a.screens, digest)
}
func (a accounts) Screens() ([]account.ScreenPass, error) { return sorted(a.screens), nil }
func (a accounts) PutScreen(v account.ScreenPass) error   { return put(a, a.screens, v.Digest, v) }
func (a accounts) DropScreen(digest string) error         { return drop(a, a.screens, digest) }
