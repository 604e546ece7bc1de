package storetest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"duban/workflow"
)

// Memory is an engine in maps. Nothing outlives it. Every change copies the
// maps' tops, so it is for tests of up to some thousand rows.
type Memory struct {
	now  func() time.Time
	mu   sync.Mutex
	st   state
	bell chan struct{}
	gone chan struct{} // closed by Close
	once sync.Once
}

// state is everything; a change works on a copy.
type state struct {
	events      []workflow.Event // without texts
	texts       map[uint64]workflow.Texts
	assignments map[string]workflow.Assignment
	periods     map[string]workflow.Period
	series      map[string]workflow.Series
	plan        *workflow.PlanRef
	files       map[string]workflow.File
	assessments map[string]workflow.Assessment
	blobs       map[string][]byte
	keys        map[string]remembered
	drafts      map[string]workflow.Draft
	sources     map[string][]byte
	accounts    accounts
	redactions  uint64
}

type remembered struct {
	digest   [32]byte
	recorded time.Time
	receipt  workflow.Receipt
}

// NewMemory is an empty engine; now is its machine's clock.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, bell: make(chan struct{}), gone: make(chan struct{}), st: state{
		texts: map[uint64]workflow.Texts{}, assignments: map[string]workflow.Assignment{},
		periods: map[string]workflow.Period{}, series: map[string]workflow.Series{},
		files: map[string]workflow.File{}, blobs: map[string][]byte{}, keys: map[string]remembered{},
		drafts: map[string]workflow.Draft{}, sources: map[string][]byte{}, accounts: newAccounts(),
		assessments: map[string]workflow.Assessment{}}}
}

func (s state) copy() *state {
	s.texts, s.assignments, s.periods = maps.Clone(s.texts), maps.Clone(s.assignments), maps.Clone(s.periods)
	s.series, s.files, s.blobs = maps.Clone(s.series), maps.Clone(s.files), maps.Clone(s.blobs)
	s.keys, s.drafts, s.sources = maps.Clone(s.keys), maps.Clone(s.drafts), maps.Clone(s.sources)
	s.accounts, s.assessments = s.accounts.copy(), maps.Clone(s.assessments)
	return &s
}

// Close ends every Follow; later calls answer store.closed.
func (m *Memory) Close() error {
	m.once.Do(func() { close(m.gone) })
	return nil
}

func (m *Memory) closed() error {
	select {
	case <-m.gone:
		return workflow.Fault(workflow.Unavailable, "store.closed")
	default:
		return nil
	}
}

// update runs fn on a copy and keeps it if all went well.
func (m *Memory) update(ctx context.Context, fn func(*state) error) (err error) {
	if err := cmp.Or(ctx.Err(), m.closed()); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	defer func() {
		if r := recover(); r != nil {
			err = &workflow.Error{Kind: workflow.Internal, Code: "internal", Err: fmt.Errorf("panic: %v", r)}
		}
	}()
	next := m.st.copy()
	if err := fn(next); err != nil {
		return err
	}
	rung := len(next.events) > len(m.st.events)
	m.st = *next
	if rung {
		close(m.bell)
		m.bell = make(chan struct{})
	}
	return nil
}

func (m *Memory) view(ctx context.Context, fn func(*state) error) error {
	if err := cmp.Or(ctx.Err(), m.closed()); err != nil {
		return err
	}
	m.mu.Lock()
	st := m.st
	m.mu.Unlock()
	return fn(&st) // no change alters maps that a reader may hold
}

// Change implements workflow.Journal.
func (m *Memory) Change(ctx context.Context, c workflow.Change) (r workflow.Receipt, err error) {
	err = m.update(ctx, func(s *state) (err error) {
		r, err = m.change(s, c)
		return err
	})
	if err != nil {
		return workflow.Receipt{}, err
	}
	return r, nil
}

func (m *Memory) change(s *state, c workflow.Change) (r workflow.Receipt, err error) {
	now, recorded := s.times(m.now(), c.Received)
	if k, ok := s.keys[c.Key]; ok && c.Key != "" && recorded.Sub(k.recorded) <= 30*24*time.Hour {
		if k.digest != c.Digest {
			return r, workflow.Fault(workflow.Invalid, "idempotency.reused")
		}
		r = clone(k.receipt)
		r.Repeated = true
		return r, nil
	}
	var events []workflow.Event
	if c.Decide != nil {
		if events, err = c.Decide(rows{s}, now); err != nil {
			return r, err
		}
	}
	if c.Drafts != nil {
		ds, err := c.Drafts(rows{s}, now)
		for _, d := range ds {
			if err == nil {
				err = keep(s.drafts, d.Assignment, d)
			}
		}
		if err != nil {
			return r, err
		}
	}
	r.At = now
	if r.Events, err = s.append(events, c.Actor, now, recorded); err != nil {
		return r, err
	}
	r.Seq = uint64(len(s.events))
	r.Assignment = clone(s.assignments[c.Subject])
	if len(events) == 0 {
		return r, nil
	}
	if len(c.Source) > 0 {
		sum := sha256.Sum256(c.Source)
		s.sources[hex.EncodeToString(sum[:])] = slices.Clone(c.Source)
	}
	if c.Key != "" {
		s.keys[c.Key] = remembered{c.Digest, recorded, clone(workflow.Receipt{Seq: r.Seq, Assignment: r.Assignment, At: now})}
	}
	return r, nil
}

func (s *state) times(machine, received time.Time) (now, recorded time.Time) {
	now, recorded = received.Round(0), machine.Round(0)
	if now.IsZero() {
		now = recorded
	}
	for _, e := range slices.Backward(s.events) {
		if e.Period == "" {
			continue // records of accounts do not hold the plan's clock
		}
		highest := e.RecordedAt
		if recorded.Before(highest.Add(-2 * time.Second)) {
			now = highest
		}
		if recorded.Before(highest) {
			recorded = highest
		}
		break
	}
	return now, recorded
}

func (s *state) append(events []workflow.Event, actor workflow.Actor, now, recorded time.Time) (out []workflow.Event, err error) {
	for _, e := range events {
		if e.Kind == "" {
			return nil, workflow.Fault(workflow.Internal, "store.event_without_kind")
		}
		if e.At.IsZero() {
			e.At = now
		}
		if e.Actor == (workflow.ActorRef{}) {
			e.Actor = actor.Ref()
		}
		e.Seq, e.RecordedAt, e.TextDigest = uint64(len(s.events))+1, recorded, ""
		if len(e.Texts) > 0 {
			b, err := json.Marshal(e.Texts)
			if err != nil {
				return nil, err
			}
			sum := sha256.Sum256(b) // nobody guesses at texts in a test's memory: no salt
			e.TextDigest = hex.EncodeToString(sum[:])
			s.texts[e.Seq] = clone(e.Texts)
		}
		core, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		var stored workflow.Event
		if err := json.Unmarshal(core, &stored); err != nil {
			return nil, err
		}
		if n := len(s.events); n > 0 {
			stored.Prev = s.events[n-1].Hash
		}
		stored.Hash = workflow.ChainHash(stored.Prev, core)
		s.events = append(s.events, stored)
		if err := workflow.Fold(rows{s}, stored); err != nil {
			return nil, err
		}
		if err := s.sideEffects(stored); err != nil {
			return nil, err
		}
		out = append(out, s.event(stored.Seq))
	}
	return out, nil
}

func (s *state) sideEffects(e workflow.Event) error {
	switch e.Kind {
	case workflow.KindTextRedacted:
		if e.Data.Redacted == 0 || e.Data.Redacted >= e.Seq {
			return workflow.Fault(workflow.NotFound, "event.unknown", "seq", e.Data.Redacted)
		}
		delete(s.texts, e.Data.Redacted)
		s.redactions++
	case workflow.KindFileDeleted:
		if e.Data.File == nil {
			return nil
		}
		gone := s.files[e.Data.File.ID].SHA256
		for _, f := range s.files {
			if f.SHA256 == gone && !f.Gone {
				return nil
			}
		}
		delete(s.blobs, gone)
	}
	return nil
}

// event is a stored event with its texts, sharing nothing with the state.
func (s *state) event(seq uint64) workflow.Event {
	stored := s.events[seq-1]
	e := clone(stored)
	e.Prev, e.Hash, e.Texts = stored.Prev, stored.Hash, clone(s.texts[seq])
	return e
}

// Read implements workflow.Journal.
func (m *Memory) Read(ctx context.Context, fn func(workflow.ReadView) error) error {
	return m.view(ctx, func(s *state) error { return fn(rows{s}) })
}

// Events implements workflow.Journal.
func (m *Memory) Events(ctx context.Context, after uint64, limit int) (out []workflow.Event, err error) {
	err = m.view(ctx, func(s *state) error {
		for seq := after + 1; seq <= uint64(len(s.events)) && len(out) < limit; seq++ {
			out = append(out, s.event(seq))
		}
		return nil
	})
	return out, err
}

// EventsAt implements workflow.Journal.
func (m *Memory) EventsAt(ctx context.Context, seqs ...uint64) (out []workflow.Event, err error) {
	err = m.view(ctx, func(s *state) error {
		found := make([]workflow.Event, 0, len(seqs))
		for _, seq := range seqs {
			if seq == 0 || seq > uint64(len(s.events)) {
				return workflow.Fault(workflow.NotFound, "event.unknown", "seq", seq)
			}
			found = append(found, s.event(seq))
		}
		out = found
		return nil
	})
	return out, err
}

// Redactions implements workflow.Journal.
func (m *Memory) Redactions() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.st.redactions
}

// Trail implements workflow.Journal.
func (m *Memory) Trail(ctx context.Context, assignment string) (out []workflow.Event, err error) {
	err = m.view(ctx, func(s *state) error {
		for _, e := range s.events {
			if e.Assignment == assignment && assignment != "" {
				out = append(out, s.event(e.Seq))
			}
		}
		return nil
	})
	return out, err
}

// Follow implements workflow.Journal.
func (m *Memory) Follow(ctx context.Context, after uint64) iter.Seq2[workflow.Event, error] {
	return func(yield func(workflow.Event, error) bool) {
		for {
			m.mu.Lock()
			rung := m.bell
			m.mu.Unlock()
			page, err := m.Events(ctx, after, 256)
			if err != nil {
				yield(workflow.Event{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				after = e.Seq
			}
			if len(page) > 0 {
				continue
			}
			select {
			case <-rung:
			case <-ctx.Done():
			case <-m.gone:
			}
		}
	}
}

// Head implements workflow.Journal.
func (m *Memory) Head() (seq uint64, hash workflow.Hash) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.st.events); n > 0 {
		return uint64(n), m.st.events[n-1].Hash
	}
	return 0, hash
}

// Epoch implements workflow.Journal.
func (m *Memory) Epoch() string { return fmt.Sprintf("memory-%p", m) }

// Draft implements workflow.Journal.
func (m *Memory) Draft(ctx context.Context, assignment string) (d workflow.Draft, err error) {
	err = m.view(ctx, func(s *state) error {
		d = clone(s.drafts[assignment])
		return nil
	})
	return d, err
}

// Links implements workflow.Chain.
func (m *Memory) Links(ctx context.Context, after uint64, limit int) (out []workflow.Link, err error) {
	err = m.view(ctx, func(s *state) error {
		for n := after; n < uint64(len(s.events)) && len(out) < limit; n++ {
			e := s.events[n]
			core, err := json.Marshal(e)
			if err != nil {
				return err
			}
			out = append(out, workflow.Link{Seq: e.Seq, Prev: e.Prev, Stored: core, Hash: e.Hash})
		}
		return nil
	})
	return out, err
}

// PlanSource implements workflow.Sources.
func (m *Memory) PlanSource(ctx context.Context, digest string) (b []byte, found bool, err error) {
	err = m.view(ctx, func(s *state) error {
		b, found = s.sources[digest]
		b = slices.Clone(b)
		return nil
	})
	return b, found, err
}

// PlanVersions implements workflow.Sources.
func (m *Memory) PlanVersions(ctx context.Context) (all []workflow.PlanVersion, err error) {
	err = m.view(ctx, func(s *state) error {
		for _, e := range s.events {
			if e.Kind == workflow.KindPlanLoaded && e.Data.Plan != nil {
				all = append(all, workflow.PlanVersion{Seq: e.Seq, At: e.At, Digest: e.Data.Plan.Digest})
			}
		}
		return nil
	})
	return all, err
}
