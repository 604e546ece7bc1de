package proof

import (
	"context"
	"runtime"
	"testing"
	"time"

	"duban/store/kv"
)

// torn is a journal whose first page cannot be read.
type torn struct{}

func (torn) Get(kv.Space, string) ([]byte, error) { return nil, nil }

func (torn) Scan(kv.Space, string, func(string, []byte) error) error { panic("torn") }

func (torn) Back(kv.Space, string, func(string, []byte) error) error { return nil }

// TestPanicLeavesNobody: when reading panics, as it does on a page that is gone, the
// goroutines of the replay end before the panic goes on: they read the same pages.
func TestPanicLeavesNobody(t *testing.T) {
	before := runtime.NumGoroutine()
	func() {
		defer func() {
			if r := recover(); r != "torn" {
				t.Errorf("the panic came as %v", r)
			}
		}()
		_, err := Tables(context.Background(), torn{}, nil)
		t.Errorf("answered %v", err)
	}()
	// One that has said it is done still counts until the scheduler has put it away.
	for end := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, were %d", runtime.NumGoroutine(), before)
		}
	}
}
