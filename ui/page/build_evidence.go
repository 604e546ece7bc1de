package page

import (
	"net/url"

	"duban/workflow"
)

// EvidencePath is the page of a piece of evidence.
func EvidencePath(id string) string { return "/files/" + id }

// NewEvidence builds the page of a piece of evidence: what it is, and the form
// that deletes it, for who may. uses are the assignments whose reports name it
// and that the reader may see.
func NewEvidence(k Kit, f Frame, file workflow.File, uses []Fact, typed url.Values, err *workflow.Error) Ask {
	f.Title = k.P.T("evi.title", "name", file.Name)
	a := Ask{Frame: f, Crumbs: []Link{{k.homeWord(), homePath}, {k.P.T("rep.evidence"), ""}}, Facts: []Fact{
		{Label: k.P.T("evi.name"), Value: file.Name, Note: k.P.Size(file.Size)},
		{Label: k.P.T("evi.type"), Value: k.fileType(file.Type)},
		{Label: k.P.T("evi.hash"), Value: file.SHA256},
		{Label: k.P.T("evi.by"), Value: k.who(workflow.ActorRef{User: file.User, Unit: file.Unit}), Note: k.P.DateTime(file.At)}}}
	if len(uses) > 0 {
		a.Lists = []AskList{{k.P.T("evi.uses"), uses}}
	}
	switch {
	case file.Gone:
		a.Note = k.P.T("evi.gone")
	case k.Rules.MayDropEvidence(k.Actor, file):
		a.Note = k.P.T("evi.warning")
		a.Form = &Form{Action: EvidencePath(file.ID) + "/deletion", CSRF: f.CSRF, Button: k.P.T("evi.button"), Danger: true,
			Fields: []Field{{Kind: "textarea", Name: "reason", ID: "f-reason", Label: k.P.T("field.reason"), Hint: k.P.T("evi.reason_hint"),
				Rows: 2, Max: workflow.ShortText, Ask: len(file.UsedBy) > 0}}}
		if typed != nil {
			retype(&a.Form.Fields[0], typed)
		}
		a.Errors = k.intoForm(a.Form, err, "f-reason")
	}
	return a
}

// fileTypes name the kinds of evidence by what people call them.
var fileTypes = map[string]string{
	"application/pdf": "file_type.pdf", "application/ofd": "file_type.ofd", "image/png": "file_type.image", "image/jpeg": "file_type.image",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": "file_type.text", "application/msword": "file_type.text",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "file_type.table", "application/vnd.ms-excel": "file_type.table",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": "file_type.slides", "application/vnd.ms-powerpoint": "file_type.slides",
}

func (k Kit) fileType(media string) string {
	if key := fileTypes[media]; key != "" {
		return k.P.T(key)
	}
	return media
}
