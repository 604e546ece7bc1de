package store

import (
	"strconv"

	"duban/workflow"
)

// assignment writes a row without its extensions. A test holds that every other
// field is written here.
func (p *plain) assignment(a *workflow.Assignment) {
	p.open()
	p.text(`"id":`, a.ID)
	p.int(`"version":`, a.Version)
	p.number(`"seq":`, a.Seq)
	p.text(`"period":`, a.Period)
	p.int(`"task":`, a.Task)
	p.text(`"department":`, a.Department)
	p.text(`"role":`, string(a.Role))
	p.text(`"state":`, string(a.State))
	p.time(`"assigned_at":`, a.AssignedAt)
	p.time(`"accept_by":`, a.AcceptBy)
	p.time(`"due":`, a.Due)
	p.time(`"original_due":`, a.OriginalDue)
	p.instant(`"accepted_at":`, a.AcceptedAt)
	p.instant(`"reported_at":`, a.ReportedAt)
	p.someText(`"reported_by":`, a.ReportedBy)
	p.someText(`"reported_for":`, a.ReportedFor)
	p.instant(`"closed_at":`, a.ClosedAt)
	p.time(`"last_at":`, a.LastAt)
	p.text(`"last_kind":`, string(a.LastKind))
	p.text(`"last_unit":`, a.LastUnit)
	p.yes(`"late":`, a.Late)
	p.yes(`"accepted_late":`, a.AcceptedLate)
	p.someInt(`"returned":`, a.Returned)
	p.someInt(`"extended":`, a.Extended)
	p.someInt(`"recalled":`, a.Recalled)
	p.someInt(`"reopened":`, a.Reopened)
	p.someInt(`"directed":`, a.Directed)
	p.someText(`"grade":`, string(a.Grade))
	plainList(p, `"reports":`, a.Reports, p.reportRef)
	plainList(p, `"urges":`, a.Urges, p.urgeRef)
	plainList(p, `"reminded":`, a.Reminded, func(n *int) { p.b = strconv.AppendInt(p.b, int64(*n), 10) })
	plainList(p, `"figures":`, a.Figures, p.string)
	p.someText(`"mark":`, string(a.Mark))
	p.close()
}

func (p *plain) string(s *string) { p.b = appendText(p.b, *s) }

func (p *plain) reportRef(r *workflow.ReportRef) {
	p.open()
	p.int(`"n":`, r.N)
	p.number(`"seq":`, r.Seq)
	p.time(`"at":`, r.At)
	p.time(`"due":`, r.Due)
	p.yes(`"late":`, r.Late)
	p.yes(`"no_change":`, r.NoChange)
	p.yes(`"asks":`, r.Asks)
	p.close()
}

func (p *plain) urgeRef(u *workflow.UrgeRef) {
	p.open()
	p.int(`"n":`, u.N)
	p.number(`"seq":`, u.Seq)
	p.time(`"at":`, u.At)
	p.text(`"level":`, string(u.Level))
	p.instant(`"read_at":`, u.ReadAt)
	p.instant(`"replied_at":`, u.RepliedAt)
	p.close()
}

// event writes an event that has no other data than settled knows.
func (p *plain) event(e *workflow.Event) {
	p.open()
	p.number(`"seq":`, e.Seq)
	p.time(`"at":`, e.At)
	p.time(`"recorded_at":`, e.RecordedAt)
	p.text(`"kind":`, string(e.Kind))
	p.someText(`"assignment":`, e.Assignment)
	p.someText(`"period":`, e.Period)
	p.someInt(`"task":`, e.Task)
	p.someText(`"department":`, e.Department)
	p.field(`"actor":`)
	p.open()
	p.someText(`"user":`, e.Actor.User)
	p.text(`"unit":`, e.Actor.Unit)
	p.someText(`"on_behalf":`, e.Actor.OnBehalf)
	p.close()
	p.someText(`"from":`, string(e.From))
	p.someText(`"to":`, string(e.To))
	p.field(`"data":`)
	p.data(&e.Data)
	p.someText(`"text_digest":`, e.TextDigest)
	p.close()
}

func (p *plain) data(d *workflow.Data) {
	p.open()
	p.instant(`"due":`, d.Due)
	p.instant(`"accept_by":`, d.AcceptBy)
	p.someText(`"role":`, string(d.Role))
	p.yes(`"late":`, d.Late)
	p.someInt(`"n":`, d.N)
	if d.Report != nil {
		p.field(`"report":`)
		p.report(d.Report)
	}
	p.someText(`"mark":`, string(d.Mark))
	p.someText(`"grade":`, string(d.Grade))
	p.someText(`"level":`, string(d.Level))
	if d.Workdays != nil {
		p.int(`"workdays":`, *d.Workdays)
	}
	p.instant(`"wanted":`, d.Wanted)
	p.close()
}

func (p *plain) report(r *workflow.ReportData) {
	p.open()
	plainList(p, `"measures":`, r.Measures, p.measure)
	p.yes(`"no_change":`, r.NoChange)
	p.yes(`"has_asks":`, r.HasAsks)
	plainList(p, `"missing":`, r.Missing, p.string)
	plainList(p, `"evidence":`, r.Evidence, p.string)
	p.close()
}

func (p *plain) measure(m *workflow.MeasureData) {
	p.open()
	p.text(`"id":`, m.ID)
	p.text(`"status":`, string(m.Status))
	if m.Percent != nil {
		p.int(`"percent":`, *m.Percent)
	}
	p.close()
}
