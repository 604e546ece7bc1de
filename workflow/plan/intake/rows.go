package intake

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"duban/workflow/plan/intake/passage"
	"duban/workflow/plan/intake/wording"
)

func (t *table) has(k colKind) bool {
	return slices.ContainsFunc(t.cols, func(c column) bool { return c.kind == k })
}

// groupsBy is the column of text that heads several rows: its cells go on from those
// above while another column of text has its own. -1 where there is none.
func (t *table) groupsBy() int {
	var texts []int
	for i, c := range t.cols {
		if c.kind == colText {
			texts = append(texts, i)
		}
	}
	if len(texts) < 2 {
		return -1
	}
	first := texts[0]
	for k, r := range t.rows {
		if r.whole || k == 0 {
			continue
		}
		again := r.above[first] || sameCell(r.cells[first], t.rows[k-1].cells[first]) || r.cells[first].P == nil || r.cells[first].Empty()
		for _, o := range texts[1:] {
			if again && r.cells[o].P != nil && !r.cells[o].Empty() && !r.above[o] {
				return first
			}
		}
	}
	return -1
}

func sameCell(a, b passage.Span) bool {
	return a.P != nil && b.P != nil && !a.Empty() && a.Norm() == b.Norm()
}

var noteRow = regexp.MustCompile(`^(?:注|备注|说明|附注)[:1-9]`)

// tableItems makes tasks of the rows of a table.
func (d *document) tableItems(at placed) []*item {
	t := at.t
	var out []*item
	section := ""
	for x := at.at; x != nil && section == ""; x = x.parent {
		section = x.heading()
	}
	heads := t.groupsBy()
	group := ""
	for _, r := range t.rows {
		if r.whole {
			i := slices.IndexFunc(r.cells, func(s passage.Span) bool { return s.P != nil && !s.Empty() })
			if i < 0 {
				continue
			}
			if noteRow.MatchString(r.cells[i].Norm()) {
				d.root.paras = append(d.root.paras, &paragraph{text: r.cells[i]})
			} else {
				section, group = strings.TrimRight(r.cells[i].Text(), "。;"), ""
			}
			continue
		}
		if heads >= 0 && r.cells[heads].P != nil && !r.cells[heads].Empty() {
			group = strings.TrimRight(r.cells[heads].Text(), "。;")
		}
		it, goesOn := d.rowItem(t, r, heads)
		switch {
		case it == nil:
		case goesOn && len(out) > 0:
			last := out[len(out)-1]
			last.claims, last.parts = append(last.claims, it.claims...), append(last.parts, it.parts...)
			last.texts = append(last.texts, it.texts...)
		default:
			if it.section == "" {
				it.section = section
				if group != "" {
					it.section = group
				}
			}
			out = append(out, it)
		}
	}
	return out
}

// rowItem makes a task of a row. It goes on with the task above where it has no text of
// its own.
func (d *document) rowItem(t *table, r row, heads int) (*item, bool) {
	it := &item{}
	c := &wording.Claim{Labelled: true}
	var texts []passage.Span
	own, roles := false, 0
	for _, k := range t.cols {
		if k.kind == colRole && k.role > wording.ByWhen {
			roles++
		}
	}
	for i, k := range t.cols {
		s := r.cells[i]
		if s.P == nil || s.Empty() || emptyCell.MatchString(s.Norm()) {
			continue
		}
		switch {
		case k.kind == colNo:
			it.no = strings.Trim(s.Text(), " .、．()（）")
		case k.kind == colGroup:
			it.section = strings.TrimRight(s.Text(), "。;")
		case k.kind == colText && i != heads:
			texts = append(texts, s)
			own = own || !r.above[i]
		case k.kind == colRole && k.role == wording.ByWhen:
			it.by = s.Trim(" 。;")
		case k.kind == colRole:
			c.Cell(s, k.role)
		}
	}
	if len(r.cells) > len(t.cols) {
		it.no = strings.Trim(r.cells[len(t.cols)].Text(), " .、．")
	}
	if len(texts) == 0 {
		if len(c.All()) > 0 {
			it.claims, it.parts = []*wording.Claim{c}, []passage.Span{{}}
			return it, true
		}
		return nil, false
	}
	if roles == 0 {
		return nil, false
	}
	c.At = texts[0]
	it.title = firstSentence(stripNumber(texts[0]))
	if it.no == "" {
		if n := passage.Numbering(texts[0].Norm()); n.Style != passage.NoStyle {
			it.no = n.Text
		}
	}
	it.texts, it.at = texts, texts[0].Place()
	it.claims, it.parts = []*wording.Claim{c}, []passage.Span{texts[len(texts)-1]}
	if len(c.All()) == 0 && it.by.Empty() {
		it.claims, it.parts = nil, nil
	}
	return it, !own
}

func stripNumber(s passage.Span) passage.Span {
	n := passage.Numbering(s.Norm())
	return s.Sub(n.Full, s.J-s.I)
}

var (
	refItem  = regexp.MustCompile(`([0-9]+|[一二三四五六七八九十]+)(?: ?[—~至到-] ?第?\(?([0-9]+|[一二三四五六七八九十]+))?`)
	wholeRef = regexp.MustCompile(`全部|所有|各项`)
)

// refer gives the units of a table to the tasks that its rows name by number.
func (d *document) refer(t *table) {
	for _, r := range t.rows {
		if r.whole {
			if i := slices.IndexFunc(r.cells, func(s passage.Span) bool { return s.P != nil && !s.Empty() }); i >= 0 {
				d.root.paras = append(d.root.paras, &paragraph{text: r.cells[i]})
			}
			continue
		}
		c := &wording.Claim{Labelled: true}
		var to passage.Span
		for i, k := range t.cols {
			s := r.cells[i]
			if s.P == nil || s.Empty() {
				continue
			}
			switch {
			case k.kind == colRef:
				to = s
			case k.kind == colRole && k.role == wording.ByWhen:
				c.By = s
			case k.kind == colRole:
				c.Cell(s, k.role)
			}
		}
		if to.P == nil || len(c.All()) == 0 {
			continue
		}
		c.At = to
		for _, it := range d.referred(to.Norm()) {
			it.claims, it.parts = append(it.claims, c), append(it.parts, passage.Span{})
		}
	}
}

// referred are the tasks that a cell names: 第1、3—5项.
func (d *document) referred(s string) []*item {
	if wholeRef.MatchString(s) {
		return d.items
	}
	s = regexp.MustCompile(`\([^()]{3,}\)`).ReplaceAllString(s, "")
	var out []*item
	for _, m := range refItem.FindAllStringSubmatch(s, -1) {
		lo, _ := passage.AnyNumber(m[1])
		hi := lo
		if m[2] != "" {
			hi, _ = passage.AnyNumber(m[2])
		}
		for _, it := range d.items {
			n, rest := passage.AnyNumber(it.no)
			if n >= lo && n <= hi && utf8.RuneCountInString(rest) == utf8.RuneCountInString(it.no) {
				out = append(out, it)
			}
		}
	}
	return out
}
