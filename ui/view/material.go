package view

import (
	"cmp"
	"context"

	"duban/ui/upload"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/plan"
)

// Series is what is known of indicators.
func Series(s *web.Server, ids []string) map[string]workflow.Series {
	out := map[string]workflow.Series{}
	for _, id := range ids {
		if row, ok := s.Book.Series(id); ok {
			out[id] = row
		}
	}
	return out
}

// Asked are the indicators a report on the assignment is asked for: those inside
// the task for its lead, and, once a period, those the department owns: on the
// first task it leads, else on the first it takes part in.
func Asked(s *web.Server, ctx context.Context, rules workflow.Rules, a workflow.Assignment) ([]plan.Indicator, error) {
	task, _ := rules.Plan.Task(a.Task)
	department := cmp.Or(rules.Plan.Heir(a.Department), a.Department)
	var out []plan.Indicator
	if a.Role == workflow.Lead {
		out = append(out, task.Figures...)
	}
	if a.Task != FirstTask(rules.Plan, department) {
		return out, nil
	}
	err := s.Journal.Read(ctx, func(v workflow.ReadView) error {
		for _, in := range rules.Plan.Indicators {
			row, _, err := v.Series(in.ID)
			if err != nil {
				return err
			}
			if workflow.OwnerOf(rules.Plan, in, row) == department {
				out = append(out, in)
			}
		}
		return nil
	})
	return out, err
}

// FirstTask is the first task that the department leads, else the first it takes part in; 0: none.
func FirstTask(p *plan.Plan, department string) int {
	cooperates := 0
	for _, slot := range p.Assignments() {
		if slot.Department != department {
			continue
		}
		if slot.Role == string(workflow.Lead) {
			return slot.Task
		}
		if cooperates == 0 {
			cooperates = slot.Task
		}
	}
	return cooperates
}

// ReportBefore is the department's last report on the same slot in an earlier
// regular period, nil when there is none.
func ReportBefore(s *web.Server, ctx context.Context, a workflow.Assignment) (*workflow.Event, error) {
	row, ok := rowBefore(s, a)
	if !ok {
		return nil, nil
	}
	es, err := s.Journal.EventsAt(ctx, row.LatestReport().Seq)
	if err != nil {
		return nil, err
	}
	return &es[0], nil
}

// rowBefore is the assignment of that report, false when there is none.
func rowBefore(s *web.Server, a workflow.Assignment) (workflow.Assignment, bool) {
	at, ok := s.Book.Period(a.Period)
	if !ok {
		return workflow.Assignment{}, false
	}
	periods := s.Book.Periods()
	for n := len(periods) - 1; n >= 0; n-- {
		p := periods[n]
		if p.Special || !p.From.Before(at.From) {
			continue
		}
		row, ok := s.Book.Assignment(workflow.AssignmentID(p.ID, a.Task, a.Role, a.Department))
		if ok && row.LatestReport() != nil {
			return row, true
		}
	}
	return workflow.Assignment{}, false
}

// Material is what the reports of a trail refer to: figures known and evidence.
func Material(s *web.Server, ctx context.Context, actor workflow.Actor, trail []workflow.Event) (map[string]workflow.Series, map[string]workflow.File, error) {
	var indicators, files []string
	for _, e := range trail {
		if e.Data.Report == nil {
			continue
		}
		for _, f := range e.Data.Report.Figures {
			indicators = append(indicators, f.Indicator)
		}
		files = append(files, e.Data.Report.Evidence...)
	}
	found, err := Evidence(s, ctx, actor, files)
	return Series(s, indicators), found, err
}

// Evidence finds files by their ids, those the actor may know of: a draft may name any.
func Evidence(s *web.Server, ctx context.Context, actor workflow.Actor, ids []string) (map[string]workflow.File, error) {
	out := map[string]workflow.File{}
	for _, id := range ids {
		f, ok, err := s.Files.File(ctx, id)
		if err != nil {
			return nil, err
		}
		if ok && upload.MayDownload(s, actor, f) {
			out[id] = f
		}
	}
	return out, nil
}
