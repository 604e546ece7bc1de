package workflow_test

import (
	"context"
	"slices"
	"testing"

	"duban/workflow"
)

// TestRhythmChanges: the rule of periods changes in mid-quarter. Nothing is opened twice,
// the new rhythm begins with the next period, and back again leaves no odd one current.
func TestRhythmChanges(t *testing.T) {
	b := newBench(t, "2022-07-01 09:00:00")
	quarters := b.rules
	months, _ := planWith(t, "every: quarter", "every: month")
	ensure := func(at, want string, opens bool) {
		t.Helper()
		b.at(at)
		p, opened, err := b.desk.EnsurePeriod(context.Background(), b.now)
		if err != nil || p.ID != want || opened != opens {
			t.Fatalf("%s: %s, opened %t, %v; want %s, %t", at, p.ID, opened, err, want, opens)
		}
		var periods []workflow.Period
		if err := b.journal.Read(context.Background(), func(v workflow.ReadView) (err error) { periods, err = v.Periods(); return err }); err != nil {
			t.Fatal(err)
		}
		if p, ok := b.rules.Current(periods, b.now); !ok || p.ID != want {
			t.Errorf("%s: %s is current, want %s", at, p.ID, want)
		}
	}
	b.rules = months
	ensure("2022-08-15 09:00:00", "2022Q3", false)
	b.rules = quarters
	ensure("2022-08-16 09:00:00", "2022Q3", false)
	b.rules = months
	ensure("2022-09-30 23:00:00", "2022Q3", false)
	ensure("2022-10-01 09:00:00", "2022M10", true)
	b.rules = quarters
	ensure("2022-10-20 09:00:00", "2022M10", false)
	ensure("2022-11-01 09:00:00", "2022Q4", true)
	if n := len(b.all()); n != 3*57 {
		t.Errorf("%d assignments in three periods", n)
	}

	// A store that an earlier program left with a month beside its quarter.
	odd := func(id, from, to string) workflow.Period {
		return workflow.Period{ID: id, From: b.rules.Clock.Today(b.when(from + " 00:00:00")), To: b.rules.Clock.Today(b.when(to + " 00:00:00"))}
	}
	both := []workflow.Period{odd("2022Q3", "2022-07-01", "2022-09-30"), odd("2022M08", "2022-08-01", "2022-08-31")}
	if p, _ := b.rules.Current(both, b.when("2022-08-15 09:00:00")); p.ID != "2022Q3" {
		t.Errorf("by quarters %s is current", p.ID)
	}
	if p, _ := months.Current(both, b.when("2022-08-15 09:00:00")); p.ID != "2022M08" {
		t.Errorf("by months %s is current", p.ID)
	}
}

// TestMissedPeriod: two quarters went by while no server ran. They are named, and one is
// opened on request with the plan's shortest notice; the present one stays current.
func TestMissedPeriod(t *testing.T) {
	b := newBench(t, opens)
	b.at("2023-04-03 10:00:00")
	if _, opened, err := b.desk.EnsurePeriod(context.Background(), b.now); err != nil || !opened {
		t.Fatal(opened, err)
	}
	missing := func() (ids []string) {
		err := b.journal.Read(context.Background(), func(v workflow.ReadView) error {
			periods, err := v.Periods()
			for _, p := range b.rules.Missing(periods, b.now) {
				ids = append(ids, p.ID)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	if got := missing(); !slices.Equal(got, []string{"2022Q4", "2023Q1"}) {
		t.Fatal(got)
	}
	_, _, err := b.desk.OpenPeriod(context.Background(), b.call(leadMan), workflow.PeriodInput{ID: "2023Q1"})
	wantCode(t, err, "period.office_only")
	_, _, err = b.desk.OpenPeriod(context.Background(), b.call(office), workflow.PeriodInput{ID: "2022Q2"})
	if err == nil {
		t.Error("a quarter before the record begins is not missing")
	}
	p, r, err := b.desk.OpenPeriod(context.Background(), b.call(office), workflow.PeriodInput{ID: "2023Q1", Reason: "停机补开"})
	if err != nil || len(r.Events) != 58 || p.Special || p.Name != "2023年第一季度" {
		t.Fatalf("%+v %d %v", p, len(r.Events), err)
	}
	if !p.Due.After(b.now) || !p.AcceptBy.After(b.now) || p.Due.Before(p.CooperatingDue) {
		t.Errorf("due %s, cooperating %s, accept by %s", p.Due, p.CooperatingDue, p.AcceptBy)
	}
	if now, _, err := b.desk.EnsurePeriod(context.Background(), b.now); err != nil || now.ID != "2023Q2" {
		t.Errorf("%s is current, %v", now.ID, err)
	}
}
