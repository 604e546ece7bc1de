package account

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzLoginName holds that a name is cleaned once for ever, and that none gets
// through which logs, keys or links would read as two.
func FuzzLoginName(f *testing.F) {
	for _, s := range []string{"liwei", " 李伟 ", "e\u0301", "a b", "a:b", "a/b", "\u202egnp", "\xff", "", strings.Repeat("李", 65)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, ok := CleanName(s)
		if !ok {
			return
		}
		if again, ok := CleanName(name); !ok || again != name {
			t.Fatalf("%q became %q, then %q", s, name, again)
		}
		if !utf8.ValidString(name) || utf8.RuneCountInString(name) > MaxName || strings.ContainsAny(name, " \t\r\n\x00:/\\<>\"\u202e") {
			t.Fatalf("%q is taken as %q", s, name)
		}
	})
}
