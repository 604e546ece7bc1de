package ui

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"duban/ui/text"
	"duban/workflow"
)

// TestAYearOfThePlan: 2022, four periods and the turn to the fifth. Every figure
// below was worked out by hand from the calendar and the plan:
//
//	workdays  2022: off 3 Jan, 31 Jan–4 Feb, 4–5 Apr, 2–4 May, 3 Jun, 12 Sep, 3–7 Oct and 2 Jan 2023;
//	          worked on Saturdays and Sundays 29–30 Jan, 2 Apr, 24 Apr, 7 May, 8–9 Oct
//	plan      1,095 days from 2021-01-01; 455 of them by 31 Mar 2022, 546 by 30 Jun,
//	          638 by 30 Sep, 729 by 30 Dec
func TestAYearOfThePlan(t *testing.T) {
	t.Parallel()
	y := newYear(t)
	for id, owner := range map[string]string{"G1.1": "scjgj", "G5.3": "kjt", "G3.2": "kjt", "G5.1": "jxt", "G4.7": "rhhz", "G4.8": "rhhz"} {
		y.do("office", "PUT /api/v1/indicators/"+id+"/owner", map[string]any{"owner": owner})
	}
	y.firstQuarter()
	y.secondQuarter()
	y.thirdQuarter()
	y.fourthQuarter()
	y.endOfYear()
	y.reminders()
}

// firstQuarter: a special period across the Spring Festival, and a report that
// comes on a Saturday everybody works.
func (y *year) firstQuarter() {
	y.until("2022-01-05 10:00:00")
	y.accept("2022Q1")
	y.expect("2022Q1-08-lead-swt", is{"accept_by": timed("2022-01-07 17:30:00"), "due": timed("2022-03-31 17:30:00"), "accepted_late": false})
	y.expect("2022Q1-08-coop-czt", is{"due": timed("2022-03-24 17:30:00")})

	y.until("2022-01-17 10:00:00")
	y.do("office", "POST /api/v1/periods", map[string]any{"id": "SF2022", "name": "春节前盘活专项", "tasks": []int{6},
		"accept_by": "2022-01-20", "cooperating_due": "2022-01-28", "due": "2022-01-30"})
	y.silent["SF2022-06-coop-jxt"] = true
	y.until("2022-01-18 10:00:00")
	y.accept("SF2022")
	y.until("2022-01-21 10:00:00")
	y.do("jxt", "POST "+assignment("SF2022-06-coop-jxt")+"/acceptance", nil)
	y.until("2022-01-27 10:00:00")
	y.report("SF2022", "cooperating")
	y.until("2022-01-28 10:00:00")
	lead := assignment("SF2022-06-lead-zrzyt")
	y.do("zrzyt", "POST "+lead+"/extension-requests", map[string]any{"due": "2022-02-08", "reason": "春节假期"})
	y.expect("SF2022-06-lead-zrzyt", is{"workdays_left": 2, "time_light.colour": "yellow"}) // Saturday and Sunday are worked
	y.until("2022-01-29 10:00:00")
	y.do("office", "POST "+lead+"/extension-requests/1/decision", map[string]any{"granted": true})
	y.expect("SF2022-06-lead-zrzyt", is{"due": timed("2022-02-08 17:30:00"), "workdays_left": 3, "extended": 1}) // 30 Jan, 7 and 8 Feb
	y.until("2022-02-07 10:00:00")
	y.expect("SF2022-06-coop-jxt", is{"state": "overdue", "workdays_late": 3, "days_late": 10, "accepted_late": true})
	y.fileLate("SF2022-06-coop-jxt")
	y.until("2022-02-09 09:00:00")
	y.expect("SF2022-06-lead-zrzyt", is{"state": "overdue", "workdays_late": 1, "days_late": 1})
	y.fileLate("SF2022-06-lead-zrzyt")
	y.silent["SF2022-06-coop-jxt"] = false
	y.until("2022-02-10 10:00:00")
	y.verify("SF2022")

	y.silent["2022Q1-08-lead-swt"] = true
	y.until("2022-03-22 10:00:00")
	y.report("2022Q1", "cooperating")
	y.reports["2022Q1-01-lead-scjgj"] = figures("2022-03-31", "G1.1", 26)
	y.reports["2022Q1-01-lead-scjgj"]["forecast"] = []any{map[string]any{"indicator": "G1.1", "value": 30}}
	y.reports["2022Q1-02-lead-kjt"] = figures("2022-03-31", "G5.3", 0.5, "G3.2", 2.4)
	y.reports["2022Q1-05-lead-rhhz"] = map[string]any{"figures": []any{
		map[string]any{"indicator": "G4.7", "value": 20.5, "comparison": 15.2, "as_of": "2022-03-31"},
		map[string]any{"indicator": "G4.8", "value": 1000000, "as_of": "2022-03-31"},
		map[string]any{"indicator": "T5.1", "value": 0.95, "as_of": "2022-03-31"}}}
	y.until("2022-03-31 10:00:00")
	y.report("2022Q1", "lead")
	y.until("2022-04-01 10:00:00")
	y.verify("2022Q1")
	y.indicator("G1.1", is{"value": 26, "percent": 43.3, "expected_then": 24.9315, "behind": -1.8, "forecast_end": 62.5714, "light.colour": "green"})
	y.indicator("G5.3", is{"value": 0.5, "percent": 25, "behind": -0.3, "forecast_end": 2.0278, "light.colour": "green"})
	y.until("2022-04-02 10:00:00") // a Saturday everybody works
	y.expect("2022Q1-08-lead-swt", is{"state": "overdue", "workdays_late": 2, "days_late": 2})
	y.fileLate("2022Q1-08-lead-swt")
	y.silent["2022Q1-08-lead-swt"] = false
	y.until("2022-04-06 10:00:00")
	y.verify("2022Q1")
}

// secondQuarter: a cooperating department that stays silent, whatever is sent to
// it, and figures that are asked about.
func (y *year) secondQuarter() {
	for _, id := range []string{"2022Q2-01-coop-gsl", "2022Q2-09-coop-gsl", "2022Q2-01-coop-whlyt"} {
		y.silent[id] = true
	}
	y.accept("2022Q2")
	y.expect("2022Q2-06-lead-zrzyt", is{"accept_by": timed("2022-04-07 17:30:00"), "due": timed("2022-06-30 17:30:00")})
	y.silent["2022Q2-01-coop-whlyt"] = false
	y.until("2022-04-08 10:00:00")
	y.accept("2022Q2")
	y.until("2022-06-21 10:00:00")
	y.report("2022Q2", "cooperating")
	gsl := assignment("2022Q2-01-coop-gsl")
	y.until("2022-06-22 10:00:00")
	y.do("scjgj", "POST "+gsl+"/urges", map[string]any{"level": "reminder", "text": "请报送任务一的进展"})
	measure := func(id, status string, percent any) any {
		return map[string]any{"id": id, "status": status, "percent": percent}
	}
	y.reports["2022Q2-04-lead-jxt"] = map[string]any{"measures": []any{measure("4.1", "done", nil), measure("4.2", "under_way", 30),
		measure("4.3", "not_started", nil), measure("4.4", "under_way", nil), measure("4.5", "under_way", nil), measure("4.6", "under_way", nil)}}
	y.reports["2022Q2-02-lead-kjt"] = figures("2022-06-30", "G5.3", 0.7)
	y.until("2022-06-30 10:00:00")
	lead := "POST " + assignment("2022Q2-01-lead-scjgj") + "/reports"
	file := func(asOf string, value any) map[string]any {
		body := figures(asOf, "G1.1", value)
		body["progress"] = "按计划推进"
		return body
	}
	y.refused("scjgj", lead, file("2022-06-30", 280000), "figure.slip") // 家, not 万家
	y.refused("scjgj", lead, file("2022-06-30", 25), "figure.falls")
	y.refused("scjgj", lead, file("2022-07-01", 28), "figure.as_of_future")
	y.reports["2022Q2-01-lead-scjgj"] = figures("2022-06-30", "G1.1", 28)
	y.report("2022Q2", "lead")
	y.expect("2022Q2-01-lead-scjgj", is{"latest_report.missing": []string{"gsl"}, "latest_report.inputs.#": 4})
	y.expect("2022Q2-09-lead-scjgj", is{"latest_report.missing": []string{"gsl"}, "latest_report.inputs.#": 15})
	if page := y.page("scjgj", "/assignments/2022Q2-01-lead-scjgj"); !strings.Contains(page, text.For(text.Chinese).T("rep.difference", "value", "-2")) {
		y.t.Error("28 filed where 30 was forecast: the page does not say −2")
	}
	if page := y.page("office", "/assignments/2022Q2-01-lead-scjgj"); !strings.Contains(page, "30<small>"+text.For(text.Chinese).T("rep.difference", "value", "-2")) {
		y.t.Error("28 filed where 30 was forecast: the office does not see 30 and −2")
	}
	y.until("2022-07-01 10:00:00")
	y.verify("2022Q2")
	y.indicator("G1.1", is{"value": 28, "percent": 46.7, "behind": 3.2, "forecast_end": 56.1538, "light.colour": "green"})
	y.indicator("G5.3", is{"percent": 35, "behind": 14.6, "light.colour": "yellow"})

	y.until("2022-07-05 10:00:00")
	y.do("office", "POST "+gsl+"/urges", map[string]any{"level": "formal", "text": "请于三日内报送"})
	y.do("gsl", "POST "+gsl+"/urges/2/read", map[string]any{})
	y.do("gsl", "POST "+gsl+"/urges/2/reply", map[string]any{"text": "正在办理"})
	y.expect("2022Q2-01-coop-gsl", is{"state": "overdue", "urged": 2, "urge_level": "formal", "accepted_at": none})
	if a, ok := y.book.Assignment("2022Q2-01-coop-gsl"); !ok || a.Urges[1].ReadAt == nil || a.Urges[1].RepliedAt == nil {
		y.t.Error("the formal urge has no read mark or reply")
	}
}

// page is a page as a person's browser gets it.
func (y *year) page(who, path string) string {
	y.t.Helper()
	a := y.send(y.cookie(who).http, "GET", path, nil, map[string]string{"Accept": "text/html"})
	if a.status != http.StatusOK {
		y.t.Fatalf("%s: %s", path, a)
	}
	return string(a.body)
}

// thirdQuarter: a member joins, an assignment is withdrawn, a report comes back
// before the National Day holiday and again after it, a figure is corrected.
func (y *year) thirdQuarter() {
	y.accept("2022Q3")
	y.until("2022-07-11 10:00:00")
	y.member("nynct", "省农业农村厅")
	y.expect("2022Q3-09-coop-nynct", is{"state": "assigned", "accept_by": timed("2022-07-14 17:30:00"), "due": timed("2022-09-23 17:30:00")})
	y.accept("2022Q3")
	y.until("2022-09-01 10:00:00")
	y.do("office", "POST "+assignment("2022Q3-12-coop-sft")+"/withdrawal", map[string]any{"reason": "职责调整"})
	y.until("2022-09-21 10:00:00")
	y.report("2022Q3", "cooperating")
	y.reports["2022Q3-01-lead-scjgj"] = figures("2022-09-30", "G1.1", 30)
	y.reports["2022Q3-02-lead-kjt"] = figures("2022-09-30", "G5.3", 0.8)
	y.reports["2022Q3-04-lead-jxt"] = map[string]any{"measures": []any{
		map[string]any{"id": "4.1", "status": "no_change"}, map[string]any{"id": "4.2", "status": "no_change"},
		map[string]any{"id": "4.3", "status": "no_change"}, map[string]any{"id": "4.4", "status": "not_started"}}}
	y.until("2022-09-30 10:00:00")
	y.report("2022Q3", "lead")
	y.until("2022-09-30 15:00:00")
	back := assignment("2022Q3-10-lead-fzggw")
	y.compare("returned", y.do("office", "POST "+back+"/return", map[string]any{"reason": "请补充信用修复数据"}),
		is{"due": timed("2022-10-12 17:30:00")}) // 8 (Saturday), 9 (Sunday), 10, 11, 12 October
	y.silent["2022Q3-10-lead-fzggw"] = true
	y.verify("2022Q3")
	y.indicator("G1.1", is{"percent": 50, "behind": 8.3, "light.colour": "green"})
	y.until("2022-10-09 10:00:00")
	y.accept("2022Q4")
	y.expect("2022Q4-05-lead-rhhz", is{"accept_by": timed("2022-10-11 17:30:00"), "due": timed("2022-12-30 17:30:00")})
	y.expect("2022Q4-05-coop-czt", is{"due": timed("2022-12-23 17:30:00")})

	y.until("2022-10-12 10:00:00")
	points, _ := y.indicatorAnswer("G1.1").get("points").([]any)
	wrong := points[len(points)-1]
	y.do("office", "POST /api/v1/indicators/G1.1/figures", map[string]any{"value": 28.5, "as_of": "2022-09-30",
		"corrects": at(wrong, "seq"), "reason": "剔除重复登记"})
	y.indicator("G1.1", is{"value": 28.5, "percent": 47.5, "behind": 10.8, "expected_then": 34.9589, "light.colour": "yellow",
		"forecast_end": 48.9146, "run_rate_per_month": 2.0966, "points.#": len(points) + 1, "points.2.value": 30, "points.2.replaced_by": some})
	y.until("2022-10-13 09:00:00")
	y.expect("2022Q3-10-lead-fzggw", is{"state": "overdue", "workdays_late": 1, "days_late": 1, "returned": 1})
	y.fileLate("2022Q3-10-lead-fzggw")
	y.silent["2022Q3-10-lead-fzggw"] = false
	y.until("2022-10-14 10:00:00")
	y.verify("2022Q3")
}

// fourthQuarter: the year's last figures, one report in the new year.
func (y *year) fourthQuarter() {
	y.silent["2022Q4-05-lead-rhhz"] = true
	y.until("2022-12-21 10:00:00")
	y.report("2022Q4", "cooperating")
	y.reports["2022Q4-01-lead-scjgj"] = figures("2022-12-30", "G1.1", 33, "T1.1", 600)
	y.reports["2022Q4-02-lead-kjt"] = figures("2022-12-30", "G5.3", 1.9)
	y.reports["2022Q4-04-lead-jxt"] = figures("2022-12-30", "G5.1", 1100)
	y.until("2022-12-30 10:00:00")
	y.report("2022Q4", "lead")
	y.do("office", "POST /api/v1/indicators/G4.9/figures", map[string]any{"met": true, "as_of": "2022-12-30", "reason": "利率低于全国平均"})
	y.verify("2022Q4")
	y.indicator("G5.3", is{"value": 1.9, "percent": 95, "expected_then": 1.9945, "behind": 4.7, "forecast_end": 1.9052, "light.colour": "green", "met": false})
	y.until("2023-01-03 09:30:00")
	y.fileLate("2022Q4-05-lead-rhhz")
	y.until("2023-01-03 10:00:00")
}

// endOfYear is the morning of 3 January 2023, the third day of the yearly figures'
// new year.
func (y *year) endOfYear() {
	y.count("2022Q1", map[string]int{"verified": 57})
	y.count("SF2022", map[string]int{"verified": 6})
	y.count("2022Q2", map[string]int{"verified": 55, "overdue": 2})
	y.count("2022Q3", map[string]int{"verified": 57, "withdrawn": 1})
	y.count("2022Q4", map[string]int{"verified": 57, "reported": 1})
	y.count("2023Q1", map[string]int{"assigned": 58})

	late := func(said string) is {
		return is{"late": true, "time_light.colour": "yellow", "time_light.ring": true, "time_light.code": "time.repaired",
			"time_light.cause": contains(said), "latest_report.late": true}
	}
	for id, said := range map[string]string{
		"2022Q1-08-lead-swt":   "迟 2 个工作日（2 天）", // 1 April and the worked Saturday
		"SF2022-06-coop-jxt":   "迟 3 个工作日（10 天）",
		"SF2022-06-lead-zrzyt": "迟 1 个工作日（1 天）", // after the extension
		"2022Q3-10-lead-fzggw": "迟 1 个工作日（1 天）", // after the return
		"2022Q4-05-lead-rhhz":  "迟 1 个工作日（4 天）", // over the New Year
	} {
		y.expect(id, late(said))
	}
	for id, want := range map[string]is{
		"2022Q2-01-coop-gsl":   {"workdays_late": 133, "days_late": 194, "time_light.colour": "red"}, // since 23 June
		"SF2022-06-coop-jxt":   {"state": "verified", "accepted_late": true},
		"SF2022-06-lead-zrzyt": {"extended": 1, "original_due": timed("2022-01-30 17:30:00")},
		"2022Q2-01-coop-whlyt": {"late": false, "accepted_late": true, "time_light.colour": "grey", "mark": "adopted"},
		"2022Q3-10-lead-fzggw": {"returned": 1, "reports.#": 2, "due": timed("2022-10-12 17:30:00")},
		"2022Q4-05-lead-rhhz":  {"state": "reported"},
		"2022Q4-09-coop-nynct": {"state": "verified", "late": false, "mark": "adopted"},
		"2022Q3-12-coop-sft":   {"state": "withdrawn", "time_light.colour": "grey"},

		// Progress: the worst of the figures up to the period's end, and of the measures.
		"2022Q1-02-lead-kjt":   {"progress_light.colour": "yellow", "progress_light.code": "figure.rate.slow"}, // 2.4 of 2.5 %
		"2022Q3-02-lead-kjt":   {"progress_light.colour": "red", "progress_light.code": "figure.pace.lag"},     // 40 % after 74.8 % of the year
		"2022Q4-02-lead-kjt":   {"progress_light.colour": "yellow", "progress_light.code": "figure.rate.slow"},
		"2022Q1-05-lead-rhhz":  {"progress_light.colour": "green"},
		"2022Q1-01-lead-scjgj": {"progress_light.colour": "green", "progress_light.code": "figure.pace.ok"},
		"2022Q3-01-lead-scjgj": {"progress_light.colour": "yellow", "progress_light.code": "figure.pace.slow"}, // as corrected
		"2022Q4-01-lead-scjgj": {"progress_light.colour": "yellow", "progress_light.code": "figure.pace.slow"},
		"2022Q2-04-lead-jxt":   {"progress_light.colour": "green", "progress_light.code": "progress.measures.ok"},    // 46.6 % after 49.9 %
		"2022Q3-04-lead-jxt":   {"progress_light.colour": "yellow", "progress_light.code": "progress.measures.slow"}, // 41.1 % after 58.3 %
	} {
		y.expect(id, want)
	}

	y.indicator("G1.1", is{"value": 33, "percent": 55, "behind": 11.6, "forecast_end": 49.5679, "run_rate_per_month": 2.2439,
		"expected_now": 40.1644, "light.colour": "yellow", "source.assignment": "2022Q4-01-lead-scjgj", "status": "verified"}) // 733 days
	y.indicator("G5.3", is{"value": 1.9, "as_of": "2022-12-30", "expected_now": 0.0164, "run_rate_per_month": 0.1667})
	y.indicator("T1.1", is{"value": 600, "percent": 60, "behind": 6.6, "light.colour": "green", "forecast_end": 901.2346})
	y.indicator("G5.1", is{"value": 1100, "percent": 91.7, "light.colour": "grey"})
	y.indicator("G4.7", is{"comparison": 15.2, "met": true, "light.colour": "green"})
	y.indicator("G4.9", is{"met": true, "light.colour": "green"})
	y.compare("board", y.do("office", "GET /api/v1/board", nil), is{"period.id": "2023Q1", "counts.assigned": 12, "counts.total": 12,
		"assignments.total": 58, "plan.elapsed_days": 733, "plan.days": 1095})

	// The year turns over: the first figure of 2023 is less than the last of 2022 and nobody asks why.
	y.accept("2023Q1")
	y.until("2023-03-31 10:00:00")
	y.reports["2023Q1-02-lead-kjt"] = figures("2023-03-31", "G5.3", 0.4)
	y.reports["2023Q1-05-lead-rhhz"] = figures("2023-03-31", "G4.8", 1100000)
	y.fileLate("2023Q1-02-lead-kjt")
	y.fileLate("2023Q1-05-lead-rhhz")
	y.indicator("G5.3", is{"value": 0.4, "percent": 20, "behind": 4.7, "forecast_end": 1.6222, "light.colour": "green", "status": "reported"})
	y.indicator("G4.8", is{"comparison": 1000000, "comparison_as_of": "2022-03-31", "met": true, "light.colour": "green"})
}

// reminders: how many the clock sent in 2022, none on a day off.
//
//	Q1 45 (3 workdays before) + 12 + 12, the special period 5 + 5 + 2 and 2 more after
//	the extension, Q2 45 + 2 to the silent one + 24, Q3 45 + 24 + 2 after the return,
//	Q4 46 + 24
func (y *year) reminders() {
	off := map[string]bool{}
	for _, d := range strings.Fields("01-03 01-31 02-01 02-02 02-03 02-04 04-04 04-05 05-02 05-03 05-04 06-03 09-12 10-03 10-04 10-05 10-06 10-07") {
		off[d] = true
	}
	worked := map[string]bool{}
	for _, d := range strings.Fields("01-29 01-30 04-02 04-24 05-07 10-08 10-09") {
		worked[d] = true
	}
	n, onSaturday := 0, 0
	for _, e := range y.events(0) {
		at := e.At.In(instant("2022-01-01 00:00:00").Location())
		if e.Kind != workflow.KindReminded || at.Year() != 2022 {
			continue
		}
		n++
		day, weekend := at.Format("01-02"), at.Weekday() == time.Saturday || at.Weekday() == time.Sunday
		if off[day] || weekend && !worked[day] {
			y.t.Errorf("a reminder on %s, a day off", day)
		}
		if weekend {
			onSaturday++
		}
	}
	if n != 69+14+71+71+70 {
		y.t.Errorf("%d reminders", n)
	}
	if onSaturday != 3 { // 29 January twice, 9 October
		y.t.Errorf("%d reminders on worked weekends", onSaturday)
	}
}
