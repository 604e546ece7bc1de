package intake

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// usual are the periods, lights and rubric that a new plan file begins with: no document
// says them, and the office changes them.
//
//go:embed usual.yaml
var usual string

// PlanFile is a reading as a plan file of version 1. What the document leaves open is
// left empty or stands as it was written, so that a check of the file refuses it until the
// office has answered; the question stands above it with its line in the document.
type PlanFile struct {
	Text string
	// Left says in words what the document says and version 1 cannot.
	Left []string
}

// filer writes the plan file.
type filer struct {
	r    *Reading
	lang string
	b    strings.Builder
	left []string
	ids  map[string]string // a section's id by its heading
}

// PlanFile writes the reading as a plan file. Its comments, and what is left, are in the
// language.
func (r *Reading) PlanFile(lang string) PlanFile {
	w := &filer{r: r, lang: lang, ids: map[string]string{}}
	w.head()
	w.departments()
	w.sections()
	w.line("tasks:")
	for i, t := range r.Tasks {
		w.task(i, t)
	}
	w.targets()
	w.b.WriteString("\n" + usual)
	return PlanFile{Text: w.b.String(), Left: w.left}
}

func (w *filer) line(format string, args ...any) { fmt.Fprintf(&w.b, format+"\n", args...) }

// note is a comment in the file.
func (w *filer) note(indent, code string, args ...string) {
	w.line("%s# %s", indent, comment(say(w.lang, code, args...)))
}

// question is a comment that asks, with its place in the document.
func (w *filer) question(indent string, q Question) {
	s := say(w.lang, "file.ask") + q.Why(w.lang)
	if len(q.Candidates) > 0 && q.Field == AskLead {
		s += say(w.lang, "candidates", strings.Join(q.Candidates, "、"))
	}
	if q.At.Line > 0 {
		s += say(w.lang, "line", strconv.Itoa(q.At.Line))
	}
	w.line("%s# %s", indent, comment(s))
}

// lost says what version 1 cannot, at its place and in the list.
func (w *filer) lost(indent, code string, args ...string) {
	s := say(w.lang, code, args...)
	w.line("%s# %s", indent, comment(s))
	w.left = append(w.left, s)
}

// comment keeps a text on one line.
func comment(s string) string { return strings.Join(strings.Fields(s), " ") }

// value is a text as YAML; nothing for an empty one, which a check refuses.
func value(s string) string {
	if s == "" {
		return ""
	}
	return strconv.Quote(s)
}

func day(year int, end string) string {
	if year == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%s", year, end)
}

func (w *filer) head() {
	w.note("", "file.head")
	for _, q := range w.r.Questions {
		if q.Task < 0 {
			w.question("", q)
		}
	}
	w.line("\nplan:\n  id: plan")
	w.line("  title: %s", value(w.r.Title))
	w.note("  ", "file.short_title")
	w.line("  short_title:")
	w.line("  issuer: %s", value(w.r.Issuer))
	w.note("  ", "file.issued")
	w.line("  issued:")
	w.note("  ", "file.range")
	w.line("  from: %s\n  to: %s\n  time_zone: Asia/Shanghai", day(w.r.From, "01-01"), day(w.r.To, "12-31"))
	w.line("")
	w.note("", "file.office")
	w.line("office:\n  name:\n  short_name:\n  leading_group:\n")
}

// departments are the units that the document names one by one.
func (w *filer) departments() {
	w.line("departments:")
	seen := map[string]bool{}
	for _, t := range w.r.Tasks {
		for _, p := range slices.Concat(t.Lead, t.Cooperating) {
			if p.Group || seen[p.Name] {
				continue
			}
			seen[p.Name] = true
			w.line("  - {id: d%d, name: %s}", len(seen), value(p.Name))
		}
	}
	w.line("")
}

func (w *filer) sections() {
	w.line("sections:")
	for _, t := range w.r.Tasks {
		if _, ok := w.ids[t.Section]; ok {
			continue
		}
		id := "s" + strconv.Itoa(len(w.ids)+1)
		w.ids[t.Section] = id
		title := t.Section
		if title == "" {
			title = w.r.Title
		}
		w.line("  - {id: %s, title: %s}", id, value(title))
	}
	w.line("")
}

// asked writes the questions of a task about a field.
func (w *filer) asked(task int, field Field) {
	for _, q := range w.r.Questions {
		if q.Task == task && q.Field == field {
			w.question("    ", q)
		}
	}
}

func (w *filer) task(i int, t Task) {
	no := strconv.Itoa(i + 1)
	name := no + " " + shortened(t.Title)
	if t.At.Line > 0 {
		w.note("  ", "file.source", strconv.Itoa(t.At.Line))
	}
	w.line("  - no: %s", no)
	if t.No != "" && t.No != no {
		w.lost("    ", "file.number", name, t.No)
	}
	w.line("    title: %s\n    section: %s", value(t.Title), w.ids[t.Section])
	w.asked(i, AskLead)
	switch len(t.Lead) {
	case 1:
		w.line("    lead: %s", value(t.Lead[0].Name))
	case 0:
		w.line("    lead:")
	default:
		w.lost("    ", "file.joint", name, list(t.Lead))
		w.line("    lead:")
	}
	others := names(t.Cooperating)
	if len(t.Lead) > 1 {
		others = slices.Concat(names(t.Lead), others)
	}
	for _, p := range t.Cooperating {
		if p.Group {
			w.lost("    ", "file.group", name, p.Name)
		}
	}
	w.asked(i, AskCooperating)
	for k := range others {
		others[k] = value(others[k])
	}
	w.line("    cooperating: [%s]", strings.Join(others, ", "))
	if t.Deadline != nil {
		w.lost("    ", "file.deadline", name, t.Deadline.Text)
	}
	w.asked(i, AskDeadline)
	w.measures(no, name, t)
	if len(t.Figures) > 0 {
		w.line("    figures:")
		for k, f := range t.Figures {
			w.figure(fmt.Sprintf("id: T%s.%d", no, k+1), name, f)
		}
	}
	w.line("")
}

func (w *filer) measures(no, name string, t Task) {
	if len(t.Parts) == 0 {
		w.line("    measures: []")
		return
	}
	w.line("    measures:")
	for k, p := range t.Parts {
		w.lost("      ", "file.part", name, shortened(p.Text), list(p.Lead), list(p.Cooperating))
		w.line("      - {id: \"%s.%d\", title: %s}", no, k+1, value(strings.TrimRight(p.Text, "。；; ")))
	}
}

// falling are the words by which a figure is a fall, which the plan file writes as
// negative growth.
var falling = regexp.MustCompile(`(?:下降|降低|减少|压减|压降|缩减|压缩|下浮|降幅)[^0-9]{0,8}$`)

var mirrored = map[string]string{"≥": "≤", "≤": "≥", ">": "<", "<": ">"}

// figure writes a figure as the plan file does. begin is its id, and its group if it has one.
func (w *filer) figure(begin, name string, f Figure) {
	title := f.Text
	if f.What != "" {
		title = f.What + "：" + f.Text
	}
	kind, op, target, more := string(f.Kind), f.Op, f.Value.String(), ""
	if f.Kind == Growth {
		kind = string(Rate)
		before, _, _ := strings.Cut(f.Text, target)
		if falling.MatchString(before) {
			target = "-" + target
			if m := mirrored[op]; m != "" {
				op = m
			}
		}
		if strings.Contains(before, "年均") {
			more = ", average_growth: true"
		}
	}
	if f.Date != "" {
		more += ", by: " + f.Date
	}
	if kind == "" {
		w.line("      # %s", comment(say(w.lang, "file.ask")+say(w.lang, "which_kind", f.Text)))
	}
	if op == "≈" {
		w.lost("      ", "file.about", name, f.Text)
		op = ""
	}
	if f.Soft {
		w.lost("      ", "file.soft", name, f.Text)
	}
	unit := f.Unit
	if unit == "百分点" {
		unit = "个百分点"
	}
	w.line("      - {%s, title: %s, kind: %s, op: %s, target: %s, unit: %s%s}", begin, value(title), kind, value(op), target, value(unit), more)
}

func (w *filer) targets() {
	if len(w.r.Targets) == 0 {
		w.line("target_groups: []\n\nindicators: []")
		return
	}
	title := say(w.lang, "targets")
	w.line("target_groups:\n  - {id: G1, title: %s}\n\nindicators:", value(title))
	for k, f := range w.r.Targets {
		w.figure(fmt.Sprintf("id: G1.%d, group: G1", k+1), title, f)
	}
}

// Asked is how many questions a person answers before the file can serve, in words.
func (r *Reading) Asked(lang, file string, f PlanFile) string {
	var b strings.Builder
	b.WriteString(say(lang, "file.written", file, strconv.Itoa(len(r.Tasks)), strconv.Itoa(len(r.Questions))) + "\n")
	if len(f.Left) > 0 {
		b.WriteString(say(lang, "file.left", strconv.Itoa(len(f.Left))) + "\n")
	}
	for _, s := range f.Left {
		b.WriteString("  " + comment(s) + "\n")
	}
	return b.String()
}
