package intake

import (
	"slices"
	"unicode/utf8"

	"duban/workflow/plan/intake/passage"
	"duban/workflow/plan/intake/wording"
)

// flat reads a table whose cells stand one a line, from its head at the beginning of rs.
// It gives the table and how many lines it took; nil where there is none.
func flat(rs []*passage.Raw) (*table, int) {
	cells := make([]*passage.Para, 0, len(rs))
	for _, r := range rs {
		if r.Cells != nil {
			break
		}
		cells = append(cells, barless(r))
	}
	var cols []column
	i := 0
	for i < len(cells) {
		if cells[i].Norm != "" {
			c := columnOf(cells[i].Norm)
			if c.kind == noColumn {
				break
			}
			cols = append(cols, c)
		}
		i++
	}
	if len(cols) < 3 || !isHead(cols) {
		return nil, 0
	}
	t := &table{cols: cols}
	f := &flatReader{t: t, cells: cells, at: i}
	f.read()
	if len(t.rows) == 0 {
		return nil, 0
	}
	return t, f.done
}

// barless is a cell without the bars that stand around it.
func barless(r *passage.Raw) *passage.Para {
	lo, hi := 0, len(r.Norm)
	for lo < hi && (r.Norm[lo] == '|' || r.Norm[lo] == ' ') {
		lo++
	}
	for hi > lo && (r.Norm[hi-1] == '|' || r.Norm[hi-1] == ' ') {
		hi--
	}
	o, n, a := passage.Unspaced(r.Orig[lo:hi], r.Norm[lo:hi], r.At[lo:hi])
	return passage.NewPara(o, n, a)
}

// flatReader puts cells that stand one a line into rows, by what they hold.
type flatReader struct {
	t     *table
	cells []*passage.Para
	at    int
	done  int // how many lines were taken
}

// what a cell reads as.
type cellKind int

const (
	textCell cellKind = iota
	unitCell
	dateCell
	countCell
)

func kindOfCell(s string) cellKind {
	switch {
	case rowNumber.MatchString(s):
		return countCell
	case wording.IsDeadline(s):
		return dateCell
	}
	p := passage.NewPara([]rune(s), []rune(s), make([]passage.Spot, utf8.RuneCountInString(s)))
	l := wording.Parties(p.All())
	if len(l.Parties) == 0 || len(l.Odd) > 0 {
		return textCell
	}
	for _, one := range l.Parties {
		if !wording.StrongParty(passage.PlainName(one.Name)) && !one.Group {
			return textCell
		}
	}
	return unitCell
}

func (f *flatReader) read() {
	f.done = f.at
	if !slices.ContainsFunc(f.cells[f.at:], func(c *passage.Para) bool { return kindOfCell(c.Norm) == countCell }) {
		f.unnumbered()
		return
	}
	// What stands before the first number is a heading.
	for f.at < len(f.cells) && kindOfCell(f.cells[f.at].Norm) != countCell {
		if f.at-f.done > 12 {
			return
		}
		f.heading(f.cells[f.at])
		f.at++
	}
	for f.at < len(f.cells) {
		number := f.cells[f.at]
		to := f.at + 1
		var group []*passage.Para
		for to < len(f.cells) && kindOfCell(f.cells[to].Norm) != countCell {
			if f.cells[to].Norm != "" {
				group = append(group, f.cells[to])
			}
			to++
		}
		last := to == len(f.cells)
		used := f.group(number, group, last)
		f.at = to
		f.done = to
		if last && used < len(group) {
			// What follows the last row is no part of the table.
			for k, c := range f.cells {
				if c == group[used] {
					f.done = k
				}
			}
		}
	}
}

// unnumbered takes rows of a table without numbers: as many cells as columns, as long as
// each suits its own.
func (f *flatReader) unnumbered() {
	n := len(f.t.cols)
	for f.at+n <= len(f.cells) {
		mine := f.cells[f.at : f.at+n]
		r := row{above: make([]bool, n)}
		for i, c := range f.t.cols {
			if !suits(c, mine[i].Norm) {
				return
			}
			r.cells = append(r.cells, mine[i].All())
		}
		f.t.rows = append(f.t.rows, r)
		f.at += n
		f.done = f.at
	}
}

// suits is whether a cell may stand in a column.
func suits(c column, s string) bool {
	k := kindOfCell(s)
	switch {
	case c.kind != colRole:
		return k == textCell || c.kind == colRemark
	case emptyCell.MatchString(s) || c.role < wording.ByWhen:
		return true
	case c.role == wording.ByWhen:
		return k == dateCell
	}
	return k == unitCell
}

func (f *flatReader) heading(c *passage.Para) {
	if c.Norm == "" {
		return
	}
	r := row{cells: make([]passage.Span, len(f.t.cols)), above: make([]bool, len(f.t.cols)), whole: true}
	r.cells[0] = c.All()
	f.t.rows = append(f.t.rows, r)
}

// group reads what stands between two numbers: a row, what else belongs to its number,
// and headings of what follows. It says how many of the cells it took.
func (f *flatReader) group(number *passage.Para, group []*passage.Para, last bool) int {
	if f.byPlace(number, group) {
		return len(group)
	}
	i, first := 0, true
	var units []*passage.Para
	for i < len(group) {
		var text, when []*passage.Para
		for i < len(group) && kindOfCell(group[i].Norm) == textCell {
			text = append(text, group[i])
			i++
		}
		if i == len(group) && !first {
			if !last {
				for _, c := range text {
					f.heading(c)
				}
				return i
			}
			return i - len(text)
		}
		var mine []*passage.Para
		for i < len(group) && kindOfCell(group[i].Norm) == unitCell {
			mine = append(mine, group[i])
			i++
		}
		for i < len(group) && kindOfCell(group[i].Norm) == dateCell {
			when = append(when, group[i])
			i++
		}
		inherited := len(mine) == 0 && !first
		if !inherited {
			units = mine
		}
		f.put(number, text, units, when, inherited)
		first = false
	}
	return i
}

// byPlace fills a row cell by cell where there are as many as columns and each suits its own.
func (f *flatReader) byPlace(number *passage.Para, group []*passage.Para) bool {
	cols := f.t.cols
	if cols[0].kind != colNo || len(group) < len(cols)-1 {
		return false
	}
	mine := group[:len(cols)-1]
	for i, c := range cols[1:] {
		k := kindOfCell(mine[i].Norm)
		empty := emptyCell.MatchString(mine[i].Norm)
		switch {
		case c.kind == colRole && c.role == wording.ByWhen && k != dateCell && !empty, c.kind == colRole && c.role > wording.ByWhen && k != unitCell && !empty:
			return false
		case c.kind == colText && k == unitCell && i > 0:
			return false
		}
	}
	rest := group[len(cols)-1:]
	for _, c := range rest {
		if kindOfCell(c.Norm) != textCell {
			return false
		}
	}
	r := row{cells: []passage.Span{number.All()}, above: make([]bool, len(cols))}
	for _, c := range mine {
		r.cells = append(r.cells, c.All())
	}
	f.t.rows = append(f.t.rows, r)
	for _, c := range rest {
		f.heading(c)
	}
	return true
}

// put makes a row of cells that were told apart by what they hold.
func (f *flatReader) put(number *passage.Para, text, units, when []*passage.Para, inherited bool) {
	cols := f.t.cols
	r := row{cells: make([]passage.Span, len(cols)), above: make([]bool, len(cols))}
	var texts, roles, times []int
	leaders := false
	for i, c := range cols {
		switch {
		case c.kind == colNo:
			r.cells[i] = number.All()
		case c.kind == colText || c.kind == colGroup:
			texts = append(texts, i)
		case c.kind == colRole && c.role == wording.ByWhen:
			times = append(times, i)
		case c.kind == colRole && c.role > wording.ByWhen:
			roles = append(roles, i)
		case c.kind == colRole:
			leaders = true
		}
	}
	if leaders && len(text) > 1 && utf8.RuneCountInString(text[len(text)-1].Norm) <= 12 {
		text = text[:len(text)-1]
	}
	if len(texts) > len(text) {
		texts = texts[len(texts)-len(text):] // the first is a heading of its own then
	}
	for i, c := range text {
		if len(texts) > 0 {
			k := texts[min(i, len(texts)-1)]
			r.cells[k] = join(r.cells[k], c.All(), "")
		}
	}
	for i, c := range units {
		if len(roles) == 0 {
			break
		}
		k := roles[min(i, len(roles)-1)]
		if len(units) > len(roles) {
			k = roles[len(roles)-1] // of several columns nothing says who stands in which: asked
		}
		r.cells[k] = join(r.cells[k], c.All(), "、")
		r.above[k] = inherited
	}
	for i, c := range when {
		if len(times) > 0 {
			k := times[min(i, len(times)-1)]
			r.cells[k] = join(r.cells[k], c.All(), "、")
		}
	}
	if cols[0].kind != colNo {
		r.cells = append(r.cells, number.All())
		r.above = append(r.above, false)
	}
	f.t.rows = append(f.t.rows, r)
}

// join makes one passage of two, with by between them.
func join(a, b passage.Span, by string) passage.Span {
	if a.P == nil || a.Empty() {
		return b
	}
	var o, n []rune
	var at []passage.Spot
	add := func(s passage.Span) {
		i, j := s.P.Index[s.I], s.P.Index[s.J]
		o, n, at = append(o, s.P.Orig[i:j]...), append(n, []rune(s.Norm())...), append(at, s.P.At[i:j]...)
	}
	add(a)
	for _, r := range by {
		o, n, at = append(o, r), append(n, r), append(at, at[len(at)-1])
	}
	add(b)
	return passage.NewPara(o, n, at).All()
}
