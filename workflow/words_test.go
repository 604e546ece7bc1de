package workflow

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// What Text calls ordinary is kept by NFC whatever stands around it, and holds
// nothing that Text refuses. Every character there is is asked.
func TestOrdinaryTextNeedsNoCare(t *testing.T) {
	n := 0
	for c := rune(0); c <= unicode.MaxRune; c++ {
		if !utf8.ValidRune(c) || !ordinary(string(c)) {
			continue
		}
		n++
		if !norm.NFC.IsNormalString(string(c)) || !norm.NFC.PropertiesString(string(c)).BoundaryBefore() || norm.NFD.String(string(c)) != string(c) {
			t.Errorf("%U is not kept by NFC", c)
		}
		if isBidi(c) || unicode.In(c, unicode.Mn, unicode.Me) || unicode.IsControl(c) && c != '\n' && c != '\t' {
			t.Errorf("%U is refused", c)
		}
	}
	if n < 20_000 {
		t.Errorf("only %d characters are ordinary", n)
	}
	if ordinary("a\xffb") || ordinary("a\r\nb") || ordinary("e\u0301") || ordinary("\u202e") {
		t.Error("what needs care is called ordinary")
	}
}

// Text is the same with and without the short way.
func TestTextByTheShortWay(t *testing.T) {
	piece := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"办理", "，", "\r\n", " ", "\u3000", "\t", "e", "\u0301", "“好”", "\x00", "\xff", "\u202e", "\uff21"}))
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "pieces"), "")
		limit := rapid.IntRange(0, 20).Draw(t, "limit")
		got, err := Text("f", s, limit)
		// The same text with a line end that the short way does not know.
		want, errWant := Text("f", s+"\r\n", limit)
		if (err == nil) != (errWant == nil) || err == nil && got != want || err != nil && err.Code != errWant.Code {
			t.Fatalf("%q: %q %v, by the long way %q %v", s, got, err, want, errWant)
		}
	})
}
