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
