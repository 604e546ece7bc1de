package workflow

import "fmt"

// directSpecial records a directive that becomes a special assignment: the
// directive names the period, and the period's opening carries the directive's
// text as its reason, all in one transaction.
func (s Scene) directSpecial(directed Event, a Assignment, actor Actor, in PeriodInput) ([]Event, error) {
	if len(in.Tasks)+len(in.Departments)+len(in.Slots) == 0 {
		t, _ := s.Rules.TaskOf(a)
		in.Slots = []Slot{{t.No, a.Department}}
	}
	if in.ID == "" {
		id, err := s.freeID(a.Task)
		if err != nil {
			return nil, err
		}
		in.ID = id
	}
	p, slots, err := s.Rules.special(in, s.Now)
	if err != nil {
		return nil, under("special", err)
	}
	if _, ok, err := s.View.Period(p.ID); err != nil {
		return nil, err
	} else if ok {
		return nil, Refuse("period.exists", "id", p.ID)
	}
	directed.Data.SpecialPeriod = p.ID
	opened := s.Rules.open(p, actor, slots)
	opened[0].Texts = Texts{"reason": directed.Texts["text"]}
	return append([]Event{directed}, opened...), nil
}

// under names the fields of an error as fields of the given one.
func under(field string, err error) error {
	e := AsError(err)
	if e.Kind != Invalid {
		return err
	}
	at := *e
	at.Field, at.Fields = sub(field, e.Field), nil
	for _, x := range e.Fields {
		one := *x
		one.Field = sub(field, x.Field)
		at.Fields = append(at.Fields, &one)
	}
	return &at
}

// freeID is an id for a special period that has none: the day and the task, and a
// number where a day has several.
func (s Scene) freeID(task int) (string, error) {
	day := s.Rules.Clock.Today(s.Now)
	base := fmt.Sprintf("D%04d%02d%02d_%d", day.Year, day.Month, day.Day, task)
	id := base
	for n := 2; ; n++ {
		_, taken, err := s.View.Period(id)
		if err != nil || !taken {
			return id, err
		}
		id = fmt.Sprintf("%s_%d", base, n)
	}
}
