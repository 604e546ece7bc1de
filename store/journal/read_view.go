package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"iter"
	"slices"

	"duban/store/codec"
	"duban/store/kv"
	"duban/workflow"
)

// readView is a view that stands at a position.
type readView struct {
	view
	at    uint64
	tx    kv.Reader
	names map[string]string // texts that many events have in common
}

// Position implements workflow.ReadView.
func (v readView) Position() uint64 { return v.at }

// AllAssignments implements workflow.ReadView.
func (v readView) AllAssignments() iter.Seq2[workflow.Assignment, error] {
	return all[workflow.Assignment](v, kv.Assignments)
}

// AllSeries implements workflow.ReadView.
func (v readView) AllSeries() iter.Seq2[workflow.Series, error] {
	return all[workflow.Series](v, kv.Series)
}

// Event implements workflow.ReadView. The event before, which the hash follows from,
// is its neighbour: both are found with one search.
func (v readView) Event(seq uint64) (e workflow.Event, err error) {
	if seq == 0 || seq > v.at {
		return e, workflow.Fault(workflow.NotFound, "event.unknown", "seq", seq)
	}
	key := codec.SeqKey(seq)
	var prev workflow.Hash
	found := false
	err = v.tx.Scan(kv.Events, codec.SeqKey(max(seq-1, 1)), func(k string, b []byte) (err error) {
		if k < key {
			prev, err = hashOf(k, b)
			return err
		}
		if found = k == key; found {
			if e, err = codec.Event(k, b, prev, v.names); err != nil {
				return err
			}
		}
		return kv.ErrStop
	})
	if err == nil && !found {
		err = codec.Damaged(kv.Events, key, codec.ErrRecord)
	}
	return e, err
}

func hashOf(key string, record []byte) (workflow.Hash, error) {
	r, err := codec.Split(record)
	if err != nil {
		return r.Hash, codec.Damaged(kv.Events, key, err)
	}
	return r.Hash, nil
}

// LastOf implements workflow.ReadView. It goes back along the trail and decodes no more
// than the kind of the events it passes by.
func (v readView) LastOf(assignment string, upto uint64, kinds ...workflow.Kind) (last workflow.Event, found bool, err error) {
	prefix := codec.TrailPrefix(assignment)
	err = v.tx.Back(kv.Trail, prefix+codec.SeqKey(min(upto, v.at)+1), func(k string, _ []byte) error {
		if len(k) != len(prefix)+8 || k[:len(prefix)] != prefix {
			return kv.ErrStop
		}
		key := k[len(prefix):]
		b, err := v.tx.Get(kv.Events, key)
		if err != nil {
			return err
		}
		r, err := codec.Split(b)
		if err != nil {
			return codec.Damaged(kv.Events, key, err)
		}
		if kind, ok := r.Kind(); ok && !slices.Contains(kinds, kind) {
			return nil
		}
		e, err := v.Event(binary.BigEndian.Uint64([]byte(key)))
		if err == nil && e.Assignment != assignment {
			err = codec.Damaged(kv.Trail, k, codec.ErrRecord)
		}
		if err != nil {
			return err
		}
		if slices.Contains(kinds, e.Kind) {
			last, found = e, true
			return kv.ErrStop
		}
		return nil
	})
	if err != nil {
		return workflow.Event{}, false, err
	}
	return last, found, nil
}

// Links implements workflow.Chain. It does not hold the bytes against their hash: that is
// what they are asked for.
func (j *Journal) Links(ctx context.Context, after uint64, limit int) ([]workflow.Link, error) {
	var out []workflow.Link
	last := j.head.Load().seq
	if after >= last || limit <= 0 {
		return nil, j.readable()
	}
	last = min(last, after+uint64(limit)) // #nosec G115 -- above 0
	err := j.read(ctx, func(t kv.Reader) error {
		prev, err := codec.HashAt(t, after)
		if err != nil {
			return err
		}
		return t.Scan(kv.Events, codec.SeqKey(after+1), func(k string, v []byte) error {
			r, err := codec.Split(v)
			if err != nil {
				return codec.Damaged(kv.Events, k, err)
			}
			seq := after + uint64(len(out)) + 1
			out = append(out, workflow.Link{Seq: seq, Prev: prev, Stored: bytes.Clone(r.Core), Hash: r.Hash})
			prev = r.Hash
			if seq == last {
				return kv.ErrStop
			}
			return nil
		})
	})
	return out, err
}
