package document

import (
	"archive/zip"
	"slices"
	"strconv"
	"strings"
)

// numbers are the numbers that Word puts before paragraphs by itself: they do not stand
// in the text.
type numbers struct {
	lists    map[string]*list // by numId
	styles   map[string]style
	contents map[string]bool // styles of a table of contents
}

// style is what a paragraph's style says of its number.
type style struct {
	num, based string
	level      int
}

// list is a numbering with where it stands. Lists of one abstract numbering count on.
type list struct {
	levels []level
	counts *[9]int
	starts map[int]int // that the list sets itself, once
	begun  bool
}

type level struct {
	start, restart int // restart: the level that begins this one anew; -1 is the one above, 0 none
	format, text   string
	legal          bool
}

const maxLists = 4000

// readNumbering reads the numberings and the styles that have one.
func readNumbering(z *zip.Reader, folder string) (*numbers, error) {
	n := &numbers{lists: map[string]*list{}, styles: map[string]style{}, contents: map[string]bool{}}
	abstract := map[string]*list{}
	var a, own *list
	var at *level
	overrides := -1
	err := walk(part(z, folder+"/numbering.xml"), func(e element) {
		switch e.name {
		case "abstractNum":
			a = &list{counts: new([9]int)}
			if len(abstract) < maxLists {
				abstract[e.attr("abstractNumId")] = a
			}
		case "num":
			own = nil
			if len(n.lists) < maxLists {
				own = &list{starts: map[int]int{}}
				n.lists[e.attr("numId")] = own
			}
			a, overrides = nil, -1
		case "abstractNumId":
			if from := abstract[e.attr("val")]; own != nil && from != nil {
				own.levels, own.counts = slices.Clone(from.levels), from.counts
			}
		case "lvlOverride":
			overrides = e.number("ilvl", -1)
		case "startOverride":
			if own != nil && overrides >= 0 && overrides < 9 {
				own.starts[overrides] = e.number("val", 1)
			}
		case "lvl":
			at = nil
			if a != nil {
				if i := e.number("ilvl", 0); i >= 0 && i < 9 {
					for len(a.levels) <= i {
						a.levels = append(a.levels, level{start: 1, restart: -1})
					}
					at = &a.levels[i]
				}
			}
		}
		if at == nil {
			return
		}
		switch e.name {
		case "start":
			at.start = e.number("val", 1)
		case "lvlRestart":
			at.restart = e.number("val", -1)
		case "numFmt":
			at.format = e.attr("val")
		case "lvlText":
			at.text = e.attr("val")
		case "isLgl":
			at.legal = !e.off()
		}
	}, func(string) {}, func(name string) {
		if name == "lvl" {
			at = nil
		}
	})
	if err != nil {
		return nil, err
	}
	return n, n.readStyles(z, folder)
}

func (n *numbers) readStyles(z *zip.Reader, folder string) error {
	id := ""
	var s style
	return walk(part(z, folder+"/styles.xml"), func(e element) {
		switch e.name {
		case "style":
			id, s = e.attr("styleId"), style{}
		case "basedOn":
			s.based = e.attr("val")
		case "numId":
			s.num = e.attr("val")
		case "ilvl":
			s.level = e.number("val", 0)
		case "name":
			if strings.HasPrefix(strings.ToLower(e.attr("val")), "toc ") && id != "" {
				n.contents[id] = true
			}
		}
	}, func(string) {}, func(name string) {
		if name == "style" && id != "" {
			n.styles[id], id = s, ""
		}
	})
}

// next is the number of the next paragraph; empty where it has none.
func (n *numbers) next(p *wordPara) string {
	id, at := p.num, p.level
	for name, i := p.style, 0; id == "" && i < 20; i++ {
		s, ok := n.styles[name]
		if !ok {
			break
		}
		if s.num != "" {
			id = s.num
			if !p.levels {
				at = s.level
			}
		}
		name = s.based
	}
	l := n.lists[id]
	if l == nil || l.counts == nil || at < 0 || at >= len(l.levels) {
		return ""
	}
	return l.next(at)
}

func (l *list) next(at int) string {
	if !l.begun {
		l.begun = true
		for i, s := range l.starts {
			l.counts[i] = s - 1
			if i < len(l.levels) {
				l.levels[i].start = s
			}
		}
	}
	for i := 0; i < at && i < len(l.levels); i++ {
		if l.counts[i] == 0 {
			l.counts[i] = l.levels[i].start
		}
	}
	if l.counts[at] == 0 {
		l.counts[at] = l.levels[at].start - 1
	}
	l.counts[at]++
	for i := at + 1; i < len(l.levels) && i < 9; i++ {
		if r := l.levels[i].restart; r == -1 || r > 0 && at < r {
			l.counts[i] = 0
		}
	}
	v := l.levels[at]
	if v.format == "bullet" || v.format == "none" {
		return ""
	}
	out := v.text
	for i := range l.levels {
		f := l.levels[i].format
		if v.legal {
			f = "decimal"
		}
		out = strings.ReplaceAll(out, "%"+strconv.Itoa(i+1), written(l.counts[i], f))
	}
	return out
}

// written is a number in one of Word's forms.
func written(n int, format string) string {
	switch {
	case n <= 0:
		return strconv.Itoa(n)
	case strings.HasPrefix(format, "chineseCounting"), strings.HasPrefix(format, "japaneseCounting"), strings.HasPrefix(format, "taiwaneseCounting"), strings.HasPrefix(format, "ideographDigital"), format == "chineseLegalSimplified":
		return chinese(n)
	case strings.HasPrefix(format, "decimalEnclosedCircle") && n <= 20:
		return string(rune('①' + n - 1))
	case format == "upperLetter" && n <= 26:
		return string(rune('A' + n - 1))
	case format == "lowerLetter" && n <= 26:
		return string(rune('a' + n - 1))
	}
	return strconv.Itoa(n)
}

// chinese writes a number up to 99 in Chinese, others in digits.
func chinese(n int) string {
	const digits = "零一二三四五六七八九"
	one := func(k int) string { return string([]rune(digits)[k]) }
	switch {
	case n < 10:
		return one(n)
	case n > 99:
		return strconv.Itoa(n)
	}
	s := "十"
	if n >= 20 {
		s = one(n/10) + s
	}
	if n%10 > 0 {
		s += one(n % 10)
	}
	return s
}
