package page

import (
	"context"
	"time"

	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// named is a page with the name of its picture.
type named struct {
	name string
	page Page
}

// assignmentInput gathers what an assignment's page shows, as a handler would.
func (w *world) assignmentInput(actor workflow.Actor, task int, unit string) AssignmentInput {
	id := w.id(task, unit)
	row, _ := w.book.Assignment(id)
	in := AssignmentInput{Item: w.book.Item(row, w.now), Row: row, Trail: w.trail(id), Actions: w.rules.Actions(actor, row, w.now),
		Period: w.period, Task: w.items(ledger.Query{Period: w.period.ID, Task: task}, office), Series: w.allSeries(), Key: "key"}
	in.Inputs = map[string][]workflow.Event{}
	for _, i := range in.Task {
		in.Inputs[i.ID] = w.trail(i.ID)
	}
	return in
}

func (w *world) reportInput(task int, unit string) ReportInput {
	a := w.assignmentInput(liaison(unit), task, unit)
	in := ReportInput{Item: a.Item, Row: a.Row, Trail: a.Trail, Period: w.period, Series: w.allSeries(), Task: a.Task, Inputs: a.Inputs,
		MaxFile: 20 << 20, Key: "key"}
	for _, id := range []string{"G5.1", "G5.2"} {
		ind, _ := w.rules.Plan.Indicator(id)
		in.Indicators = append(in.Indicators, ind)
	}
	return in
}

// pages are all pages, filled.
func (w *world) pages(lang string) []named {
	k := w.kit(lang, office)
	f := w.frame(k, homePath)
	items := w.items(ledger.Query{Period: w.period.ID}, office)
	needs := w.book.Needs(w.now)
	zr := w.kit(lang, liaison("zrzyt"))
	zf := w.frame(zr, homePath)
	own := w.items(ledger.Query{Period: w.period.ID, Department: "zrzyt"}, office)
	rows, trails := w.rows(own)
	all := []named{
		{"desk", NewDesk(k, f, DeskInput{Period: w.period, Items: items, Needs: needs, Values: values("select", w.id(6, "zrzyt")), Key: "key"})},
		{"desk-need", NewDesk(k, f, DeskInput{Period: w.period, Items: items, Needs: needs, Needed: items[:7], Values: values("need", "overdue"), Key: "key"})},
		{"list", NewList(k, w.frame(k, assignmentsPath), ListInput{Query: ledger.Query{Period: w.period.ID, Sort: ledger.Worst}, Rows: drawn(k, items), Next: "abc", Total: 57, Periods: w.book.Periods(), Export: true})},
		{"inbox", NewInbox(zr, zf, InboxInput{Period: w.period, Own: own, Rows: rows, Trails: trails,
			Tasks: w.items(ledger.Query{Period: w.period.ID, Task: 6}, office), Drafts: map[string]time.Time{own[0].ID: w.now.Add(-20 * time.Minute)}, Key: "key"})},
		{"assignment-verify", NewAssignment(k, f, w.assignmentInput(office, 5, "rhhz"))},
		{"assignment-overdue", NewAssignment(k, f, w.assignmentInput(office, 6, "zrzyt"))},
		{"assignment-department", NewAssignment(zr, zf, w.assignmentInput(liaison("zrzyt"), 6, "zrzyt"))},
		{"assignment-extension", NewAssignment(k, f, w.assignmentInput(office, 8, "swt"))},
		{"assignment-refused", NewAssignment(k, f, w.refused())},
		{"report", NewReportForm(zr, zf, w.reportInput(6, "zrzyt"))},
		{"report-wrong", NewReportForm(zr, zf, w.wrongReport())},
		{"report-returned", NewReportForm(w.kit(lang, liaison("jxt")), zf, w.reportInput(4, "jxt"))},
		{"review", NewReview(zr, zf, w.reviewInput())},
		{"conflict", NewConflict(k, f, w.conflictInput())},
		{"failure-404", NewFailure(k, f, 404, workflow.Fault(workflow.NotFound, "assignment.unknown"), "")},
		{"failure-500", NewFailure(k, f, 500, workflow.AsError(context.Canceled), "3F9A1C22B0")},
		{"task", NewTask(k, f, w.taskInput(6))},
		{"task-9", NewTask(k, f, w.taskInput(9))},
		{"proof", NewProof(k, f, ProofInput{Act: "token", Action: "/tokens", Carried: values("name", "统计系统"), From: "/tokens", Password: true, Code: true, SignOn: true, Minutes: 5,
			Err: workflow.BadField("proof_password", "proof.wrong")})},
		{"indicators", NewIndicators(k, w.frame(k, indicatorsPath), w.book.Indicators(w.now), values())},
		{"indicator", w.indicator(k, "G1.1")},
		{"indicator-judged", w.indicator(k, "G4.9")},
		{"versions", NewVersions(k, f, VersionsInput{Item: w.assignmentInput(office, 2, "kjt").Item, Trail: w.trail(w.id(2, "kjt"))})},
		{"urge-sheet", w.urgeSheet(k)},
		{"evidence", NewEvidence(k, f, workflow.File{ID: "f1", Name: "台账.pdf", Type: "application/pdf", Size: 4096, SHA256: "ab12", Unit: "zrzyt", User: "周航", At: w.now, UsedBy: []string{"x"}},
			[]Fact{{Label: "省自然资源厅", Value: "盘活发展空间"}}, values("reason", ""), workflow.BadField("reason", "file.reason_required"))},
		{"bulk", NewBulk(k, f, BulkInput{Act: "special", Chosen: items[:3], Next: "/", Key: "key"})},
		{"bulk-done", NewBulk(k, f, BulkInput{Act: "extend", Chosen: items[:3], Next: "/", Done: []string{items[0].ID},
			Left: map[string]*workflow.Error{items[1].ID: workflow.Refuse("extension.reported", "at", w.now)}})},
		{"figures-import", w.figuresImport(k)},
		{"template", NewTemplate(k, f, TemplateInput{File: &workflow.File{ID: "f1", Name: "红头.docx", SHA256: "ab12", Unit: "office", User: "刘", At: w.now, Gone: true}, MaxFile: 4 << 20, Key: "k",
			Placeholders: []Placeholder{{"标题", "words", true}, {"附件1", "table", true}, {"周期", "words", false}}, Wrong: []*workflow.Error{workflow.BadField("template", "template.missing", "names", "{{标题}}")}})},
		{"signing", NewSigning(k, f, []string{"zrzyt"}, "key", nil)},
		{"periods", NewPeriods(k, w.frame(k, periodsPath), PeriodsInput{Periods: w.book.Periods(), Current: w.period.ID,
			Counts: map[string]ledger.Counts{w.period.ID: w.book.Counts(w.period.ID, office, w.now)}})},
		{"journal", w.journalPage(k)},
		{"accounts", w.accountsPage(lang)},
		{"screens", NewScreens(k, w.frame(k, screensPath), ScreensInput{Screens: w.screens(), Seats: w.seats()})},
		{"meeting", w.meeting(k)},
	}
	nobody := w.kit(lang, workflow.Actor{})
	nf := nobody.Frame(Frame{CSRF: "t"}, "", 0)
	return append(all,
		named{"login", NewLogin(nobody, nf, LoginInput{Name: "周航", SignOn: true, Next: "/", Err: workflow.Fault(workflow.Unauthorized, "login.failed")})},
		named{"login-unlinked", NewLogin(nobody, nf, LoginInput{SignOn: true, Next: "/", NoSign: workflow.Fault(workflow.Forbidden, "signon.unlinked", "subject", "f81d4fae7dec11d0a76500a0c91e6bf6f81d4fae7dec11d0a76500a0c91e6bf6f81d4fae7dec11d0a76500a0c91e6bf6")})},
		named{"password", NewPasswordPage(zr, zf, true, []string{"至少 10 个字符"}, workflow.BadField("password", "password.short", "count", 4, "min", 10))},
		named{"board", NewBoard(k, f, w.book.BoardAt(w.now), BoardOptions{})},
		named{"board-light", NewBoard(k, f, w.book.BoardAt(w.now), BoardOptions{Theme: "light"})},
		named{"board-grid", NewBoard(k, f, w.book.BoardAt(w.now), BoardOptions{Pages: []string{"grid"}})},
		named{"board-targets", NewBoard(k, f, w.book.BoardAt(w.now), BoardOptions{Pages: []string{"indicators"}})},
		named{"board-today", NewBoard(k, f, w.book.BoardAt(w.now), BoardOptions{Pages: []string{"today"}, Theme: "light"})},
		named{"board-charts", NewBoard(k, f, w.book.BoardAt(w.now), BoardOptions{Pages: []string{"charts"}})},
		named{"board-ranking", NewBoard(k, f, w.ranked(), BoardOptions{Pages: []string{"ranking"}})},
		named{"board-late", NewBoard(k, f, w.later(), BoardOptions{Pages: []string{"overview"}})},
		named{"pairing", NewPairing(nobody, nf, "7K3-Q9X", "/board/paired", "dark")},
	)
}

// ranked is the board with a frozen assessment.
func (w *world) ranked() *ledger.Board {
	b := *w.book.BoardAt(w.now)
	b.Ranking = &ledger.Ranking{Period: ledger.PeriodRef{ID: "2022Q2", Name: "2022年第二季度"}, FrozenAt: w.now}
	for n, d := range w.rules.Plan.Departments {
		row := ledger.RankingRow{Department: ledger.Unit{ID: d.ID, Name: d.Name}, Group: d.Group, Points: plan.Num(int64(98 - n)), Rank: n + 1}
		if n > 13 {
			row.Rank, row.Points = 0, plan.Number{}
		}
		b.Ranking.Rows = append(b.Ranking.Rows, row)
	}
	return &b
}

// later is the board with tasks that another quarter left open.
func (w *world) later() *ledger.Board {
	b := *w.book.BoardAt(w.now)
	b.Shown = ledger.Counts{Overdue: 4, Soon: 4, Reported: 2, Assigned: 1, InProgress: 3, Verified: 2, Total: 16}
	for n, t := range b.Tasks {
		if n < 4 {
			b.AlsoOpen = append(b.AlsoOpen, ledger.OpenTask{BoardTask: t, Period: ledger.PeriodRef{ID: "2022Q2", Name: "2022年第二季度", Special: n == 3}})
		}
	}
	return &b
}

func (w *world) urgeSheet(k Kit) UrgeSheet {
	w.t.Helper()
	in := w.assignmentInput(office, 6, "zrzyt")
	s, ok := NewUrgeSheet(k, w.frame(k, homePath), in.Item, nil, in.Trail, w.book.UrgeNumbers(in.Row), 2)
	if !ok {
		w.t.Fatal("no second urge")
	}
	return s
}

func (w *world) refused() AssignmentInput {
	in := w.assignmentInput(office, 5, "rhhz")
	in.Failed, in.Typed = workflow.Return, values("reason", "", "due", "2022-10-08")
	in.Err = &workflow.Error{Kind: workflow.Invalid, Code: "fields.invalid", Fields: []*workflow.Error{
		workflow.BadField("reason", "return.reason_required"), workflow.BadField("due", "due.past", "due", w.now.Add(-24*time.Hour))}}
	return in
}

func (w *world) wrongReport() ReportInput {
	in := w.reportInput(6, "zrzyt")
	in.Typed = values("figure.G5.1.value", "1085", "figure.G5.2.value", "0.087", "figure.G5.2.as_of", "2022-09-30",
		"progress", "全省推进低效用地再开发，本季度盘活存量低效用地用于小微企业园建设；完成三个设区市园区改造提升现场核查，新认定小微企业园 33 个。",
		"measure.6.1.status", "under_way", "measure.6.1.percent", "一半")
	ind, _ := w.rules.Plan.Indicator("G5.2")
	in.Wrong = []*workflow.Error{
		workflow.BadField("figure.G5.2.value", "figure.slip", "title", ind.Title, "value", "0.087", "unit", ind.Unit, "last", "0.88", "as_of", plan.Date{Year: 2022, Month: 6, Day: 30}),
		workflow.BadField("measure.6.1.percent", "form.percent", "value", "一半"),
		workflow.BadField("progress", "report.progress_required")}
	return in
}

func (w *world) reviewInput() ReviewInput {
	a := w.assignmentInput(liaison("zrzyt"), 6, "zrzyt")
	cmd := w.report(6, "全省推进低效用地再开发。")
	e := workflow.Event{Kind: workflow.KindReported, At: w.now, Actor: liaison("zrzyt").Ref(), Texts: workflow.Texts{
		"progress": cmd.Progress, "next_steps": cmd.NextSteps}, Data: workflow.Data{N: 1, Late: true, Report: &workflow.ReportData{
		Figures: []workflow.Figure{{Indicator: "G5.1", Value: plan.Num(1085), AsOf: plan.Date{Year: 2022, Month: 9, Day: 30}, Provisional: true}}}}}
	for _, m := range cmd.Measures {
		e.Data.Report.Measures = append(e.Data.Report.Measures, workflow.MeasureData{ID: m.ID, Status: m.Status, Percent: m.Percent})
	}
	return ReviewInput{Item: a.Item, Row: a.Row, Period: w.period, Event: e, Task: a.Task, Series: a.Series, Typed: values("progress", cmd.Progress), Key: "k"}
}

func (w *world) conflictInput() ConflictInput {
	in := w.assignmentInput(office, 6, "zrzyt")
	var before workflow.Assignment
	for _, e := range in.Trail[:len(in.Trail)-2] {
		before = workflow.Apply(before, e)
	}
	return ConflictInput{Before: w.book.Item(before, w.now), Now: in.Item, Since: in.Trail[len(in.Trail)-2:], Trigger: workflow.Urge,
		Typed: values("text", "请尽快报送。", "level", "urge"), May: true, Key: "k"}
}

func (w *world) taskInput(no int) TaskInput {
	t, _ := w.rules.Plan.Task(no)
	in := TaskInput{No: no, Period: w.period, Periods: w.book.Periods(), Items: w.items(ledger.Query{Period: w.period.ID, Task: no}, office),
		Trail: w.trail(w.id(no, t.Lead)), Read: true}
	for _, f := range t.Figures {
		v, _ := w.book.Indicator(f.ID, w.now)
		in.Figures = append(in.Figures, v)
	}
	return in
}

func (w *world) indicator(k Kit, id string) Indicator {
	v, _ := w.book.Indicator(id, w.now)
	return NewIndicator(k, w.frame(k, indicatorsPath), IndicatorInput{View: v, Key: "k"})
}

func (w *world) journalPage(k Kit) Journal {
	es, err := w.journal.Events(context.Background(), w.book.Seq()-40, 40)
	if err != nil {
		w.t.Fatal(err)
	}
	seq, head := w.journal.Head()
	return NewJournal(k, w.frame(k, journalPath), JournalInput{Events: es, Values: values(), Next: "/journal?after=3", Head: seq, Hash: head})
}

func (w *world) accountsPage(lang string) Accounts {
	admin := w.kit(lang, workflow.Actor{User: "admin", Unit: plan.OfficeID, Role: workflow.Admin})
	at := w.now.Add(-time.Hour)
	return NewAccounts(admin, w.frame(admin, accountsPath), AccountsInput{Values: values(), Accounts: []account.Account{
		{Name: "admin", Unit: plan.OfficeID, Role: workflow.Admin, LastLogin: &at},
		{Name: "zhouhang", Unit: "zrzyt", Role: workflow.Liaison, MustChange: true, Identity: &account.Identity{Issuer: "https://sso.example", Subject: "248289761001"}},
		{Name: "liumin", Unit: plan.OfficeID, Role: workflow.OfficeMan, Disabled: true, LastLogin: &at}},
		Link: &NewSecret{"zhouhang", "https://duban.example/invite/vvTUSxmCF342V8Jne1FoX07kA6VIh5QXlONnLJ8CYGg", "10月13日 14:32"}, SignOn: true, Err: workflow.BadField("name", "account.name_taken", "name", "admin"), Typed: values("name", "admin")})
}

func (w *world) seats() map[string][]Seat {
	return map[string][]Seat{"s1": {{Since: w.now.Add(-26 * time.Hour), Address: "10.20.3.15", Build: "test"}, {Since: w.now, Address: "10.20.3.16", Build: "older"}}}
}

func (w *world) meeting(k Kit) Meeting {
	w.t.Helper()
	in := w.assignmentInput(office, 6, "zrzyt")
	return NewMeeting(k, w.frame(k, MeetingPath), MeetingInput{Board: w.book.BoardAt(w.now), Screens: w.screens(), Seats: w.seats(), Chosen: []string{"s1"},
		Own:  map[string]*OnScreen{"s1": {Task: 6, Period: w.period.ID, By: "刘敏", Since: w.now, Left: time.Hour}},
		Lead: &in.Item, Row: in.Row, Trail: in.Trail, Actions: []workflow.Trigger{workflow.Direct}, Key: "k"})
}

func (w *world) screens() []account.ScreenPass {
	return []account.ScreenPass{
		{ID: "s1", Name: "三楼会议室", CreatedAt: w.now.Add(-240 * time.Hour), Approved: true, By: "刘敏", SeenAt: &w.now},
		{ID: "s2", Name: "", Code: "7K3-Q9X", CreatedAt: w.now},
		{ID: "s3", Name: "一楼大厅", CreatedAt: w.now.Add(-240 * time.Hour), Approved: true, Revoked: true, By: "刘敏"}}
}

// emptyPages are all pages with nothing in them.
func emptyPages(lang string) []named {
	f := Frame{Lang: lang}
	return []named{{"login", Login{Frame: f}}, {"password", Password{Frame: f}}, {"desk", Desk{Frame: f}}, {"list", List{Frame: f}},
		{"inbox", Inbox{Frame: f}}, {"assignment", Assignment{Frame: f}}, {"report", ReportForm{Frame: f}}, {"review", Review{Frame: f}},
		{"conflict", Conflict{Frame: f}}, {"failure", Failure{Frame: f}}, {"task", Task{Frame: f}}, {"indicators", Indicators{Frame: f}},
		{"indicator", Indicator{Frame: f}}, {"periods", Periods{Frame: f}}, {"journal", Journal{Frame: f}}, {"accounts", Accounts{Frame: f}},
		{"screens", Screens{Frame: f}}, {"meeting", Meeting{Frame: f}}, {"board", Board{Frame: f}}, {"pairing", Pairing{Frame: f}}}
}

var languages = text.Languages
