package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	meters "runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"time"
)

// collectAt is how much the heap grows between two collections, in percent. The read
// model is live and large beside what one request leaves behind, and the runtime's
// 100 walks it so often that collecting took a quarter of a filed report's
// processor time. The price is memory: at most five times what is live.
const collectAt = 400

// heavyGarbage is how much garbage may lie about while a heavy job runs, in bytes, and
// heavyLeast, in percent of what is live, how much it may be in any case. Such a job leaves
// a gigabyte behind within seconds: collectAt would let it grow to four times the read
// model. Below heavyLeast a large read model would be walked too often.
const (
	heavyGarbage = 48 << 20
	heavyLeast   = 50
)

// collector has the say how often memory is collected: nobody else changes the runtime's
// settings.
type collector struct {
	ours bool // the operator has left GOGC to us

	mu    sync.Mutex
	heavy int // jobs that run
}

// tuneCollector sets when memory is collected, unless GOGC or GOMEMLIMIT say so
// themselves. Near half of the machine's memory it is collected as often as needed
// to stay there; where that memory is not known, the runtime's own setting stays.
func tuneCollector(getenv func(string) string) *collector {
	half := memTotal() / 2
	c := &collector{ours: half > 0 && getenv("GOGC") == ""}
	if half > 0 && getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(half)
	}
	if c.ours {
		debug.SetGCPercent(collectAt)
	}
	return c
}

// begin is told that a heavy job begins; end, that it has ended. In between the heap
// grows by heavyGarbage from one collection to the next. It is collected once at the beginning, so that what is live is known.
func (c *collector) begin() (end func()) {
	if !c.ours {
		return func() {}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heavy++; c.heavy == 1 {
		runtime.GC()
		debug.SetGCPercent(heavyPercent(liveBytes()))
	}
	return sync.OnceFunc(c.ended)
}

func (c *collector) ended() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heavy--; c.heavy == 0 {
		debug.SetGCPercent(collectAt)
	}
}

const (
	// tidyEvery is how often it is looked whether memory can be given back.
	tidyEvery = 10 * time.Second
	// tidyQuiet is how much may be allocated from one look to the next when nothing much goes
	// on, tidyWorth how much more than what is live and half of it must be held. Bytes.
	tidyQuiet, tidyWorth = 64 << 20, 32 << 20
)

// room is what the program holds of the machine's memory for its heap, what of it was live
// at the last collection, and what was allocated since the start. Bytes.
type room struct{ held, live, allocated uint64 }

// idle is true when little was allocated since the look before, and much is held that is
// not live: left to itself the heap stays as large as the busiest minute made it.
func (r room) idle(before room) bool {
	return r.allocated-before.allocated < tidyQuiet && r.held > r.live+r.live/2+tidyWorth
}

// keepTidy gives memory back to the machine when a busy time is over, until stop, which waits
// for it to end. With the operator's own GOGC it does nothing.
func keepTidy(ctx context.Context, getenv func(string) string) (stop func()) {
	if getenv("GOGC") != "" {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { tidy(ctx) })
	return func() { cancel(); work.Wait() }
}

func tidy(ctx context.Context) {
	look := time.NewTicker(tidyEvery)
	defer look.Stop()
	before, given := roomNow(), uint64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		now := roomNow()
		if now.idle(before) && now.allocated-given > tidyWorth/2 { // not again for the same
			debug.FreeOSMemory()
			now = roomNow()
			given = now.allocated
		}
		before = now
	}
}

// roomNow asks the runtime.
func roomNow() (r room) {
	s := []meters.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/heap/allocs:bytes"}}
	meters.Read(s)
	for i, to := range []*uint64{&r.held, &r.held, &r.held, &r.live, &r.allocated} {
		if s[i].Value.Kind() == meters.KindUint64 { // a runtime that does not say: 0
			*to += s[i].Value.Uint64()
		}
	}
	return r
}

// heavyPercent is the percentage at which so much live memory grows by heavyGarbage, at least
// heavyLeast.
func heavyPercent(live uint64) int {
	return int(min(collectAt, max(heavyLeast, heavyGarbage*100/max(live, 1)))) // #nosec G115 -- at most collectAt
}

// liveBytes is what the last collection found to be live.
func liveBytes() uint64 {
	s := []meters.Sample{{Name: "/gc/heap/live:bytes"}}
	meters.Read(s)
	if s[0].Value.Kind() != meters.KindUint64 {
		return 0 // a runtime that does not say: the usual setting stays
	}
	return s[0].Value.Uint64()
}

// memTotal is the machine's memory in bytes, 0 when it cannot be told.
func memTotal() int64 {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), "\n")
	f := strings.Fields(first) // MemTotal: 24689036 kB
	if len(f) != 3 || f[0] != "MemTotal:" || f[2] != "kB" {
		return 0
	}
	kb, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}
