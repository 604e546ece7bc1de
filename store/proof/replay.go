package proof

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"runtime"
	"runtime/debug"
	"sync"

	"duban/store/codec"
	"duban/store/kv"
	"duban/workflow"
)

// verifier replays the journal. The caller's goroutine walks the records and
// the chain, a few decode, one folds; nothing is copied out of the transaction,
// which stays open until all have ended.
type verifier struct {
	t        kv.Reader
	progress func(done, total uint64)

	// The walk's.
	seq  uint64
	head workflow.Hash

	// The fold's.
	rows       *folded
	seed       maphash.Seed
	trailSum   uint64
	trailN     uint64
	missing    map[uint64]bool // texts that are gone and no event has said why
	redactions []uint64
	redacted   int
}

// errFailed ends the walk when the fold has come to an end: the fold says why.
var errFailed = errors.New("proof: the fold has failed")

// replayChunk is how many events travel together.
const replayChunk = 512

// chunk is a stretch of the journal on its way through the replay.
type chunk struct {
	records []codec.Record
	first   uint64 // position of the first
	events  []workflow.Event
	err     error
	ready   chan struct{}
}

// journal replays everything and answers the first thing that does not hold.
func (v *verifier) journal(ctx context.Context) error {
	workers := runtime.GOMAXPROCS(0)
	decodeQ, foldQ := make(chan *chunk, 2*workers), make(chan *chunk, 2*workers)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			names := map[string]string{}
			for c := range decodeQ {
				c.decode(names)
				close(c.ready)
			}
		})
	}
	var foldErr error
	failed := make(chan struct{})
	running.Go(func() {
		if foldErr = v.fold(foldQ); foldErr != nil {
			close(failed)
		}
		for c := range foldQ {
			<-c.ready // let the walk and the decoders run out
		}
	})
	walkErr := func() error {
		defer running.Wait() // also when the walk comes upon a page that cannot be read, and panics
		defer close(foldQ)
		defer close(decodeQ)
		return v.walk(func(c *chunk) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-failed:
				return errFailed
			default:
			}
			decodeQ <- c
			foldQ <- c
			return nil
		})
	}()
	if foldErr != nil { // it is about an earlier event than the walk had come to
		return foldErr
	}
	if walkErr != nil {
		return walkErr
	}
	return v.textsGone()
}

// walk checks positions and chain and sends the records on.
func (v *verifier) walk(send func(*chunk) error) (err error) {
	c := &chunk{first: 1, ready: make(chan struct{})}
	flush := func() error {
		if len(c.records) == 0 {
			return nil
		}
		err := send(c)
		c = &chunk{first: v.seq + 1, ready: make(chan struct{})}
		return err
	}
	var total uint64
	if v.progress != nil {
		if err := v.t.Back(kv.Events, "", func(k string, _ []byte) error {
			if len(k) == 8 {
				total = binary.BigEndian.Uint64([]byte(k))
			}
			return kv.ErrStop
		}); err != nil {
			return err
		}
	}
	err = v.t.Scan(kv.Events, "", func(k string, b []byte) error {
		seq := v.seq + 1
		if k != codec.SeqKey(seq) {
			return &Error{Seq: seq, Reason: "it is missing, or out of its place"}
		}
		r, err := codec.Split(b)
		if err != nil {
			return &Error{Seq: seq, Reason: err.Error()}
		}
		if workflow.ChainHash(v.head, r.Core) != r.Hash {
			return &Error{Seq: seq, Reason: "its hash does not follow from its content and the event before it"}
		}
		v.seq, v.head = seq, r.Hash
		if c.records = append(c.records, r); len(c.records) < replayChunk {
			return nil
		}
		if v.progress != nil {
			v.progress(seq, total)
		}
		return flush()
	})
	if ferr := flush(); err == nil {
		err = ferr
	}
	return err
}

// decode reads the chunk's events and checks their texts.
func (c *chunk) decode(names map[string]string) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			c.err = &Error{Seq: c.first + uint64(len(c.events)), Reason: fmt.Sprintf("it cannot be read: %v", r)}
		}
	}()
	c.events = make([]workflow.Event, 0, len(c.records))
	for i, r := range c.records {
		seq := c.first + uint64(i)
		e, err := r.Bare(names)
		if err == nil && e.Seq != seq {
			err = fmt.Errorf("it says it is event %d", e.Seq)
		}
		if err == nil && len(r.Tail) > 0 {
			err = r.CheckTexts(e.TextDigest)
		}
		if err != nil {
			c.err = &Error{Seq: seq, Reason: err.Error()}
			return
		}
		c.events = append(c.events, e)
	}
}

// fold folds the chunks in order, until one is bad.
func (v *verifier) fold(q <-chan *chunk) error {
	for c := range q {
		<-c.ready
		for i, e := range c.events {
			if err := v.foldOne(e, len(c.records[i].Tail) == 0); err != nil {
				return err
			}
		}
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

func (v *verifier) foldOne(e workflow.Event, textless bool) error {
	if e.TextDigest != "" && textless {
		v.missing[e.Seq] = true
	}
	if e.Kind == workflow.KindTextRedacted {
		if v.missing[e.Data.Redacted] {
			v.redacted++
			delete(v.missing, e.Data.Redacted)
		}
		v.redactions = append(v.redactions, e.Data.Redacted)
	}
	if e.Assignment != "" {
		v.trailSum += maphash.String(v.seed, codec.TrailKey(e.Assignment, e.Seq))
		v.trailN++
	}
	if err := workflow.Fold(v.rows, e); err != nil {
		return &Error{Seq: e.Seq, Reason: "it cannot be folded: " + err.Error()}
	}
	return nil
}

// textsGone checks that texts are gone where an event says so, and nowhere else.
func (v *verifier) textsGone() error {
	var first uint64
	for seq := range v.missing {
		if first == 0 || seq < first {
			first = seq
		}
	}
	if first != 0 {
		return &Error{Seq: first, Reason: "its texts are gone, and no later event says that they were removed"}
	}
	for _, seq := range v.redactions {
		b, err := v.t.Get(kv.Events, codec.SeqKey(seq))
		if err != nil {
			return err
		}
		r, err := codec.Split(b)
		if err != nil || len(r.Tail) > 0 {
			return &Error{Seq: seq, Reason: "a later event says that its texts were removed, and they are still there"}
		}
	}
	return nil
}

// folded is workflow.Rows in memory, decoded: the replay of a million events
// would spend most of its time on JSON otherwise.
type folded struct {
	assignments map[string]workflow.Assignment
	periods     map[string]workflow.Period
	series      map[string]workflow.Series
	plan        map[string]workflow.PlanRef
	files       map[string]workflow.File
	assessments map[string]workflow.Assessment
}

var _ workflow.Rows = (*folded)(nil)

func newFolded() *folded {
	return &folded{map[string]workflow.Assignment{}, map[string]workflow.Period{}, map[string]workflow.Series{},
		map[string]workflow.PlanRef{}, map[string]workflow.File{}, map[string]workflow.Assessment{}}
}

func (f *folded) Assignment(id string) (workflow.Assignment, bool, error) {
	return at(f.assignments, id)
}
func (f *folded) Period(id string) (workflow.Period, bool, error) { return at(f.periods, id) }
func (f *folded) Series(id string) (workflow.Series, bool, error) { return at(f.series, id) }
func (f *folded) Plan() (workflow.PlanRef, bool, error)           { return at(f.plan, codec.PlanKey) }
func (f *folded) File(id string) (workflow.File, bool, error)     { return at(f.files, id) }

func (f *folded) Assessment(period string) (workflow.Assessment, bool, error) {
	return at(f.assessments, period)
}

func at[T any](rows map[string]T, id string) (T, bool, error) {
	row, ok := rows[id]
	return row, ok, nil
}

// errNoLists answers what folding one event never asks for.
var errNoLists = errors.New("store: the replay keeps no lists and no texts")

func (f *folded) TaskAssignments(string, int) ([]workflow.Assignment, error) { return nil, errNoLists }
func (f *folded) Periods() ([]workflow.Period, error)                        { return nil, errNoLists }
func (f *folded) Texts(uint64) (workflow.Texts, error)                       { return nil, errNoLists }
func (f *folded) Draft(string) (workflow.Draft, error)                       { return workflow.Draft{}, nil }

func (f *folded) PutAssignment(a workflow.Assignment) error { f.assignments[a.ID] = a; return nil }
func (f *folded) PutPeriod(p workflow.Period) error         { f.periods[p.ID] = p; return nil }
func (f *folded) PutSeries(s workflow.Series) error         { f.series[s.Indicator] = s; return nil }
func (f *folded) PutPlan(p workflow.PlanRef) error          { f.plan[codec.PlanKey] = p; return nil }
func (f *folded) PutFile(r workflow.File) error             { f.files[r.ID] = r; return nil }
func (f *folded) PutAssessment(a workflow.Assessment) error { f.assessments[a.Period] = a; return nil }
