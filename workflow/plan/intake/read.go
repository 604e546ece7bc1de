package intake

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"duban/workflow/plan/intake/passage"
	"duban/workflow/plan/intake/wording"
)

// document is a document being read.
type document struct {
	blocks []block
	root   *node
	tables []placed
	count  int
	out    *Reading
	items  []*item
	// What holds for the whole document.
	first, noOrder bool
	everywhere     []wording.Party
	lost           []passage.Place // where a point was put back
	skipped        []string        // hidden sheets
}

// placed is a table and the item that it stands below.
type placed struct {
	t     *table
	at    *node
	order int
}

// item is a task before the rules of the document are known.
type item struct {
	no      string
	title   passage.Span
	section string
	texts   []passage.Span
	claims  []*wording.Claim
	parts   []passage.Span // the passage of each claim
	by      passage.Span
	node    *node
	at      passage.Place
	by2     bool // the deadline is that of a sentence that gives figures too
}

func newDocument(lines []passage.Line) *document {
	d := &document{out: &Reading{Lines: len(lines)}}
	for _, l := range lines {
		if l.Skipped != "" {
			d.skipped = append(d.skipped, l.Skipped)
		}
	}
	d.blocks = d.blocksOf(barred(passage.RawLines(lines)))
	return d
}

func (d *document) read() *Reading {
	d.names()
	d.outline()
	d.root.walk(func(n *node) {
		for _, p := range n.paras {
			p.claims = wording.Clauses(p.text)
		}
		for _, p := range n.paras[min(1, len(n.paras)):] {
			if n != d.root && len(p.claims) == 0 {
				p.claims = wording.NamesAlone(p.text)
			}
		}
		n.merge()
	})
	d.choose()
	d.notes()
	d.assemble()
	d.targets()
	d.ask()
	return d.out
}

// merge joins the clauses of label lines that follow one another: each says something else
// of the same passage.
func (n *node) merge() {
	var last *paragraph
	for _, p := range n.paras {
		if len(p.claims) == 0 {
			if !p.text.Empty() {
				last = nil
			}
			continue
		}
		c := p.claims[0]
		starts := c.At.P == p.text.P && strings.Trim(p.text.P.Norm[p.text.I:c.At.I], " (*—") == ""
		if starts && last != nil && c.Labelled {
			into := last.claims[len(last.claims)-1]
			if into.Labelled && into.Joins(c) {
				into.Join(c)
				p.claims = p.claims[1:]
				p.text = passage.Span{P: p.text.P, I: min(c.At.J, p.text.J), J: p.text.J}
				if len(p.claims) == 0 {
					continue
				}
			}
		}
		last = p
	}
}

// Headings under which no tasks stand, and under which they do.
var (
	noTasks  = regexp.MustCompile(`总体要求|总体思路|指导思想|基本原则|基本思路|工作原则|工作思路|工作目标|主要目标|发展目标|总体目标|行动目标|预期目标|目标任务$|有关要求|工作要求|相关要求|保障措施|组织保障|工作保障|组织领导|组织实施|实施保障|附则|实施步骤|工作步骤|工作安排|时间安排|责任追究|督查考核|联系方式|征求时间|告诉我们|背景|适用范围|名词解释`)
	hasTasks = regexp.MustCompile(`任务|举措|措施|重点|内容|行动|事项|工程|项目|清单|分工`)
)

// choose finds the tasks: rows of tables that name units, items whose clauses do, and
// those that stand beside them; in a text that names nobody, the items of its tasks.
func (d *document) choose() {
	var refs []placed
	for _, t := range d.tables {
		if t.t.has(colRef) && !t.t.has(colText) {
			refs = append(refs, t)
			continue
		}
		d.items = append(d.items, d.tableItems(t)...)
	}
	d.own()
	nodes := d.withClaims()
	if len(nodes) == 0 && len(d.items) == 0 {
		d.spoken()
		nodes = d.withClaims()
	}
	if len(nodes) == 0 && len(d.items) == 0 {
		d.unnumbered()
	}
	if len(nodes) == 0 && len(d.items) == 0 || len(nodes) == 0 && len(refs) > 0 {
		nodes = d.bodyItems()
	}
	slices.SortFunc(nodes, func(a, b *node) int { return a.order - b.order })
	var list []*item
	for _, n := range nodes {
		list = append(list, n.item(nodes))
	}
	d.items = d.matched(list)
	for _, t := range refs {
		d.refer(t.t)
	}
}

// own moves the clauses of ① and (1) to the item that they are a part of.
func (d *document) own() {
	d.root.walk(func(n *node) {
		for _, c := range n.children {
			if !c.says() || n == d.root {
				continue
			}
			lower := c.num.Style == passage.Circled || c.num.Style == passage.Bracketed && (n.says() || !every(n.children, func(x *node) bool { return x.says() }))
			if lower {
				n.paras = append(n.paras, c.paras...)
				c.paras = c.paras[:0:0]
				for _, x := range c.children {
					n.paras = append(n.paras, x.paras...)
				}
				c.children = nil
			}
		}
	})
}

func every(list []*node, ok func(*node) bool) bool {
	return !slices.ContainsFunc(list, func(n *node) bool { return !ok(n) })
}

// withClaims are the items whose clauses name units, and those of the same numbering
// beside them.
func (d *document) withClaims() []*node {
	var out []*node
	d.root.walk(func(n *node) {
		if n == d.root || len(n.paras) == 0 {
			return
		}
		if n.says() && !n.below() {
			out = append(out, n)
			return
		}
		if n.below() || noTasks.MatchString(n.title().Norm()) || n.title().Empty() {
			return
		}
		beside := slices.ContainsFunc(n.parent.children, func(x *node) bool {
			return x != n && x.num.Style == n.num.Style && x.says() && !x.below()
		})
		if beside && !n.inside(out) {
			out = append(out, n)
		}
	})
	return out
}

// inside is whether the item stands below one of these.
func (n *node) inside(list []*node) bool {
	for x := n.parent; x != nil; x = x.parent {
		if slices.Contains(list, x) {
			return true
		}
	}
	return false
}

// spoken reads the sentences that give tasks, in a text without brackets and labels.
func (d *document) spoken() {
	d.root.walk(func(n *node) {
		for _, p := range n.paras {
			for _, s := range p.text.Split("。;") {
				h := wording.Assignment(s)
				if h == nil && !n.aside() {
					h = wording.Charged(s)
				}
				if h == nil {
					continue
				}
				if n == d.root {
					d.items = append(d.items, &item{title: h.Task, texts: []passage.Span{h.Task}, claims: []*wording.Claim{h.C}, parts: []passage.Span{h.Task}, by: h.C.By, at: h.At.Place(), by2: true})
					continue
				}
				h.C.At = h.At
				p.claims = append(p.claims, h.C)
			}
		}
	})
}

// aside is whether an item stands below a heading of no tasks: 工作要求. What it asks of
// units is no task of the plan.
func (n *node) aside() bool {
	for x := n; x != nil && len(x.paras) > 0; x = x.parent {
		if x.parent != nil && noTasks.MatchString(x.title().Norm()) {
			return true
		}
	}
	return false
}

// unnumbered takes paragraphs without numbers that a clause follows.
func (d *document) unnumbered() {
	var before *paragraph
	for _, p := range d.root.paras {
		if !slices.ContainsFunc(p.claims, func(c *wording.Claim) bool { return len(c.All()) > 0 }) {
			if !p.text.Empty() {
				before = p
			}
			continue
		}
		title := titleOf(p)
		if first := p.claims[0]; first.At.P == p.text.P && first.At.I <= p.text.I+1 {
			if before == nil || strings.ContainsAny(before.text.Norm(), ":") || utf8.RuneCountInString(before.text.Norm()) < 6 {
				continue
			}
			d.items = append(d.items, &item{title: titleOf(before), texts: []passage.Span{before.text}, claims: p.claims, parts: []passage.Span{before.text}, at: before.text.Place()})
			before = nil
			continue
		}
		it := &item{title: title, claims: p.claims, at: p.text.Place()}
		it.texts, it.parts = pieces(p)
		d.items = append(d.items, it)
	}
}

// bodyItems are the items of a text that names nobody, below the headings of its tasks.
func (d *document) bodyItems() []*node {
	var out []*node
	var sections []*node
	for _, n := range d.root.children {
		if hasTasks.MatchString(n.title().Norm()) && !noTasks.MatchString(n.title().Norm()) && len(n.children) > 0 {
			sections = append(sections, n)
		}
	}
	if len(sections) == 0 {
		for _, n := range d.root.children {
			if !noTasks.MatchString(n.title().Norm()) {
				sections = append(sections, n)
			}
		}
	}
	for _, s := range sections {
		s.walk(func(n *node) {
			leaf := !slices.ContainsFunc(n.children, func(c *node) bool { return c.num.Style < passage.Bracketed })
			if leaf && n.num.Style < passage.Bracketed && (n != s || len(s.children) == 0) && !n.title().Empty() && !noTasks.MatchString(n.title().Norm()) {
				out = append(out, n)
			}
		})
	}
	return out
}

// pieces are the texts of a passage between its clauses, and the one before each clause.
func pieces(p *paragraph) (texts, parts []passage.Span) {
	from := p.text.I
	for _, c := range p.claims {
		if c.At.P != p.text.P || c.At.I < from {
			parts = append(parts, passage.Span{P: p.text.P, I: from, J: from})
			continue
		}
		piece := passage.Span{P: p.text.P, I: from, J: c.At.I}
		if !piece.Trim(" 。(").Empty() {
			texts = append(texts, piece)
		}
		parts = append(parts, piece)
		from = c.At.J
	}
	if rest := (passage.Span{P: p.text.P, I: min(from, p.text.J), J: p.text.J}); !rest.Trim(" 。;,.").Empty() {
		texts = append(texts, rest)
	}
	return texts, parts
}

// item makes a task of an item of the outline.
func (n *node) item(tasks []*node) *item {
	it := &item{no: n.num.Text, title: n.title(), node: n, at: n.paras[0].text.Place()}
	for x := n.parent; x != nil && it.section == ""; x = x.parent {
		it.section = x.heading()
	}
	collect := func(x *node) {
		for _, p := range x.paras {
			texts, parts := pieces(p)
			if len(it.claims) > 0 && len(p.claims) == 0 && x == n && !n.titleOnly() {
				continue // what follows the last clause is the document's
			}
			it.texts = append(it.texts, texts...)
			it.claims, it.parts = append(it.claims, p.claims...), append(it.parts, parts...)
		}
	}
	n.walk(func(x *node) {
		if x == n || !slices.Contains(tasks, x) {
			collect(x)
		}
	})
	if len(it.claims) == 0 {
		// A clause of the heading above holds for the items that have none.
		for x := n.parent; x != nil && x.parent != nil; x = x.parent {
			if x.says() {
				it.claims, it.parts = x.claims(), make([]passage.Span, len(x.claims()))
				break
			}
		}
	}
	return it
}

// titleOnly is whether the clause stands behind the title and the text follows it.
func (n *node) titleOnly() bool {
	first := n.paras[0]
	if len(first.claims) == 0 || len(n.paras) == 1 {
		return false
	}
	before, _ := pieces(first)
	return len(before) <= 1 && len(first.claims) == 1 && first.claims[0].At.P == first.text.P &&
		!strings.ContainsAny(strings.TrimRight(passage.Span{P: first.text.P, I: first.text.I, J: max(first.text.I, first.claims[0].At.I)}.Norm(), "。 "), "。;") && len(n.claims()) == 1 &&
		!strings.HasSuffix(strings.TrimRight(first.text.Norm(), " "), "。")
}

// matched joins the items of the body and the rows of tables, where a row is about an item.
func (d *document) matched(list []*item) []*item {
	if len(list) == 0 {
		return d.items
	}
	rows := d.items
	for _, it := range list {
		key := bareText(it.title)
		i := slices.IndexFunc(rows, func(r *item) bool {
			k := bareText(r.title)
			return k != "" && key != "" && (k == key || strings.HasPrefix(k, key) && utf8.RuneCountInString(key) > 5)
		})
		if i >= 0 {
			it.claims, it.parts = append(it.claims, rows[i].claims...), append(it.parts, rows[i].parts...)
			if it.by.Empty() {
				it.by = rows[i].by
			}
			rows = slices.Delete(slices.Clone(rows), i, i+1)
		}
	}
	return append(list, rows...)
}

// bareText is a title as titles are compared.
func bareText(s passage.Span) string {
	if s.P == nil {
		return ""
	}
	return strings.Trim(strings.ReplaceAll(s.Norm(), " ", ""), "。;,.")
}
