package upload

import (
	"strings"
	"testing"
)

func TestSignaturesAreShown(t *testing.T) {
	for in, want := range map[string]string{"Win.Test.EICAR_HDB-1": "Win.Test.EICAR_HDB-1", "a\nb\x1b[31m\u202ec": "ab[31mc", strings.Repeat("x", 300): strings.Repeat("x", 100)} {
		if got := signature(in); got != want {
			t.Errorf("%q gives %q", in, got)
		}
	}
}
