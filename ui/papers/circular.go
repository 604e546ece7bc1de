package papers

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"duban/ui/export"
	"duban/ui/page"
	"duban/ui/text"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/assess"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// Circular is a frozen assessment put in words. Numbers in its prose stand as marks,
// 【名称】, and are filled in from the frozen result each time the paper is made, so
// that no edit can part them from it. It is always written in Chinese: it is an
// official paper.
type Circular struct {
	Result  assess.Result
	changed []ledger.Item // reopened or withdrawn after the scores were worked out
	P       *text.Printer
	Marks   map[string]string // by name, what stands in their place; empty: there is nothing to say
	none    map[string]string // by name, the sentence that says so
}

// NewCircular puts the scores and what the period was in the words of a circular.
func NewCircular(r assess.Result, changed []ledger.Item) Circular {
	c := Circular{Result: r, changed: changed, P: text.For(text.Chinese).In(r.Plan.Zone), Marks: map[string]string{}, none: map[string]string{}}
	for key, v := range c.numbers() {
		name := c.P.T("circular.mark." + key)
		if c.Marks[name] = v; v == "" {
			c.none[name] = c.P.T("circular.none." + key)
		}
	}
	return c
}

// numbers are what the prose may say of the result, by the mark's key. Mean and lists
// are empty when there is nobody to say them of.
func (c Circular) numbers() map[string]string {
	groups := ByGroup(c.Result.Rows)
	departments, scored, late, returned := 0, 0, 0, 0
	var points []plan.Number
	for _, g := range groups {
		departments += len(g)
		for _, row := range g {
			points = append(points, row.Points)
		}
	}
	for _, row := range c.Result.Rows {
		for _, s := range row.Scores {
			if s.Status == assess.Scored {
				scored++
			}
		}
	}
	for _, i := range c.Result.Assignments {
		returned += i.Returned
		if i.State != workflow.Withdrawn && (i.Late || i.State == workflow.Overdue) {
			late++
		}
	}
	upheld := 0
	for _, a := range c.Result.Assessment.Appeals {
		if a.Upheld {
			upheld++
		}
	}
	top, low := nameEnds(c.P, groups)
	return map[string]string{"period": c.Result.Period.Name, "departments": strconv.Itoa(departments), "assignments": strconv.Itoa(scored),
		"average": fixed(assess.Mean(points...)), "top": top, "low": low, "late": strconv.Itoa(late), "returned": strconv.Itoa(returned),
		"appeals": strconv.Itoa(len(c.Result.Assessment.Appeals)), "upheld": strconv.Itoa(upheld)}
}

// Draft is the prose the program proposes for a section: whole sentences, whatever the
// result has to say.
func (c Circular) Draft(section string) string {
	args, n := map[string]any{}, c.numbers()
	for key := range n {
		args[key] = "【" + c.P.T("circular.mark."+key) + "】"
	}
	say := func(key string) string { return c.P.Map("circular.draft."+key, args) }
	either := func(some bool, key, other string) string {
		if some {
			return say(key)
		}
		return say(other)
	}
	switch section {
	case "overview":
		return either(n["average"] != "", "overview", "overview_unranked") + either(n["appeals"] != "0", "overview_appeals", "overview_no_appeals")
	case "ahead":
		return either(n["top"] != "", "ahead", c.level(n))
	case "problems":
		said := either(n["late"] != "0" || n["returned"] != "0", "problems", "problems_none")
		if n["low"] != "" {
			said += say("problems_low")
		}
		return said
	}
	return say(section)
}

// level is what is said when nobody stands out: the key of its sentence.
func (c Circular) level(n map[string]string) string {
	switch n["departments"] {
	case "0":
		return "ahead_nobody"
	case "1":
		return "ahead_alone"
	}
	if len(ByGroup(c.Result.Rows)) > 1 {
		return "ahead_level_groups"
	}
	return "ahead_level"
}

var (
	mark         = regexp.MustCompile(`【([^【】]*)】`)
	sentence     = regexp.MustCompile(`[^。！？；\n]+[。！？；]?`)
	literalScore = regexp.MustCompile(`([0-9]+(?:\.[0-9]+)?)\s*分`)
)

// Check holds a section's prose to the result: every mark is known, and a score that
// was typed is one of the frozen ones.
func (c Circular) Check(section, prose string) *workflow.Error {
	for _, m := range mark.FindAllStringSubmatch(prose, -1) {
		if _, ok := c.Marks[m[1]]; !ok {
			return workflow.BadField(section, "circular.mark_unknown", "mark", m[1])
		}
	}
	for _, m := range literalScore.FindAllStringSubmatch(prose, -1) {
		if !c.isScore(m[1]) {
			return workflow.BadField(section, "circular.number", "number", m[1])
		}
	}
	return nil
}

// isScore reports whether the number is a frozen score, mean or bonus.
func (c Circular) isScore(s string) bool {
	n, err := plan.ParseNumber(s)
	if err != nil {
		return false
	}
	for _, row := range c.Result.Rows {
		if row.Points.Set && row.Points.Equal(n.Decimal) || row.Mean.Set && row.Mean.Equal(n.Decimal) || row.Bonus.Set && row.Bonus.Abs().Equal(n.Decimal) {
			return true
		}
		for _, s := range row.Scores {
			if s.Points.Set && s.Points.Equal(n.Decimal) {
				return true
			}
		}
	}
	return s == c.numbers()["average"]
}

// Fill puts the numbers in the place of the marks. A sentence with a mark that there is
// nothing to say of becomes the sentence that says so: never half a sentence.
func (c Circular) Fill(prose string) string {
	return sentence.ReplaceAllStringFunc(prose, func(said string) string {
		for _, m := range mark.FindAllStringSubmatch(said, -1) {
			if none := c.none[m[1]]; none != "" {
				return none
			}
		}
		return mark.ReplaceAllStringFunc(said, func(m string) string { return c.Marks[strings.Trim(m, "【】")] })
	})
}

// Paper is the circular as printed.
func (c Circular) Paper(prose map[string]string) (export.Paper, error) {
	a := c.Result.Assessment
	out := export.Paper{Title: c.P.T("circular.title", "plan", c.Result.Plan.ShortTitle, "name", c.Result.Period.Name),
		Footer: c.P.T("circular.footer", "at", c.P.Exact(a.AsOf), "position", a.Position, "rubric", a.RubricDigest[:min(12, len(a.RubricDigest))],
			"head", a.Head, "hash", a.HeadHash[:min(16, len(a.HeadHash))])}
	for _, name := range workflow.CircularSections {
		if bad := c.Check(name, prose[name]); bad != nil {
			return out, bad
		}
		out.Sections = append(out.Sections, export.PaperSection{Heading: c.P.T("circular.section." + name),
			Paragraphs: strings.FieldsFunc(c.Fill(prose[name]), func(r rune) bool { return r == '\n' })})
	}
	if said := page.SayChanged(c.P, "circular.since", c.changed); said != "" {
		last := &out.Sections[len(out.Sections)-1]
		last.Paragraphs = append(last.Paragraphs, said)
	}
	out.To = c.P.T("circular.to")
	out.Signed = c.Result.Plan.Office.Name
	if at := a.FrozenAt; at != nil {
		out.Date = c.P.FullDate(c.P.Day(*at))
	}
	out.Tables = []export.PaperTable{c.ledger(), c.indicators(), c.scores()}
	return out, nil
}

// Placeholders are what an office's own paper may hold: the parts of the circular, and
// each of its numbers by the name of its mark.
func (c Circular) Placeholders(p export.Paper) export.Placeholders {
	name := func(key string) string { return c.P.T("template.mark_" + key) }
	out := export.Placeholders{Prose: map[string][]string{}, Tables: map[string]export.PaperTable{},
		Words:  map[string]string{name("title"): p.Title, name("to"): p.To, name("signed"): p.Signed, name("date"): p.Date, name("note"): p.Footer},
		Needed: []string{name("title")}}
	for mark, v := range c.Marks {
		if out.Words[mark] = v; c.none[mark] != "" {
			out.Words[mark] = c.P.T("circular.nothing")
		}
	}
	for i, section := range workflow.CircularSections {
		out.Needed = append(out.Needed, name(section))
		if out.Prose[name(section)] = nil; i < len(p.Sections) {
			out.Prose[name(section)] = p.Sections[i].Paragraphs
		}
	}
	for i, key := range []string{"ledger", "indicators", "scores"} {
		out.Needed = append(out.Needed, name(key))
		if out.Tables[name(key)] = (export.PaperTable{}); i < len(p.Tables) {
			out.Tables[name(key)] = p.Tables[i]
		}
	}
	out.Needed = append(out.Needed, name("note"))
	return out
}

func (c Circular) columns(names ...string) []string {
	var all []string
	for _, n := range names {
		all = append(all, c.P.T("circular.col."+n))
	}
	return all
}

func (c Circular) ledger() export.PaperTable {
	t := export.PaperTable{Title: c.P.T("circular.table.ledger"), Columns: c.columns("task", "department", "role", "state", "time", "progress", "score"),
		Widths: []int{26, 20, 9, 12, 12, 12, 12}}
	items := slices.Clone(c.Result.Assignments)
	slices.SortStableFunc(items, func(a, b ledger.Item) int { return cmp.Compare(a.Task.No, b.Task.No) })
	for _, i := range items {
		s, _ := c.Result.Score(i.ID)
		time := "light.time." + string(i.TimeLight.Colour)
		if i.TimeLight.Ring {
			time = "light.time.ring"
		}
		t.Rows = append(t.Rows, []string{strconv.Itoa(i.Task.No) + " " + i.Task.Title, i.Department.Name, c.P.Show(i.Role), c.P.Show(i.State),
			c.P.T(time), c.P.T("light.progress." + i.ProgressLight.Name()), fixed(s.Points)})
	}
	return t
}

func (c Circular) indicators() export.PaperTable {
	t := export.PaperTable{Title: c.P.T("circular.table.indicators"), Columns: c.columns("indicator", "target", "value", "asked", "as_of", "percent", "light"),
		Widths: []int{30, 14, 15, 10, 13, 9, 9}}
	k := page.Kit{P: c.P, Rules: workflow.Rules{Plan: c.Result.Plan}}
	for _, v := range c.Result.Indicators {
		t.Rows = append(t.Rows, []string{v.Title, k.WholeTarget(v), k.WholeValue(v), k.Asked(v), c.P.FullDate(v.AsOf), k.WholeShare(v),
			c.P.T("light.progress." + v.Light.Name())})
	}
	return t
}

// scores lists the totals, and under each department the lines that cost it points.
func (c Circular) scores() export.PaperTable {
	t := export.PaperTable{Title: c.P.T("circular.table.scores"), Columns: c.columns("rank", "department", "score", "item", "of", "points", "why"),
		Widths: []int{7, 18, 10, 18, 7, 8, 32}}
	groups := len(ByGroup(c.Result.Rows)) > 1
	for _, row := range c.Result.Rows {
		rank := ""
		if row.Rank > 0 {
			rank = strconv.Itoa(row.Rank)
		}
		if groups && rank != "" { // ranks are within a group
			rank = c.P.T("circular.rank_of", "group", cmp.Or(row.Group, c.P.T("circular.no_group")), "rank", rank)
		}
		t.Rows = append(t.Rows, []string{rank, row.Name, fixed(row.Points), c.P.T("standing." + string(row.Standing)), "", "", ""})
		for _, l := range view.SayLines(c.P, row.Bonuses) {
			t.Rows = append(t.Rows, []string{"", "", "", c.P.T("rule." + l.Rule), "", l.Points.String(), l.Text})
		}
		for _, s := range row.Scores {
			for _, l := range view.SayLines(c.P, s.Lines) {
				if s.Status == assess.Scored && (l.Points.IsNegative() || l.Of.Set && l.Points.LessThan(l.Of.Decimal) || l.Rule == "correction" || l.Rule == "spread") {
					t.Rows = append(t.Rows, []string{"", "", "", strconv.Itoa(s.Task) + " " + c.P.T("rule."+l.Rule), l.Of.String(), l.Points.String(), l.Text})
				}
			}
		}
	}
	return t
}

func fixed(n plan.Number) string {
	if !n.Set {
		return ""
	}
	return n.StringFixed(2)
}

// Prose is the circular's text as last edited, or as drafted.
func Prose(s *web.Server, ctx context.Context, c Circular) (map[string]string, error) {
	prose := map[string]string{}
	if seq := c.Result.Assessment.Circular; seq != 0 {
		events, err := s.Journal.EventsAt(ctx, seq)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			for name, words := range e.Texts {
				prose[name] = words
			}
		}
	}
	for _, name := range workflow.CircularSections {
		if prose[name] == "" { // never edited, or redacted
			prose[name] = c.Draft(name)
		}
	}
	return prose, nil
}
