package ledger_test

import (
	"math"
	"testing"
	"unicode/utf8"

	"duban/workflow"
	"duban/workflow/ledger"
)

// FuzzParseQuery holds that the parameters of a list are read within their limits
// or refused by name.
func FuzzParseQuery(f *testing.F) {
	f.Add("6", "50", "", "assigned,done", "red", "数据")
	f.Add("4294967302", "501", "AAAA", "", "", "")
	f.Add("-1", "0x10", "\xff", ",", "pink", "\x00")
	f.Fuzz(func(t *testing.T, task, limit, after, state, light, q string) {
		given := map[string]string{"task": task, "limit": limit, "after": after, "state": state, "light": light, "q": q}
		got, err := ledger.ParseQuery(func(name string) string { return given[name] })
		if err != nil {
			if e := workflow.AsError(err); e.Kind != workflow.Invalid || e.Field == "" {
				t.Fatalf("%q: %v", given, err)
			}
			return
		}
		if got.Task < 0 || got.Task > math.MaxInt32 || got.Limit < 0 || got.Limit > ledger.MaxLimit || utf8.RuneCountInString(got.Q) > 1000 {
			t.Fatalf("%q is read as %+v", given, got)
		}
	})
}
