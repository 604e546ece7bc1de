package text

import "testing"

// FuzzMatch holds that any Accept-Language is one of the two languages there are.
func FuzzMatch(f *testing.F) {
	for _, s := range []string{"", "zh-CN,zh;q=0.9", "en-US", "fr", "*", ";;,,-", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if l := Match(header); l != Chinese && l != English {
			t.Fatalf("%q is %q", header, l)
		}
	})
}
