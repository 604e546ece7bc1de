package bench

import (
	"strings"
	"testing"
	"time"
)

// A flood fails where others wait, memory stays, or an answer is a fault, and only there.
func TestBoundsOfFloods(t *testing.T) {
	good := drowned{quiet: 10 * time.Millisecond, during: 30 * time.Millisecond, before: 20 << 20, most: 500 << 20, after: 20<<20 + backMost, answers: map[string]int{"200": 5, "429": 9, "left": 2}}
	for _, c := range []struct {
		name   string
		change func(*drowned)
		want   string // "": holds
	}{
		{"at its bounds", func(*drowned) {}, ""},
		{"others wait", func(d *drowned) { d.during++ }, "others wait"},
		{"quick enough to be the machine's turns", func(d *drowned) { d.quiet, d.during = time.Microsecond, 3*quietLeast }, ""},
		{"memory stays", func(d *drowned) { d.after += 1 << 20 }, "65 MB more"},
		{"a fault", func(d *drowned) { d.answers = map[string]int{"500": 1} }, "500"},
	} {
		d := good
		c.change(&d)
		if got := d.broken(); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
