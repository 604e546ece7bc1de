package web

import (
	"context"
	"errors"
	"testing"
	"time"
)

// An account alone has all processors; beside another it has half of them, and its further
// requests wait in line, in their order.
func TestTurnsOfAccounts(t *testing.T) {
	now := time.Date(2022, 9, 20, 9, 0, 0, 0, time.UTC)
	s := newTurns(func() time.Time { return now })
	s.most = 1
	take := func(account string) func() {
		t.Helper()
		end, waited, err := s.take(t.Context(), account)
		if err != nil || waited {
			t.Fatalf("%s waited: %v, %v", account, waited, err)
		}
		return end
	}
	first, second := take("zhou"), take("zhou") // alone
	take("liu")()
	left, stop := context.WithCancel(t.Context())
	stop()
	if _, waited, err := s.take(left, "zhou"); !waited || !errors.Is(err, context.Canceled) {
		t.Errorf("beside another a third request of one account: waited %v, %v", waited, err)
	}
	take("liu")() // who is beside does not wait for it
	came := make(chan int)
	for n := range 3 {
		go func() {
			end, waited, err := s.take(t.Context(), "zhou")
			if err != nil || !waited {
				t.Errorf("request %d in line: waited %v, %v", n, waited, err)
			}
			came <- n
			end()
		}()
		for inLine := 0; inLine <= n; { // it stands in line before the next comes
			s.mu.Lock()
			inLine = len(s.by["zhou"].line)
			s.mu.Unlock()
		}
	}
	first()
	select {
	case n := <-came:
		t.Errorf("request %d came while another was under way", n)
	default:
	}
	second()
	second() // twice gives no turn away
	for want := range 3 {
		if n := <-came; n != want {
			t.Errorf("request %d came, want %d", n, want)
		}
	}
	now = now.Add(besideFor)
	defer take("zhou")()
	defer take("zhou")() // alone again
}
