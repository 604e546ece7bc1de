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

// FuzzPHC holds that a stored hash is read as it was written or refused, so that a
// damaged row is never a password that fits.
func FuzzPHC(f *testing.F) {
	f.Add(phc(Cost{KiB: 64 << 10, Passes: 3, Lanes: 1}, []byte("0123456789abcdef"), []byte("0123456789abcdef0123456789abcdef")))
	for _, s := range []string{"", "$argon2id$v=19$m=65536,t=3,p=1$$", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=-1,t=0,p=0$AAAA$AAAA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		cost, salt, key, err := parsePHC(s)
		if err != nil {
			return
		}
		if len(key) != hashBytes || len(salt) < 8 || cost.KiB > maxKiB || cost.Passes == 0 || cost.Lanes == 0 {
			t.Fatalf("%q is read as %+v, %d bytes of salt, %d of key", s, cost, len(salt), len(key))
		}
	})
}
