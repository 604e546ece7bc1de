package storetest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"duban/store/kv"
)

// Tables holds an empty engine of tables against a map: whatever is put and deleted in
// whatever order, kept or dropped, what stands is what the map holds, in key order; and a
// reader sees what stood when it began.
func Tables(t *testing.T, e kv.Engine) {
	rnd := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- the same rows in every run
	kept := map[string]string{}
	drop := errors.New("dropped")
	for step := range 200 {
		next := maps.Clone(kept)
		err := e.View(bg, func(before kv.Reader) error {
			err := e.Update(func(tx kv.Tx) error {
				for range rnd.IntN(7) {
					if err := writeOne(tx, rnd, step, next); err != nil {
						return err
					}
				}
				sameTable(t, "inside", tx, next)
				if rnd.IntN(4) == 0 {
					return drop
				}
				return nil
			})
			sameTable(t, "a reader from before", before, kept)
			return err
		})
		switch {
		case err == nil:
			kept = next
		case !errors.Is(err, drop):
			t.Fatal(err)
		}
		if err := e.View(bg, func(r kv.Reader) error { sameTable(t, "afterwards", r, kept); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Check(); err != nil || e.Size() == 0 {
		t.Errorf("%d bytes, %v", e.Size(), err)
	}
	if err := e.Update(func(tx kv.Tx) error { return tx.Delete(kv.Drafts, "none") }); err != nil {
		t.Errorf("what is not there is deleted: %v", err)
	}
}

// writeOne puts or deletes one key, in the engine and in the map.
func writeOne(tx kv.Tx, rnd *rand.Rand, step int, to map[string]string) error {
	key := fmt.Sprint("k", rnd.IntN(40))
	if rnd.IntN(3) == 0 {
		delete(to, key)
		return tx.Delete(kv.Files, key)
	}
	to[key] = fmt.Sprint(step)
	return tx.Put(kv.Files, key, []byte(to[key]))
}

// sameTable reads the table in every way there is.
func sameTable(t *testing.T, who string, r kv.Reader, want map[string]string) {
	t.Helper()
	keys := slices.Sorted(maps.Keys(want))
	for i := range 41 {
		key := fmt.Sprint("k", i)
		v, err := r.Get(kv.Files, key)
		if value, there := want[key]; err != nil || string(v) != value || (v != nil) != there {
			t.Fatalf("%s: %s is %q, %v; want %q", who, key, v, err, value)
		}
		at, _ := slices.BinarySearch(keys, key)
		forwards, err := visited(func(visit func(string, []byte) error) error { return r.Scan(kv.Files, key, visit) }, want)
		if err != nil || !slices.Equal(forwards, keys[at:]) {
			t.Fatalf("%s: from %s on %v, %v; want %v", who, key, forwards, err, keys[at:])
		}
		backwards, err := visited(func(visit func(string, []byte) error) error { return r.Back(kv.Files, key, visit) }, want)
		slices.Reverse(backwards)
		if err != nil || !slices.Equal(backwards, keys[:at]) {
			t.Fatalf("%s: back from %s %v, %v; want %v", who, key, backwards, err, keys[:at])
		}
	}
	all, err := visited(func(visit func(string, []byte) error) error { return r.Back(kv.Files, "", visit) }, want)
	if slices.Reverse(all); err != nil || !slices.Equal(all, keys) {
		t.Fatalf("%s: back from the end %v, %v; want %v", who, all, err, keys)
	}
	n := 0
	for _, end := range []error{kv.ErrStop, errors.ErrUnsupported} { // early ends: one is no error, the other is told
		err := r.Scan(kv.Files, "", func(string, []byte) error { n++; return end })
		if told := !errors.Is(end, kv.ErrStop) && len(keys) > 0; errors.Is(err, end) != told || !told && err != nil {
			t.Fatalf("%s: ended with %v, told %v", who, end, err)
		}
	}
	if n != 2*min(len(keys), 1) {
		t.Fatalf("%s: %d visits of scans that end at the first key", who, n)
	}
	ran, err := r.Get(kv.Drafts, "k1")
	if ran != nil || err != nil {
		t.Fatalf("%s: another table has %q, %v", who, ran, err)
	}
}

// visited are the keys that a scan visits, each with the value of the map.
func visited(scan func(func(string, []byte) error) error, want map[string]string) (keys []string, err error) {
	err = scan(func(k string, v []byte) error {
		if want[k] != string(v) {
			return fmt.Errorf("%s is %q, want %q", k, v, want[k])
		}
		keys = append(keys, k)
		return nil
	})
	return keys, err
}
