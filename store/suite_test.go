package store_test

import (
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB, now func() time.Time) storetest.Engine {
		return storetest.New(t, func(o *store.Options) { o.Now = now })
	})
}

// TestStoreWithoutMemory: with a budget for the caches in which nothing fits, the store
// promises the same.
func TestStoreWithoutMemory(t *testing.T) {
	storetest.Run(t, func(t testing.TB, now func() time.Time) storetest.Engine {
		s := storetest.New(t, func(o *store.Options) { o.Now, o.Memory = now, 1 })
		t.Cleanup(func() {
			if cached, _ := s.Cached(); cached != 0 {
				t.Errorf("%d bytes are cached", cached)
			}
		})
		return s
	})
}
