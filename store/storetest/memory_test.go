package storetest_test

import (
	"testing"
	"time"

	"duban/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(t testing.TB, now func() time.Time) storetest.Engine {
		m := storetest.NewMemory(now)
		t.Cleanup(func() {
			if err := m.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
		return m
	})
}
