package workflow

import "slices"

// Rows is the folded state inside one transaction. A missing row is found=false,
// never an error.
type Rows interface {
	View
	PutAssignment(Assignment) error
	PutPeriod(Period) error
	PutSeries(Series) error
	PutPlan(PlanRef) error
	PutFile(File) error
	PutAssessment(Assessment) error
}

// View is the folded state as a decision may read it: consistent within itself.
type View interface {
	Assignment(id string) (Assignment, bool, error)
	// TaskAssignments lists the assignments of one task in one period, by id.
	TaskAssignments(period string, task int) ([]Assignment, error)
	Period(id string) (Period, bool, error)
	Periods() ([]Period, error)
	Series(indicator string) (Series, bool, error)
	Plan() (PlanRef, bool, error)
	File(id string) (File, bool, error)
	Assessment(period string) (Assessment, bool, error)
	// Texts are the free texts of the event, nil when it has none or they were redacted.
	Texts(seq uint64) (Texts, error)
	// Draft is the unfinished report of the assignment, the zero Draft when there is none.
	// It is no folded row: a replay has none.
	Draft(assignment string) (Draft, error)
}

// Fold folds one event into the rows. Every engine uses this and nothing else
// to change a folded row, so that folding the journal again gives the rows.
func Fold(rows Rows, e Event) error {
	switch e.Kind {
	case KindPlanLoaded:
		if e.Data.Plan != nil {
			return foldPlan(rows, *e.Data.Plan)
		}
		return nil
	case KindPeriodOpened:
		if e.Data.OpenPeriod != nil {
			p := *e.Data.OpenPeriod
			p.Seq = e.Seq
			return rows.PutPeriod(p)
		}
		return nil
	case KindFigureFiled, KindFigureCorrected, KindIndicatorAssigned:
		return foldSeries(rows, e.Data.Indicator, e)
	case KindSigningSet:
		return foldSigning(rows, e)
	case KindTemplateSet:
		return foldTemplate(rows, e)
	case KindFileAdded, KindFileDeleted:
		return foldFile(rows, e)
	}
	if e.Kind.ofAssessment() {
		return foldAssessment(rows, e)
	}
	if e.Assignment == "" {
		return nil
	}
	a, _, err := rows.Assignment(e.Assignment)
	if err != nil {
		return err
	}
	before := a
	a = Apply(a, e)
	if err := rows.PutAssignment(a); err != nil {
		return err
	}
	return foldReportFigures(rows, before, e)
}

// foldReportFigures lets a report's figures count when it is filed, confirms
// them when it is verified, and voids them when it is no longer in force.
func foldReportFigures(rows Rows, before Assignment, e Event) error {
	if e.Kind == KindReported {
		if e.Data.Report == nil {
			return nil
		}
		for _, f := range e.Data.Report.Figures {
			if err := foldSeries(rows, f.Indicator, e); err != nil {
				return err
			}
		}
		return foldEvidence(rows, e)
	}
	if act := byKind[e.Kind]; act != nil && act.figures.to != "" {
		for _, id := range before.Figures {
			if err := foldSeries(rows, id, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// foldEvidence notes which assignment uses a file, so that whoever may read its
// reports may read the file.
func foldEvidence(rows Rows, e Event) error {
	for _, id := range e.Data.Report.Evidence {
		f, ok, err := rows.File(id)
		if err != nil {
			return err
		}
		if !ok || slices.Contains(f.UsedBy, e.Assignment) {
			continue
		}
		f.UsedBy = append(slices.Clone(f.UsedBy), e.Assignment)
		if err := rows.PutFile(f); err != nil {
			return err
		}
	}
	return nil
}

// foldFile keeps the record of a piece of evidence; its shown name is free text
// and is read from the event, never folded.
func foldFile(rows Rows, e Event) error {
	if e.Data.File == nil {
		return nil
	}
	r := e.Data.File
	f, _, err := rows.File(r.ID)
	if err != nil {
		return err
	}
	if e.Kind == KindFileDeleted {
		f.Gone = true
		return rows.PutFile(f)
	}
	return rows.PutFile(File{ID: r.ID, SHA256: r.SHA256, Size: r.Size, Type: r.Type,
		Unit: e.Actor.Unit, User: e.Actor.User, At: e.At, Seq: e.Seq})
}

func foldSeries(rows Rows, indicator string, e Event) error {
	s, _, err := rows.Series(indicator)
	if err != nil {
		return err
	}
	s.Indicator = indicator
	return rows.PutSeries(ApplySeries(s, e))
}

// ApplySeries folds an event into an indicator's series. Pure and total, as Apply.
func ApplySeries(s Series, e Event) Series {
	s.Seq = e.Seq
	s.Points = append([]Point(nil), s.Points...)
	switch e.Kind {
	case KindIndicatorAssigned:
		s.Owner = e.Data.Owner
	case KindFigureFiled, KindFigureCorrected:
		if e.Data.Figure == nil {
			return s
		}
		for i := range s.Points {
			if e.Data.Corrects != 0 && s.Points[i].Seq == e.Data.Corrects {
				s.Points[i].ReplacedBy = e.Seq
			}
		}
		s.Points = append(s.Points, Point{Figure: *e.Data.Figure, Seq: e.Seq, At: e.At, Unit: e.Actor.Unit,
			Status: PointVerified, Corrects: e.Data.Corrects})
	case KindReported:
		if e.Data.Report == nil {
			return s
		}
		for _, f := range e.Data.Report.Figures {
			if f.Indicator == s.Indicator {
				s.Points = append(s.Points, Point{Figure: f, Seq: e.Seq, At: e.At, Unit: e.Actor.Unit,
					Assignment: e.Assignment, Report: e.Data.N, Status: PointReported})
			}
		}
	default:
		if act := byKind[e.Kind]; act != nil && act.figures.to != "" {
			s.setStatus(e.Assignment, act.figures.from, act.figures.to)
		}
	}
	return s
}

func (s *Series) setStatus(assignment string, from, to PointStatus) {
	for i := range s.Points {
		if s.Points[i].Assignment == assignment && s.Points[i].Status == from {
			s.Points[i].Status = to
		}
	}
}
