package passage

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Line is a line of a document: a paragraph, or a row of a table.
type Line struct {
	No    int    // in the source, from 1: line, paragraph or row
	Text  string // of a paragraph
	Cells []Cell // of a row; a paragraph has none
	// Skipped names a sheet that its workbook hides and that was not read: the line is
	// nothing else.
	Skipped string
}

// Cell is a cell of a table's row.
type Cell struct {
	Text  string
	Above bool // it goes on from the cell above, whose text it repeats
	Span  int  // columns that it takes; 0 is 1
}

// Place is where something stands in the source.
type Place struct {
	Line int `json:"line"`               // from 1
	From int `json:"from"`               // first character, from 1
	End  int `json:"end_line,omitempty"` // last line, where it is another
	To   int `json:"to"`                 // last character
}

// asText reads a text's lines.
func asText(s string) []Line {
	var out []Line
	for i, l := range strings.Split(s, "\n") {
		out = append(out, Line{No: i + 1, Text: strings.TrimSuffix(l, "\r")})
	}
	return out
}

// Text is a text's lines, as they stand.
func Text(s string) []Line {
	return asText(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"))
}

// Raw is a line as characters, with what the rules read beside what is written.
type Raw struct {
	Orig, Norm []rune
	At         []Spot
	Cells      []RawCell // of a table's row
	Lost       []Spot    // where a point was put back
	cut        int       // how wide its last line was
}

// RawCell is a cell of a row.
type RawCell struct {
	P     *Para
	Above bool
	Span  int
}

// blank is whether the line shows nothing.
func (r *Raw) blank() bool { return len(r.Norm) == 0 && r.Cells == nil }

// width is how wide the line is printed: a Chinese character takes two cells.
func (r *Raw) width() int {
	n := 0
	for _, c := range r.Norm {
		switch {
		case c == ' ':
		case c < utf8.RuneSelf && !strings.ContainsRune("(),.:;!?", c):
			n++
		default:
			n += 2
		}
	}
	return n
}

func (r *Raw) last() rune {
	if len(r.Norm) == 0 {
		return 0
	}
	return r.Norm[len(r.Norm)-1]
}

// characters reads a text as characters, without what surrounds it.
func characters(line int, text string) ([]rune, []rune, []Spot) {
	var orig, norm []rune
	var at []Spot
	col := int32(0)
	for _, c := range text {
		col++
		n := Plain(c)
		if n == 0 || n == ' ' && (len(norm) == 0 || norm[len(norm)-1] == ' ') {
			continue
		}
		orig, norm, at = append(orig, c), append(norm, n), append(at, Spot{int32(line), col}) // #nosec G115 -- a document is bounded
	}
	for len(norm) > 0 && norm[len(norm)-1] == ' ' {
		orig, norm, at = orig[:len(orig)-1], norm[:len(norm)-1], at[:len(at)-1]
	}
	return orig, norm, at
}

// furniture are lines that stand around a document on a page or a web page.
var furniture = regexp.MustCompile(`^(?:[—\- ·]*\d{1,4}[—\- ·]+|[—\- ·]+\d{1,4}[—\- ·]*|第 ?\d+ ?页(?:[ ,/]*共 ?\d+ ?页)?|\d+ ?/ ?\d+ ?页?|(?:分享|转发)到?:?.{0,12}|扫一扫.{0,24}|(?:\(?打印\)?|\(?关闭\)?|字号|字体)[^,。]{0,12}|(?:上|下)一(?:篇|条):?.{0,40}|返回(?:顶部|首页|列表)|当前位置:?.*|(?:点击|浏览|访问|阅读)(?:数|次数|量):?.{0,10}|责任编辑:?.{0,10}|相关链接(?:>|》)*|EN|\?+|—+)$`)

// terminal ends a sentence or a paragraph.
const terminal = "。;:!?)”"

// RawLines reads all lines, without page furniture and without blank ones.
func RawLines(lines []Line) []*Raw {
	var out []*Raw
	for _, l := range lines {
		if l.Skipped != "" {
			continue
		}
		r := &Raw{}
		if cells := strings.Split(strings.TrimRight(l.Text, "\t \r"), "\t"); l.Cells == nil && len(cells) > 2 && told(cells) > 1 {
			for _, c := range cells {
				l.Cells = append(l.Cells, Cell{Text: c}) // copied out of a table
			}
		}
		if l.Cells != nil {
			for _, c := range l.Cells {
				orig, norm, at := characters(l.No, c.Text)
				orig, norm, at = Unspaced(orig, norm, at)
				r.Cells = append(r.Cells, RawCell{NewPara(orig, norm, at), c.Above, max(1, c.Span)})
			}
			out = append(out, r)
			continue
		}
		r.Orig, r.Norm, r.At = characters(l.No, l.Text)
		if r.blank() && len(out) > 0 && out[len(out)-1].Cells != nil {
			out = append(out, r) // a table ends here
			continue
		}
		if r.blank() || furniture.MatchString(string(r.Norm)) {
			continue
		}
		out = append(out, r)
	}
	return unrepeated(out)
}

// told is how many of the texts say something.
func told(cells []string) (n int) {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

// unrepeated leaves out what stands on every page: the same line three times or more that
// is neither numbered nor a sentence.
func unrepeated(rs []*Raw) []*Raw {
	count := map[string]int{}
	for _, r := range rs {
		if r.Cells == nil {
			count[string(r.Norm)]++
		}
	}
	wrapped := widthOf(rs) > 0
	return slices.DeleteFunc(rs, func(r *Raw) bool {
		s := string(r.Norm)
		return wrapped && r.Cells == nil && count[s] > 2 && !strings.ContainsAny(s, "。:;()") && len(r.Norm) > 4
	})
}

// widthOf is how wide the lines of a text are that was broken to a width, as a PDF's is;
// 0 for one whose lines are its paragraphs.
func widthOf(rs []*Raw) int {
	var widths []int
	for _, r := range rs {
		if r.Cells == nil {
			widths = append(widths, r.width())
		}
	}
	if len(widths) < 8 {
		return 0
	}
	slices.Sort(widths)
	w := widths[len(widths)*9/10]
	if w < 30 || w > 110 || widths[len(widths)-1] > w*14/10 {
		return 0
	}
	full, cut := 0, 0
	for _, r := range rs {
		if r.Cells == nil && r.width() >= w-7 {
			full++
			if !strings.ContainsRune(terminal, r.last()) {
				cut++
			}
		}
	}
	if full*10 < len(widths)*3 || cut*2 < full {
		return 0
	}
	return w
}

// Paragraphs joins the lines of a text that was broken to a width.
func Paragraphs(rs []*Raw) []*Raw {
	w := widthOf(rs)
	var out []*Raw
	for _, r := range rs {
		if w > 0 && r.Cells == nil && len(out) > 0 {
			if last := out[len(out)-1]; last.Cells == nil && goesOn(last, r, w) {
				last.Orig, last.Norm, last.At = append(last.Orig, r.Orig...), append(last.Norm, r.Norm...), append(last.At, r.At...)
				last.cut = r.width()
				continue
			}
		}
		c := *r
		c.cut = r.width()
		out = append(out, &c)
	}
	lost := lostPoints(out)
	for _, r := range out {
		if lost {
			points(r)
		}
		r.Orig, r.Norm, r.At = Unspaced(r.Orig, r.Norm, r.At)
	}
	return out
}

// goesOn is whether a line goes on from the one before it.
func goesOn(last, next *Raw, w int) bool {
	text := string(last.Norm)
	if Depth(text) > 0 {
		return true
	}
	end := last.last()
	starts := startsItem(string(next.Norm))
	switch {
	case strings.ContainsRune("、,", end):
		return true
	case strings.ContainsRune(terminal, end):
		return last.cut >= w-3 && !starts && !headed.MatchString(string(next.Norm)) && end != ':' && !strings.HasPrefix(string(next.Norm), "—")
	case amount(string(next.Norm)):
		return true
	case last.cut >= w-7:
		return !starts
	}
	return false
}

// headed is a line that begins with a label or another short head.
var headed = regexp.MustCompile(`^[^:,;。、()]{2,14}:`)

// amount is whether a line begins with a number and its unit: 60 亿元.
func amount(s string) bool {
	rest := strings.TrimLeft(s, "0123456789.")
	return rest != s && UnitAt(strings.TrimLeft(rest, " ")) != "" && !strings.HasSuffix(s[:len(s)-len(rest)], ".")
}

// Depth is how many brackets are open at the end.
func Depth(s string) int {
	n := 0
	for _, r := range s {
		switch r {
		case '(':
			n++
		case ')':
			n = max(0, n-1)
		}
	}
	return n
}

// lostPoints is whether the text has lost the points of its numbers, as some PDFs do:
// its digits are full-width, no number has a point, and none of its items.
func lostPoints(rs []*Raw) bool {
	wide := 0
	for _, r := range rs {
		for i, c := range r.Orig {
			if c >= '０' && c <= '９' {
				wide++
			}
			if c == '.' || c == '．' {
				if i > 0 && digit(r.Norm[i-1]) {
					return false
				}
			}
		}
	}
	return wide > 10
}

// pointless is a number in which a blank stands where its point stood.
var pointless = regexp.MustCompile(`[0-9]( )[0-9]+ ?(?:%|万|亿|千|个百分点|倍|元|亩|公里|平方)`)

// points puts points back where they were lost.
func points(r *Raw) {
	s := string(r.Norm)
	for _, m := range pointless.FindAllStringSubmatchIndex(s, -1) {
		i := utf8.RuneCountInString(s[:m[2]])
		if utf8.RuneCountInString(s[:m[0]]) == 0 && i == 1 {
			continue // an item's number
		}
		r.Norm[i] = '.'
		r.Lost = append(r.Lost, r.At[i])
	}
}

// Unspaced leaves out blanks between digits and characters, which are for the eye alone.
// One behind an item's number stays.
func Unspaced(orig, norm []rune, at []Spot) ([]rune, []rune, []Spot) {
	var o, n []rune
	var a []Spot
	head := true
	for i, c := range norm {
		if c == ' ' && i > 0 && i < len(norm)-1 {
			b, f := norm[i-1], norm[i+1]
			wide := func(r rune) bool { return r >= utf8.RuneSelf }
			if !head && (digit(b) && wide(f) || wide(b) && digit(f) || digit(b) && f == '%' || strings.ContainsRune("、,。;:()“”", f) || strings.ContainsRune("、,。;:()“”", b)) {
				continue
			}
		}
		if !digit(c) && c != '.' && c != ' ' {
			head = false
		}
		o, n, a = append(o, orig[i]), append(n, c), append(a, at[i])
	}
	return o, n, a
}
