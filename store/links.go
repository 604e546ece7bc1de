package store

import (
	"bytes"
	"context"

	"duban/workflow"
)

// Links implements workflow.Chain. It does not hold the bytes against their hash: that is
// what they are asked for.
func (s *Store) Links(ctx context.Context, after uint64, limit int) ([]workflow.Link, error) {
	var out []workflow.Link
	last := s.head.Load().seq
	if after >= last || limit <= 0 {
		return nil, s.readable()
	}
	err := s.read(ctx, func(t *txKV) error {
		prev, err := t.hashAt(after)
		if err != nil {
			return err
		}
		c := t.in(inEvents).Cursor()
		for k, v := c.Seek([]byte(seqKey(after + 1))); k != nil && len(out) < limit && after+uint64(len(out)) < last; k, v = c.Next() {
			r, err := splitRecord(v)
			if err != nil {
				return damagedRow(inEvents, string(k), err)
			}
			out = append(out, workflow.Link{Seq: after + uint64(len(out)) + 1, Prev: prev, Stored: bytes.Clone(r.core), Hash: r.hash})
			prev = r.hash
		}
		return nil
	})
	return out, err
}
