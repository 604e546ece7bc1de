package intake

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"duban/workflow/plan/intake/passage"
	"duban/workflow/plan/intake/wording"
)

var (
	titleEnd  = regexp.MustCompile(`(?:方案|计划|意见|措施|办法|清单|要点|分工|通知|规划|细则|安排|分解表|一览表|任务表|分工表|责任表|任务书|决定|纲要|项目|公告|报告|规程|政策|工作)(?:\([^()]*\))?$`)
	issuedOf  = regexp.MustCompile(`^关于印发|印发《|转发`)
	yearIn    = regexp.MustCompile(`(20[0-9]{2}) ?年?(?:[—~至-]+(20[0-9]{2}) ?)?年`)
	dateLine  = regexp.MustCompile(`(?:发布|成文|印发|发文|生成)?(?:日期|时间)[^0-9]{0,4}(20[0-9]{2})|^(20[0-9]{2})年[0-9]{1,2}月[0-9]{1,2}日`)
	issuerEnd = regexp.MustCompile(`^(.{4,40}?)关于`)
	quoted    = regexp.MustCompile(`《([^《》]{6,60})》`)
)

// names finds the document's title, who issued it and which year it is about.
func (d *document) names() {
	dates := 0
	for i, b := range d.blocks {
		if b.p == nil {
			continue
		}
		n := b.p.Norm
		if m := dateLine.FindStringSubmatch(n); m != nil && (dates == 0 || m[2] != "") {
			dates = wording.Atoi(m[1] + m[2])
		}
		if i > 80 || passage.Numbering(n).Style != passage.NoStyle && d.out.Title != "" {
			continue
		}
		t := strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(n, "标题:"), "名称:"))
		if titleEnd.MatchString(t) && utf8.RuneCountInString(t) <= 80 && utf8.RuneCountInString(t) >= 6 && !strings.ContainsAny(t, "。;") && passage.Numbering(t).Style == passage.NoStyle && len(wording.Labels(t)) == 0 {
			at := strings.Index(n, t)
			s := passage.Span{P: b.p, I: at, J: at + len(t)}
			if m := quoted.FindStringSubmatchIndex(t); m != nil && issuedOf.MatchString(t) {
				s = s.Sub(m[2], m[3])
			}
			if m := issuerEnd.FindStringSubmatch(t); m != nil && d.out.Issuer == "" {
				d.out.Issuer = m[1]
			}
			d.out.Title = strings.ReplaceAll(s.Text(), " ", "")
		} else if d.out.Title != "" && strings.HasPrefix(n, "(20") && strings.HasSuffix(n, "年)") && !strings.Contains(d.out.Title, "20") {
			d.out.Title += strings.ReplaceAll(b.p.All().Text(), " ", "")
		}
	}
	var plainTitle []rune
	for _, r := range d.out.Title {
		if c := passage.Plain(r); c != 0 {
			plainTitle = append(plainTitle, c)
		}
	}
	switch ms := yearIn.FindAllStringSubmatch(string(plainTitle), -1); {
	case len(ms) > 0 && ms[0][2] != "":
		d.out.From, d.out.To = wording.Atoi(ms[0][1]), wording.Atoi(ms[0][2])
	case len(ms) > 0:
		d.out.Year = wording.Atoi(ms[0][1])
		d.out.From, d.out.To = d.out.Year, d.out.Year
	case dates > 0:
		d.out.Year = dates
	}
}

// notes reads what the document says of all its tasks, outside of them.
func (d *document) notes() {
	mine := map[*node]bool{}
	for _, it := range d.items {
		if it.node != nil {
			it.node.walk(func(x *node) { mine[x] = true })
		}
	}
	d.root.walk(func(n *node) {
		if mine[n] {
			return
		}
		for _, p := range n.paras {
			d.note(p)
		}
	})
	// What follows the last task may be a note as well.
	for _, it := range d.items {
		if it.node == nil {
			continue
		}
		for _, p := range it.node.paras {
			if noteRow.MatchString(p.text.Norm()) || strings.HasPrefix(p.text.Norm(), "注") {
				d.note(p)
			}
		}
	}
}

func (d *document) note(p *paragraph) {
	n := p.text.Norm()
	if wording.EqualRule.MatchString(n) && strings.Contains(n, "单位") {
		d.noOrder = true
	}
	if wording.FirstRule.MatchString(n) && !wording.EqualRule.MatchString(n) {
		d.first = true
	}
	for _, c := range p.claims {
		d.first = d.first || c.FirstFrom
		if !c.Says() {
			continue
		}
		if len(c.All()) == 0 {
			d.everywhere = wording.Union(d.everywhere, c.Defaults)
		}
	}
	s := p.text
	if m := noteRow.FindString(n); m != "" {
		s = s.Sub(len(m), len(n))
	}
	for _, one := range s.Split("。;") {
		one = one.Trim(" 1234567890.、")
		t := one.Norm()
		for _, re := range []*regexp.Regexp{wording.NoteAll, wording.NoteAll2} {
			m := re.FindStringSubmatchIndex(t)
			if m == nil {
				continue
			}
			if l := wording.Parties(one.Sub(m[2], m[3])); len(l.Parties) > 0 && len(l.Odd) == 0 && wording.AllStrong(l.Parties) {
				d.everywhere = wording.Union(d.everywhere, l.Parties)
				break
			}
		}
		if m := wording.Defaulted.FindStringSubmatchIndex(t); m != nil && m[0] == 0 && strings.Contains(t, "不再") {
			if l := wording.Parties(one.Sub(m[2], m[3])); len(l.Parties) > 0 && len(l.Odd) == 0 && wording.AllStrong(l.Parties) {
				d.everywhere = wording.Union(d.everywhere, l.Parties)
			}
		}
	}
}

// assemble decides about every task, in order: a rule holds from where it is said.
func (d *document) assemble() {
	first := d.first
	standing := d.everywhere
	for _, it := range d.items {
		if len(it.claims) == 0 {
			d.bySentence(it)
		}
		for _, c := range it.claims {
			first = first || c.FirstFrom
			d.noOrder = d.noOrder || c.NoOrder
			standing = wording.Union(standing, c.Defaults)
		}
		t := Task{No: it.no, Section: it.section, At: it.at}
		if it.title.P != nil {
			t.Title = strings.TrimRight(strings.TrimSpace(it.title.Text()), "。;；.")
		}
		for _, s := range it.texts {
			t.Text += s.Text()
		}
		d.duties(&t, it, first && !d.noOrder)
		t.Cooperating = addStanding(t, standing)
		by := it.by
		for _, c := range it.claims {
			if by.Empty() {
				by = c.By
			}
		}
		if by.Empty() {
			by = d.saidInTitle(it)
		}
		if !by.Empty() {
			t.Deadline = wording.DeadlineOf(by, d.out.Year)
		}
		for _, s := range it.texts {
			t.Figures = append(t.Figures, figures(s, d.out.Year)...)
		}
		if it.by2 && t.Deadline != nil {
			for i := range t.Figures {
				if t.Figures[i].Date == "" {
					t.Figures[i].Date = t.Deadline.Date
				}
			}
		}
		d.out.Tasks = append(d.out.Tasks, t)
	}
}

// addStanding adds those who answer for every task, unless the task names them already,
// with or without 各.
func addStanding(t Task, standing []wording.Party) []wording.Party {
	out := t.Cooperating
	bare := func(s string) string { return strings.TrimPrefix(s, "各") }
	for _, p := range standing {
		if !slices.ContainsFunc(slices.Concat(t.Lead, out), func(q wording.Party) bool { return bare(q.Name) == bare(p.Name) }) {
			out = append(slices.Clone(out), p)
		}
	}
	return out
}

// bySentence looks for a sentence of assignment in a task without a clause.
func (d *document) bySentence(it *item) {
	for _, s := range it.texts {
		for _, one := range s.Split("。;") {
			if h := wording.Assignment(one); h != nil {
				it.claims, it.parts = append(it.claims, h.C), append(it.parts, one)
			}
		}
	}
}

// duties decides who answers: of several passages the task's lead is all of theirs, where
// each has one.
func (d *document) duties(t *Task, it *item, first bool) {
	var said []wording.Duty
	for i, c := range it.claims {
		if len(c.All()) == 0 {
			continue
		}
		duty := c.Decide(first)
		said = append(said, duty)
		p := Part{Duty: duty, At: c.At.Place()}
		if i < len(it.parts) && it.parts[i].P != nil {
			p.Text = strings.TrimSpace(it.parts[i].Text())
			p.At = it.parts[i].Place()
		}
		if !c.By.Empty() {
			p.Deadline = wording.DeadlineOf(c.By, d.out.Year)
		}
		t.Parts = append(t.Parts, p)
	}
	t.Rule = wording.Undecided
	if len(said) == 0 {
		return
	}
	all := !slices.ContainsFunc(said, func(x wording.Duty) bool { return len(x.Lead) == 0 })
	t.Rule = wording.Explicit
	for _, x := range said {
		if all {
			t.Lead = wording.Union(t.Lead, x.Lead)
		}
		if x.Rule != wording.Explicit {
			t.Rule = x.Rule
		}
		t.Open = t.Open || x.Open
	}
	for _, x := range said {
		t.Cooperating = wording.Union(t.Cooperating, wording.Without(slices.Concat(x.Lead, x.Cooperating), t.Lead))
	}
	if !all {
		t.Rule = wording.Undecided
	}
	if len(t.Parts) == 1 {
		t.Parts = nil
	}
}

// saidInTitle is the date of a task that is one sentence with one date: 6月底前完成….
func (d *document) saidInTitle(it *item) passage.Span {
	if len(it.texts) != 1 {
		return passage.Span{}
	}
	s := it.texts[0].Trim(" 。;")
	n := s.Norm()
	if strings.ContainsAny(n, "。;") {
		return passage.Span{}
	}
	ms := wording.InSentence.FindAllStringSubmatchIndex(n, -1)
	if len(ms) != 1 {
		return passage.Span{}
	}
	by := s.Sub(ms[0][2], ms[0][3])
	if !strings.Contains(by.Norm(), "前") && !strings.Contains(by.Norm(), "底") && !strings.Contains(by.Norm(), "末") {
		return passage.Span{}
	}
	return by
}

var targetHead = regexp.MustCompile(`目标`)

// targets reads the document's own targets, outside its tasks.
func (d *document) targets() {
	mine := map[*node]bool{}
	for _, it := range d.items {
		if it.node != nil {
			it.node.walk(func(x *node) { mine[x] = true })
		}
	}
	var visit func(n *node, in bool)
	visit = func(n *node, in bool) {
		if mine[n] {
			return
		}
		if n != d.root {
			in = in || targetHead.MatchString(n.title().Norm())
		}
		for i, p := range n.paras {
			here := in || n != d.root && byYear.MatchString(p.text.Norm()) && strings.Contains(n.title().Norm(), "要求") && i > 0
			if here {
				d.out.Targets = append(d.out.Targets, figures(p.text, d.out.Year)...)
			}
		}
		for _, c := range n.children {
			visit(c, in)
		}
	}
	visit(d.root, false)
	// The targets of a plan that names its years are those of its last.
	for i := range d.out.Targets {
		if d.out.Targets[i].Date == "" && d.out.To > d.out.From {
			d.out.Targets[i].Date = wording.Dated(d.out.To, 12, 0)
		}
	}
}
