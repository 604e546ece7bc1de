package memory_test

import (
	"testing"

	"duban/store/memory"
	"duban/store/storetest"
)

func TestTables(t *testing.T) { storetest.Tables(t, &memory.Engine{}) }
