package throttle

import (
	"fmt"
	"testing"
	"time"
)

// Of any number of requests no more than two minutes' worth pass in one minute, and
// a minute's worth always passes; a clock that goes back gives nothing away.
func TestPace(t *testing.T) {
	start := time.Date(2022, 9, 20, 9, 0, 0, 0, time.UTC)
	p := NewPace(60)
	passed := func(account string, n int, at time.Time) (ok int) {
		for range n {
			if p.Take(account, at) == 0 {
				ok++
			}
		}
		return ok
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{0, 60}, {0, 0}, {500 * time.Millisecond, 0}, {time.Second, 1}, {11 * time.Second, 10}, {5 * time.Second, 0}, {2 * time.Minute, 60}, {2*time.Minute + time.Second, 1}} {
		if got := passed("a", 100, start.Add(c.after)); got != c.want {
			t.Errorf("%v in: %d pass, want %d", c.after, got, c.want)
		}
	}
	if wait := p.Take("a", start.Add(2*time.Minute+time.Second)); wait != 1 {
		t.Errorf("told to wait %d s", wait)
	}
	if got := passed("b", 100, start); got != 60 {
		t.Errorf("another account: %d", got)
	}
	for i := range 3 * maxBuckets {
		p.Take(fmt.Sprint(i), start.Add(time.Duration(i)*time.Second))
	}
	if n := len(p.buckets); n > maxBuckets {
		t.Errorf("%d buckets are kept", n)
	}
}
