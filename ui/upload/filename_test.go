package upload

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCleanName holds that any outside file name is fit to show and to save under.
func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"材料.pdf", "../../etc/passwd", `C:\a\b.exe`, "CON", "con.pdf", "a\u202efdp.exe", "....", "", "\xff\xfe", strings.Repeat("长", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := cleanName(name, ".pdf")
		stem, ok := strings.CutSuffix(got, ".pdf")
		if !ok || stem == "" || reserved[strings.ToUpper(stem)] || !utf8.ValidString(got) || utf8.RuneCountInString(stem) > 100 ||
			strings.ContainsAny(got, `<>:"/\|?*`+"\x00\r\n\u202e") || strings.HasPrefix(got, ".") {
			t.Fatalf("%q became %q", name, got)
		}
	})
}
