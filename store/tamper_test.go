package store_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"

	"go.etcd.io/bbolt"
)

// tampered is a copy of a store that an attacker with the file changes.
type tampered struct {
	t     testing.TB
	dir   string
	sound []byte
	seq   uint64
	head  workflow.Hash
}

func newTampered(t testing.TB, changes int) *tampered {
	src := t.TempDir()
	s := storetest.Open(t, src)
	m := newModel(3)
	for range changes {
		if err := write(s, m.next()...); err != nil {
			t.Fatal(err)
		}
	}
	if err := write(s, workflow.Event{Kind: workflow.KindTextRedacted, Data: workflow.Data{Redacted: firstText(t, s)}}); err != nil {
		t.Fatal(err)
	}
	x := &tampered{t: t, dir: t.TempDir()}
	var b bytes.Buffer
	if err := s.Compact(&b); err != nil {
		t.Fatal(err)
	}
	x.sound = b.Bytes()
	x.seq, x.head = s.Head()
	return x
}

func firstText(t testing.TB, s storetest.Engine) uint64 {
	events, err := s.Events(bg, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if len(e.Texts) > 0 {
			return e.Seq
		}
	}
	t.Fatal("no event with texts")
	return 0
}

// try changes a fresh copy and answers what Verify, and then the exported head, say.
func (x *tampered) try(change func(tx *bbolt.Tx) error) (verify, head error) {
	x.t.Helper()
	path := filepath.Join(x.dir, "duban.db")
	if err := os.WriteFile(path, x.sound, 0o600); err != nil {
		x.t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		x.t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		x.t.Fatal(err)
	}
	s, err := store.OpenReadOnly(x.dir, opts())
	if err != nil {
		return err, err
	}
	defer s.Close()
	_, verify = s.Verify(bg, nil)
	return verify, s.VerifyHead(bg, x.seq, x.head)
}

func events(tx *bbolt.Tx) *bbolt.Bucket { return tx.Bucket([]byte("events")) }

func key(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

// rewrite gives the events from the position on new hashes, as somebody would
// who knows how the chain is made.
func rewrite(tx *bbolt.Tx, from, to uint64) error {
	var prev [32]byte
	if from > 1 {
		prev, _, _, _ = store.SplitEvent(events(tx).Get(key(from - 1)))
	}
	for seq := from; seq <= to; seq++ {
		_, core, tail, err := store.SplitEvent(bytes.Clone(events(tx).Get(key(seq))))
		if err != nil {
			return err
		}
		prev = workflow.ChainHash(prev, core)
		if err := events(tx).Put(key(seq), store.JoinEvent(prev, core, tail)); err != nil {
			return err
		}
	}
	return nil
}

// fromOutside is known only from outside: a log that was cut, or written anew from
// some event.
var fromOutside = map[string]bool{"cut from here": true, "edit and make the chain anew": true}

// found does one thing at one event and wants it found, there.
func (x *tampered) found(name string, act func(tx *bbolt.Tx, seq uint64) error, seq uint64) {
	x.t.Helper()
	verify, head := x.try(func(tx *bbolt.Tx) error { return act(tx, seq) })
	if verify == nil && (head == nil || !fromOutside[name]) {
		x.t.Errorf("%s: event %d: not found", name, seq)
	}
	var at *store.VerifyError
	if errors.As(verify, &at) && at.Seq > seq+1 && name != "exchange with the next" {
		x.t.Errorf("%s: event %d: found at %d", name, seq, at.Seq)
	}
}

// TestTampering edits, deletes, exchanges and cuts at every event of a log of
// more than 300. The control is the untouched copy, which passes.
func TestTampering(t *testing.T) {
	x := newTampered(t, 160)
	if x.seq < 300 {
		t.Fatalf("only %d events", x.seq)
	}
	if err, head := x.try(func(*bbolt.Tx) error { return nil }); err != nil || head != nil {
		t.Fatalf("the untouched copy: %v, %v", err, head)
	}
	step := uint64(1)
	if testing.Short() {
		step = 17
	}
	for name, act := range tamperings(x.seq) {
		for seq := uint64(1); seq <= x.seq; seq += step {
			x.found(name, act, seq)
		}
	}
}

// TestTamperingWithALongLog does one thing, by turns, at every event of a log of
// more than 1,000.
func TestTamperingWithALongLog(t *testing.T) {
	x := newTampered(t, 520)
	if x.seq < 1000 {
		t.Fatalf("only %d events", x.seq)
	}
	step := uint64(1)
	if testing.Short() {
		step = 101
	}
	acts := tamperings(x.seq)
	names := slices.Sorted(maps.Keys(acts))
	for seq := uint64(1); seq <= x.seq; seq += step {
		name := names[seq%uint64(len(names))]
		x.found(name, acts[name], seq)
	}
}

// tamperings are what is done at each event of a log that ends at last.
func tamperings(last uint64) map[string]func(tx *bbolt.Tx, seq uint64) error {
	return map[string]func(tx *bbolt.Tx, seq uint64) error{
		"edit a letter": func(tx *bbolt.Tx, seq uint64) error {
			v := bytes.Clone(events(tx).Get(key(seq)))
			at := bytes.Index(v, []byte("2022-09"))
			v[at+3] = '3'
			return events(tx).Put(key(seq), v)
		},
		"edit the text": func(tx *bbolt.Tx, seq uint64) error {
			hash, core, tail, err := store.SplitEvent(bytes.Clone(events(tx).Get(key(seq))))
			if len(tail) == 0 { // give it one
				tail = []byte(`{"salt":"00","texts":{"text":"new"}}`)
			} else {
				tail = bytes.Replace(tail, []byte("文本"), []byte("文木"), 1)
			}
			return errors.Join(err, events(tx).Put(key(seq), store.JoinEvent(hash, core, tail)))
		},
		"delete": func(tx *bbolt.Tx, seq uint64) error { return events(tx).Delete(key(seq)) },
		"exchange with the next": func(tx *bbolt.Tx, seq uint64) error {
			other := seq%last + 1
			a, b := bytes.Clone(events(tx).Get(key(seq))), bytes.Clone(events(tx).Get(key(other)))
			return errors.Join(events(tx).Put(key(seq), b), events(tx).Put(key(other), a))
		},
		"edit and make the chain anew": func(tx *bbolt.Tx, seq uint64) error {
			hash, core, tail, err := store.SplitEvent(bytes.Clone(events(tx).Get(key(seq))))
			if err != nil {
				return err
			}
			var e map[string]any
			if err := json.Unmarshal(core, &e); err != nil {
				return err
			}
			e["at"] = "2021-01-01T00:00:00Z"
			e["actor"] = map[string]any{"unit": "other"}
			if core, err = json.Marshal(e); err != nil {
				return err
			}
			return errors.Join(events(tx).Put(key(seq), store.JoinEvent(hash, core, tail)), rewrite(tx, seq, last))
		},
		"cut from here": func(tx *bbolt.Tx, seq uint64) error {
			for n := seq; n <= last; n++ {
				if err := events(tx).Delete(key(n)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// TestTamperedRows: what is not in the chain itself must still be what the
// journal says. The attacker knows how checksums are made.
func TestTamperedRows(t *testing.T) {
	x := newTampered(t, 60)
	id := assignment1
	for name, change := range map[string]func(tx *bbolt.Tx) error{
		"a due date":    editRow(func(m map[string]any) { m["due"] = "2030-01-01T00:00:00Z" }),
		"a flag":        editRow(func(m map[string]any) { m["late"] = true; m["version"] = 1 }),
		"a row removed": func(tx *bbolt.Tx) error { return tx.Bucket([]byte("assignments")).Delete([]byte(id)) },
		"a row added": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("assignments")).Put([]byte("x"), store.Seal("x", []byte("{}")))
		},
		"a figure": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("series")).Put([]byte("G1"), store.Seal("G1", []byte(`{}`)))
		},
		"a period removed":   func(tx *bbolt.Tx) error { return tx.Bucket([]byte("periods")).Delete([]byte("G1")) },
		"a trail entry gone": func(tx *bbolt.Tx) error { c := tx.Bucket([]byte("trail")).Cursor(); c.First(); return c.Delete() },
		"a trail entry more": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("trail")).Put(append([]byte("x\x00"), key(1)...), nil)
		},
		"a trail entry turned": func(tx *bbolt.Tx) error { return turnTrail(tx) },
		"texts removed":        removeTexts(true),
		"a redaction undone":   removeTexts(false),
		"a plan file":          func(tx *bbolt.Tx) error { return tx.Bucket([]byte("sources")).Put([]byte("00"), []byte("x")) },
		"an account unsealed": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("accounts")).Put([]byte("li"), []byte(`{"name":"li"}0000`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err, _ := x.try(change); err == nil {
				t.Fatal("not found")
			} else if !errors.As(err, new(*store.VerifyError)) {
				t.Fatalf("found as %v", err)
			}
		})
	}
}

var assignment1 = storetest.Assigned(1, "scjg").Assignment

// editRow changes the row of an assignment and seals it again.
func editRow(edit func(map[string]any)) func(tx *bbolt.Tx) error {
	id := assignment1
	return func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("assignments"))
		v := b.Get([]byte(id))
		var m map[string]any
		if err := json.Unmarshal(v[:len(v)-4], &m); err != nil {
			return err
		}
		edit(m)
		j, err := json.Marshal(m)
		return errors.Join(err, b.Put([]byte(id), store.Seal(id, j)))
	}
}

// removeTexts takes the texts of the first event that has some, or gives some to
// the first that has lost them.
func removeTexts(want bool) func(tx *bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		c := events(tx).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			hash, core, tail, err := store.SplitEvent(bytes.Clone(v))
			if err != nil {
				return err
			}
			var e workflow.Event
			if err := json.Unmarshal(core, &e); err != nil {
				return err
			}
			switch {
			case want && len(tail) > 0:
				return events(tx).Put(k, store.JoinEvent(hash, core, nil))
			case !want && len(tail) == 0 && e.TextDigest != "":
				return events(tx).Put(k, store.JoinEvent(hash, core, []byte(`{"salt":"","texts":{}}`)))
			}
		}
		return errors.New("nothing to change")
	}
}

// turnTrail lets an entry point at another event, so that only the count holds.
func turnTrail(tx *bbolt.Tx) error {
	b := tx.Bucket([]byte("trail"))
	k, _ := b.Cursor().First()
	k = bytes.Clone(k)
	if err := b.Delete(k); err != nil {
		return err
	}
	return b.Put(append(k[:len(k)-8:len(k)-8], key(99999)...), nil)
}

// TestEvidenceVerified: the content on disk is held against the record.
func TestEvidenceVerified(t *testing.T) {
	s, dir := opened(t)
	f, _, err := s.PutFile(bg, workflow.Call{Received: storetest.Start}, workflow.File{Name: "a"}, bytes.NewReader([]byte("evidence")), 100)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "files", f.SHA256[:2], f.SHA256[2:])
	if r, err := s.Verify(bg, nil); err != nil || r.Files != 1 || r.FileBytes != 8 {
		t.Fatalf("%+v %v", r, err)
	}
	for name, spoil := range map[string]func() error{
		"changed": func() error { return os.WriteFile(path, []byte("Evidence"), 0o600) },
		"longer":  func() error { return os.WriteFile(path, []byte("evidence "), 0o600) },
		"missing": func() error { return os.Remove(path) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(name, err)
		}
		var e *store.VerifyError
		if _, err := s.Verify(bg, nil); !errors.As(err, &e) || e.What != "evidence "+f.ID {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.WriteFile(path, []byte("evidence"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// opened is a store that is closed but not verified at the end.
func opened(t *testing.T, change ...func(*store.Options)) (*store.Store, string) {
	dir, o := t.TempDir(), opts()
	for _, c := range change {
		c(&o)
	}
	s, err := store.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, dir
}

// TestBackup: a copy taken under load is whole and stands at the position it says.
func TestBackup(t *testing.T) {
	s := storetest.New(t)
	stop, done := make(chan struct{}), make(chan error, 4)
	for w := range 4 {
		go func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					done <- nil
					return
				default:
				}
				if err := write(s, storetest.Assigned(w*10000+n, "a")); err != nil {
					done <- err
					return
				}
			}
		}()
	}
	for n := range 20 {
		dir := t.TempDir()
		f, err := os.Create(filepath.Join(dir, "duban.db"))
		if err != nil {
			t.Fatal(err)
		}
		seq, head, err := s.Backup(bg, f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if r := storetest.Verify(t, dir); r.Events != seq || r.Head != head || r.Epoch != s.Epoch() {
			t.Fatalf("backup %d: %+v, told %d %s", n, r, seq, head)
		}
	}
	close(stop)
	for range 4 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(s.Stats().ReadOnly) != "" {
		t.Error("the store went read-only")
	}
}
