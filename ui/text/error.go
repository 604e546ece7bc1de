package text

import "duban/workflow"

// kindKeys name an error's kind in the catalogue: refused.title is the heading.
var kindKeys = map[workflow.ErrorKind]string{
	workflow.Internal:     "internal",
	workflow.Malformed:    "malformed",
	workflow.Invalid:      "invalid",
	workflow.NotFound:     "not_found",
	workflow.Unauthorized: "unauthorized",
	workflow.Forbidden:    "forbidden",
	workflow.Refused:      "refused",
	workflow.Stale:        "stale",
	workflow.TooLarge:     "too_large",
	workflow.Unsupported:  "unsupported",
	workflow.TooMany:      "too_many",
	workflow.Unavailable:  "unavailable",
}

// Error says an error to people: a short title by its kind, and what happened
// and what to do next. A code without a text or title of its own gets its kind's.
func (p *Printer) Error(e *workflow.Error) (title, detail string) {
	kind, ok := kindKeys[e.Kind]
	if !ok {
		kind = kindKeys[workflow.Internal]
	}
	title = p.T("error." + kind + ".title")
	if own := e.Code + ".title"; p.Has(own) {
		title = p.T(own)
	}
	if p.Has(e.Code) {
		return title, p.Map(e.Code, e.Args)
	}
	return title, p.T("error." + kind + ".detail")
}
