package store

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
	"io/fs"
	"os"
	"path/filepath"

	"duban/workflow"
)

// Report is what Verify found in order.
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

// VerifyError is the first thing that does not hold.
type VerifyError struct {
	Seq    uint64 // the event, 0 when it is not about one
	What   string // the row or file, "" when it is about an event
	Reason string
}

func (e *VerifyError) Error() string {
	if e.Seq != 0 {
		return fmt.Sprintf("event %d: %s", e.Seq, e.Reason)
	}
	return e.What + ": " + e.Reason
}

// Verify proves that the journal is unbroken from its first event to its last,
// that every text is the one its event was written with unless a later event
// removed it, that folding the journal gives exactly the stored rows, that the
// trail lists every event, and that the evidence is whole. It answers a
// *VerifyError for the first thing that does not hold. Its memory grows with the
// rows, not with the events. progress (may be nil) is told now and then.
//
// What no chain can tell by itself is whether the newest events were cut off
// together with all they did, or an older copy was put in place: for that,
// compare with a head that was printed or exported, VerifyHead.
func (s *Store) Verify(ctx context.Context, progress func(done, total uint64)) (Report, error) {
	var r Report
	err := s.read(ctx, func(t *txKV) error {
		v := &verifier{t: t, rows: newFolded(), seed: maphash.MakeSeed(), missing: map[uint64]bool{}, progress: progress}
		if err := v.journal(ctx); err != nil {
			return err
		}
		if err := v.stored(); err != nil {
			return err
		}
		r = Report{Events: v.last.seq, Head: v.last.hash, Epoch: s.epoch, Redacted: v.redacted,
			Assignments: len(v.rows.assignments), Periods: len(v.rows.periods), Series: len(v.rows.series), Assessments: len(v.rows.assessments)}
		return nil
	})
	if err == nil {
		err = s.verifyFiles(ctx, &r)
	}
	return r, err
}

// VerifyHead compares the journal with a head known from elsewhere: the event at
// the position must have that hash. Meant to follow a Verify.
func (s *Store) VerifyHead(ctx context.Context, seq uint64, hash workflow.Hash) error {
	return s.read(ctx, func(t *txKV) error {
		if seq > 0 && t.get(inEvents, seqKey(seq)) == nil {
			return &VerifyError{Seq: seq, Reason: "it was known elsewhere and is missing here: the journal was cut or is an older copy"}
		}
		found, err := t.hashAt(seq)
		if err != nil {
			return err
		}
		if found != hash {
			return &VerifyError{Seq: seq, Reason: fmt.Sprintf("its hash is %s, elsewhere it was known as %s", found, hash)}
		}
		return nil
	})
}

// stored compares the rows and the trail with what the journal folds into.
func (v *verifier) stored() error {
	return errors.Join(
		sameRows(v.t, inAssignments, v.rows.assignments),
		sameRows(v.t, inPeriods, v.rows.periods),
		sameRows(v.t, inSeries, v.rows.series),
		sameRows(v.t, inPlan, v.rows.plan),
		sameRows(v.t, inFiles, v.rows.files),
		sameRows(v.t, inAssessments, v.rows.assessments),
		v.sameTrail(),
		v.sources(),
		v.sealed())
}

// sameRows compares a bucket with folded rows, byte by byte.
func sameRows[T any](t *txKV, in space, want map[string]T) error {
	n := 0
	err := t.scan(in, "", func(k string, v []byte) error {
		n++
		got, err := unseal(in, k, v)
		if err != nil {
			return &VerifyError{What: spaceNames[in] + " " + k, Reason: err.Error()}
		}
		row, ok := want[k]
		if !ok {
			return &VerifyError{What: spaceNames[in] + " " + k, Reason: "the row stands in the store, but no event made it"}
		}
		b, err := json.Marshal(row)
		if err != nil {
			return err
		}
		if !bytes.Equal(b, got) || !bytes.Equal(t.get(in, k), v) {
			return &VerifyError{What: spaceNames[in] + " " + k,
				Reason: fmt.Sprintf("the row is not what its events give (stored %.300s, folded %.300s)", got, b)}
		}
		return nil
	})
	if err != nil || n == len(want) {
		return err
	}
	for k := range want {
		if t.get(in, k) == nil {
			return &VerifyError{What: spaceNames[in] + " " + k, Reason: "its events stand in the journal, the row is missing"}
		}
	}
	return nil
}

// sameTrail compares the trail's keys with the events' as two multisets: the
// sums of hashes under a seed nobody knows.
func (v *verifier) sameTrail() error {
	var sum, n uint64
	err := v.t.scan(inTrail, "", func(k string, _ []byte) error {
		sum += maphash.String(v.seed, k)
		n++
		return nil
	})
	if err != nil || (sum == v.trailSum && n == v.trailN) {
		return err
	}
	var prev workflow.Hash
	return v.t.scan(inEvents, "", func(k string, b []byte) error {
		e, err := decodeEvent(k, b, prev)
		prev = e.Hash
		if err != nil || e.Assignment == "" {
			return err
		}
		if v.t.get(inTrail, trailKey(e.Assignment, e.Seq)) == nil {
			return &VerifyError{Seq: e.Seq, Reason: "it is missing from the trail of " + e.Assignment}
		}
		if v.trailN--; v.trailN == 0 {
			return &VerifyError{What: "trail", Reason: "it lists events that are not in the journal"}
		}
		return nil
	})
}

// sources checks that each plan file is the one its name says.
func (v *verifier) sources() error {
	return v.t.scan(inSources, "", func(k string, b []byte) error {
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != k {
			return &VerifyError{What: "plan file " + k, Reason: "its content has another SHA-256"}
		}
		return nil
	})
}

// sealed checks the records that no event tells of.
func (v *verifier) sealed() error {
	for _, in := range []space{inKeys, inDrafts, inAccounts, inSessions, inTokens, inScreens} {
		err := v.t.scan(in, "", func(k string, b []byte) error {
			if _, err := unseal(in, k, b); err != nil {
				return &VerifyError{What: spaceNames[in] + " " + k, Reason: err.Error()}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// verifyFiles reads all evidence. It holds no transaction meanwhile.
func (s *Store) verifyFiles(ctx context.Context, r *Report) error {
	files := map[string]workflow.File{} // by content
	err := s.read(ctx, func(t *txKV) error {
		return t.scan(inFiles, "", func(k string, b []byte) error {
			f, err := decode[workflow.File](inFiles, k, b)
			if !f.Gone {
				files[f.SHA256] = f
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := s.verifyFile(ctx, f); err != nil {
			if now, found, ferr := s.File(ctx, f.ID); ferr == nil && found && now.Gone {
				continue // deleted while we looked
			}
			return err
		}
		r.Files++
		r.FileBytes += f.Size
	}
	return nil
}

func (s *Store) verifyFile(ctx context.Context, f workflow.File) error {
	bad := &VerifyError{What: "evidence " + f.ID}
	path, err := s.blobPath(f.SHA256)
	if err != nil {
		bad.Reason = err.Error()
		return bad
	}
	r, err := os.Open(path) // #nosec G304 -- blobPath takes nothing but a hex digest
	if err != nil {
		bad.Reason = err.Error()
		return bad
	}
	defer r.Close() // only read
	sum := sha256.New()
	n, err := io.Copy(sum, withContext{ctx, r})
	switch {
	case err != nil:
		return err
	case n != f.Size:
		bad.Reason = fmt.Sprintf("%s has %d bytes, not %d", path, n, f.Size)
	case hex.EncodeToString(sum.Sum(nil)) != f.SHA256:
		bad.Reason = path + " is not the content that was filed"
	default:
		return nil
	}
	return bad
}

// Backup writes a copy of the database as it stands at one position, while work
// goes on, and answers that position and its hash. Evidence is not in it: it
// lies in files/, never changes once written, and can be copied afterwards.
func (s *Store) Backup(ctx context.Context, w io.Writer) (seq uint64, head workflow.Hash, err error) {
	err = s.read(ctx, func(t *txKV) error {
		at, err := lastPosition(t)
		if err != nil {
			return err
		}
		seq, head = at.seq, at.hash
		_, err = t.tx.WriteTo(contextWriter{ctx, w})
		return err
	})
	return seq, head, err
}

type contextWriter struct {
	ctx context.Context
	w   io.Writer
}

func (w contextWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.w.Write(p)
}

// copyBeside makes a durable copy of the file in the data folder, under the first name
// that is free of the stem, the stem with 2, and so on. What a copy that was cut off has
// left stands under no such name.
func (s *Store) copyBeside(stem string) (path string, err error) {
	left, _ := filepath.Glob(filepath.Join(s.dir, "duban-copy-*.db")) // the only error is a bad pattern
	for _, name := range left {
		if err := os.Remove(name); err != nil {
			return "", err
		}
	}
	f, err := os.CreateTemp(s.dir, "duban-copy-*.db")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, _, err = s.Backup(context.Background(), f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		path = filepath.Join(s.dir, stem+".db")
		if n > 1 {
			path = filepath.Join(s.dir, fmt.Sprintf("%s-%d.db", stem, n))
		}
		if err := os.Link(f.Name(), path); !errors.Is(err, fs.ErrExist) {
			return path, errors.Join(err, syncDir(s.dir))
		}
	}
}
