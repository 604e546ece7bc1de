package page

import (
	"strings"

	"duban/workflow"
	"duban/workflow/ledger"
)

// VersionsInput is what the comparison of two filed versions is made of. Texts
// must have been taken out of events the reader may not read.
type VersionsInput struct {
	Item     ledger.Item
	Trail    []workflow.Event
	From, To int // versions; 0 or unknown: the newest two
	Names    map[string]string
	Files    map[string]workflow.File
}

// VersionsPath compares two versions of an assignment's report.
func VersionsPath(id string, from, to int) string {
	return AssignmentPath(id) + "/versions?from=" + itoa(from) + "&to=" + itoa(to)
}

// NewVersions builds the comparison. It has no parts when there are fewer than
// two versions.
func NewVersions(k Kit, f Frame, in VersionsInput) Versions {
	i := in.Item
	f.Title = k.P.T("ver.title", "title", i.Task.Title)
	v := Versions{Frame: f, Action: AssignmentPath(i.ID) + "/versions", Crumbs: []Link{{k.homeWord(), homePath},
		{k.P.T("case.task", "no", i.Task.No) + " " + i.Department.Name, AssignmentPath(i.ID)}, {k.P.T("ver.crumb"), ""}}}
	var filed []workflow.Event
	for _, e := range in.Trail {
		if e.Kind == workflow.KindReported {
			filed = append(filed, e)
		}
	}
	if len(filed) < 2 {
		return v
	}
	from, to := find(filed, in.From, len(filed)-2), find(filed, in.To, len(filed)-1)
	v.From, v.To = k.version(filed[from]), k.version(filed[to])
	for _, s := range []struct {
		name, label string
		chosen      int
	}{{"from", k.P.T("ver.from"), from}, {"to", k.P.T("ver.to"), to}} {
		choice := Select{Name: s.name, Label: s.label}
		for n, e := range filed {
			choice.Options = append(choice.Options, Option{Value: itoa(e.Data.N), Selected: n == s.chosen,
				Text: k.P.T("rep.version", "n", e.Data.N)})
		}
		v.Choose = append(v.Choose, choice)
	}
	k.compare(&v, in, filed[from], filed[to])
	return v
}

// find is the place of the version numbered n, else the fallback.
func find(filed []workflow.Event, n, fallback int) int {
	for i, e := range filed {
		if e.Data.N == n {
			return i
		}
	}
	return fallback
}

func (k Kit) version(e workflow.Event) Version {
	return Version{N: e.Data.N, At: k.when(e.At), By: k.by(e)}
}

// compare sorts the report's headings into those that changed and those that did not.
func (k Kit) compare(v *Versions, in VersionsInput, from, to workflow.Event) {
	show := func(e workflow.Event) ReportView {
		return k.reportView(Filed{Event: e, Files: in.Files, Names: in.Names})
	}
	a, b := show(from), show(to)
	add := func(p DiffPart, said bool) { // said: there is something under the heading
		if len(p.Pieces) > 0 || len(p.Rows) > 0 {
			v.Parts = append(v.Parts, p)
		} else if said {
			v.Same = append(v.Same, p.Title)
		}
	}
	add(DiffPart{Title: k.P.T("rep.no_change"), Rows: changed([]cell{{k.P.T("rep.no_change"), k.yes(a.NoChange)}}, []cell{{k.P.T("rep.no_change"), k.yes(b.NoChange)}})}, false)
	text := func(name, old, now string) {
		p := DiffPart{Title: k.P.T("rep." + name)}
		if old != now {
			p.Pieces = diffText(old, now)
		}
		add(p, now != "")
	}
	text("h_reason", a.Reason, b.Reason)
	add(DiffPart{Title: k.P.T("rep.figures"), Rows: changed(k.figureCells(a), k.figureCells(b))}, len(b.Figures) > 0)
	text("progress", a.Progress, b.Progress)
	add(DiffPart{Title: k.P.T("rep.measures"), Rows: changed(measureCells(a), measureCells(b))}, len(b.Measures) > 0)
	text("obstacles", a.Obstacles, b.Obstacles)
	text("asks", a.Asks, b.Asks)
	text("next_steps", a.NextSteps, b.NextSteps)
	text("forecast", a.Forecast, b.Forecast)
	add(DiffPart{Title: k.P.T("rep.inputs"), Rows: changed(inputCells(a), inputCells(b))}, len(b.Inputs) > 0)
	add(DiffPart{Title: k.P.T("rep.evidence"), Rows: changed(fileCells(a), fileCells(b))}, len(b.Evidence) > 0)
}

func (k Kit) yes(on bool) string {
	if on {
		return k.P.T("ver.yes")
	}
	return k.P.T("ver.no")
}

// cell is a line of a report's table: what it is about and what it says.
type cell struct{ title, text string }

func (k Kit) figureCells(r ReportView) []cell {
	var out []cell
	for _, f := range r.Figures {
		words := []string{strings.TrimSpace(f.Value + f.Met + " " + f.Unit), f.AsOf}
		if f.Provisional {
			words = append(words, k.P.T("rep.provisional"))
		}
		if f.Next != "" {
			words = append(words, k.P.T("rep.next_value")+" "+f.Next)
		}
		if f.Explanation != "" {
			words = append(words, f.Explanation)
		}
		out = append(out, cell{f.Title, strings.Join(words, "；")})
	}
	return out
}

func measureCells(r ReportView) []cell {
	var out []cell
	for _, m := range r.Measures {
		out = append(out, cell{m.ID + " " + m.Title, strings.TrimSpace(m.Status + " " + m.Percent + " " + m.Note)})
	}
	return out
}

func inputCells(r ReportView) []cell {
	var out []cell
	for _, i := range r.Inputs {
		out = append(out, cell{i.Department, i.Mark})
	}
	return out
}

func fileCells(r ReportView) []cell {
	var out []cell
	for _, f := range r.Evidence {
		out = append(out, cell{f.ID, f.Name})
	}
	return out
}

// changed are the lines that are not the same in both, in the order of the newer.
func changed(old, now []cell) []DiffRow {
	was := map[string]string{}
	for _, c := range old {
		was[c.title] = c.text
	}
	var out []DiffRow
	has := map[string]bool{}
	for _, c := range now {
		has[c.title] = true
		if text, ok := was[c.title]; !ok || text != c.text {
			out = append(out, DiffRow{c.title, text, c.text})
		}
	}
	for _, c := range old {
		if !has[c.title] {
			out = append(out, DiffRow{c.title, c.text, ""})
		}
	}
	return out
}

// maxCells bounds the table a text is compared with; a text of thousands of tiny
// clauses is shown as replaced whole.
const maxCells = 1 << 20

// diffText compares two texts by clauses, so that what changed reads as words and
// not as letters: the longest common run of clauses stays.
func diffText(old, now string) []Piece {
	a, b := clauses(old), clauses(now)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var p pieces
	p.add("same", a[:head]...)
	x, y := a[head:len(a)-tail], b[head:len(b)-tail]
	if (len(x)+1)*(len(y)+1) > maxCells {
		p.add("del", x...)
		p.add("ins", y...)
	} else {
		p.middle(x, y)
	}
	p.add("same", a[len(a)-tail:]...)
	return p
}

// clauses cuts a text behind every mark that ends one.
func clauses(s string) []string {
	var out []string
	start := 0
	for i, c := range s {
		if strings.ContainsRune("。；，！？、：\n;,!?: ", c) {
			end := i + len(string(c))
			out = append(out, s[start:end])
			start = end
		}
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

type pieces []Piece

func (p *pieces) add(kind string, words ...string) {
	text := strings.Join(words, "")
	if text == "" {
		return
	}
	if n := len(*p); n > 0 && (*p)[n-1].Kind == kind {
		(*p)[n-1].Text += text
		return
	}
	*p = append(*p, Piece{kind, text})
}

// middle walks the longest common subsequence of the clauses.
func (p *pieces) middle(x, y []string) {
	long := make([][]int32, len(x)+1)
	for i := range long {
		long[i] = make([]int32, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				long[i][j] = long[i+1][j+1] + 1
			} else {
				long[i][j] = max(long[i+1][j], long[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			p.add("same", x[i])
			i, j = i+1, j+1
		case j == len(y) || i < len(x) && long[i+1][j] >= long[i][j+1]:
			p.add("del", x[i])
			i++
		default:
			p.add("ins", y[j])
			j++
		}
	}
}
