package workflow

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of free text, in characters.
const (
	LongText  = 4000 // progress
	PlainText = 2000 // obstacles, asks, next steps, replies, comments
	ShortText = 500  // reasons, notes on a measure or figure
	maxMarks  = 4    // combining marks in a row: more is decoration or an attack
)

// Text checks one free text and returns it in Unicode NFC with outer space
// trimmed and line ends as \n. Control characters, bidirectional overrides,
// bad UTF-8 and towers of combining marks are refused, as is anything over
// limit characters. Characters are counted as they are kept, after NFC.
func Text(field, s string, limit int) (string, *Error) {
	if len(s) <= limit && ordinary(s) { // bytes are never fewer than characters
		return strings.TrimSpace(s), nil
	}
	if !utf8.ValidString(s) {
		return "", BadField(field, "text.not_utf8")
	}
	s = strings.TrimSpace(norm.NFC.String(strings.ReplaceAll(s, "\r\n", "\n")))
	if n := utf8.RuneCountInString(s); n > limit {
		return "", BadField(field, "text.too_long", "limit", limit, "count", n)
	}
	marks := 0
	for at, c := range s {
		switch {
		case c == '\n' || c == '\t':
		case unicode.IsControl(c):
			return "", BadField(field, "text.control", "after", tail(s[:at]))
		case isBidi(c):
			return "", BadField(field, "text.bidi", "after", tail(s[:at]))
		}
		if unicode.In(c, unicode.Mn, unicode.Me) {
			if marks++; marks > maxMarks {
				return "", BadField(field, "text.marks")
			}
		} else {
			marks = 0
		}
	}
	return s, nil
}

// tail is the end of what stands before an invisible character, so that its place can
// be found.
func tail(s string) string {
	r := []rune(s)
	return strings.ReplaceAll(string(r[max(0, len(r)-10):]), "\n", " ")
}

// ordinary reports that a text is of nothing but printable ASCII, line ends, Chinese
// characters and their usual punctuation: all of it stands as it is in NFC whatever
// follows it, and none of it can be refused. Most texts are so, and for them it takes
// the place of a decomposition and some tables for every character.
func ordinary(s string) bool {
	for _, c := range s {
		switch {
		case c >= ' ' && c <= '~', c == '\n', c == '\t':
		case c >= 0x4e00 && c <= 0x9fff: // CJK unified ideographs
		case c >= 0x3001 && c <= 0x3029: // 、。〈〉《》「」【】 and the like
		case c >= 0xff01 && c <= 0xff5e: // full-width ASCII
		case c == '“', c == '”', c == '‘', c == '’', c == '…', c == '—', c == '·':
		default: // bad UTF-8 too: it is read as U+FFFD
			return false
		}
	}
	return true
}

// isBidi reports whether c can turn the reading direction of what follows.
func isBidi(c rune) bool {
	return c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069
}

// text puts a checked text under key, or notes the fault; empty texts are left out.
func (f *faults) text(to Texts, key, field, s string, limit int) {
	clean, err := Text(field, s, limit)
	if err != nil {
		f.put(err)
		return
	}
	if clean != "" {
		to[key] = clean
	}
}

// required is text that must not be empty.
func (f *faults) required(to Texts, key, field, s string, limit int, code string) {
	before := len(*f)
	f.text(to, key, field, s, limit)
	if len(*f) == before && to[key] == "" {
		f.add(field, code)
	}
}
