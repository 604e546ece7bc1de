// Package proof holds a journal against its hashes, the stored rows against the journal,
// and evidence against the sums that were filed.
//
// It reads tables (kv) and trusts nothing that it can work out anew. It changes nothing.
package proof

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"

	"duban/store/blob"
	"duban/store/codec"
	"duban/store/kv"
	"duban/workflow"
)

// Report is what was found in order.
type Report struct {
	Events      uint64 // also the position of the last
	Head        workflow.Hash
	Epoch       string
	Redacted    int // events whose texts were removed by a later event
	Assignments int
	Periods     int
	Series      int
	Assessments int
	Files       int   // evidence whose content was read and found whole
	FileBytes   int64 // of it
}

// Error is the first thing that does not hold.
type Error struct {
	Seq    uint64 // the event, 0 when it is not about one
	What   string // the row or file, "" when it is about an event
	Reason string
}

func (e *Error) Error() string {
	if e.Seq != 0 {
		return fmt.Sprintf("event %d: %s", e.Seq, e.Reason)
	}
	return e.What + ": " + e.Reason
}

// Tables proves that the journal is unbroken from its first event to its last, that every
// text is the one its event was written with unless a later event removed it, that folding
// the journal gives exactly the stored rows, and that the trail lists every event. It
// answers an *Error for the first thing that does not hold. Its memory grows with the
// rows, not with the events. progress (may be nil) is told now and then.
//
// What no chain can tell by itself is whether the newest events were cut off together
// with all they did, or an older copy was put in place: for that, compare with a head
// that was printed or exported, Head.
func Tables(ctx context.Context, t kv.Reader, progress func(done, total uint64)) (Report, error) {
	v := &verifier{t: t, rows: newFolded(), seed: maphash.MakeSeed(), missing: map[uint64]bool{}, progress: progress}
	if err := v.journal(ctx); err != nil {
		return Report{}, err
	}
	if err := v.stored(); err != nil {
		return Report{}, err
	}
	return Report{Events: v.seq, Head: v.head, Redacted: v.redacted, Assignments: len(v.rows.assignments),
		Periods: len(v.rows.periods), Series: len(v.rows.series), Assessments: len(v.rows.assessments)}, nil
}

// Head compares the journal with a head known from elsewhere: the event at the position
// must have that hash.
func Head(t kv.Reader, seq uint64, hash workflow.Hash) error {
	if seq > 0 {
		v, err := t.Get(kv.Events, codec.SeqKey(seq))
		if err != nil {
			return err
		}
		if v == nil {
			return &Error{Seq: seq, Reason: "it was known elsewhere and is missing here: the journal was cut or is an older copy"}
		}
	}
	found, err := codec.HashAt(t, seq)
	if err != nil {
		return err
	}
	if found != hash {
		return &Error{Seq: seq, Reason: fmt.Sprintf("its hash is %s, elsewhere it was known as %s", found, hash)}
	}
	return nil
}

// Content reads the content of a piece of evidence and holds it against its record.
func Content(ctx context.Context, contents blob.Store, f workflow.File) error {
	bad := &Error{What: "evidence " + f.ID}
	r, err := contents.Open(f.SHA256)
	if err != nil {
		bad.Reason = err.Error()
		return bad
	}
	defer r.Close() // only read
	sum := sha256.New()
	n, err := io.Copy(sum, blob.UntilDone(ctx, r))
	switch {
	case err != nil:
		return err
	case n != f.Size:
		bad.Reason = fmt.Sprintf("its content %s has %d bytes, not %d", f.SHA256, n, f.Size)
	case hex.EncodeToString(sum.Sum(nil)) != f.SHA256:
		bad.Reason = "the content kept as " + f.SHA256 + " is not the one that was filed"
	default:
		return nil
	}
	return bad
}

// stored compares the rows and the trail with what the journal folds into.
func (v *verifier) stored() error {
	return errors.Join(
		sameRows(v.t, kv.Assignments, v.rows.assignments),
		sameRows(v.t, kv.Periods, v.rows.periods),
		sameRows(v.t, kv.Series, v.rows.series),
		sameRows(v.t, kv.Plan, v.rows.plan),
		sameRows(v.t, kv.Files, v.rows.files),
		sameRows(v.t, kv.Assessments, v.rows.assessments),
		v.sameTrail(),
		v.sources(),
		v.sealed())
}

// sameRows compares a table with folded rows, byte by byte.
func sameRows[T any](t kv.Reader, in kv.Space, want map[string]T) error {
	n := 0
	err := t.Scan(in, "", func(k string, v []byte) error {
		n++
		got, err := codec.Unseal(in, k, v)
		if err != nil {
			return &Error{What: in.String() + " " + k, Reason: err.Error()}
		}
		row, ok := want[k]
		if !ok {
			return &Error{What: in.String() + " " + k, Reason: "the row stands in the store, but no event made it"}
		}
		b, err := json.Marshal(row)
		if err != nil {
			return err
		}
		again, err := t.Get(in, k)
		if err != nil {
			return err
		}
		if !bytes.Equal(b, got) || !bytes.Equal(again, v) {
			return &Error{What: in.String() + " " + k,
				Reason: fmt.Sprintf("the row is not what its events give (stored %.300s, folded %.300s)", got, b)}
		}
		return nil
	})
	if err != nil || n == len(want) {
		return err
	}
	for k := range want {
		if v, err := t.Get(in, k); v == nil || err != nil {
			if err != nil {
				return err
			}
			return &Error{What: in.String() + " " + k, Reason: "its events stand in the journal, the row is missing"}
		}
	}
	return nil
}

// sameTrail compares the trail's keys with the events' as two multisets: the
// sums of hashes under a seed nobody knows.
func (v *verifier) sameTrail() error {
	var sum, n uint64
	err := v.t.Scan(kv.Trail, "", func(k string, _ []byte) error {
		sum += maphash.String(v.seed, k)
		n++
		return nil
	})
	if err != nil || (sum == v.trailSum && n == v.trailN) {
		return err
	}
	var prev workflow.Hash
	return v.t.Scan(kv.Events, "", func(k string, b []byte) error {
		e, err := codec.Event(k, b, prev, nil)
		prev = e.Hash
		if err != nil || e.Assignment == "" {
			return err
		}
		if at, err := v.t.Get(kv.Trail, codec.TrailKey(e.Assignment, e.Seq)); at == nil || err != nil {
			if err != nil {
				return err
			}
			return &Error{Seq: e.Seq, Reason: "it is missing from the trail of " + e.Assignment}
		}
		if v.trailN--; v.trailN == 0 {
			return &Error{What: "trail", Reason: "it lists events that are not in the journal"}
		}
		return nil
	})
}

// sources checks that each plan file is the one its name says.
func (v *verifier) sources() error {
	return v.t.Scan(kv.Sources, "", func(k string, b []byte) error {
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != k {
			return &Error{What: "plan file " + k, Reason: "its content has another SHA-256"}
		}
		return nil
	})
}

// sealed checks the records that no event tells of.
func (v *verifier) sealed() error {
	for _, in := range []kv.Space{kv.Keys, kv.Drafts, kv.Accounts, kv.Sessions, kv.Tokens, kv.Screens} {
		err := v.t.Scan(in, "", func(k string, b []byte) error {
			if _, err := codec.Unseal(in, k, b); err != nil {
				return &Error{What: in.String() + " " + k, Reason: err.Error()}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
