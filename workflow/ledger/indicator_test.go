package ledger_test

import (
	"testing"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// figure is a figure as the table writes it.
type figure struct {
	asOf, value, comparison string
	met                     *bool
}

func (f figure) of(id string) workflow.Figure {
	w := workflow.Figure{Indicator: id, AsOf: day(f.asOf), Met: f.met}
	if f.value != "" {
		w.Value = plan.MustNumber(f.value)
	}
	if f.comparison != "" {
		w.Comparison = plan.MustNumber(f.comparison)
	}
	return w
}

func said(b bool) *bool { return &b }

// indicatorCase is worked by hand. The plan runs from 2021-01-01 to 2023-12-31:
// 1,095 days; by 2021-12-31 365 have come, by 2022-06-30 546, by 2022-08-31 608, by
// 2022-09-30 638. Today is 2022-09-20, day 628, or what now says.
type indicatorCase struct {
	name, id, now string
	change        func(*plan.Plan)
	figures       []figure
	code          string
	// value, percent, expected then, its percent, expected now, its percent,
	// behind, run rate, forecast; "" is unset
	want [9]string
}

var indicatorCases = []indicatorCase{
	{"total, none yet", "G1.1", "", nil, nil, "figure.none",
		[9]string{"", "", "", "", "34.411", "57.4", "", "", ""}}, // 60 × 628/1095
	{"total at pace", "G1.1", "", nil, []figure{{"2021-12-31", "20", "", nil}}, "figure.pace.ok",
		// a third of the time, a third of 60; 40 left in 24 months of 365/12 days
		[9]string{"20", "33.3", "20", "33.3", "34.411", "57.4", "0", "1.6667", "60"}},
	{"total ten points behind", "G1.1", "", nil, []figure{{"2021-12-31", "14", "", nil}}, "figure.pace.slow",
		[9]string{"14", "23.3", "20", "33.3", "34.411", "57.4", "10", "1.9167", "42"}},
	{"total just under ten points", "G1.1", "", nil, []figure{{"2021-12-31", "14.001", "", nil}}, "figure.pace.within",
		[9]string{"14.001", "23.3", "20", "33.3", "34.411", "57.4", "9.9", "1.9166", "42.003"}},
	{"total thirty points behind", "G1.1", "", nil, []figure{{"2021-12-31", "2", "", nil}}, "figure.pace.slow",
		[9]string{"2", "3.3", "20", "33.3", "34.411", "57.4", "30", "2.4167", "6"}},
	{"total more than thirty", "G1.1", "", nil, []figure{{"2021-12-31", "1.999", "", nil}}, "figure.pace.lag",
		[9]string{"1.999", "3.3", "20", "33.3", "34.411", "57.4", "30.1", "2.4167", "5.997"}},
	{"total of August", "G2.1", "2022-09-30 14:32", nil, []figure{{"2022-08-31", "1315", "", nil}}, "figure.pace.slow",
		// 3000 × 608/1095; 1315 × 1095/608; 1685 in 487 days
		[9]string{"1315", "43.8", "1665.7534", "55.5", "1747.9452", "58.3", "11.7", "105.2404", "2368.2977"}},
	{"total reached", "G2.3", "", nil, []figure{{"2022-06-30", "104", "", nil}}, "figure.pace.ok",
		[9]string{"104", "104", "49.863", "49.9", "57.3516", "57.4", "-54.1", "0", "208.5714"}},
	// On its day the target is met or missed: yellow when less than ten points short.
	{"total missed on the last day", "G1.1", "2024-01-05 09:00", nil, []figure{{"2023-12-31", "59", "", nil}}, "figure.missed",
		[9]string{"59", "98.3", "60", "100", "60", "100", "1.7", "", "59"}},
	{"total a hair short", "G1.1", "2024-01-05 09:00", nil, []figure{{"2023-12-31", "59.98", "", nil}}, "figure.missed",
		[9]string{"59.98", "99.9", "60", "100", "60", "100", "0.1", "", "59.98"}},
	{"total reached on the last day", "G1.1", "2024-01-05 09:00", nil, []figure{{"2023-12-31", "60", "", nil}}, "figure.reached",
		[9]string{"60", "100", "60", "100", "60", "100", "0", "0", "60"}},
	{"total of the last day, on that day", "G1.1", "2023-12-31 09:00", nil, []figure{{"2023-12-31", "54", "", nil}}, "figure.missed",
		[9]string{"54", "90", "60", "100", "60", "100", "10", "", "54"}},
	{"total of the day before, the day before", "G1.1", "2023-12-30 09:00", nil, []figure{{"2023-12-30", "59", "", nil}}, "figure.pace.within",
		[9]string{"59", "98.3", "59.9452", "99.9", "59.9452", "99.9", "1.6", "30.4167", "59.0539"}}, // 60 × 1094/1095
	{"an earlier figure when the time is up", "G1.1", "2024-01-05 09:00", nil, []figure{{"2023-11-30", "59", "", nil}}, "figure.missed",
		[9]string{"59", "98.3", "60", "100", "60", "100", "1.7", "", ""}},
	{"reached before its day, nothing since", "G1.1", "2024-01-05 09:00", nil, []figure{{"2023-06-30", "61", "", nil}}, "figure.reached",
		[9]string{"61", "101.7", "60", "100", "60", "100", "-1.7", "0", ""}},
	{"reached after its day", "G1.1", "2024-04-05 09:00", nil,
		[]figure{{"2023-12-31", "59", "", nil}, {"2024-03-31", "61", "", nil}}, "figure.late",
		[9]string{"61", "101.7", "60", "100", "60", "100", "-1.7", "0", "61"}},
	{"none when the time is up", "G1.1", "2024-01-05 09:00", nil, nil, "figure.due.none",
		[9]string{"", "", "", "", "60", "100", "", "", ""}},
	{"a stage's day has come", "G1.1", "", stage("G1.1", "2021-12-31"), []figure{{"2021-12-31", "50", "", nil}}, "figure.missed",
		[9]string{"50", "83.3", "60", "100", "60", "100", "16.7", "", "50"}},

	// A limit: what is used of it, and red once it is passed.
	{"limit, used in time", "G2.1", "", limit("G2.1"), []figure{{"2021-12-31", "900", "", nil}}, "figure.limit.ok",
		[9]string{"900", "30", "1000", "33.3", "1720.5479", "57.4", "-3.3", "", "2700"}},
	{"limit, used a little before its time", "G2.1", "", limit("G2.1"), []figure{{"2021-12-31", "1100", "", nil}}, "figure.limit.within",
		[9]string{"1100", "36.7", "1000", "33.3", "1720.5479", "57.4", "3.3", "", "3300"}},
	{"limit, used before its time", "G2.1", "", limit("G2.1"), []figure{{"2021-12-31", "1500", "", nil}}, "figure.limit.slow",
		[9]string{"1500", "50", "1000", "33.3", "1720.5479", "57.4", "16.7", "", "4500"}},
	{"limit, used far before its time", "G2.1", "", limit("G2.1"), []figure{{"2021-12-31", "2500", "", nil}}, "figure.limit.lag",
		[9]string{"2500", "83.3", "1000", "33.3", "1720.5479", "57.4", "50", "", "7500"}},
	{"limit passed", "G2.1", "", limit("G2.1"), []figure{{"2022-08-31", "3270", "", nil}}, "figure.limit.over",
		[9]string{"3270", "109", "1665.7534", "55.5", "1720.5479", "57.4", "53.5", "", "5889.227"}},
	{"limit passed by a hair", "G2.1", "2024-01-05 09:00", limit("G2.1"), []figure{{"2023-12-31", "3000.5", "", nil}}, "figure.limit.over",
		[9]string{"3000.5", "100.1", "3000", "100", "3000", "100", "0.1", "", "3000.5"}},
	{"limit kept to its day", "G2.1", "2024-01-05 09:00", limit("G2.1"), []figure{{"2023-12-31", "3000", "", nil}}, "figure.limit.kept",
		[9]string{"3000", "100", "3000", "100", "3000", "100", "0", "", "3000"}},
	{"limit of nothing, broken", "G2.1", "", limitOf("G2.1", 0), []figure{{"2022-08-31", "1", "", nil}}, "figure.limit.over", only("1")},
	{"limit of nothing, kept", "G2.1", "", limitOf("G2.1", 0), []figure{{"2022-08-31", "0", "", nil}}, "figure.limit.kept", only("0")},
	{"level under its ceiling", "G5.1", "", limit("G5.1"), []figure{{"2022-06-30", "1100", "", nil}}, "figure.limit.kept",
		[9]string{"1100", "91.7", "", "", "", "", "", "", ""}},
	{"level over its ceiling", "G5.1", "", limit("G5.1"), []figure{{"2022-06-30", "1308", "", nil}}, "figure.limit.over",
		[9]string{"1308", "109", "", "", "", "", "", "", ""}},
	{"newest by date, not by filing", "G1.1", "", nil,
		[]figure{{"2021-12-31", "20", "", nil}, {"2021-06-30", "9", "", nil}}, "figure.pace.ok",
		[9]string{"20", "33.3", "20", "33.3", "34.411", "57.4", "0", "1.6667", "60"}},
	{"the later of two on one date", "G1.1", "", nil,
		[]figure{{"2021-12-31", "20", "", nil}, {"2021-12-31", "14", "", nil}}, "figure.pace.slow",
		[9]string{"14", "23.3", "20", "33.3", "34.411", "57.4", "10", "1.9167", "42"}},

	{"yearly within its year", "G5.4", "", nil, []figure{{"2022-06-30", "0.9", "", nil}}, "figure.pace.within",
		// day 181 of 365; today day 263; 1.1 left in 184 days
		[9]string{"0.9", "45", "0.9918", "49.6", "1.4411", "72.1", "4.6", "0.1818", "1.8149"}},
	{"yearly begins again", "G5.4", "2023-02-01 09:00", nil, []figure{{"2022-12-31", "1.9", "", nil}}, "figure.missed",
		// judged at the end of its year; expected now and needed are those of 2023
		[9]string{"1.9", "95", "2", "100", "0.1753", "8.8", "5", "0.1667", "1.9"}},
	{"yearly, the year is over since", "G5.4", "2023-02-01 09:00", nil, []figure{{"2022-11-30", "1.9", "", nil}}, "figure.missed",
		[9]string{"1.9", "95", "2", "100", "0.1753", "8.8", "5", "0.1667", ""}},
	{"yearly reached", "G5.4", "2023-02-01 09:00", nil, []figure{{"2022-11-30", "2", "", nil}}, "figure.reached",
		[9]string{"2", "100", "2", "100", "0.1753", "8.8", "0", "0.1667", ""}},
	{"yearly, a hair short", "G5.4", "2023-02-01 09:00", nil, []figure{{"2022-12-31", "1.999", "", nil}}, "figure.missed",
		[9]string{"1.999", "99.9", "2", "100", "0.1753", "8.8", "0.1", "0.1667", "1.999"}}, // 0.05 points
	{"yearly, a year nobody spoke of", "G5.4", "2023-02-01 09:00", nil, []figure{{"2021-12-31", "2", "", nil}}, "figure.due.none",
		[9]string{"2", "100", "2", "100", "0.1753", "8.8", "0", "0.1667", "2"}},
	{"yearly, of a year after the plan", "G5.4", "2024-02-05 09:00", nil,
		[]figure{{"2023-12-31", "2", "", nil}, {"2024-01-31", "0.1", "", nil}}, "figure.reached",
		[9]string{"2", "100", "2", "100", "2", "100", "0", "0", "2"}},
	{"yearly far behind", "G5.7", "", nil, []figure{{"2022-06-30", "300", "", nil}}, "figure.pace.lag",
		[9]string{"300", "15", "991.7808", "49.6", "1441.0959", "72.1", "34.6", "281.0236", "604.9724"}},

	{"stock without a baseline", "G1.3", "", nil, []figure{{"2022-06-30", "1.4", "", nil}}, "figure.share",
		[9]string{"1.4", "70", "", "", "", "", "", "", ""}},
	{"stock reached", "G1.3", "", nil, []figure{{"2022-06-30", "2", "", nil}}, "figure.reached",
		[9]string{"2", "100", "", "", "", "", "", "", ""}},
	{"stock at > its target", "G5.1", "", nil, []figure{{"2022-06-30", "1200", "", nil}}, "figure.share",
		[9]string{"1200", "99.9", "", "", "", "", "", "", ""}},
	{"stock missed on its day", "G1.3", "2024-01-05 09:00", nil, []figure{{"2023-12-31", "1.9", "", nil}}, "figure.missed",
		[9]string{"1.9", "95", "", "", "", "", "", "", ""}},
	{"stock with a baseline", "G5.1", "", baseline("G5.1", 900), []figure{{"2021-12-31", "960", "", nil}}, "figure.pace.slow",
		// a fifth of the way from 900 to 1200 in a third of the time; 240 left
		[9]string{"960", "20", "1000", "33.3", "1072.0548", "57.4", "13.3", "10", "1080"}},
	{"stock that is to shrink", "G5.1", "", shrinking("G5.1", 1500), []figure{{"2021-12-31", "1350", "", nil}}, "figure.pace.ok",
		[9]string{"1350", "50", "1400", "33.3", "1327.9452", "57.4", "-16.7", "", "1050"}},
	{"stock that has not shrunk by its day", "G5.1", "2024-01-05 09:00", shrinking("G5.1", 1500), []figure{{"2023-12-31", "1210", "", nil}}, "figure.missed",
		[9]string{"1210", "96.7", "1200", "100", "1200", "100", "3.3", "", "1210"}},
	{"stock that has shrunk by its day", "G5.1", "2024-01-05 09:00", shrinking("G5.1", 1500), []figure{{"2023-12-31", "1190", "", nil}}, "figure.reached",
		[9]string{"1190", "103.3", "1200", "100", "1200", "100", "-3.3", "", "1190"}},
	{"stock that grows and is to shrink", "G5.1", "", shrinking("G5.1", 1500), []figure{{"2021-12-31", "1530", "", nil}}, "figure.pace.lag",
		[9]string{"1530", "-10", "1400", "33.3", "1327.9452", "57.4", "43.3", "", "1590"}},
	{"stock that is to shrink to a number alone", "G5.1", "", shrinkingTo("G5.1", 1500), []figure{{"2022-06-30", "1400", "", nil}}, "figure.pace.slow",
		[9]string{"1400", "33.3", "1350.411", "49.9", "1327.9452", "57.4", "16.5", "", "1299.4505"}},
	{"stock that is to be kept, kept", "G5.1", "", kept("G5.1", 1500), []figure{{"2022-06-30", "1250", "", nil}}, "figure.rate.ok", only("1250")},
	{"stock that is to be kept, lost", "G5.1", "", kept("G5.1", 1500), []figure{{"2022-06-30", "1150", "", nil}}, "figure.rate.slow", only("1150")},

	{"rate met", "G3.2", "", nil, []figure{{"2022-06-30", "2.5", "", nil}}, "figure.rate.ok", only("2.5")},
	{"rate short by 12 %", "G3.2", "", nil, []figure{{"2022-06-30", "2.2", "", nil}}, "figure.rate.slow", only("2.2")},
	{"rate short by 30 %", "G3.2", "", nil, []figure{{"2022-06-30", "1.75", "", nil}}, "figure.rate.slow", only("1.75")},
	{"rate short by 32 %", "G3.2", "", nil, []figure{{"2022-06-30", "1.7", "", nil}}, "figure.rate.lag", only("1.7")},
	{"rate under its ceiling", "T5.1", "", nil, []figure{{"2022-06-30", "0.95", "", nil}}, "figure.rate.ok", only("0.95")},
	{"rate at a ceiling it must stay under", "T5.1", "", nil, []figure{{"2022-06-30", "1", "", nil}}, "figure.rate.over", only("1")},
	{"rate over its ceiling", "T5.1", "", nil, []figure{{"2022-06-30", "1.4", "", nil}}, "figure.rate.over", only("1.4")},
	{"rate missed on its day", "G3.2", "2024-01-05 09:00", nil, []figure{{"2023-12-31", "2.4", "", nil}}, "figure.rate.missed", only("2.4")},
	{"rate met on its day", "G3.2", "2024-01-05 09:00", nil, []figure{{"2023-12-31", "2.5", "", nil}}, "figure.rate.ok", only("2.5")},
	{"rate met after its day", "G3.2", "2024-07-05 09:00", nil,
		[]figure{{"2023-12-31", "2.4", "", nil}, {"2024-06-30", "2.5", "", nil}}, "figure.late", only("2.5")},
	{"rate short of nothing", "G3.2", "", targetOf("G3.2", 0), []figure{{"2022-06-30", "-0.1", "", nil}}, "figure.rate.zero", only("-0.1")},
	{"coverage complete", "T11.1", "", nil, []figure{{"2022-06-30", "100", "", nil}}, "figure.rate.ok", only("100")},

	{"average of two years, a hair short", "G1.6", "2023-02-01 09:00", nil, // 1.08 × 1.04 = 1.1232 < 1.06² = 1.1236
		[]figure{{"2021-12-31", "8", "", nil}, {"2022-12-31", "4", "", nil}}, "figure.average.slow", only("4")},
	{"average of two years, short beyond the places shown", "G1.6", "2023-02-01 09:00", nil, // 1.059 × 1.061 = 1.123599 < 1.1236
		[]figure{{"2021-12-31", "5.9", "", nil}, {"2022-12-31", "6.1", "", nil}}, "figure.average.slow", only("6.1")},
	{"average exactly met", "G1.6", "2023-02-01 09:00", nil,
		[]figure{{"2021-12-31", "6", "", nil}, {"2022-12-31", "6", "", nil}}, "figure.average.ok", only("6")},
	{"average, the year's newest figure counts", "G1.6", "2023-02-01 09:00", nil,
		[]figure{{"2021-12-31", "9", "", nil}, {"2022-06-30", "-20", "", nil}, {"2022-12-31", "4", "", nil}}, "figure.average.ok", only("4")},
	{"average missed on its day", "G1.6", "2024-01-05 09:00", nil, []figure{{"2021-12-31", "6", "", nil}, {"2023-12-31", "5.9", "", nil}}, "figure.average.missed", only("5.9")},
	{"average over what it may be", "G1.6", "", op("G1.6", plan.AtMost), []figure{{"2021-12-31", "6.1", "", nil}}, "figure.average.over", only("6.1")},
	{"average short of nothing", "G1.6", "", targetOf("G1.6", 0), []figure{{"2021-12-31", "-1", "", nil}}, "figure.average.zero", only("-1")},
	{"average far short", "G1.6", "", nil, []figure{{"2021-12-31", "1", "", nil}}, "figure.average.lag", only("1")},
	{"average, all lost", "G1.6", "", nil, []figure{{"2021-12-31", "-100", "", nil}}, "figure.average.lag", only("-100")},

	{"faster than the other", "G4.7", "", nil, []figure{{"2022-06-30", "15.3", "12.1", nil}}, "figure.relative.ok", only("15.3")},
	{"as fast as the other", "G4.7", "", nil, []figure{{"2022-06-30", "12.1", "12.1", nil}}, "figure.relative.ok", only("12.1")},
	{"slower than the other", "G4.7", "", nil, []figure{{"2022-06-30", "11", "12.1", nil}}, "figure.relative.slow", only("11")},
	{"much slower", "G4.7", "", nil, []figure{{"2022-06-30", "7", "12.1", nil}}, "figure.relative.lag", only("7")},
	{"slower than the other at the end", "G4.7", "2024-01-05 09:00", nil, []figure{{"2023-12-31", "12", "12.1", nil}}, "figure.relative.missed", only("12")},
	{"slower than one that stands still", "G4.7", "", nil, []figure{{"2022-06-30", "-1", "0", nil}}, "figure.relative.zero", only("-1")},
	{"faster than it may be", "G4.7", "", op("G4.7", plan.AtMost), []figure{{"2022-06-30", "12.2", "12.1", nil}}, "figure.relative.over", only("12.2")},
	{"without the other at the end", "G4.7", "2024-01-05 09:00", nil, []figure{{"2023-12-31", "11", "", nil}}, "figure.due.none", only("11")},
	{"without the other", "G4.7", "", nil, []figure{{"2022-06-30", "11", "", nil}}, "figure.relative.none", only("11")},

	{"grown", "G4.8", "", nil, []figure{{"2021-06-30", "1000", "", nil}, {"2022-06-30", "1100", "", nil}}, "figure.growing.ok", only("1100")},
	{"stood still", "G4.8", "", nil, []figure{{"2021-06-30", "1000", "", nil}, {"2022-06-30", "1000", "", nil}}, "figure.growing.slow", only("1000")},
	{"halved", "G4.8", "", nil, []figure{{"2021-06-30", "1000", "", nil}, {"2022-06-30", "500", "", nil}}, "figure.growing.lag", only("500")},
	{"stood still at the end", "G4.8", "2024-01-05 09:00", nil, []figure{{"2022-12-31", "1000", "", nil}, {"2023-12-31", "1000", "", nil}}, "figure.growing.missed", only("1000")},
	{"stood still at nothing", "G4.8", "", nil, []figure{{"2021-06-30", "0", "", nil}, {"2022-06-30", "0", "", nil}}, "figure.growing.zero", only("0")},
	{"another month of the year before", "G4.8", "", nil, []figure{{"2021-05-31", "1000", "", nil}, {"2022-06-30", "1100", "", nil}}, "figure.growing.none", only("1100")},

	{"judged met", "G4.9", "", nil, []figure{{"2022-06-30", "", "", said(true)}}, "figure.judged.met", only("")},
	{"judged unmet", "G4.9", "", nil, []figure{{"2022-06-30", "", "", said(false)}}, "figure.judged.unmet", only("")},
	{"not judged", "G4.9", "", nil, []figure{{"2022-06-30", "", "", nil}}, "figure.judged.unsaid", only("")},
}

func only(value string) [9]string { return [9]string{value} }

func indicatorOf(p *plan.Plan, id string) *plan.Indicator {
	for i := range p.Indicators {
		if p.Indicators[i].ID == id {
			return &p.Indicators[i]
		}
	}
	panic(id)
}

func baseline(id string, n int64) func(*plan.Plan) {
	return func(p *plan.Plan) { indicatorOf(p, id).Baseline = plan.Num(n) }
}

func shrinking(id string, n int64) func(*plan.Plan) {
	return func(p *plan.Plan) {
		in := indicatorOf(p, id)
		in.Baseline, in.Op = plan.Num(n), plan.AtMost
	}
}

func targetOf(id string, n int64) func(*plan.Plan) {
	return func(p *plan.Plan) { indicatorOf(p, id).Target = plan.Num(n) }
}

func op(id string, o plan.Op) func(*plan.Plan) {
	return func(p *plan.Plan) { indicatorOf(p, id).Op = o }
}

func limit(id string) func(*plan.Plan) { return op(id, plan.AtMost) }

func limitOf(id string, n int64) func(*plan.Plan) {
	return func(p *plan.Plan) { op(id, plan.AtMost)(p); targetOf(id, n)(p) }
}

func stage(id, by string) func(*plan.Plan) {
	return func(p *plan.Plan) { indicatorOf(p, id).By = day(by) }
}

// shrinkingTo is a stock of which the plan names the number alone, below its baseline.
func shrinkingTo(id string, from int64) func(*plan.Plan) {
	return func(p *plan.Plan) { baseline(id, from)(p); op(id, plan.Reach)(p) }
}

// kept is a stock that begins above the floor it is to keep.
func kept(id string, from int64) func(*plan.Plan) { return baseline(id, from) }

// view is what the Book says of the case.
func (c indicatorCase) view(t testing.TB) ledger.IndicatorView {
	now := c.now
	if now == "" {
		now = "2022-09-20 09:00"
	}
	var change []func(*plan.Plan)
	if c.change != nil {
		change = append(change, c.change)
	}
	w := newWorld(t, now, change...)
	for _, f := range c.figures {
		w.figure(f.of(c.id))
	}
	v, ok := w.book.Indicator(c.id, w.now())
	if !ok {
		t.Fatalf("no indicator %s", c.id)
	}
	return v
}

func TestIndicators(t *testing.T) {
	for _, c := range indicatorCases {
		t.Run(c.name, func(t *testing.T) {
			v := c.view(t)
			got := [9]string{v.Value.String(), v.Percent.String(), v.ExpectedThen.String(), v.ExpectedThenPercent.String(),
				v.ExpectedNow.String(), v.ExpectedPercent.String(), v.Behind.String(), v.RunRate.String(), v.Forecast.String()}
			if v.Light.Cause.Code != c.code || got != c.want {
				t.Errorf("%s %s\n got %q\nwant %q", v.Light.Cause.Code, v.Light.Colour, got, c.want)
			}
			checkLight(t, v.Light)
		})
	}
}

func TestIndicatorSource(t *testing.T) {
	w := newWorld(t, "2022-09-20 09:00")
	w.open()
	const lead = "2022Q3-02-lead-kjt"
	w.act(liaison("kjt"), lead, workflow.AcceptCommand{})
	c := report("新增科技型小微企业")
	c.Figures = []workflow.FigureInput{{Indicator: "G3.1", Value: plan.MustNumber("0.52"), AsOf: day("2022-08-31"), Provisional: true}}
	w.act(liaison("kjt"), lead, c)
	v, _ := w.book.Indicator("G3.1", w.now())
	if v.Status != workflow.PointReported || !v.Provisional || v.Source.Assignment != lead || v.Source.Report != 1 || v.Source.Unit.Name != "省科技厅" {
		t.Errorf("reported: %+v %+v", v.Status, v.Source)
	}
	w.act(office, lead, workflow.VerifyCommand{Grade: workflow.Good})
	if v, _ = w.book.Indicator("G3.1", w.now()); v.Status != workflow.PointVerified {
		t.Errorf("verified: %s", v.Status)
	}
	seq := v.Source.Seq
	corrected := figure{"2022-08-31", "0.51", "", nil}.of("G3.1")
	w.put(workflow.Event{Kind: workflow.KindFigureCorrected, At: w.now(), Actor: office.Ref(),
		Data: workflow.Data{Indicator: "G3.1", Figure: &corrected, Corrects: seq}})
	v, _ = w.book.Indicator("G3.1", w.now())
	if v.Value.String() != "0.51" || v.Source.Assignment != "" || v.Source.Unit.ID != plan.OfficeID || len(v.Points) != 2 {
		t.Errorf("corrected: %s of %+v, %d points", v.Value, v.Source, len(v.Points))
	}
	w.act(office, lead, workflow.ReopenCommand{Reason: "重报", Due: &workflow.DueTime{Date: day("2022-10-10")}})
	if v, _ = w.book.Indicator("G3.1", w.now()); v.Value.String() != "0.51" || v.Points[0].Status != workflow.PointVoid {
		t.Errorf("reopened: %s, first point %s", v.Value, v.Points[0].Status)
	}
}

// TestVoidFigure holds that a figure no longer in force does not count, however new.
func TestVoidFigure(t *testing.T) {
	w := newWorld(t, "2022-09-20 09:00")
	w.open()
	w.figure(figure{"2022-06-30", "0.4", "", nil}.of("G3.1"))
	const lead = "2022Q3-02-lead-kjt"
	w.act(liaison("kjt"), lead, workflow.AcceptCommand{})
	c := report("新增科技型小微企业")
	c.Figures = []workflow.FigureInput{{Indicator: "G3.1", Value: plan.MustNumber("0.6"), AsOf: day("2022-08-31")}}
	w.act(liaison("kjt"), lead, c)
	if v, _ := w.book.Indicator("G3.1", w.now()); v.Value.String() != "0.6" {
		t.Errorf("reported: %s", v.Value)
	}
	w.act(liaison("kjt"), lead, workflow.RecallCommand{})
	if v, _ := w.book.Indicator("G3.1", w.now()); v.Value.String() != "0.4" || v.AsOf != day("2022-06-30") || len(v.Points) != 2 {
		t.Errorf("recalled: %s at %s, %d points", v.Value, v.AsOf, len(v.Points))
	}
}

func TestAverages(t *testing.T) {
	for _, c := range indicatorCases {
		v := ledger.IndicatorView{}
		want := map[string]struct {
			average string
			years   int
		}{
			"average of two years, a hair short":                  {"5.9811", 2},
			"average exactly met":                                 {"6", 2},
			"average of two years, short beyond the places shown": {"5.9999", 2},
			"average, the year's newest figure counts":            {"6.4707", 2}, // √(1.09 × 1.04)
			"average, all lost":                                   {"-100", 1},
		}[c.name]
		if want.years == 0 {
			continue
		}
		if v = c.view(t); v.Average.String() != want.average || v.Years != want.years {
			t.Errorf("%s: %s over %d years", c.name, v.Average, v.Years)
		}
	}
}
