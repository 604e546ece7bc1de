package plan

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

const byteOrderMark = "\uFEFF"

// source is the text of a plan file as lines of UTF-8 without line ends.
type source struct {
	name    string
	lines   []string
	tabbed  bool // some line is indented with a tab
	damaged bool // some text could not be read and has been reported
}

// readSource turns the bytes into lines and reports what is wrong with the text
// as text: size, encoding, characters nobody can see. It goes on where the text
// can still be read; the source is nil where it cannot.
func readSource(name string, b []byte) (*source, Faults) {
	s := &source{name: name}
	w := &walker{src: s}
	if len(b) > maxSize {
		w.put(1, 1, "plan.too_large", fmt.Sprint(maxSize>>10))
		return nil, w.faults
	}
	if utf16Text(b) {
		w.put(1, 1, "plan.utf16")
		return nil, w.faults
	}
	text := strings.TrimPrefix(string(b), byteOrderMark) // as Windows' own editor begins a file
	var foreign string
	if !utf8.ValidString(text) {
		if decoded, ok := fromGB18030(text); ok {
			text, foreign = decoded, "plan.gb18030"
		}
	}
	s.lines = strings.Split(text, "\n")
	for i, line := range s.lines {
		s.lines[i] = strings.TrimSuffix(line, "\r")
	}
	if foreign != "" {
		line, column := s.firstNonASCII()
		w.put(line, column, foreign)
	}
	for i := range s.lines {
		w.scan(i + 1)
	}
	return s, w.faults
}

// scan reports the unreadable and invisible characters of a line, the first of
// each sort, and makes the line safe to show and to parse.
func (w *walker) scan(line int) {
	s := w.src
	text := s.lines[line-1]
	var reported [3]bool
	once := func(sort, column int, code string, args ...string) {
		if !reported[sort] {
			reported[sort] = true
			w.put(line, column, code, args...)
		}
	}
	if !utf8.ValidString(text) {
		text = toValid(text)
		s.lines[line-1] = text
	}
	column, indent := 0, true
	for _, r := range text {
		column++
		switch {
		case r == '\t':
			once(1, column, "plan.tab")
			s.tabbed = s.tabbed || indent
		case r == utf8.RuneError:
			s.damaged = true
			once(0, column, "plan.not_utf8")
		case hidden(r):
			s.damaged = true
			once(2, column, "plan.hidden_character", fmt.Sprintf("U+%04X", r))
		}
		indent = indent && (r == ' ' || r == '\t')
	}
}

// toValid replaces each byte that is not UTF-8 by one U+FFFD, so that columns
// stay where an editor shows them.
func toValid(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}

// hidden reports the characters refused in a plan: controls, line and paragraph
// separators, and format characters, among them the bidirectional overrides
// that make a line look like what it is not.
func hidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// fromGB18030 decodes text that is GB18030 (or GBK, GB2312) rather than damaged
// UTF-8. In GB18030 Chinese few byte pairs happen to be valid UTF-8; in damaged
// UTF-8 most characters still are.
func fromGB18030(s string) (string, bool) {
	valid, broken := 0, 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			broken++
		case n > 1:
			valid++
		}
		i += n
	}
	if broken <= valid {
		return "", false
	}
	b, err := simplifiedchinese.GB18030.NewDecoder().Bytes([]byte(s))
	if err != nil || bytes.ContainsRune(b, utf8.RuneError) {
		return "", false
	}
	text := string(b)
	han := strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	return text, han
}

func (s *source) firstNonASCII() (line, column int) {
	for i, text := range s.lines {
		if at := strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }); at >= 0 {
			return i + 1, at + 1
		}
	}
	return 1, 1
}

// tabWidths are the widths to try for a tab in an indentation. What was meant
// cannot be known; the reading with the fewest other faults is the likeliest,
// and lets the rest of the file be checked in the same pass.
func (s *source) tabWidths() []int {
	if s.tabbed {
		return []int{2, 4, 8}
	}
	return []int{1}
}

// text is the source for the YAML parser: each hidden character becomes U+FFFD
// (already reported), each tab of an indentation width spaces, other tabs one.
func (s *source) text(width int) string {
	var b strings.Builder
	for _, line := range s.lines {
		indent := true
		for _, r := range line {
			switch {
			case r == '\t' && indent:
				b.WriteString(strings.Repeat(" ", width))
			case r == '\t':
				b.WriteByte(' ')
			case hidden(r):
				b.WriteRune(utf8.RuneError)
			default:
				b.WriteRune(r)
			}
			indent = indent && (r == ' ' || r == '\t')
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// column turns a column of text(width) into a column of the source line.
func (s *source) column(line, column, width int) int {
	text := s.lines[line-1]
	indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
	wide := 0
	for i, r := range indent {
		step := 1
		if r == '\t' {
			step = width
		}
		if wide+step >= column {
			return i + 1
		}
		wide += step
	}
	return column - wide + len(indent)
}
