package main

import (
	"os/exec"
	"regexp"
	"strconv"
	"testing"
)

// An idle screen holds at most 10 KB of the machine's memory, as it is seen from outside the
// server: with all that its joining left behind, and when that was collected.
func TestIdleScreens(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: the race detector's memory is not the program's")
	}
	out, err := exec.Command("duban", "bench", "--plan", "../../tasks.yaml", "--only", "memory", "--rounds", "1", "--slice", "10ms", "--screens", "1000").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said := regexp.MustCompile(`(?m)^idle screens +([\d.]+) KB resident .*; ([\d.]+) KB .*from (\d+) to (\d+) screens`).FindSubmatch(out)
	if said == nil {
		t.Fatalf("%s", out)
	}
	if few, many := string(said[3]), string(said[4]); few != "1000" || many != "4000" {
		t.Skipf("SKIPPED: not enough open files for 4,000 screens (ulimit -n): %s", out)
	}
	for i, what := range []string{"as they came", "after collections"} {
		kb, err := strconv.ParseFloat(string(said[i+1]), 64)
		if err != nil || kb < 2 || kb > 10 {
			t.Errorf("%s: %v KB, %v", what, kb, err)
		}
	}
}
