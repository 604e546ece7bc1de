package wording

import (
	"regexp"
	"strings"

	"duban/workflow/plan/intake/passage"
)

// assigned are the verbs by which a sentence gives a task: 由A牵头,B配合.
var assigned = regexp.MustCompile(`总?牵头负责|总?牵头|会同|为主负责|为主|负总责`)

// Handed is what remains of a sentence of assignment beside those who are named.
type Handed struct {
	C    *Claim
	Task passage.Span // what is to be done; empty where the sentence does not say
	At   passage.Span
}

// Assignment reads a sentence that names who leads: 由A牵头,B、C配合,在8月底前完成….
// nil where it is none, as where enterprises lead.
func Assignment(s passage.Span) *Handed {
	n := s.Norm()
	m := assigned.FindStringIndex(n)
	if m == nil || passage.Depth(n[:m[0]]) > 0 || passage.InQuotes(n, m[0]) {
		return nil
	}
	from := 0
	if i := strings.LastIndex(n[:m[0]], "由"); i >= 0 {
		from = i + len("由")
	} else if i := strings.LastIndexAny(n[:m[0]], ",:"); i >= 0 {
		from = i + 1
	}
	lead := Parties(s.Sub(from, m[0]))
	if len(lead.Parties) == 0 || len(lead.Odd) > 0 || !AllStrong(lead.Parties) {
		return nil
	}
	h := &Handed{C: &Claim{lead: lead.Parties, open: lead.open}, At: s.Sub(from, m[1])}
	before := s.Sub(0, from).Trim(" ,由:")
	rest := s.Sub(m[1], len(n)).Trim(" ,")
	first := n[m[0]:m[1]] == "会同" || strings.HasPrefix(rest.Norm(), "会同")
	for _, seg := range rest.Split(",") {
		x := seg.Trim(" ,")
		t := strings.TrimPrefix(x.Norm(), "会同")
		x = x.Sub(len(x.Norm())-len(t), len(x.Norm()))
		who := x
		if k := coopVerb.FindStringIndex(t); k != nil {
			who = x.Sub(0, k[0])
		} else if k := respVerb.FindStringIndex(t); k != nil {
			who = x.Sub(0, k[0])
		} else if first {
			// Behind 会同 the names end where the doing begins.
			if i, j := openAt(t); i >= 0 {
				who = x.Sub(0, j)
			} else if k := regexpDoing.FindStringIndex(t); k != nil {
				who = x.Sub(0, k[0])
			}
		} else {
			break
		}
		l := Parties(who)
		if len(l.Parties) == 0 || len(l.Odd) > 0 || !AllStrong(l.Parties) {
			break
		}
		h.C.coop = Union(h.C.coop, l.Parties)
		h.C.open = h.C.open || l.open
		h.At = passage.Span{P: s.P, I: h.At.I, J: x.J}
		rest = passage.Span{P: s.P, I: min(seg.J+1, s.J), J: s.J}
		if first && who.J < seg.J {
			rest = passage.Span{P: s.P, I: who.J, J: s.J}
		}
		first = false
	}
	rest = rest.Trim(" ,。;")
	if m := InSentence.FindStringSubmatchIndex(rest.Norm()); m != nil && m[0] < 12 {
		h.C.By = rest.Sub(m[2], m[3])
		rest = rest.Sub(m[3], len(rest.Norm())).Trim(" ,")
	}
	for _, w := range []string{"全面完成", "基本完成", "完成", "负责落实", "负责", "落实", "抓好", "要"} {
		if t, ok := strings.CutPrefix(rest.Norm(), w); ok {
			rest = rest.Sub(len(rest.Norm())-len(t), len(rest.Norm())).Trim(" ,")
			break
		}
	}
	h.Task = rest
	if rest.Empty() {
		h.Task = before
	}
	return h
}

var regexpDoing = regexp.MustCompile(`[于在][0-9今本当明次年]|负责|研究|提出|制定|组织|落实|推进|开展|实施|完成|抓好|做好|办理|加强|建立|推动`)

// AllStrong is whether each name reads as a unit and as nothing else.
func AllStrong(list []Party) bool {
	for _, p := range list {
		if !StrongParty(passage.PlainName(p.Name)) && !p.Group {
			return false
		}
	}
	return true
}
