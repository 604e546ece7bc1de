package storetest_test

import (
	"testing"
	"time"

	"duban/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(_ testing.TB, now func() time.Time) storetest.Engine { return storetest.NewMemory(now) })
}
