package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"duban/store/codec"
	"duban/store/kv"
	"duban/workflow"
)

// rowList is a kv of ready rows, in the order of their keys.
type rowList []struct {
	key   string
	value []byte
}

func (l rowList) get(kv.Space, string) ([]byte, error) { return nil, nil }

func (l rowList) scan(_ kv.Space, _ string, visit func(string, []byte) error) error {
	for _, r := range l {
		if err := visit(r.key, r.value); err != nil {
			return err
		}
	}
	return nil
}

// TestAllRows holds that rows come in key order whatever their number, that the scan
// may be left at any row, that the first damaged row ends it after those before it,
// and that no goroutine outlives it.
func TestAllRows(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, n := range []int{0, 1, stretchRows - 1, stretchRows, stretchRows + 1, 20*stretchRows + 7} {
		var l rowList
		var want []string
		for i := range n {
			id := fmt.Sprintf("P-%06d", i)
			b, err := json.Marshal(workflow.Assignment{ID: id, Period: "P", State: workflow.Assigned})
			if err != nil {
				t.Fatal(err)
			}
			l = append(l, struct {
				key   string
				value []byte
			}{id, codec.Seal(id, b)})
			want = append(want, id)
		}
		read := func(stop int) (got []string, failed error) {
			for a, err := range all[workflow.Assignment](l, kv.Assignments) {
				if err != nil {
					return got, err
				}
				if got = append(got, a.ID); len(got) == stop {
					return got, nil
				}
			}
			return got, nil
		}
		for _, stop := range []int{0, 1, n/2 + 1, n} {
			got, err := read(stop)
			expect := want
			if stop > 0 {
				expect = want[:min(stop, n)]
			}
			if err != nil || !slices.Equal(got, expect) {
				t.Fatalf("%d rows left at %d: %d rows, %v", n, stop, len(got), err)
			}
		}
		if n == 0 {
			continue
		}
		l[n/2].value[3] ^= 1
		got, err := read(0)
		var known *workflow.Error
		if !slices.Equal(got, want[:n/2]) || !errors.As(err, &known) || known.Code != "store.damaged" {
			t.Fatalf("%d rows, row %d damaged: %d rows, %v", n, n/2, len(got), err)
		}
	}
	// One that has said it is done still counts until the scheduler has put it away.
	for end := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, were %d", runtime.NumGoroutine(), before)
		}
	}
}
