package wording

import (
	"regexp"
	"slices"
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
			} else if k := namesEnd(x); k > 0 {
				who = x.Sub(0, k)
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

// chargedBy are the words by which a sentence charges units with a task without saying
// that one of them leads: 由A负责,…; A、B要….
var (
	chargedBy   = regexp.MustCompile(`^(?:[^,;:]{1,24},)?由([^,;]{2,60}?)(?:具体|共同|分别|按职责分工)*负责`)
	chargedWith = regexp.MustCompile(`要|应当?|须|务必|负责`)
)

// Charged reads a sentence that charges units with a task. Several are all named alike,
// so that the lead is asked.
func Charged(s passage.Span) *Handed {
	n := s.Norm()
	var found [][]int // of the names, and where the doing begins
	if m := chargedBy.FindStringSubmatchIndex(n); m != nil {
		found = append(found, []int{m[0], m[1], m[2], m[3]})
	}
	first, _, _ := strings.Cut(n, ",")
	for _, m := range chargedWith.FindAllStringIndex(first, -1) {
		// Names hold such words themselves: 市应急局.
		found = append(found, []int{0, m[1], 0, m[0]})
	}
	for _, m := range found {
		l := Parties(s.Sub(m[2], m[3]))
		if len(l.Parties) == 0 || len(l.Odd) > 0 || !AllStrong(l.Parties) || !slices.ContainsFunc(l.Parties, func(p Party) bool { return !p.Group }) {
			continue
		}
		h := &Handed{C: &Claim{equal: l.Parties, open: l.open}, At: s.Sub(m[2], m[1]), Task: s.Sub(m[1], len(n)).Trim(" ,。;")}
		if d := InSentence.FindStringSubmatchIndex(h.Task.Norm()); d != nil && d[0] < 12 {
			h.C.By = h.Task.Sub(d[2], d[3])
		}
		if h.Task.Empty() {
			h.Task = s.Sub(0, m[0]).Trim(" ,由:")
		}
		return h
	}
	return nil
}

// namesEnd is where the names at the beginning of a passage end and the doing begins; 0
// where no words of doing follow names. A name may hold such words itself: 市发展改革委.
func namesEnd(s passage.Span) int {
	for _, k := range regexpDoing.FindAllStringIndex(s.Norm(), -1) {
		if l := Parties(s.Sub(0, k[0])); len(l.Parties) > 0 && len(l.Odd) == 0 && AllStrong(l.Parties) {
			return k[0]
		}
	}
	return 0
}

var regexpDoing = regexp.MustCompile(`积极|尽快|抓紧|加快|争取|共同|联合|密切|进一步|深入|统筹|结合|根据|针对|对|将|按|[于在][0-9今本当明次年]|负责|研究|提出|制定|组织|落实|推进|开展|实施|完成|抓好|做好|办理|加强|建立|推动`)

// AllStrong is whether each name reads as a unit and as nothing else.
func AllStrong(list []Party) bool {
	for _, p := range list {
		if !StrongParty(passage.PlainName(p.Name)) && !p.Group {
			return false
		}
	}
	return true
}
