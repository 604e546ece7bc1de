package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A sheet of figures is filled in outside and brought back: the office's figures are
// filed, a department's go into the drafts of its reports. Either way all of them are
// taken or none.

// FileFigures files several figures for the office in one change. seen is the position
// each indicator's series stood at for who filed them, by indicator. Errors are those
// of FileFigure with the field behind figures.N; an indicator may come once; Stale
// (figures.moved) when one of the series has moved.
func (d *Desk) FileFigures(ctx context.Context, call Call, in []FileFigureInput, seen map[string]uint64) (Receipt, error) {
	ch := call.change("")
	rules, leave := d.enter()
	defer leave()
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		for _, x := range in {
			series, _, err := v.Series(x.Indicator)
			if err != nil {
				return nil, err
			}
			if series.Seq != seen[x.Indicator] {
				return nil, Fault(Stale, "figures.moved", "id", clip(x.Indicator))
			}
		}
		return Scene{Rules: rules, View: v, Now: now}.decideFigures(call.Actor, in)
	}
	return d.record(ctx, rules, call, ch)
}

// PreviewFigures is what FileFigures would answer now; nothing is written.
func (d *Desk) PreviewFigures(ctx context.Context, call Call, in []FileFigureInput) error {
	rules := d.rules()
	return d.journal.Read(ctx, func(v ReadView) error {
		_, err := Scene{Rules: rules, View: v, Now: call.Received}.decideFigures(call.Actor, in)
		return err
	})
}

func (s Scene) decideFigures(actor Actor, in []FileFigureInput) ([]Event, error) {
	if len(in) > maxFigures {
		return nil, BadField("figures", "figures.too_many", "limit", maxFigures)
	}
	var all []Event
	var f faults
	seen := map[string]bool{}
	for i, x := range in {
		field := fmt.Sprintf("figures.%d", i)
		if seen[x.Indicator] {
			ind, _ := s.Rules.Plan.Indicator(x.Indicator)
			f.add(field+".indicator", "figure.twice", "title", ind.Title)
			continue
		}
		seen[x.Indicator] = true
		events, err := s.decideFigure(actor, x)
		if err := f.within(field, err); err != nil {
			return nil, err
		}
		all = append(all, events...)
	}
	answered := make([]FigureInput, len(in))
	for i, x := range in {
		answered[i] = x.answered()
	}
	if err := s.parts(&f, func(i int) string { return fmt.Sprintf("figures.%d", i) }, answered); err != nil {
		return nil, err
	}
	return all, f.err()
}

// within takes over the faults of a part of the body under the part's own field; an
// error that is about no field is given back.
func (f *faults) within(part string, err error) error {
	var e *Error
	if err == nil || !errors.As(err, &e) || e.Kind != Invalid {
		return err
	}
	fields := e.Fields
	if len(fields) == 0 {
		fields = []*Error{e}
	}
	for _, one := range fields {
		at := *one
		at.Field = sub(part, one.Field)
		f.put(&at)
	}
	return nil
}

// CheckFigures judges figures as a report of the assignment would, whether or not it
// could be filed now; nothing is written. Errors: NotFound, Forbidden, Invalid with the
// fields of a report (figures.N.value).
func (d *Desk) CheckFigures(ctx context.Context, call Call, id string, in []FigureInput) error {
	rules := d.rules()
	return d.journal.Read(ctx, func(v ReadView) error {
		a, ok, err := v.Assignment(id)
		if err != nil {
			return err
		}
		if !ok || !rules.MaySee(call.Actor, a) {
			return Fault(NotFound, "assignment.unknown", "id", clip(id))
		}
		if err := rules.permit(call.Actor, a, ReportCommand{}); err != nil {
			return err
		}
		var f faults
		e := Event{Texts: Texts{}, Data: Data{Report: &ReportData{}}}
		if err := (Scene{Rules: rules, View: v, Now: call.Received}).figures(&f, &e, a, in); err != nil {
			return err
		}
		return f.err()
	})
}
