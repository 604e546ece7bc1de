package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"sync"

	"duban/workflow"
	"duban/workflow/account"

	"go.etcd.io/bbolt"
)

// followPage is how many events Follow reads in one short transaction.
const followPage = 256

// read runs fn in a read transaction. A fault or panic while it is open is an
// error: a damaged page must not end the process.
func (s *Store) read(ctx context.Context, fn func(*txKV) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.readable(); err != nil {
		return err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	var tx *bbolt.Tx
	defer func() {
		if r := recover(); r != nil {
			if tx == nil { // in Begin, which holds bbolt's locks
				s.stuck.Store(true)
				s.stop(fmt.Errorf("panic: %v", r))
			}
			err = &workflow.Error{Kind: workflow.Internal, Code: "store.damaged", Err: fmt.Errorf("panic while reading: %v", r)}
			s.log.Error("a read of the store panicked", "cause", err, "stack", string(debug.Stack()))
		}
	}()
	if tx, err = s.db.Begin(false); err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // the only error says that it is closed already
	return fn(newTxKV(tx))
}

func (v readView) Position() uint64 { return v.at }

func (v readView) AllAssignments() iter.Seq2[workflow.Assignment, error] {
	return all[workflow.Assignment](v, inAssignments)
}

func (v readView) AllSeries() iter.Seq2[workflow.Series, error] {
	return all[workflow.Series](v, inSeries)
}

// Read implements workflow.Journal. After store.outcome_unknown the rows may
// already show the act that is in doubt; Events, Trail and Follow never do.
func (s *Store) Read(ctx context.Context, fn func(workflow.ReadView) error) error {
	return s.read(ctx, func(t *txKV) error {
		var at uint64
		if k, _ := t.in(inEvents).Cursor().Last(); len(k) == 8 {
			at = binary.BigEndian.Uint64(k)
		}
		return fn(readView{view: view{t}, at: at, tx: t, names: map[string]string{}})
	})
}

// Events implements workflow.Journal.
func (s *Store) Events(ctx context.Context, after uint64, limit int) ([]workflow.Event, error) {
	var out []workflow.Event
	last := s.head.Load().seq
	if after >= last || limit <= 0 {
		return nil, cmp.Or(ctx.Err(), s.readable())
	}
	if fresh := s.fresh.after(after, limit); fresh != nil {
		if err := cmp.Or(ctx.Err(), s.readable()); err != nil {
			return nil, err
		}
		return fresh, nil
	}
	err := s.read(ctx, func(t *txKV) error {
		prev, err := t.hashAt(after)
		if err != nil {
			return err
		}
		c := t.in(inEvents).Cursor()
		for k, v := c.Seek([]byte(seqKey(after + 1))); k != nil && len(out) < limit; k, v = c.Next() {
			e, err := decodeEvent(string(k), v, prev)
			if err != nil {
				return err
			}
			if e.Seq > last {
				return nil
			}
			prev = e.Hash
			out = append(out, e)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// EventsAt implements workflow.Journal: lists ask for the same latest reports again and
// again, so what was read is held, and what is not is read in one transaction.
func (s *Store) EventsAt(ctx context.Context, seqs ...uint64) ([]workflow.Event, error) {
	if err := cmp.Or(ctx.Err(), s.readable()); err != nil {
		return nil, err
	}
	out, missing := make([]workflow.Event, len(seqs)), make([]int, 0, len(seqs))
	last, stand := s.head.Load().seq, s.held.Stand()
	for i, seq := range seqs {
		if seq == 0 || seq > last {
			return nil, workflow.Fault(workflow.NotFound, "event.unknown", "seq", seq)
		}
		if fresh := s.fresh.after(seq-1, 1); fresh != nil {
			out[i] = fresh[0]
		} else if e, found := s.held.get(seq); found {
			out[i] = e
		} else {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	anew := make([]readEvent, 0, len(missing))
	err := s.read(ctx, func(t *txKV) error {
		for _, i := range missing {
			e, err := t.event(seqs[i])
			if err != nil {
				return err
			}
			out[i] = e.event
			anew = append(anew, e)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.held.put(stand, anew...)
	return out, nil
}

// Redactions implements workflow.Journal.
func (s *Store) Redactions() uint64 { return s.held.Stand() }

// Trail implements workflow.Journal.
func (s *Store) Trail(ctx context.Context, assignment string) ([]workflow.Event, error) {
	var out []workflow.Event
	var anew []readEvent
	last, stand := s.head.Load().seq, s.held.Stand()
	err := s.read(ctx, func(t *txKV) error {
		return t.scan(inTrail, assignment+"\x00", func(k string, _ []byte) error {
			key := k[len(assignment)+1:]
			if len(key) != 8 {
				return damagedRow(inTrail, k, errRecord)
			}
			seq := binary.BigEndian.Uint64([]byte(key))
			if seq > last {
				return nil
			}
			e, found := s.held.get(seq)
			if !found {
				read, err := t.event(seq)
				if err != nil {
					return err
				}
				e = read.event
				anew = append(anew, read)
			}
			if e.Assignment != assignment {
				return damagedRow(inTrail, k, errRecord)
			}
			out = append(out, e)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	s.held.put(stand, anew...)
	return out, nil
}

// event reads the event at the position.
func (t *txKV) event(seq uint64) (readEvent, error) {
	prev, err := t.hashAt(seq - 1)
	if err != nil {
		return readEvent{}, err
	}
	record := t.get(inEvents, seqKey(seq))
	e, err := decodeEvent(seqKey(seq), record, prev)
	return readEvent{e, len(record)}, err
}

// hashAt is the hash of the event at the position; zeros before the first.
func (t *txKV) hashAt(seq uint64) (h workflow.Hash, err error) {
	if seq == 0 {
		return h, nil
	}
	r, err := splitRecord(t.get(inEvents, seqKey(seq)))
	if err != nil {
		return h, damagedRow(inEvents, seqKey(seq), err)
	}
	return r.hash, nil
}

// decodeEvent reads an event and holds it against its hash and the one before.
func decodeEvent(key string, v []byte, prev workflow.Hash) (workflow.Event, error) {
	return decodeNamed(key, v, prev, nil)
}

// decodeNamed is decodeEvent with texts that many events have in common shared, if
// names is not nil.
func decodeNamed(key string, v []byte, prev workflow.Hash, names map[string]string) (e workflow.Event, err error) {
	r, err := splitRecord(v)
	if err == nil && workflow.ChainHash(prev, r.core) != r.hash {
		err = errors.New("its hash does not follow from its content and the event before it")
	}
	if err == nil {
		e, err = r.named(prev, names)
	}
	if err == nil && len(r.tail) > 0 {
		err = r.checkTexts(e.TextDigest)
	}
	if err == nil && seqKey(e.Seq) != key {
		err = errRecord
	}
	if err != nil {
		return e, damagedRow(inEvents, key, err)
	}
	return e, nil
}

// Follow implements workflow.Journal. It reads page by page and holds no
// transaction while the caller works on an event. After Close it yields
// store.closed.
func (s *Store) Follow(ctx context.Context, after uint64) iter.Seq2[workflow.Event, error] {
	return func(yield func(workflow.Event, error) bool) {
		for {
			rung := s.bell.wait() // before looking, so that no ring is missed
			page, err := s.Events(ctx, after, followPage)
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
			case <-s.quit:
				yield(workflow.Event{}, unavailable(CodeClosed, nil))
				return
			}
			if err := s.readable(); err != nil {
				yield(workflow.Event{}, err)
				return
			}
		}
	}
}

// ViewAccounts implements account.Store.
func (s *Store) ViewAccounts(ctx context.Context, fn func(account.Tx) error) error {
	return s.read(ctx, func(t *txKV) error { return fn(accountTx{rows{view: view{t}}}) })
}

// bell wakes every follower. It carries no payload: each reads on from where it
// stands, so nothing can arrive out of order or before it is durable.
type bell struct {
	mu sync.Mutex
	ch chan struct{}
}

func (b *bell) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}
