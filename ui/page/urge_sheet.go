package page

import (
	"strings"

	"duban/workflow"
	"duban/workflow/ledger"
)

// UrgeSheet is one urge as an official sheet (督办单) of one page. Its colour is a
// rung of the ladder and stands on it in words as well: it is printed in grey.
type UrgeSheet struct {
	Frame
	Crumbs  []Link
	Class   string // green, yellow, red
	Colour  string // 红色督办
	Heading string // the office's sheet by its level
	Number  string
	To      string
	Facts   []Fact
	Text    string
	Read    string // empty: not read yet
	Reply   *Remark
	Office  string
	Issued  string
	Journal string // where it stands in the record
}

// sheetClasses are the colours of the ladder.
var sheetClasses = map[workflow.Level]string{workflow.Reminder: "green", workflow.PlainUrge: "yellow", workflow.FormalUrge: "red"}

// UrgeSheetPath is the sheet of an assignment's n-th urge.
func UrgeSheetPath(id string, n int) string {
	return AssignmentPath(id) + "/urges/" + itoa(n) + "/print"
}

// NewUrgeSheet builds the sheet of the n-th urge; false when the trail has none.
// Texts must have been taken out of events the reader may not read.
func NewUrgeSheet(k Kit, f Frame, i ledger.Item, special *SpecialView, trail []workflow.Event, numbers map[uint64]ledger.UrgeNumber, n int) (UrgeSheet, bool) {
	for at, e := range trail {
		if e.Kind != workflow.KindUrged || e.Data.N != n {
			continue
		}
		class := sheetClasses[e.Data.Level]
		if class == "" {
			class = "yellow"
		}
		f.Title = k.P.T("sheet.title", "no", i.Task.No, "n", n)
		s := UrgeSheet{Frame: f, Crumbs: []Link{{k.homeWord(), homePath}, {k.P.T("case.task", "no", i.Task.No), AssignmentPath(i.ID)}, {k.P.T("sheet.crumb"), ""}},
			Class: class, Colour: k.P.T("sheet.colour_" + class), Heading: k.P.T("sheet.heading_" + class),
			Number: k.urgeNumber(numbers[e.Seq]), To: i.Department.Name,
			Text: e.Texts["text"], Office: k.Rules.Plan.Office.Name, Issued: k.P.FullDate(k.P.Day(e.At)),
			Journal: k.P.T("sheet.journal", "seq", e.Seq, "hash", e.Hash.String()[:16], "at", k.P.FullDateTime(k.Now))}
		if strings.TrimSpace(s.Text) == "" {
			s.Text = k.P.T("sheet.usual_text")
		}
		s.Facts = k.sheetFacts(i, trail[:at], e)
		if special != nil {
			s.Facts = append(s.Facts, Fact{Label: k.P.T("sheet.special"), Value: strings.Join(special.Lines(k), "\n")})
		}
		for _, later := range trail[at:] {
			if later.Data.N != n {
				continue
			}
			switch later.Kind {
			case workflow.KindUrgeRead:
				if s.Read != "" {
					continue
				}
				s.Read = k.P.T("urge.read_at", "at", later.At)
			case workflow.KindUrgeReplied:
				r := k.remark(later, "")
				s.Reply = &r
				if s.Read == "" { // who replies has read it
					s.Read = k.P.T("urge.read_at", "at", later.At)
				}
			}
		}
		return s, true
	}
	return UrgeSheet{}, false
}

// sheetFacts are the assignment as it stood when it was urged, and how late it was.
func (k Kit) sheetFacts(i ledger.Item, before []workflow.Event, urged workflow.Event) []Fact {
	var a workflow.Assignment
	for _, e := range before {
		a = workflow.Apply(a, e)
	}
	facts := []Fact{{Label: k.P.T("sheet.task"), Value: k.P.T("inbox.task", "no", i.Task.No, "title", i.Task.Title), Note: k.role(i.Role)},
		{Label: k.P.T("fact.assigned"), Value: k.P.FullDateTime(a.AssignedAt)}, {Label: k.P.T("fact.due"), Value: k.P.FullDateTime(a.Due)}}
	state := Fact{Label: k.P.T("sheet.state"), Value: k.P.Show(a.State)}
	if workdays, days := k.Rules.Clock.Late(a.Due, urged.At); days > 0 && a.State.AwaitsReport() {
		state.Value = k.P.Show(workflow.Overdue)
		state.Note = k.P.T("sheet.late", "workdays", workdays, "days", days)
	} else if a.AcceptedAt == nil {
		state.Note = k.P.T("due.not_accepted")
	}
	facts = append(facts, state)
	if n := len(a.Urges); n > 0 {
		facts = append(facts, Fact{Label: k.P.T("sheet.before"), Value: k.P.T("sheet.times", "n", n)})
	}
	return facts
}
