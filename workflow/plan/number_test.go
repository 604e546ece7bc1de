package plan_test

import (
	"testing"

	"duban/workflow/plan"
)

func TestTypedNumber(t *testing.T) {
	for typed, want := range map[string]string{
		"1200": "1200", "1,200": "1200", "1，234，567.5": "1234567.5", "１２．５": "12.5", " 1 200\u00a0": "1200", "−3": "-3", "－３": "-3",
		"\u200b98.6\ufeff": "98.6", "0.5": "0.5",
	} {
		if n, err := plan.TypedNumber(typed); err != nil || n.String() != want {
			t.Errorf("%q is read as %v, %v; want %s", typed, n, err, want)
		}
	}
	for _, typed := range []string{"1,2", "1,20", "1200,5", "12,00,000", "1.2万", "约5", "５％", "0,500", "1..2", "1e3", "Ⅳ"} {
		if n, err := plan.TypedNumber(typed); err == nil {
			t.Errorf("%q is read as %v", typed, n)
		}
	}
	if n, err := plan.TypedNumber(" \u3000"); err != nil || n.Set {
		t.Errorf("nothing typed is %v, %v", n, err)
	}
}
