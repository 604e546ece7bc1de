package web

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// FuzzBack holds that after a login a browser stays here: browsers drop tabs and
// line ends from an address, and read \ as / (WHATWG URL).
func FuzzBack(f *testing.F) {
	for _, s := range []string{"/", "/tasks/6?x=1", "//elsewhere.example", `/\elsewhere.example`, "/\t/elsewhere.example", "javascript:alert(1)",
		"https://elsewhere.example", "/%2f/elsewhere.example", "/..//elsewhere.example", "/\r\nSet-Cookie: a=b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, next string) {
		to := Back(next, "/")
		seen := strings.ReplaceAll(strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(to), `\`, "/")
		if !strings.HasPrefix(seen, "/") || strings.HasPrefix(seen, "//") || strings.ContainsAny(to, "\r\n") {
			t.Fatalf("%q leads to %q", next, to)
		}
		if u, err := url.Parse(to); err != nil || u.Host != "" || u.Scheme != "" {
			t.Fatalf("%q leads to %q (%v)", next, to, err)
		}
	})
}

// FuzzIfMatch holds that a condition matches no version that does not stand in it, in
// quotes, and that what can be read asks for something.
func FuzzIfMatch(f *testing.F) {
	for _, s := range []string{"", "*", `"12"`, `W/"3"`, `"0"`, `"-1"`, `"99999999999999999999"`, `"1", "2"`, "٣", `,"3",`, `"3" "4"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, h string) {
		k, ok := parseTags(h)
		if ok && !k.Sent() {
			t.Fatalf("%q is read as nothing", h)
		}
		for _, stands := range []int{1, 3, 12} {
			if v := k.versionOf(stands); ok && v == stands && !strings.Contains(h, strconv.Quote(strconv.Itoa(stands))) {
				t.Fatalf("%q is version %d", h, v)
			}
		}
	})
}
