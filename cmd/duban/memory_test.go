package main

import (
	"runtime"
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

// While a heavy job runs, garbage is bounded by bytes and not by what is live; when the
// last has ended, the usual setting is back.
func TestHeavyJobs(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) })
	if memTotal() == 0 {
		t.Skip("SKIPPED: the machine's memory cannot be told here")
	}
	now := func() int { p := debug.SetGCPercent(100); debug.SetGCPercent(p); return p }
	live := make([]byte, 64<<20)
	c := tuneCollector(func(string) string { return "" })
	first, second := c.begin(), c.begin()
	if p := now(); p > 75 || p < heavyLeast { // 64 MB live and a little more
		t.Errorf("%d %% while a job runs", p)
	}
	first()
	first() // twice does no harm
	if p := now(); p > 100 {
		t.Errorf("%d %% while the second job runs", p)
	}
	second()
	if p := now(); p != collectAt {
		t.Errorf("%d %% afterwards", p)
	}
	runtime.KeepAlive(live)
	for live, want := range map[uint64]int{0: collectAt, heavyGarbage / 8: collectAt, heavyGarbage: 100, 10 * heavyGarbage: heavyLeast} {
		if p := heavyPercent(live); p != want {
			t.Errorf("%d bytes live: %d %%, want %d", live, p, want)
		}
	}
	debug.SetGCPercent(50)
	c = tuneCollector(func(name string) string { return map[string]string{"GOGC": "50"}[name] })
	end := c.begin()
	if p := now(); p != 50 {
		t.Errorf("the operator said 50, it is %d", p)
	}
	end()
}

// Memory is given back when little goes on and much is held that is not live, and then it is
// the machine's again.
func TestMemoryIsGivenBack(t *testing.T) {
	for _, c := range []struct {
		name        string
		before, now room
		want        bool
	}{
		{"after a busy time", room{100 << 20, 20 << 20, 1 << 30}, room{100 << 20, 20 << 20, 1<<30 + 1<<20}, true},
		{"busy", room{100 << 20, 20 << 20, 1 << 30}, room{100 << 20, 20 << 20, 2 << 30}, false},
		{"nothing to give", room{60 << 20, 20 << 20, 1 << 30}, room{60 << 20, 20 << 20, 1<<30 + 1<<20}, false},
		{"large and live", room{1 << 30, 800 << 20, 1 << 30}, room{1 << 30, 800 << 20, 1<<30 + 1<<20}, false},
	} {
		if got := c.now.idle(c.before); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	garbage := make([]byte, 256<<20)
	for i := 0; i < len(garbage); i += 4096 {
		garbage[i] = 1
	}
	full := roomNow()
	runtime.KeepAlive(garbage)
	debug.FreeOSMemory()
	if left := roomNow(); full.held < 256<<20 || left.held > full.held-200<<20 || left.allocated < full.allocated {
		t.Errorf("full %+v, given back %+v", full, left)
	}
}
