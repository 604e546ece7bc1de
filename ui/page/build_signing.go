package page

import (
	"slices"

	"duban/workflow"
)

// signingPath is the page of the departments' sign-off.
const signingPath = "/signing"

// signing says on the report form where the draft is on its way to the signatory,
// and lets the signatory send it back.
func (k Kit) signing(r *ReportForm, f Frame, in ReportInput) {
	if in.Signing == nil {
		return
	}
	r.Signing = k.signingText(*in.Signing)
	if k.Actor.Role != workflow.Signatory || in.Signing.State != workflow.Submitted {
		return
	}
	note := Field{Kind: "textarea", Name: "note", ID: "f-note", Label: k.P.T("sign.note"), Rows: 2, Max: workflow.ShortText, Ask: true, Value: in.Note}
	for _, e := range in.Wrong {
		if e.Field == note.Name {
			_, note.Error = k.P.Error(e)
		}
	}
	r.SendBack = &Form{Action: ReportPath(in.Item.ID) + "/send-back", CSRF: f.CSRF, Key: in.Key + "-back", Button: k.P.T("sign.send_back"), Fields: []Field{note},
		Hidden: []Hidden{{FieldDraft, in.Tag}}}
}

func (k Kit) signingText(s workflow.Signing) string {
	if s.State == workflow.SentBack {
		return k.P.T("sign.sent_back", "by", s.By, "at", s.At, "note", s.Note)
	}
	return k.P.T("sign.submitted", "by", s.By, "at", s.At)
}

// signedLines say who filled in a report that a signatory filed, and which parts of it are
// the signatory's own.
func (k Kit) signedLines(d workflow.Data) (lines []string) {
	if d.Prepared != "" {
		lines = append(lines, k.P.T("rep.prepared", "by", d.Prepared))
	}
	switch {
	case d.Altered == nil:
	case slices.Contains(d.Altered.Fields, workflow.AlteredAll):
		lines = append(lines, k.P.T("rep.altered_all"))
	default:
		var parts []string
		for _, f := range d.Altered.Fields {
			if f == "reason" {
				f = "h_reason"
			}
			parts = append(parts, k.P.T("rep."+f))
		}
		lines = append(lines, k.P.T("rep.altered", "fields", parts))
	}
	return lines
}

// NewSigning builds the page that says which departments' signatories file their
// reports; signed are those that do now.
func NewSigning(k Kit, f Frame, signed []string, key string, err *workflow.Error) Ask {
	f.Title = k.P.T("sign.title")
	a := Ask{Frame: f, Crumbs: []Link{{k.homeWord(), homePath}, {f.Title, ""}}, Lede: k.P.T("sign.lede")}
	checks := Field{Kind: "checks", Name: "departments", ID: "f-departments", Label: k.P.T("sign.departments")}
	for _, d := range k.Rules.Plan.Departments {
		checks.Options = append(checks.Options, Option{Value: d.ID, Text: d.Name, Selected: slices.Contains(signed, d.ID)})
	}
	a.Form = &Form{Action: signingPath, CSRF: f.CSRF, Key: key, Button: k.P.T("sign.save"), Fields: []Field{checks}}
	a.Errors = k.intoForm(a.Form, err, "f-departments")
	return a
}
