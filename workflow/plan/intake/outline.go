package intake

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"duban/workflow/plan/intake/passage"
	"duban/workflow/plan/intake/wording"
)

// node is an item of the outline, and what stands below it.
type node struct {
	num      passage.Number
	paras    []*paragraph
	parent   *node
	children []*node
	order    int
}

// paragraph is a paragraph of an item, with the clauses of responsibility in it.
type paragraph struct {
	text   passage.Span // without the item's number
	claims []*wording.Claim
}

// block is what the document is made of, in order: a paragraph or a table.
type block struct {
	p *passage.Para
	t *table
}

// blocksOf makes paragraphs and tables of lines.
func (d *document) blocksOf(rs []*passage.Raw) []block {
	var out []block
	var before *table
	var text []*passage.Raw
	flush := func() {
		for _, r := range passage.Paragraphs(text) {
			for _, at := range r.Lost {
				d.lost = append(d.lost, passage.Place{Line: int(at.Line), From: int(at.Col), To: int(at.Col)})
			}
			for _, p := range items(passage.NewPara(r.Orig, r.Norm, r.At)) {
				out = append(out, block{p: p})
			}
		}
		text = nil
	}
	for i := 0; i < len(rs); {
		r := rs[i]
		if r.Cells != nil {
			t, n := grid(rs[i:], before)
			flush()
			if t != nil {
				out = append(out, block{t: t})
				before = t
			} else {
				for _, row := range rs[i : i+n] {
					out = append(out, loose(row)...)
				}
			}
			i += n
			continue
		}
		if columnOf(string(barless(r).Norm)).kind != noColumn {
			if t, n := flat(rs[i:]); t != nil {
				flush()
				out = append(out, block{t: t})
				i += n
				continue
			}
		}
		if len(r.Norm) > 0 {
			text = append(text, r)
		}
		i++
	}
	flush()
	return out
}

// loose are the cells of a table without a head, as paragraphs.
func loose(r *passage.Raw) []block {
	var out []block
	for _, c := range r.Cells {
		if c.P.Norm != "" && !c.Above {
			out = append(out, block{p: c.P})
		}
	}
	return out
}

// barred makes rows of lines whose cells are divided by bars.
func barred(rs []*passage.Raw) []*passage.Raw {
	for _, r := range rs {
		if r.Cells != nil {
			continue
		}
		n := slices.Clone(r.Norm)
		for len(n) > 0 && (n[len(n)-1] == '|' || n[len(n)-1] == ' ') {
			n = n[:len(n)-1]
		}
		inner := strings.Count(strings.TrimLeft(string(n), "| "), "|")
		if inner == 0 {
			continue
		}
		from := 0
		for from < len(n) && (n[from] == '|' || n[from] == ' ') {
			from++
		}
		var cells []passage.RawCell
		start := from
		for i := from; i <= len(n); i++ {
			if i < len(n) && n[i] != '|' {
				continue
			}
			lo, hi := start, i
			for lo < hi && n[lo] == ' ' {
				lo++
			}
			for hi > lo && n[hi-1] == ' ' {
				hi--
			}
			o, nn, a := passage.Unspaced(r.Orig[lo:hi], n[lo:hi], r.At[lo:hi])
			cells = append(cells, passage.RawCell{P: passage.NewPara(o, nn, a), Above: false, Span: 1})
			start = i + 1
		}
		if strings.Trim(string(n), "|-—: ") != "" {
			r.Cells = cells
		}
	}
	return rs
}

// items splits a paragraph in which several items of one numbering follow one another.
func items(p *passage.Para) []*passage.Para {
	head := passage.Numbering(p.Norm)
	var out []*passage.Para
	from, last := 0, head
	for i, r := range p.Norm {
		if i == 0 || !strings.ContainsRune("。;)", r) || passage.Depth(p.Norm[:i+utf8.RuneLen(r)]) > 0 {
			continue
		}
		at := i + utf8.RuneLen(r)
		rest := p.Norm[at:]
		trimmed := strings.TrimLeft(rest, " ")
		n := passage.Numbering(trimmed)
		first := n.N == 1 && n.Style == passage.Chinese && r == '。'
		next := n.Style == last.Style && n.N == last.N+1 && last.Style != passage.NoStyle && n.Depth == last.Depth
		if n.Style == passage.NoStyle || !first && !next || r == ')' && n.Style == passage.Bracket && !next {
			continue
		}
		at += len(rest) - len(trimmed)
		out = append(out, passage.Span{P: p, I: from, J: at}.Cut())
		from, last = at, n
	}
	return append(out, passage.Span{P: p, I: from, J: len(p.Norm)}.Cut())
}

// attachment begins a part with a numbering of its own.
var attachment = regexp.MustCompile(`^附[件表录]?[0-9一二三四五六七八九十]*[:、]?(?:.{0,40})$`)

// outline hangs the paragraphs below the items that they belong to.
func (d *document) outline() {
	d.root = &node{}
	at := d.root
	for i, b := range d.blocks {
		if b.t != nil {
			d.tables = append(d.tables, placed{b.t, at, i})
			continue
		}
		n := passage.Numbering(b.p.Norm)
		if n.Style == passage.NoStyle {
			if attachment.MatchString(b.p.Norm) {
				at = d.root
			}
			at.paras = append(at.paras, &paragraph{text: b.p.All()})
			continue
		}
		parent := d.above(at, n)
		d.count++
		child := &node{num: n, parent: parent, order: d.count, paras: []*paragraph{{text: b.p.All().Sub(n.Full, len(b.p.Norm)).Trim(" ")}}}
		parent.children = append(parent.children, child)
		at = child
	}
}

// above is the node that an item of this numbering hangs below.
func (d *document) above(at *node, n passage.Number) *node {
	for x := at; x != d.root; x = x.parent {
		if x.num.Style == n.Style && x.num.Depth == n.Depth {
			return x.parent
		}
	}
	for x := at; x != d.root; x = x.parent {
		if x.num.Rank() < n.Rank() || n.N == 1 && x == at {
			return x
		}
	}
	return d.root
}

// walk visits a node and all below it, in order.
func (n *node) walk(do func(*node)) {
	do(n)
	for _, c := range n.children {
		c.walk(do)
	}
}

// head is the item's first paragraph.
func (n *node) head() passage.Span {
	if len(n.paras) == 0 {
		return passage.Span{}
	}
	return n.paras[0].text
}

// claims are all clauses of the item itself.
func (n *node) claims() []*wording.Claim {
	var out []*wording.Claim
	for _, p := range n.paras {
		out = append(out, p.claims...)
	}
	return out
}

// says is whether a clause of the item names somebody.
func (n *node) says() bool {
	return slices.ContainsFunc(n.claims(), func(c *wording.Claim) bool { return len(c.All()) > 0 })
}

// below is whether a clause of something below the item names somebody.
func (n *node) below() bool {
	return slices.ContainsFunc(n.children, func(c *node) bool { return c.says() || c.below() })
}

// heading is the item as a heading, with its number.
func (n *node) heading() string {
	if n.parent == nil || len(n.paras) == 0 {
		return ""
	}
	p := n.head().P
	title := n.title()
	if title.Empty() {
		return ""
	}
	i := n.head().I - n.num.Full
	return strings.TrimSpace(passage.Span{P: p, I: max(0, i), J: n.head().I}.Text()) + strings.TrimRight(title.Text(), "。;:；：")
}

var blankTitle = regexp.MustCompile(`^[^ ,。;:()“”]{4,24} `)

// title is the item's title: its first sentence, without a clause of responsibility.
func (n *node) title() passage.Span {
	if len(n.paras) == 0 {
		return passage.Span{}
	}
	first := n.paras[0]
	return titleOf(first)
}

func titleOf(first *paragraph) passage.Span {
	t := first.text
	if len(first.claims) > 0 {
		if c := first.claims[0]; c.At.P == t.P && c.At.I >= t.I {
			if before := (passage.Span{P: t.P, I: t.I, J: c.At.I}).Trim(" ("); !before.Empty() {
				t = before
			}
		}
	}
	return firstSentence(t)
}

// firstSentence is the first sentence, or what stands before a colon or a blank as a title.
func firstSentence(t passage.Span) passage.Span {
	t = t.Split("。!?")[0].Trim(" 。;(—")
	n := t.Norm()
	if i := strings.IndexRune(n, ':'); i > 0 && utf8.RuneCountInString(n[:i]) <= 20 && !strings.ContainsAny(n[:i], ",;") && utf8.RuneCountInString(n[i:]) > 6 {
		return t.Sub(0, i)
	}
	if m := blankTitle.FindString(n); m != "" && utf8.RuneCountInString(n) > utf8.RuneCountInString(m)+4 {
		return t.Sub(0, len(m)-1)
	}
	return t
}
