package wording

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"duban/workflow/plan/intake/passage"
)

// Rule says what decided about a lead.
type Rule string

// The rules.
const (
	Explicit    Rule = "explicit"     // a word says so, or one unit alone is named
	FirstListed Rule = "first-listed" // the document says that the unit named first leads
	Undecided   Rule = "none"         // nothing does: the lead is asked
)

// Party is a unit or a group of units as the document names it.
type Party struct {
	Name    string        `json:"name"`
	Written string        `json:"written,omitempty"` // where a shared beginning or ending was restored
	Group   bool          `json:"group,omitempty"`   // 各镇人民政府: units that the text does not name one by one
	At      passage.Place `json:"at"`
}

// Duty is who answers for a task or for a part of it.
type Duty struct {
	Lead        []Party
	Cooperating []Party
	Rule        Rule
	Open        bool // 等部门: there are others that the text does not name
}

// Claim is what one clause says of those who answer: by label, by verb, or by its mere
// list. Who leads is decided when the rules of the document are known.
type Claim struct {
	lead, main, equal, coop []Party
	open                    bool
	By                      passage.Span // a deadline
	FirstFrom               bool         // from here on the unit named first leads
	NoOrder                 bool         // the order says nothing: 排名不分先后
	Defaults                []Party
	Odd                     []Party
	Labelled                bool
	strange                 bool // a label of units is not known: it may be the one that leads
	At                      passage.Span
}

// All are those whom the clause names.
func (c *Claim) All() []Party {
	return slices.Concat(c.lead, c.main, c.equal, c.coop)
}

// Says is whether the clause names anybody.
func (c *Claim) Says() bool { return len(c.All()) > 0 || len(c.Defaults) > 0 }

// The statements that a bracket or a note may hold beside names.
var (
	FirstRule = regexp.MustCompile(`(?:列|排|排列|排序|排名|位列|位居|居|位于|署名|列名|名列)?(?:在|为)?(?:第一位|第一个|第一名|第一|首位|首个|最前|最前面|前面|首)(?:的|者)?(?:责任|成员|负责)?(?:单位|部门)?[^,;。()、]{0,6}(?:为|是|系|作为)?(?:该项|本项|该|总)?(?:任务|工作|事项)?的?(?:牵头|主办|主要负责|总牵头|汇总|主责|第一责任)(?:责任)?(?:单位|部门|人)?`)
	EqualRule = regexp.MustCompile(`同责单位|同等责任|无先后|不分先后|排名不分|排序不分|顺序不分`)
	Defaulted = regexp.MustCompile(`(?:以下|下列|具体|各项|上述|以上|其他|所有|本方案|后续|其余|有关|全部)*(?:任务|工作|事项|内容|措施|举措|条款|各条|各项)*均?(?:需|须|由|涉及|包括|含|有|需要|应由|要)(?:由)?(.+?)(?:共同|具体|分别|按职责)*(?:负责|参与|配合|落实|承担|实施)?(?:落实|实施)?[,、;]?(?:以下)?(?:不再|均不再|下同|不另|不一一|不逐)`)
	NoteAll   = regexp.MustCompile(`^(.+?)(?:共同|具体|积极|协同|按职责)*(?:配合|参与|负责|协助|落实)(?:以上|上述|全部|各项|所有|前述|本方案)+(?:任务|工作|事项|措施|举措|重点任务)`)
	NoteAll2  = regexp.MustCompile(`^(?:(?:各项?|每项|每个)(?:任务|工作|事项|措施|举措)|以上|上述|全部|各项|所有|本方案|本表|本清单)(?:的|所列|各项)*(?:任务|工作|事项|措施|举措)*,?(?:均|都|皆)?(?:需|须|由|要)*(.+?)(?:共同|具体|积极|协同|按职责分工|按职责)*(?:配合|参与|协助|负责|落实)`)
	// The verbs of a clause that has no labels.
	leadVerb = regexp.MustCompile(`(?:负责)?(?:总?牵头(?:单位)?|主办|主责|负总责|为主(?:负责)?|抓总)(?:负责|落实|实施|组织实施|推进|抓总|办理|组织|协调|,)*`)
	withVerb = regexp.MustCompile(`(?:会同|会商|联合|商请)`)
	agreeing = regexp.MustCompile(`[局委部厅办府会院署行](商)(?:有关|相关|省|市|县|区|国家|自治区|各|[^务业会联贸])`)
	coopVerb = regexp.MustCompile(`(?:予以|积极|共同|密切|做好|具体|等|分别|协同|配合|协助)*(?:配合|协办|协同|协助|参与|参加|支持|协作)(?:落实|实施|推进|做好|工作|抓好|开展)*$`)
	respVerb = regexp.MustCompile(`(?:(?:按|按照|根据|依据|依|结合|依照)?(?:照)?(?:各自|部门)?(?:职责|职能|责任|实际|分工)+(?:和?分工)?)?(?:范围内|内)?(?:分别|共同|具体|分头|协同|各自|结合实际|抓好|组织)*(?:负责|落实|组织实施|推进|承办|办理|实施|承担|推动|贯彻)(?:落实|实施|推进|组织实施|工作|抓好)*$|(?:按|按照|根据|依)(?:各自)?(?:职责|职能)(?:分工)?$|(?:提出|研究提出|拟订|制定|组织)(?:具体)?(?:办法|方案|意见|实施)+$`)
	tail     = regexp.MustCompile(`(?:分别|共同|联合|各自|具体|负责|按职责分工|按照职责分工|按职责|按分工|等)+$`)
)

// ReadClaim reads a clause of responsibility: what a bracket holds, or label lines.
func ReadClaim(s passage.Span) *Claim {
	c := &Claim{At: s}
	for _, sentence := range s.Split("。") {
		c.sentence(sentence.Trim(" 。;,:"))
	}
	return c
}

// sentence reads one sentence of a clause.
func (c *Claim) sentence(s passage.Span) {
	if s.Empty() || c.statement(s) {
		return
	}
	n := s.Norm()
	ls := Labels(n)
	if len(ls) == 0 {
		c.Segments(s, responsible, false)
		return
	}
	c.Labelled = true
	if before := s.Sub(0, ls[0].at).Trim(Around + "("); !before.Empty() {
		c.Segments(before, NoRole, false)
	}
	for i, l := range ls {
		to := len(n)
		if i+1 < len(ls) {
			to = ls[i+1].at
		}
		value := s.Sub(l.end, to).Trim(" ,;。、")
		switch l.role {
		case Nobody:
		case ByWhen:
			if !value.Empty() {
				c.By = value
			}
		case Divided:
			c.Segments(value, responsible, false)
		case strange:
			c.strange = true
			c.Segments(value, cooperating, true)
		default:
			c.Segments(value, l.role, true)
		}
	}
}

// statement reads what a sentence or a part of one says of the whole document.
func (c *Claim) statement(s passage.Span) bool {
	n := s.Norm()
	alone := func(m []int) bool { return m != nil && !strings.ContainsAny(n[:m[0]], ",;") }
	switch {
	case alone(EqualRule.FindStringIndex(n)):
		c.NoOrder = true
		return true
	case alone(FirstRule.FindStringIndex(n)):
		c.FirstFrom = true
		return true
	}
	if m := Defaulted.FindStringSubmatchIndex(n); m != nil && m[0] == 0 {
		if l := Parties(s.Sub(m[2], m[3])); len(l.Parties) > 0 && len(l.Odd) == 0 {
			c.Defaults = append(c.Defaults, l.Parties...)
			return true
		}
	}
	return n == "下同" || n == "不再列出" || n == "以下同" || n == "不再做分工"
}

// Segments reads names and verbs between commas. base is what their label says of them.
func (c *Claim) Segments(s passage.Span, base Role, labelled bool) {
	// Statements may stand between commas, and take the rest with them.
	if m := FirstRule.FindStringIndex(s.Norm()); m != nil {
		c.FirstFrom = true
		at := m[0]
		if i := strings.LastIndexAny(s.Norm()[:at], ",;"); i >= 0 {
			at = i
		}
		s = s.Sub(0, at).Trim(" ,;")
	}
	var pending []Party
	after, said := false, false // whether somebody leads already; whether a verb was there
	put := func(r Role, list []Party) {
		if after && r != Leading {
			r = cooperating
		}
		c.put(r, list)
	}
	take := func(x passage.Span) []Party {
		x = x.Trim(Around)
		for m := tail.FindStringIndex(x.Norm()); m != nil && m[0] > 0 && x.Norm()[m[0]:m[1]] != "等"; m = tail.FindStringIndex(x.Norm()) {
			x = x.Sub(0, m[0])
		}
		l := Parties(x)
		c.open, c.Odd = c.open || l.open, append(c.Odd, l.Odd...)
		for _, p := range l.Odd {
			// What stands in a list of units is one, even if its name does not say so: it is kept, and asked.
			if (len(l.Parties) > 0 || labelled && !timely.MatchString(p.Name)) && listable(passage.PlainName(p.Name)) {
				l.Parties = append(l.Parties, p)
			}
		}
		if len(l.marked) > 0 {
			c.put(Leading, l.marked)
			after = true
			return slices.DeleteFunc(l.Parties, func(p Party) bool { return slices.Contains(l.marked, p) })
		}
		return l.Parties
	}
	for _, part := range s.Split(";") {
		for _, seg := range part.Split(",") {
			seg = seg.Trim(Around)
			if seg.Empty() || c.statement(seg) {
				continue
			}
			n := seg.Norm()
			if IsDeadline(n) {
				c.By = seg
				continue
			}
			if rest, ok := strings.CutPrefix(n, "会同"); ok && after {
				seg = seg.Sub(len(n)-len(rest), len(n)) // A牵头,会同B
				n = rest
			}
			if m := verb(n); m != nil {
				said = true
				lead := append(pending, take(seg.Sub(0, m[0]))...)
				pending = nil
				c.put(Leading, lead)
				after = after || len(lead) > 0
				seg = seg.Sub(m[1], len(n)).Trim(Around)
				n = seg.Norm()
				if n == "" || n == "负责" {
					continue
				}
			}
			if m := coopVerb.FindStringIndex(n); m != nil {
				said = true
				put(cooperating, append(pending, take(seg.Sub(0, m[0]))...))
				pending = nil
				continue
			}
			if m := respVerb.FindStringIndex(n); m != nil {
				said = true
				r := responsible
				if labelled {
					r = base
				}
				put(r, append(pending, take(seg.Sub(0, m[0]))...))
				pending = nil
				continue
			}
			pending = append(pending, take(seg)...)
		}
		if after && !labelled {
			put(cooperating, pending)
			pending = nil
		}
	}
	switch {
	case len(pending) == 0:
	case base == NoRole && !said:
		c.Odd = append(c.Odd, pending...)
	case base == NoRole:
		put(cooperating, pending)
	default:
		put(base, pending)
	}
}

// listable is whether a text may be the name of a unit where it stands among others.
func listable(s string) bool {
	n := utf8.RuneCountInString(s)
	return n >= 3 && n <= 16 && !doing.MatchString(s) && !IsDeadline(s) && !strings.ContainsAny(s, "“”0123456789%()。:") && !verbal.MatchString(s)
}

var verbal = regexp.MustCompile(`负责|确保|完成|推进|落实|做好|下同|任务|工作|进展|详见|附件|另行|的|了`)

// verb finds a verb, outside brackets, by which those before it lead.
func verb(n string) []int {
	for _, m := range leadVerb.FindAllStringIndex(n, -1) {
		if passage.Depth(n[:m[0]]) == 0 {
			return m
		}
	}
	if m := withVerb.FindStringIndex(n); m != nil && m[0] > 0 && passage.Depth(n[:m[0]]) == 0 {
		return m
	}
	if m := agreeing.FindStringSubmatchIndex(n); m != nil {
		return m[2:4]
	}
	return nil
}

// put adds names, each once.
func (c *Claim) put(r Role, list []Party) {
	to := map[Role]*[]Party{Leading: &c.lead, mainly: &c.main, responsible: &c.equal, cooperating: &c.coop, NoRole: &c.coop}[r]
	if to != nil {
		*to = Union(*to, list)
	}
}

// Union adds the names that are not there yet.
func Union(to, list []Party) []Party {
	for _, p := range list {
		if !slices.ContainsFunc(to, func(q Party) bool { return q.Name == p.Name }) {
			to = append(to, p)
		}
	}
	return to
}

// Without are those of list that are not in out.
func Without(list, out []Party) []Party {
	var kept []Party
	for _, p := range list {
		if !slices.ContainsFunc(out, func(q Party) bool { return q.Name == p.Name }) {
			kept = append(kept, p)
		}
	}
	return kept
}

// unsure is whether something in a list of units may be one that was not recognised.
func (c *Claim) unsure() bool {
	return slices.ContainsFunc(c.Odd, func(p Party) bool {
		n := passage.PlainName(p.Name)
		return !dateIn.MatchString(n) && !timely.MatchString(n) && !verbal.MatchString(n)
	})
}

var timely = regexp.MustCompile(`每|此后|以后|今后|按|同时|并|并且|更新|滚动`)

// Decide says who leads, by the clause's words and by whether the document has said that
// the unit named first does.
func (c *Claim) Decide(first bool) Duty {
	d := Duty{Rule: Undecided, Open: c.open}
	everybody := Union(nil, c.All())
	lead, rule := []Party(nil), Explicit
	switch {
	case len(c.lead) > 0:
		lead = c.lead
	case len(c.main) > 0:
		lead = c.main
	case len(c.equal) > 0 && len(c.coop) > 0 && (c.Labelled || len(c.equal) == 1):
		lead = c.equal
	case len(c.equal) == 1 && !c.open && !c.unsure():
		lead = c.equal
	case len(c.equal) > 0 && first && !c.equal[0].Group:
		lead, rule = c.equal[:1], FirstListed
	}
	if len(c.lead) == 0 && len(c.main) == 0 && first && len(c.equal) > 0 && !c.equal[0].Group {
		lead, rule = c.equal[:1], FirstListed
	}
	if !slices.ContainsFunc(lead, func(p Party) bool { return !p.Group }) || c.strange && len(c.lead) == 0 {
		// A group alone never leads: nobody in it would.
		lead = nil
	}
	if len(lead) == 0 {
		d.Cooperating = everybody
		return d
	}
	d.Lead, d.Rule = lead, rule
	d.Cooperating = Without(everybody, lead)
	return d
}

// Cell reads a table's cell in a column of units.
func (c *Claim) Cell(s passage.Span, r Role) {
	switch {
	case r == Nobody:
	case r == Divided || len(Labels(s.Norm())) > 0:
		c.Join(ReadClaim(s))
	default:
		c.Segments(s.Trim(" 。;"), r, true)
	}
}
