package main

import (
	"runtime/debug"
	"testing"
)

// The collector is set for the machine, and an operator's own setting is left.
func TestTuneCollector(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) })
	total := memTotal()
	if total == 0 {
		t.Skip("SKIPPED: the machine's memory cannot be told here")
	}
	set := func(env map[string]string) (int, int64) {
		debug.SetGCPercent(100)
		debug.SetMemoryLimit(limit)
		tuneCollector(func(name string) string { return env[name] })
		return debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	}
	if p, l := set(nil); p != collectAt || l != total/2 {
		t.Errorf("%d %%, %d bytes of %d", p, l, total)
	}
	if p, l := set(map[string]string{"GOGC": "50"}); p != 100 || l != total/2 {
		t.Errorf("with GOGC: %d %%, %d bytes", p, l)
	}
	if p, l := set(map[string]string{"GOMEMLIMIT": "1GiB"}); p != collectAt || l != limit {
		t.Errorf("with GOMEMLIMIT: %d %%, %d bytes", p, l)
	}
}
