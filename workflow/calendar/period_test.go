package calendar

import (
	"testing"
	"time"
)

func shanghai(t testing.TB) Clock {
	t.Helper()
	c, err := Load(Published())
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return Clock{Calendar: c, Zone: zone, DayEnds: TimeOfDay{17, 30}}
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestOpened(t *testing.T) {
	k := shanghai(t)
	p := k.Opened(Rule{Quarter, 3, 0, 5, 5}, Date{2022, 9, 20}, instant(t, "2022-09-20T09:00:00+08:00"))
	t.Logf("%+v", p)
	if p.ID != "2022Q3" || p.AssignedOn != (Date{2022, 9, 20}) ||
		!p.Due.Equal(instant(t, "2022-09-30T17:30:00+08:00")) ||
		!p.CooperatingDue.Equal(instant(t, "2022-09-23T17:30:00+08:00")) ||
		!p.AcceptBy.Equal(instant(t, "2022-09-23T17:30:00+08:00")) {
		t.Errorf("opened %+v", p)
	}
}
