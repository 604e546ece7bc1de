package bench

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A crowd sees every event, and notices one that is missing, told twice or out of
// order.
func TestCrowd(t *testing.T) {
	for _, c := range []struct {
		name, frames string // the last event of the frames is awaited
		last         uint64
		fault        string
	}{
		{"one at a time", "1 2 3", 3, ""},
		{"several in a frame", "1,2 3,4,5", 5, ""},
		{"a large frame", "1 2,pad", 2, ""},
		{"missing", "1 3", 3, "event 3 after 1"},
		{"twice", "1 1 2", 2, "event 1 after 1"},
		{"out of order", "2,1 3", 3, "event 2 after 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bare, err := NewBare(nil)
			if err != nil {
				t.Fatal(err)
			}
			const n = 20
			crowd, err := Join(t.Context(), n, bare.Live, "/", "", 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := bare.Joined(n); err != nil {
				t.Fatal(err)
			}
			_, err = crowd.Await(c.last, func() error {
				for _, frame := range strings.Fields(c.frames) {
					if err := bare.Broadcast(eventsOf(frame)); err != nil {
						return err
					}
				}
				return nil
			})
			if c.fault == "" && err != nil || c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
				t.Errorf("error %v, want %q", err, c.fault)
			}
			closed := crowd.Close()
			if (closed != nil) != (c.fault != "") {
				t.Errorf("close: %v", closed)
			}
			if got := len(crowd.Deliveries()); c.fault == "" && got != n {
				t.Errorf("%d of %d deliveries timed", got, n)
			}
			if err := bare.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// What is read quickly is what encoding/json reads, and where it might not be, nothing is.
func TestQuickly(t *testing.T) {
	for _, c := range []struct {
		frame string
		quick bool
	}{
		{`{"type":"events","events":[{"seq":41,"kind":"noted"}],"counts":{"waiting":{"office":3}}}`, true},
		{`{"type":"events","events":[{"seq":41,"kind":"noted"}],"counts":{"seq":7}}`, false},
		{`{"type":"events","events":[{"seq":9,"text":"{\"seq\":3}"},{"seq":10},{"seq":11}]}`, true},
		{`{"type":"events","events":[{"seq":9,"data":{"seq":4}},{"seq":10}]}`, false},
		{`{"type":"events","events":[{"seq":9},{"seq":11}]}`, false}, // for the screen to complain of
		{`{"type":"events","events":[{"kind":"noted","seq":9}]}`, false},
		{`{"type":"hello","seq":5,"epoch":"e"}`, false},
	} {
		quick := parsed{events: []uint64{99}} // of the frame before
		if ok := quick.quickly([]byte(c.frame)); ok != c.quick {
			t.Errorf("%s: read quickly is %v", c.frame, ok)
			continue
		}
		want, err := decoded([]byte(c.frame))
		if err != nil {
			t.Fatal(err)
		}
		if c.quick && !slices.Equal(quick.events, want.events) {
			t.Errorf("%s: %v, want %v", c.frame, quick.events, want.events)
		}
	}
}

// eventsOf is a frame with the events of "1,2"; "pad" makes it larger than a screen's buffer.
func eventsOf(word string) []byte {
	var events []string
	for _, seq := range strings.Split(word, ",") {
		if seq == "pad" {
			events[len(events)-1] = strings.TrimSuffix(events[len(events)-1], "}") + fmt.Sprintf(`,"pad":%q}`, strings.Repeat("x", 70_000))
			continue
		}
		events = append(events, `{"seq":`+seq+`}`)
	}
	return []byte(`{"type":"events","events":[` + strings.Join(events, ",") + `]}`)
}
