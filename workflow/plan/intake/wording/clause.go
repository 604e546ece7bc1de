package wording

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"duban/workflow/plan/intake/passage"
)

// dutyWords are words of which a bracket has one if it is about responsibility.
var dutyWords = regexp.MustCompile(`负责|牵头|责任|配合|会同|参与|参加|协同|协办|主办|承办|主责|落实|分工|实施|完成|时限|推进|协助|长期|持续|抓总`)

// finder collects the clauses of a passage.
type finder struct{ claims []*Claim }

// Clauses finds the clauses of responsibility in a passage: in brackets, and behind labels.
func Clauses(s passage.Span) []*Claim {
	p := &finder{}
	n := s.Norm()
	opens := []int{}
	end := 0
	for i, r := range n {
		switch r {
		case '(':
			opens = append(opens, i)
		case ')':
			if len(opens) == 0 {
				continue
			}
			at := opens[len(opens)-1]
			opens = opens[:len(opens)-1]
			if len(opens) > 0 {
				continue
			}
			inside := s.Sub(at+1, i)
			if partOfName(n[end:at], inside.Norm()) {
				continue
			}
			if c := bracketClaim(inside, strings.Trim(n[i+1:], " 。;,.") == ""); c != nil {
				p.labelled(s.Sub(end, at))
				c.At = s.Sub(at, i+1)
				p.add(c)
				end = i + 1
			}
		}
	}
	if len(opens) > 0 {
		// A bracket that is never closed, as a line that was cut leaves it.
		at := opens[0]
		if inside := s.Sub(at+1, len(n)); len(Labels(inside.Norm())) > 0 {
			if c := bracketClaim(inside, true); c != nil {
				p.labelled(s.Sub(end, at))
				c.At = s.Sub(at, len(n))
				p.add(c)
				end = len(n)
			}
		}
	}
	p.labelled(s.Sub(end, len(n)))
	return p.claims
}

// NamesAlone is the clause of a paragraph that holds names of units and nothing else, as
// lists write them on a line of their own below the task.
func NamesAlone(s passage.Span) []*Claim {
	n := s.Norm()
	if utf8.RuneCountInString(n) > 160 || strings.ContainsAny(strings.TrimRight(n, "。"), "。:") {
		return nil
	}
	l := Parties(s.Trim(" 。;"))
	if len(l.Parties) == 0 || len(l.Odd) > 0 || !AllStrong(l.Parties) {
		return nil
	}
	if !slices.ContainsFunc(l.Parties, func(p Party) bool { return usual(passage.PlainName(p.Name)) }) {
		return nil // 技术创新中心 may be a heading: one of them is a usual office
	}
	c := ReadClaim(s)
	c.Labelled = true
	return []*Claim{c}
}

// partOfName is whether a bracket belongs to a name in the value of a label before it:
// 责任单位:市发改委(市大数据局).
func partOfName(before, inside string) bool {
	r, _ := utf8.DecodeLastRuneInString(before)
	return len(Labels(before)) > 0 && !dutyWords.MatchString(inside) && !strings.ContainsRune(" 。;,、", r)
}

// bracketClaim reads what a bracket holds; nil where it is not about responsibility.
func bracketClaim(inside passage.Span, last bool) *Claim {
	n := inside.Norm()
	if utf8.RuneCountInString(n) < 2 {
		return nil
	}
	worded := dutyWords.MatchString(n)
	if !worded && !last {
		return nil
	}
	c := ReadClaim(inside)
	all := c.All()
	switch {
	case len(all) == 0:
		if len(c.Defaults) > 0 || c.FirstFrom || !c.By.Empty() && (c.Labelled || worded || last && IsDeadline(n)) {
			return c
		}
		return nil
	case c.Labelled:
		return c
	case len(c.Odd) > 0 && len(c.Odd) >= len(all):
		return nil
	}
	strong := 0
	for _, p := range all {
		if StrongParty(passage.PlainName(p.Name)) {
			strong++
		}
	}
	if !worded && !slices.ContainsFunc(all, func(p Party) bool { return !p.Group || someOf.MatchString(passage.PlainName(p.Name)) }) {
		return nil // 各乡镇（街道）: the bracket is part of a name
	}
	if strong == 0 || !worded && (strong < len(all) || len(c.Odd) > 0) {
		return nil
	}
	return c
}

// someOf are the words by which a group is one of units: 各镇, 有关部门.
var someOf = regexp.MustCompile(`各|有关|相关|全体|所有`)

// add takes a clause; one that goes on from the clause right before it is joined to it.
func (p *finder) add(c *Claim) {
	if len(p.claims) > 0 {
		last := p.claims[len(p.claims)-1]
		between := ""
		if last.At.P == c.At.P && last.At.J <= c.At.I {
			between = strings.Trim(c.At.P.Norm[last.At.J:c.At.I], " 。;,、")
		}
		if between == "" && last.Joins(c) {
			last.Join(c)
			return
		}
	}
	p.claims = append(p.claims, c)
}

// Joins is whether the next clause says of the same passage what this one does not.
func (c *Claim) Joins(next *Claim) bool {
	clash := func(a, b []Party) bool { return len(a) > 0 && len(b) > 0 }
	if c.strange || next.strange {
		return true // it says something else of the same passage, whatever that is
	}
	if clash(c.lead, next.lead) || clash(c.main, next.main) || clash(c.equal, next.equal) || clash(c.coop, next.coop) || !c.By.Empty() && !next.By.Empty() {
		return false
	}
	return c.Labelled || next.Labelled || len(next.All()) == 0
}

// Join takes what the next clause says of the same passage.
func (c *Claim) Join(next *Claim) {
	c.lead, c.main, c.equal, c.coop = Union(c.lead, next.lead), Union(c.main, next.main), Union(c.equal, next.equal), Union(c.coop, next.coop)
	c.open, c.FirstFrom, c.NoOrder = c.open || next.open, c.FirstFrom || next.FirstFrom, c.NoOrder || next.NoOrder
	c.Labelled, c.strange = c.Labelled || next.Labelled, c.strange || next.strange
	c.Defaults, c.Odd = append(c.Defaults, next.Defaults...), append(c.Odd, next.Odd...)
	if c.By.Empty() {
		c.By = next.By
	}
	if next.At.P == c.At.P {
		c.At.J = next.At.J
	}
}

// labelled finds label clauses outside brackets: 牵头单位:A 配合单位:B, to the end of
// what they say.
func (p *finder) labelled(s passage.Span) {
	n := s.Norm()
	ls := slices.DeleteFunc(Labels(n), func(l Label) bool {
		before := strings.TrimRight(n[:l.at], " ([*—")
		r, _ := utf8.DecodeLastRuneInString(before)
		first := before == "" || strings.ContainsRune("。;,)”!?、", r) || before != n[:l.at]
		return !first
	})
	if len(ls) == 0 {
		return
	}
	for k := 0; k < len(ls); {
		// Labels that follow one another with nothing but their values between.
		to := k + 1
		for to < len(ls) && !strings.Contains(strings.TrimRight(n[ls[to-1].end:ls[to].at], " 。"), "。") {
			to++
		}
		end := len(n)
		if to < len(ls) {
			end = ls[to].at
		}
		if i := strings.Index(n[ls[to-1].end:end], "。"); i >= 0 {
			rest := strings.TrimLeft(n[ls[to-1].end+i+len("。"):end], " ")
			if rest != "" && !dutyStatement(rest) {
				end = ls[to-1].end + i
			}
		}
		clause := s.Sub(ls[k].at, end)
		c := &Claim{At: clause, Labelled: true}
		for i := k; i < to; i++ {
			stop := end
			if i+1 < to {
				stop = ls[i+1].at
			}
			c.labelValue(s.Sub(ls[i].at, stop), ls[i].end-ls[i].at, ls[i].role)
		}
		if c.Says() || !c.By.Empty() || c.FirstFrom || ls[k].role == Nobody {
			p.add(c)
		}
		k = to
	}
}

// dutyStatement is whether a sentence goes on about responsibility.
func dutyStatement(s string) bool {
	return FirstRule.MatchString(s) || EqualRule.MatchString(s) || Defaulted.MatchString(s) && strings.Contains(s, "不再")
}

// labelValue reads what stands behind one label.
func (c *Claim) labelValue(s passage.Span, label int, r Role) {
	value := s.Sub(label, s.J-s.I)
	for i, sentence := range value.Split("。") {
		sentence = sentence.Trim(" ,;、")
		switch {
		case sentence.Empty():
		case i > 0:
			c.statement(sentence)
		case r == Nobody:
		case r == ByWhen:
			c.By = sentence
		case r == Divided:
			c.Segments(sentence, responsible, false)
		case r == strange:
			c.strange = true
			c.Segments(sentence, cooperating, true)
		default:
			c.Segments(sentence, r, true)
		}
	}
}
