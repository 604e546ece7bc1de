package workflow

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// dashes are typed for the hyphen of an id.
var dashes = strings.NewReplacer("‐", "-", "‑", "-", "–", "-", "—", "-", "−", "-")

// SearchForm is a text as searches compare it: half width, small letters, one kind of hyphen.
// Chinese input methods type ６ and ＫＪＴ as readily as 6 and KJT.
func SearchForm(s string) string { return dashes.Replace(strings.ToLower(norm.NFKC.String(s))) }

// Term is one word of a search, folded, with what it may mean besides the text itself.
type Term struct {
	Text   string
	Task   int    // 任务6, 任务六, 6; 0: none
	Year   string // 2022年, and the year of a quarter or month; empty: any
	Part   string // q3, m07: the rest of a regular period's id; empty: none
	Period bool   // Year and Part name periods
}

var (
	// A name that people write with spaces, or that pages print with them, is one word.
	spaced = []*regexp.Regexp{
		regexp.MustCompile(`(任务|\btask)\s+(\d)`), regexp.MustCompile(`(\d{4})\s*(年)\s+`), regexp.MustCompile(`(\d)\s+(年|月|季)`),
		regexp.MustCompile(`(第)\s+([1-4一二三四])`), regexp.MustCompile(`([一二三四])\s+(季)`), regexp.MustCompile(`(年)\s+(第)`),
		regexp.MustCompile(`\b(q[1-4])\s+(\d{4})\b`),
	}
	ofTask    = regexp.MustCompile(`^(?:重点)?(?:任务|task)(?:第)?(\d{1,3}|[一二三四五六七八九十]{1,3})(?:项|号)?$|^第(\d{1,3}|[一二三四五六七八九十]{1,3})项(?:重点)?任务$`)
	taskThen  = regexp.MustCompile(`((?:重点)?任务\d+)([^\d\s项号])`)
	ofQuarter = regexp.MustCompile(`^(?:(\d{4})年?)?(第?\s*[1-4一二三四]\s*季度?)$|^(?:(\d{4})[年-]?)?q([1-4])$|^q([1-4])(\d{4})$`)
	ofMonth   = regexp.MustCompile(`^(?:(\d{4})年)?(\d{1,2})月份?$|^(?:(\d{4})[年-]?)?m(\d{2})$`)
	ofYear    = regexp.MustCompile(`^(\d{4})年?$`)
	digits    = regexp.MustCompile(`^\d{1,3}$`)
)

// Terms reads what somebody searches for: words that must each be found.
func Terms(q string) []Term {
	q = SearchForm(q)
	for _, r := range spaced {
		q = r.ReplaceAllString(q, "$1$2")
	}
	q = taskThen.ReplaceAllString(q, "$1 $2")
	var all []Term
	for _, w := range strings.Fields(q) {
		all = append(all, newTerm(w))
	}
	return all
}

func newTerm(w string) Term {
	t := Term{Text: w}
	if m := ofTask.FindStringSubmatch(w); m != nil {
		t.Task = count(m[1] + m[2])
	} else if digits.MatchString(w) {
		t.Task = count(w)
	}
	if m := ofQuarter.FindStringSubmatch(w); m != nil {
		n := m[4] + m[5]
		if m[2] != "" {
			n = strconv.Itoa(count(strings.Trim(m[2], "第季度 ")))
		}
		t.Period, t.Year, t.Part = true, m[1]+m[3]+m[6], "q"+n
	} else if m := ofMonth.FindStringSubmatch(w); m != nil {
		n := count(m[2] + m[4])
		t.Period, t.Year, t.Part = true, m[1]+m[3], "m"+strconv.Itoa(n/10)+strconv.Itoa(n%10)
	} else if m := ofYear.FindStringSubmatch(w); m != nil {
		t.Period, t.Year = true, m[1]
	}
	return t
}

// count reads 6, 06, 六, 十二, 二十一; 0 for what is no number.
func count(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	n, ones := 0, 0
	for _, c := range s {
		if c == '十' {
			n, ones = n+10*max(1, ones), 0
			continue
		}
		at := strings.IndexRune("一二三四五六七八九", c)
		if at < 0 || ones > 0 {
			return 0
		}
		ones = at/len("一") + 1
	}
	return n + ones
}

// Names reports whether the term names the period: by its id, by what it is called, or by
// a part of that.
func (t Term) Names(p Period) bool {
	id, name := SearchForm(p.ID), SearchForm(p.Name)
	if id == t.Text || t.Task == 0 && wordy(t.Text) && strings.Contains(name, t.Text) {
		return true
	}
	if !t.Period || p.Special {
		return false
	}
	year, part := id[:min(4, len(id))], id[min(4, len(id)):]
	return (t.Year == "" || t.Year == year) && (t.Part == "" || t.Part == part)
}

// wordy reports whether the text is more than a sign or two of an id: such a text is
// looked for within names.
func wordy(s string) bool {
	return len(s) > 2 && strings.ContainsFunc(s, func(r rune) bool { return r > '9' })
}
