package codec

import (
	"strconv"

	"duban/workflow"
	"duban/workflow/jot"
)

// assignment writes a row. A test holds that every field is written here.
func (p *writer) assignment(a *workflow.Assignment) {
	p.Open()
	p.Text(`"id":`, a.ID)
	p.Int(`"version":`, a.Version)
	p.Seq(`"seq":`, a.Seq)
	p.Text(`"period":`, a.Period)
	p.Int(`"task":`, a.Task)
	p.Text(`"department":`, a.Department)
	p.Text(`"role":`, string(a.Role))
	p.Text(`"state":`, string(a.State))
	p.Time(`"assigned_at":`, a.AssignedAt)
	p.Time(`"accept_by":`, a.AcceptBy)
	p.Time(`"due":`, a.Due)
	p.Time(`"original_due":`, a.OriginalDue)
	p.SomeTime(`"accepted_at":`, a.AcceptedAt)
	p.SomeTime(`"reported_at":`, a.ReportedAt)
	p.SomeText(`"reported_by":`, a.ReportedBy)
	p.SomeText(`"reported_for":`, a.ReportedFor)
	p.SomeTime(`"closed_at":`, a.ClosedAt)
	p.Time(`"last_at":`, a.LastAt)
	p.Text(`"last_kind":`, string(a.LastKind))
	p.Text(`"last_unit":`, a.LastUnit)
	p.SomeBool(`"late":`, a.Late)
	p.SomeBool(`"accepted_late":`, a.AcceptedLate)
	p.SomeInt(`"returned":`, a.Returned)
	p.SomeInt(`"extended":`, a.Extended)
	p.SomeInt(`"recalled":`, a.Recalled)
	p.SomeInt(`"reopened":`, a.Reopened)
	p.SomeInt(`"directed":`, a.Directed)
	p.SomeText(`"grade":`, string(a.Grade))
	jot.SomeArray(&p.Writer, `"reports":`, a.Reports, p.reportRef)
	jot.SomeArray(&p.Writer, `"urges":`, a.Urges, p.urgeRef)
	if len(a.Extensions) > 0 {
		p.Other(`"extensions":`, a.Extensions)
	}
	jot.SomeArray(&p.Writer, `"reminded":`, a.Reminded, func(n *int) { p.B = strconv.AppendInt(p.B, int64(*n), 10) })
	jot.SomeArray(&p.Writer, `"figures":`, a.Figures, p.string)
	p.SomeText(`"mark":`, string(a.Mark))
	if len(a.Asked) > 0 {
		p.Other(`"asked":`, a.Asked)
	}
	p.SomeText(`"transferred_to":`, a.TransferredTo)
	p.SomeText(`"transferred_from":`, a.TransferredFrom)
	p.Close()
}

func (p *writer) string(s *string) { p.B = jot.AppendText(p.B, *s) }

func (p *writer) reportRef(r *workflow.ReportRef) {
	p.Open()
	p.Int(`"n":`, r.N)
	p.Seq(`"seq":`, r.Seq)
	p.Time(`"at":`, r.At)
	p.Time(`"due":`, r.Due)
	p.SomeBool(`"late":`, r.Late)
	p.SomeBool(`"no_change":`, r.NoChange)
	p.SomeBool(`"asks":`, r.Asks)
	p.SomeInt(`"ask":`, r.Ask)
	p.Close()
}

func (p *writer) urgeRef(u *workflow.UrgeRef) {
	p.Open()
	p.Int(`"n":`, u.N)
	p.Seq(`"seq":`, u.Seq)
	p.Time(`"at":`, u.At)
	p.Text(`"level":`, string(u.Level))
	p.SomeTime(`"read_at":`, u.ReadAt)
	p.SomeTime(`"replied_at":`, u.RepliedAt)
	p.Close()
}

// event writes an event that has no other data than normal knows.
func (p *writer) event(e *workflow.Event) {
	p.Open()
	p.Seq(`"seq":`, e.Seq)
	p.Time(`"at":`, e.At)
	p.Time(`"recorded_at":`, e.RecordedAt)
	p.Text(`"kind":`, string(e.Kind))
	p.SomeText(`"assignment":`, e.Assignment)
	p.SomeText(`"period":`, e.Period)
	p.SomeInt(`"task":`, e.Task)
	p.SomeText(`"department":`, e.Department)
	p.Field(`"actor":`)
	p.Open()
	p.SomeText(`"user":`, e.Actor.User)
	p.Text(`"unit":`, e.Actor.Unit)
	p.SomeText(`"on_behalf":`, e.Actor.OnBehalf)
	p.Close()
	p.SomeText(`"from":`, string(e.From))
	p.SomeText(`"to":`, string(e.To))
	p.Field(`"data":`)
	p.data(&e.Data)
	p.SomeText(`"text_digest":`, e.TextDigest)
	p.Close()
}

func (p *writer) data(d *workflow.Data) {
	p.Open()
	p.SomeTime(`"due":`, d.Due)
	p.SomeTime(`"accept_by":`, d.AcceptBy)
	p.SomeText(`"role":`, string(d.Role))
	p.SomeBool(`"late":`, d.Late)
	p.SomeInt(`"n":`, d.N)
	if d.Report != nil {
		p.Field(`"report":`)
		p.report(d.Report)
	}
	p.SomeText(`"mark":`, string(d.Mark))
	p.SomeText(`"grade":`, string(d.Grade))
	p.SomeText(`"level":`, string(d.Level))
	if d.Workdays != nil {
		p.Int(`"workdays":`, *d.Workdays)
	}
	p.SomeTime(`"wanted":`, d.Wanted)
	p.Close()
}

func (p *writer) report(r *workflow.ReportData) {
	p.Open()
	jot.SomeArray(&p.Writer, `"measures":`, r.Measures, p.measure)
	p.SomeBool(`"no_change":`, r.NoChange)
	p.SomeBool(`"has_asks":`, r.HasAsks)
	p.SomeInt(`"ask":`, r.Ask)
	jot.SomeArray(&p.Writer, `"missing":`, r.Missing, p.string)
	jot.SomeArray(&p.Writer, `"evidence":`, r.Evidence, p.string)
	p.Close()
}

func (p *writer) measure(m *workflow.MeasureData) {
	p.Open()
	p.Text(`"id":`, m.ID)
	p.Text(`"status":`, string(m.Status))
	if m.Percent != nil {
		p.Int(`"percent":`, *m.Percent)
	}
	p.Close()
}
