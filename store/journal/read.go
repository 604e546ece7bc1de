package journal

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"runtime/debug"

	"duban/store/codec"
	"duban/store/kv"
	"duban/workflow"
	"duban/workflow/account"
)

// read runs fn in a read transaction. A fault or panic while it is open is an
// error: a damaged page must not end the process.
func (j *Journal) read(ctx context.Context, fn func(kv.Reader) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := j.readable(); err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			err = j.unreadable(fmt.Errorf("panic while reading: %v", r), debug.Stack())
		}
	}()
	err = j.engine.View(ctx, fn)
	fault := kv.AsFault(err)
	if fault == nil {
		return err
	}
	if fault.Then == kv.Broken {
		j.stop(err)
	}
	return j.unreadable(err, nil)
}

// unreadable is what a reader is told who came upon a damaged page.
func (j *Journal) unreadable(cause error, stack []byte) error {
	j.log.Error("a read of the store failed", "cause", cause, "stack", string(stack))
	return &workflow.Error{Kind: workflow.Internal, Code: "store.damaged", Err: cause}
}

// Tables runs fn on the tables as they stand at one instant, for proofs and copies.
func (j *Journal) Tables(ctx context.Context, fn func(kv.Reader) error) error { return j.read(ctx, fn) }

// Read implements workflow.Journal. After store.outcome_unknown the rows may
// already show the act that is in doubt; Events, Trail and Follow never do.
func (j *Journal) Read(ctx context.Context, fn func(workflow.ReadView) error) error {
	return j.read(ctx, func(t kv.Reader) error {
		var at uint64
		err := t.Back(kv.Events, "", func(k string, _ []byte) error {
			if len(k) == 8 {
				at = binary.BigEndian.Uint64([]byte(k))
			}
			return kv.ErrStop
		})
		if err != nil {
			return err
		}
		return fn(readView{view: view{tables{t}}, at: at, tx: t, names: map[string]string{}})
	})
}

// ViewAccounts implements account.Store.
func (j *Journal) ViewAccounts(ctx context.Context, fn func(account.Tx) error) error {
	return j.read(ctx, func(t kv.Reader) error { return fn(accountTx{rows{view: view{tables{t}}}}) })
}

// Events implements workflow.Journal.
func (j *Journal) Events(ctx context.Context, after uint64, limit int) ([]workflow.Event, error) {
	last := j.head.Load().seq
	if err := cmp.Or(ctx.Err(), j.readable()); err != nil || after >= last || limit <= 0 {
		return nil, err
	}
	last = min(last, after+uint64(limit)) // #nosec G115 -- above 0
	if cached := j.events.between(after, last); cached != nil {
		return cached, nil
	}
	var out []workflow.Event
	err := j.read(ctx, func(t kv.Reader) error {
		prev, err := codec.HashAt(t, after)
		if err != nil {
			return err
		}
		return t.Scan(kv.Events, codec.SeqKey(after+1), func(k string, v []byte) error {
			e, err := codec.Event(k, v, prev, nil)
			if err != nil {
				return err
			}
			if e.Seq > last {
				return kv.ErrStop
			}
			prev = e.Hash
			if out = append(out, e); e.Seq == last {
				return kv.ErrStop
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// EventsAt implements workflow.Journal: lists ask for the same latest reports again and
// again, so what was read is cached, and what is not is read in one transaction.
func (j *Journal) EventsAt(ctx context.Context, seqs ...uint64) ([]workflow.Event, error) {
	if err := cmp.Or(ctx.Err(), j.readable()); err != nil {
		return nil, err
	}
	out, missing := make([]workflow.Event, len(seqs)), make([]int, 0, len(seqs))
	last, stand := j.head.Load().seq, j.events.Stand()
	for i, seq := range seqs {
		if seq == 0 || seq > last {
			return nil, workflow.Fault(workflow.NotFound, "event.unknown", "seq", seq)
		}
		if e, found := j.events.get(seq); found {
			out[i] = e
		} else {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	anew := make([]*readEvent, 0, len(missing))
	err := j.read(ctx, func(t kv.Reader) error {
		for _, i := range missing {
			e, err := eventAt(t, seqs[i])
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
	j.events.put(stand, anew...)
	return out, nil
}

// eventAt reads the event at the position.
func eventAt(t kv.Reader, seq uint64) (*readEvent, error) {
	prev, err := codec.HashAt(t, seq-1)
	if err != nil {
		return nil, err
	}
	record, err := t.Get(kv.Events, codec.SeqKey(seq))
	if err != nil {
		return nil, err
	}
	e, err := codec.Event(codec.SeqKey(seq), record, prev, nil)
	return &readEvent{e, len(record)}, err
}

// Redactions implements workflow.Journal.
func (j *Journal) Redactions() uint64 { return j.events.Stand() }

// Trail implements workflow.Journal.
func (j *Journal) Trail(ctx context.Context, assignment string) ([]workflow.Event, error) {
	var out []workflow.Event
	var anew []*readEvent
	last, stand := j.head.Load().seq, j.events.Stand()
	prefix := codec.TrailPrefix(assignment)
	err := j.read(ctx, func(t kv.Reader) error {
		return kv.ScanPrefix(t, kv.Trail, prefix, func(k string, _ []byte) error {
			key := k[len(prefix):]
			if len(key) != 8 {
				return codec.Damaged(kv.Trail, k, codec.ErrRecord)
			}
			seq := binary.BigEndian.Uint64([]byte(key))
			if seq > last {
				return nil
			}
			e, found := j.events.get(seq)
			if !found {
				read, err := eventAt(t, seq)
				if err != nil {
					return err
				}
				e = read.event
				anew = append(anew, read)
			}
			if e.Assignment != assignment {
				return codec.Damaged(kv.Trail, k, codec.ErrRecord)
			}
			out = append(out, e)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	j.events.put(stand, anew...)
	return out, nil
}
