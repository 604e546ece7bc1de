package intake

import (
	"strconv"
	"strings"

	"duban/workflow/plan/intake/wording"
)

// Summary says in words what was read and what is asked, with lines of the source.
func (r *Reading) Summary(lang string) string {
	var b strings.Builder
	put := func(code string, args ...string) { b.WriteString(say(lang, code, args...) + "\n") }
	line := func(n int) string {
		if n == 0 {
			return ""
		}
		return say(lang, "line", strconv.Itoa(n))
	}
	if r.Title != "" {
		put("title", r.Title)
	}
	leads, asked := 0, 0
	for _, t := range r.Tasks {
		if len(t.Lead) > 0 {
			leads++
		}
	}
	for _, q := range r.Questions {
		if q.Field == AskLead {
			asked++
		}
	}
	put("summary", strconv.Itoa(len(r.Tasks)), strconv.Itoa(leads), strconv.Itoa(asked), strconv.Itoa(len(r.Questions)-asked), strconv.Itoa(len(r.Targets)))
	section := ""
	for _, t := range r.Tasks {
		if t.Section != section {
			section = t.Section
			b.WriteString("\n" + section + "\n")
		}
		name := t.Title
		if t.No != "" {
			name = t.No + " " + name
		}
		b.WriteString("  " + name + line(t.At.Line) + "\n")
		if len(t.Lead) > 0 {
			put("lead", list(t.Lead), say(lang, "rule."+string(t.Rule)))
		} else {
			put("lead_open")
		}
		if len(t.Cooperating) > 0 {
			put("others."+strconv.FormatBool(len(t.Lead) > 0), list(t.Cooperating))
		}
		if t.Deadline != nil {
			put("deadline", t.Deadline.Text, t.Deadline.Date)
		}
		for _, f := range t.Figures {
			put("figure", f.Text, f.Op+f.Value.String()+f.Unit)
		}
	}
	if len(r.Targets) > 0 {
		b.WriteString("\n")
		put("targets")
		for _, f := range r.Targets {
			put("figure", f.Text, f.Op+f.Value.String()+f.Unit)
		}
	}
	if len(r.Questions) > 0 {
		b.WriteString("\n")
		put("questions")
	}
	for _, q := range r.Questions {
		about := ""
		if q.Task >= 0 {
			t := r.Tasks[q.Task]
			about = strings.TrimSpace(t.No+" "+shortened(t.Title)) + say(lang, "colon")
		}
		b.WriteString("  " + about + q.Why(lang))
		if len(q.Candidates) > 0 && q.Field == AskLead {
			b.WriteString(say(lang, "candidates", strings.Join(q.Candidates, "、")))
		}
		b.WriteString(line(q.At.Line) + "\n")
	}
	return b.String()
}

func list(of []wording.Party) string { return strings.Join(names(of), "、") }

// shortened is a title that fits in a line beside others.
func shortened(s string) string {
	if r := []rune(s); len(r) > 24 {
		return string(r[:24]) + "…"
	}
	return s
}
