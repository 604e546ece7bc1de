package codec

import "duban/workflow"

// assignment reads a row. A test holds that every field is read here.
func (q *reader) assignment(a *workflow.Assignment) {
	q.object(func() {
		q.must(`"id":`)
		a.ID = q.text()
		q.must(`"version":`)
		a.Version = q.int()
		q.must(`"seq":`)
		a.Seq = q.number()
		q.must(`"period":`)
		a.Period = q.name()
		q.must(`"task":`)
		a.Task = q.int()
		q.must(`"department":`)
		a.Department = q.name()
		q.must(`"role":`)
		a.Role = workflow.Role(q.name())
		q.must(`"state":`)
		a.State = workflow.State(q.name())
		q.instants(a)
		q.counts(a)
		q.lists(a)
	})
}

func (q *reader) instants(a *workflow.Assignment) {
	q.must(`"assigned_at":`)
	a.AssignedAt = q.time()
	q.must(`"accept_by":`)
	a.AcceptBy = q.time()
	q.must(`"due":`)
	a.Due = q.time()
	q.must(`"original_due":`)
	a.OriginalDue = q.time()
	if q.field(`"accepted_at":`) {
		a.AcceptedAt = q.instant()
	}
	if q.field(`"reported_at":`) {
		a.ReportedAt = q.instant()
	}
	if q.field(`"reported_by":`) {
		a.ReportedBy = q.name()
	}
	if q.field(`"reported_for":`) {
		a.ReportedFor = q.name()
	}
	if q.field(`"closed_at":`) {
		a.ClosedAt = q.instant()
	}
	q.must(`"last_at":`)
	a.LastAt = q.time()
	q.must(`"last_kind":`)
	a.LastKind = workflow.Kind(q.name())
	q.must(`"last_unit":`)
	a.LastUnit = q.name()
}

func (q *reader) counts(a *workflow.Assignment) {
	a.Late = q.field(`"late":`) && q.yes()
	a.AcceptedLate = q.field(`"accepted_late":`) && q.yes()
	for _, n := range [...]struct {
		name string
		to   *int
	}{{`"returned":`, &a.Returned}, {`"extended":`, &a.Extended}, {`"recalled":`, &a.Recalled}, {`"reopened":`, &a.Reopened},
		{`"directed":`, &a.Directed}} {
		if q.field(n.name) {
			*n.to = q.int()
		}
	}
	if q.field(`"grade":`) {
		a.Grade = workflow.Grade(q.name())
	}
}

func (q *reader) lists(a *workflow.Assignment) {
	if q.field(`"reports":`) {
		q.list(func() { a.Reports = append(a.Reports, q.reportRef()) })
	}
	if q.field(`"urges":`) {
		q.list(func() { a.Urges = append(a.Urges, q.urgeRef()) })
	}
	if q.field(`"extensions":`) {
		q.other(&a.Extensions)
	}
	if q.field(`"reminded":`) {
		q.list(func() { a.Reminded = append(a.Reminded, q.int()) })
	}
	if q.field(`"figures":`) {
		q.list(func() { a.Figures = append(a.Figures, q.name()) })
	}
	if q.field(`"mark":`) {
		a.Mark = workflow.Mark(q.name())
	}
	if q.field(`"asked":`) {
		q.other(&a.Asked)
	}
	if q.field(`"transferred_to":`) {
		a.TransferredTo = q.name()
	}
	if q.field(`"transferred_from":`) {
		a.TransferredFrom = q.name()
	}
}

func (q *reader) reportRef() (r workflow.ReportRef) {
	q.object(func() {
		q.must(`"n":`)
		r.N = q.int()
		q.must(`"seq":`)
		r.Seq = q.number()
		q.must(`"at":`)
		r.At = q.time()
		q.must(`"due":`)
		r.Due = q.time()
		r.Late = q.field(`"late":`) && q.yes()
		r.NoChange = q.field(`"no_change":`) && q.yes()
		r.Asks = q.field(`"asks":`) && q.yes()
		if q.field(`"ask":`) {
			r.Ask = q.int()
		}
	})
	return r
}

func (q *reader) urgeRef() (u workflow.UrgeRef) {
	q.object(func() {
		q.must(`"n":`)
		u.N = q.int()
		q.must(`"seq":`)
		u.Seq = q.number()
		q.must(`"at":`)
		u.At = q.time()
		q.must(`"level":`)
		u.Level = workflow.Level(q.name())
		if q.field(`"read_at":`) {
			u.ReadAt = q.instant()
		}
		if q.field(`"replied_at":`) {
			u.RepliedAt = q.instant()
		}
	})
	return u
}

// event reads an event without its texts and hashes.
func (q *reader) event(e *workflow.Event) {
	q.object(func() {
		q.must(`"seq":`)
		e.Seq = q.number()
		q.must(`"at":`)
		e.At = q.time()
		q.must(`"recorded_at":`)
		e.RecordedAt = q.time()
		q.must(`"kind":`)
		e.Kind = workflow.Kind(q.name())
		if q.field(`"assignment":`) {
			e.Assignment = q.text()
		}
		if q.field(`"period":`) {
			e.Period = q.name()
		}
		if q.field(`"task":`) {
			e.Task = q.int()
		}
		if q.field(`"department":`) {
			e.Department = q.name()
		}
		q.must(`"actor":`)
		q.object(func() {
			if q.field(`"user":`) {
				e.Actor.User = q.name()
			}
			q.must(`"unit":`)
			e.Actor.Unit = q.name()
			if q.field(`"on_behalf":`) {
				e.Actor.OnBehalf = q.name()
			}
		})
		if q.field(`"from":`) {
			e.From = workflow.State(q.name())
		}
		if q.field(`"to":`) {
			e.To = workflow.State(q.name())
		}
		q.must(`"data":`)
		q.data(&e.Data)
		if q.field(`"text_digest":`) {
			e.TextDigest = q.text()
		}
	})
}

// data reads what the frequent kinds carry; the rest goes to encoding/json whole.
func (q *reader) data(d *workflow.Data) {
	start := *q
	q.object(func() {
		if q.field(`"due":`) {
			d.Due = q.instant()
		}
		if q.field(`"accept_by":`) {
			d.AcceptBy = q.instant()
		}
		if q.field(`"role":`) {
			d.Role = workflow.Role(q.name())
		}
		d.Late = q.field(`"late":`) && q.yes()
		if q.field(`"n":`) {
			d.N = q.int()
		}
		if q.field(`"report":`) {
			d.Report = new(workflow.ReportData)
			q.report(d.Report)
		}
		if q.field(`"mark":`) {
			d.Mark = workflow.Mark(q.name())
		}
		if q.field(`"grade":`) {
			d.Grade = workflow.Grade(q.name())
		}
		if q.field(`"level":`) {
			d.Level = workflow.Level(q.name())
		}
	})
	if q.bad {
		*q, *d = start, workflow.Data{}
		q.other(d)
		q.comma = true
	}
}

func (q *reader) report(r *workflow.ReportData) {
	q.object(func() {
		if q.field(`"measures":`) {
			q.list(func() { r.Measures = append(r.Measures, q.measure()) })
		}
		if q.field(`"figures":`) {
			q.other(&r.Figures)
		}
		if q.field(`"forecast":`) {
			q.other(&r.Forecast)
		}
		r.NoChange = q.field(`"no_change":`) && q.yes()
		r.HasAsks = q.field(`"has_asks":`) && q.yes()
		if q.field(`"ask":`) {
			r.Ask = q.int()
		}
		if q.field(`"inputs":`) {
			q.other(&r.Inputs)
		}
		if q.field(`"missing":`) {
			q.list(func() { r.Missing = append(r.Missing, q.name()) })
		}
		if q.field(`"evidence":`) {
			q.list(func() { r.Evidence = append(r.Evidence, q.text()) })
		}
	})
}

func (q *reader) measure() (m workflow.MeasureData) {
	q.object(func() {
		q.must(`"id":`)
		m.ID = q.name()
		q.must(`"status":`)
		m.Status = workflow.MeasureStatus(q.name())
		if q.field(`"percent":`) {
			n := q.int()
			m.Percent = &n
		}
	})
	return m
}

// texts reads an event's free texts, the ones without a line break or a quote in them.
func (q *reader) texts(to *workflow.Texts) {
	*to = workflow.Texts{}
	q.need('{')
	for !q.bad {
		name := q.name()
		q.need(':')
		(*to)[name] = q.text()
		if !q.take(',') {
			break
		}
	}
	q.need('}')
}
