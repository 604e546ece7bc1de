package view

import (
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"duban/workflow"
	"duban/workflow/jot"
	"duban/workflow/ledger"
)

// SendAssignment answers an assignment without its events and versions: the answer to
// every act, written without reflection.
func SendAssignment(c *fiber.Ctx, v *AssignmentView) error {
	b, err := v.Encode()
	if err != nil {
		return err
	}
	c.Response().SetBodyRaw(b)
	c.Response().Header.SetContentType(fiber.MIMEApplicationJSON)
	return nil
}

// Encode is what encoding/json makes of the view. A test fills every field.
func (v *AssignmentView) Encode() ([]byte, error) {
	if len(v.Events) > 0 || len(v.Reports) > 0 || len(v.Urges) > 0 || len(v.Warnings) > 0 || len(v.Asks) > 0 {
		return json.Marshal(v)
	}
	w := viewWriter{jot.Writer{B: make([]byte, 0, 2048)}}
	w.Open()
	w.item(&v.Item)
	if v.LatestReport == nil {
		w.Null(`"latest_report":`)
	} else {
		w.Field(`"latest_report":`)
		w.report(v.LatestReport)
	}
	jot.Array(&w.Writer, `"actions":`, v.Actions, func(t *workflow.Trigger) { w.B = jot.AppendText(w.B, string(*t)) })
	w.Close()
	if w.Bad {
		return json.Marshal(v) // which says what is wrong
	}
	return w.B, nil
}

type viewWriter struct{ jot.Writer }

// item writes the fields of an item but its latest_report, in whose place a view has
// the report itself.
func (w *viewWriter) item(i *ledger.Item) {
	w.Text(`"id":`, i.ID)
	w.Int(`"version":`, i.Version)
	w.Seq(`"seq":`, i.Seq)
	w.Text(`"period":`, i.Period)
	w.Field(`"task":`)
	w.Open()
	w.Int(`"no":`, i.Task.No)
	w.Text(`"title":`, i.Task.Title)
	w.Close()
	w.unit(`"department":`, i.Department)
	w.Text(`"role":`, string(i.Role))
	w.Text(`"state":`, string(i.State))
	w.Time(`"assigned_at":`, i.AssignedAt)
	w.Time(`"accept_by":`, i.AcceptBy)
	w.TimeOrNull(`"accepted_at":`, i.AcceptedAt)
	w.Time(`"due":`, i.Due)
	w.Time(`"original_due":`, i.OriginalDue)
	w.TimeOrNull(`"reported_at":`, i.ReportedAt)
	w.TimeOrNull(`"closed_at":`, i.ClosedAt)
	w.counts(i)
	w.light(`"time_light":`, &i.TimeLight)
	w.light(`"progress_light":`, &i.ProgressLight)
	w.Field(`"last":`)
	w.Open()
	w.Time(`"at":`, i.Last.At)
	w.Text(`"kind":`, string(i.Last.Kind))
	w.unit(`"unit":`, i.Last.Unit)
	w.Close()
	if p := i.PendingExtension; p == nil {
		w.Null(`"pending_extension":`)
	} else {
		w.Other(`"pending_extension":`, p)
	}
	w.Int(`"open_asks":`, i.OpenAsks)
}

func (w *viewWriter) counts(i *ledger.Item) {
	w.Bool(`"late":`, i.Late)
	w.Bool(`"accepted_late":`, i.AcceptedLate)
	w.Int(`"returned":`, i.Returned)
	w.Int(`"extended":`, i.Extended)
	w.Int(`"recalled":`, i.Recalled)
	w.Int(`"reopened":`, i.Reopened)
	w.Int(`"directed":`, i.Directed)
	w.Int(`"urged":`, i.Urged)
	w.Text(`"urge_level":`, string(i.UrgeLevel))
	w.Text(`"grade":`, string(i.Grade))
	w.Text(`"mark":`, string(i.Mark))
	w.unitOrNull(`"transferred_to":`, i.TransferredTo)
	w.unitOrNull(`"transferred_from":`, i.TransferredFrom)
	w.Text(`"box":`, string(i.Box))
	if i.WorkdaysLeft == nil {
		w.Null(`"workdays_left":`)
	} else {
		w.Int(`"workdays_left":`, *i.WorkdaysLeft)
	}
	w.Int(`"workdays_late":`, i.WorkdaysLate)
	w.Int(`"days_late":`, i.DaysLate)
}

func (w *viewWriter) unit(name string, u ledger.Unit) {
	w.Field(name)
	w.Open()
	w.Text(`"id":`, u.ID)
	w.Text(`"name":`, u.Name)
	w.Close()
}

func (w *viewWriter) unitOrNull(name string, u *ledger.Unit) {
	if u == nil {
		w.Null(name)
		return
	}
	w.unit(name, *u)
}

func (w *viewWriter) light(name string, l *ledger.Light) {
	w.Field(name)
	w.Open()
	w.Text(`"colour":`, string(l.Colour))
	w.SomeBool(`"ring":`, l.Ring)
	w.SomeText(`"word":`, string(l.Word))
	w.Text(`"code":`, l.Code)
	w.Text(`"cause":`, l.Sentence)
	w.Close()
}

func (w *viewWriter) report(r *reportView) {
	w.Open()
	w.Int(`"n":`, r.N)
	w.Seq(`"seq":`, r.Seq)
	w.Text(`"at":`, r.At)
	w.SomeText(`"by":`, r.By)
	w.Bool(`"late":`, r.Late)
	w.Bool(`"in_force":`, r.InForce)
	w.Text(`"progress":`, r.Progress)
	jot.Array(&w.Writer, `"measures":`, r.Measures, func(m *measureView) {
		w.Open()
		w.Text(`"id":`, m.ID)
		w.Text(`"status":`, string(m.Status))
		if m.Percent != nil {
			w.Int(`"percent":`, *m.Percent)
		}
		w.Text(`"title":`, m.Title)
		w.Text(`"note":`, m.Note)
		w.Close()
	})
	jot.Array(&w.Writer, `"figures":`, r.Figures, func(f *figureView) { w.other(f) })
	w.Text(`"obstacles":`, r.Obstacles)
	w.Text(`"asks":`, r.Asks)
	w.Text(`"next_steps":`, r.NextSteps)
	w.Field(`"forecast":`)
	w.Open()
	w.Text(`"text":`, r.Forecast.Text)
	jot.Array(&w.Writer, `"figures":`, r.Forecast.Figures, func(f *workflow.Forecast) { w.other(f) })
	w.Close()
	w.Bool(`"no_change":`, r.NoChange)
	w.Text(`"reason":`, r.Reason)
	jot.Array(&w.Writer, `"inputs":`, r.Inputs, func(i *workflow.Input) { w.other(i) })
	jot.Array(&w.Writer, `"missing":`, r.Missing, w.text)
	jot.Array(&w.Writer, `"evidence":`, r.Evidence, w.text)
	w.Close()
}

func (w *viewWriter) text(s *string) { w.B = jot.AppendText(w.B, *s) }

// other leaves an item of a list to encoding/json.
func (w *viewWriter) other(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		w.Bad = true
	}
	w.B = append(w.B, b...)
}
