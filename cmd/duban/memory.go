package main

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// collectAt is how much the heap grows between two collections, in percent. The read
// model is live and large beside what one request leaves behind, and the runtime's
// 100 walks it so often that collecting took a quarter of a filed report's
// processor time. The price is memory: at most five times what is live.
const collectAt = 400

// tuneCollector sets when memory is collected, unless GOGC or GOMEMLIMIT say so
// themselves. Near half of the machine's memory it is collected as often as needed
// to stay there; where that memory is not known, the runtime's own setting stays.
func tuneCollector(getenv func(string) string) {
	half := memTotal() / 2
	if half == 0 {
		return
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(half)
	}
	if getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
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
