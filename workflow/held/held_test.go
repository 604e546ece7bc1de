package held_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"duban/workflow/held"
)

// TestHeldIsWhatWasPut: whatever is done in whatever order, what is found is what was put
// under its key first while it was kept, nothing from before a Forget, and never more than
// the bound is kept.
func TestHeldIsWhatWasPut(t *testing.T) {
	const bound = 1000
	rapid.Check(t, func(t *rapid.T) {
		h := held.New[int, int](bound)
		put := map[int]int{} // since the last Forget
		for step := range rapid.IntRange(1, 200).Draw(t, "steps") {
			key := rapid.IntRange(0, 30).Draw(t, "key")
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				stand := h.Stand()
				h.Forget()
				clear(put)
				h.Put(stand, key+100, step, 1)
			case 1, 2, 3, 4, 5:
				size := rapid.IntRange(1, 2*bound/3).Draw(t, "size")
				if _, found := h.Get(key); !found && size <= bound/2 {
					put[key] = step
				}
				h.Put(h.Stand(), key, step, size)
			default:
				got, found := h.Get(key)
				if want, ok := put[key]; found && (!ok || got != want) {
					t.Fatalf("%d is %d, put was %d %v", key, got, want, ok)
				}
			}
			if _, found := h.Get(key + 100); found {
				t.Fatal("what was read before a Forget was put after it")
			}
			if h.Bytes() > bound {
				t.Fatalf("%d bytes are kept", h.Bytes())
			}
		}
	})
}

// TestHeldKeepsWhatIsAskedFor: what is asked for stays while much else comes and goes.
func TestHeldKeepsWhatIsAskedFor(t *testing.T) {
	h := held.New[int, string](100)
	h.Put(h.Stand(), -1, "often", 10)
	for i := range 1000 {
		h.Put(h.Stand(), i, "once", 10)
		if got, found := h.Get(-1); !found || got != "often" {
			t.Fatalf("gone after %d others", i)
		}
	}
	if _, found := h.Get(0); found {
		t.Error("what nobody asks for stays")
	}
	if h.Put(h.Stand(), -2, "large", 51); h.Bytes() > 100 {
		t.Error("larger than a half")
	}
	if _, found := h.Get(-2); found {
		t.Error("larger than a half, and kept")
	}
}

// TestHeldForgets: beside readers that never pause, nothing read before a Forget is found
// after it.
func TestHeldForgets(t *testing.T) {
	h := held.New[int, uint64](1 << 20)
	var now, done atomic.Uint64 // what there is to read, and what is forgotten
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for key := 0; ; key = (key + 1) % 50 {
				select {
				case <-stop:
					return
				default:
				}
				least := done.Load()
				got, found := h.Get(key)
				if found && got < least {
					t.Errorf("%d from before it was forgotten at %d", got, least)
					return
				}
				stand := h.Stand()
				h.Put(stand, key, now.Load(), 100)
			}
		})
	}
	for range 2000 {
		n := now.Add(1)
		h.Forget()
		done.Store(n)
	}
	close(stop)
	readers.Wait()
}
