package page

import (
	"cmp"
	"time"

	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/ledger"
)

// MeetingPath is the page of a meeting.
const MeetingPath = "/meeting"

// What the buttons of a meeting's page do; "page:ID" and "task:NO:PERIOD" besides.
const (
	SteerChoose    = "choose"
	SteerPause     = "pause"
	SteerResume    = "resume"
	SteerEnd       = "end"
	SteerPage      = "page"
	SteerTask      = "task"
	SteerIndicator = "indicator"
)

func (k Kit) steerButton(act string) MeetingButton {
	return MeetingButton{Value: act, Text: k.P.T("meeting." + act)}
}

// NewMeeting builds the page that steers the screens.
func NewMeeting(k Kit, f Frame, in MeetingInput) Meeting {
	f.Title = k.P.T("meeting.title")
	m := Meeting{Frame: f, Action: MeetingPath, Choose: k.steerButton(SteerChoose), Hold: k.steerButton(SteerPause), One: k.steerButton(SteerIndicator)}
	running := in.Every != nil
	if in.Every != nil {
		m.Status = append(m.Status, k.onScreen(*in.Every, k.P.T("meeting.all")))
	}
	shown := in.Shown()
	if shown != nil && shown.Paused {
		m.Hold = k.steerButton(SteerResume)
	}
	for _, x := range in.Screens {
		if !x.Approved || x.Revoked {
			continue
		}
		s := MeetingScreen{ID: x.ID, Name: x.Name, Checked: holds(in.Chosen, x.ID), Status: k.P.T("screens.away"), Tone: Warn}
		if seats := in.Seats[x.ID]; len(seats) > 0 {
			s.Status, s.Tone = k.P.T("screens.here"), Good
		}
		if own := in.Own[x.ID]; own != nil {
			running = true
			m.Status = append(m.Status, k.onScreen(*own, x.Name))
		}
		m.Screens = append(m.Screens, s)
	}
	if running {
		end := k.steerButton(SteerEnd)
		m.End = &end
	}
	current := OnScreen{}
	if shown != nil {
		current = *shown
	}
	m.Pages = k.meetingPages(in.Board, current)
	m.Tasks = k.meetingTasks(in.Board, current)
	for _, v := range k.Rules.Plan.AllIndicators() {
		m.Indicators = append(m.Indicators, Option{Value: v.ID, Text: v.ID + " " + name(v), Selected: v.ID == current.Indicator})
	}
	if in.Lead != nil {
		k.meetingDirective(&m, in)
	}
	if in.Err != nil {
		m.Errors = pageError(k.P, in.Err)
	}
	return m
}

// Shown is what the chosen screens show, or all of them: the first that shows
// something.
func (in MeetingInput) Shown() *OnScreen {
	for _, id := range in.Chosen {
		if own := in.Own[id]; own != nil {
			return own
		}
	}
	if in.Every != nil {
		return in.Every
	}
	for _, x := range in.Screens {
		if own := in.Own[x.ID]; own != nil {
			return own
		}
	}
	return nil
}

// onScreen says what is shown where, by whom and for how long.
func (k Kit) onScreen(s OnScreen, where string) string {
	what := k.P.T("meeting.held")
	switch {
	case s.Task != 0:
		t := k.numbered(s.Task)
		what = k.P.T("case.title", "no", s.Task, "title", t.Title)
	case s.Indicator != "":
		in, _ := k.Rules.Plan.Indicator(s.Indicator)
		what = name(in)
	case s.Page != "":
		what = k.pageName(s.Page)
	}
	minutes := int((s.Left + time.Minute - 1) / time.Minute)
	return k.P.T("meeting.status", "where", where, "what", what, "user", s.By, "since", k.P.Clock(s.Since), "minutes", minutes)
}

func (k Kit) meetingPages(b *ledger.Board, current OnScreen) []MeetingButton {
	var out []MeetingButton
	add := func(id string) {
		out = append(out, MeetingButton{Value: SteerPage + ":" + id, Text: k.pageName(id), Current: current.Page == id})
	}
	for _, id := range BoardPages {
		if id != "indicators" {
			add(id)
			continue
		}
		for n := range k.indicatorPages(b) {
			add(id + "-" + itoa(n+1))
		}
	}
	return out
}

// pageName is a page of the board in words.
func (k Kit) pageName(id string) string {
	for n, prefix := 1, "indicators-"; n <= 9; n++ {
		if id == prefix+itoa(n) {
			return k.P.T("board.indicators", "n", n)
		}
	}
	if k.P.Has("board.page_" + id) {
		return k.P.T("board.page_" + id)
	}
	return id
}

func (k Kit) meetingTasks(b *ledger.Board, current OnScreen) []MeetingTask {
	var out []MeetingTask
	for _, t := range b.Rows() {
		row := k.boardTask(t)
		period := t.Period.ID
		if period == "" && b.Period != nil {
			period = b.Period.ID
		}
		out = append(out, MeetingTask{No: t.No, Lead: row.Lead, Period: row.Period, Chip: row.Chip, Due: row.Due, MeetingButton: MeetingButton{
			Value: SteerTask + ":" + itoa(t.No) + ":" + period, Text: t.Title, Current: current.Task == t.No && current.Period == period}})
	}
	return out
}

// meetingDirective is the form that makes a remark a directive on the task's lead, and
// the day's directives on it.
func (k Kit) meetingDirective(m *Meeting, in MeetingInput) {
	m.About = k.P.T("case.title", "no", in.Lead.Task.No, "title", in.Lead.Task.Title) + " " + in.Lead.Department.Name
	m.TaskURL = AssignmentPath(in.Lead.ID)
	if holds(in.Actions, workflow.Direct) {
		act := k.forms(m.Frame, AssignmentInput{Item: *in.Lead, Row: in.Row, Key: in.Key}).act(workflow.Direct)
		act.Form.Version = 0 // what others do meanwhile stands in no directive's way
		act.Form.Hidden = append(act.Form.Hidden, Hidden{"next", MeetingPath})
		m.Directive = &act
	}
	today := k.P.Day(k.Now)
	for _, e := range in.Trail {
		if e.Kind == workflow.KindDirected && k.P.Day(e.At) == today {
			m.Remarks = append(m.Remarks, Remark{By: e.Actor.User, At: k.when(e.At), Text: e.Texts["text"], Note: k.specialNote(e)})
		}
	}
}

// NewScreens builds the page that pairs, names, sets and revokes wall screens.
func NewScreens(k Kit, f Frame, in ScreensInput) Screens {
	f.Title = k.P.T("screens.title")
	typed := func(act, name string) string {
		if v := in.Typed[name]; in.Failed == act && len(v) > 0 {
			return v[0]
		}
		return ""
	}
	s := Screens{Frame: f, Board: boardPath, Pair: Form{Action: screensPath + "/pair", CSRF: f.CSRF, Button: k.P.T("screens.pair_button"), Fields: []Field{
		{Kind: "text", Name: "code", ID: "f-code", Label: k.P.T("col.code"), Class: "short", Complete: "off", Value: typed("pair", "code"), Ask: true},
		{Kind: "text", Name: "name", ID: "f-name", Label: k.P.T("col.screen"), Hint: k.P.T("screens.name_hint"), Class: "medium", Value: typed("pair", "name"), Ask: true}}}}
	if k.Actor.Supervises() {
		s.Meeting = MeetingPath
	}
	for _, x := range in.Screens {
		r := k.screenRow(f, x, in.Seats[x.ID])
		if !x.Approved && !x.Revoked {
			s.Waiting = append(s.Waiting, r)
			continue
		}
		if r.Set != nil && in.Failed == "set" && typed("set", "id") == x.ID {
			for n := range r.Set.Fields {
				retype(&r.Set.Fields[n], in.Typed)
			}
			s.Errors, r.Open = k.intoForm(r.Set, in.Err, "name-"+x.ID), true
		}
		s.Rows = append(s.Rows, r)
	}
	switch {
	case in.Failed == "pair":
		s.Errors = k.intoForm(&s.Pair, in.Err, "f-code")
	case s.Errors == nil && in.Err != nil:
		s.Errors = pageError(k.P, in.Err)
	}
	return s
}

func (k Kit) screenRow(f Frame, x account.ScreenPass, seats []Seat) ScreenRow {
	r := ScreenRow{ID: x.ID, Name: x.Name, Created: k.P.DateTime(x.CreatedAt), By: x.By, Seen: k.P.T("accounts.never")}
	if x.SeenAt != nil {
		r.Seen = k.P.T("screens.seen", "at", k.P.DateTime(*x.SeenAt))
	}
	switch {
	case x.Revoked:
		r.Status = k.P.T("screens.revoked")
		return r
	case !x.Approved:
		r.Name, r.Status, r.Tone = k.P.T("screens.unnamed"), k.P.T("screens.waiting"), Warn
		return r
	}
	r.Status, r.Tone = k.P.T("screens.away"), Warn
	for _, seat := range seats {
		r.Status, r.Tone = k.P.T("screens.here"), Good
		line := k.P.T("screens.seat", "since", k.P.DateTime(seat.Since), "address", seat.Address)
		switch seat.Build {
		case "":
		case f.Build:
			line += k.P.T("screens.build", "build", seat.Build)
		default:
			line += k.P.T("screens.build_old", "build", seat.Build)
		}
		r.Seats = append(r.Seats, line)
	}
	r.Shows = k.screenShows(x.Settings)
	r.Set = k.screenForm(f, x)
	r.Revoke = &Form{Action: screensPath + "/revoke", CSRF: f.CSRF, Hidden: []Hidden{{"id", x.ID}}, Button: k.P.T("screens.revoke"), Danger: true}
	r.Revoke.askFirst("screen", x.Name, screensPath)
	return r
}

// screenShows are a screen's settings in one line.
func (k Kit) screenShows(s account.ScreenSettings) string {
	theme := "dark"
	if s.Theme != "" {
		theme = s.Theme
	}
	pages := k.P.T("screens.all_pages")
	if len(s.Pages) > 0 {
		pages = ""
		for n, p := range s.Pages {
			if n > 0 {
				pages += k.P.T("screens.and")
			}
			pages += k.pageName(p)
		}
	}
	dwell := s.Dwell
	if dwell == 0 {
		dwell = defaultDwell
	}
	line := k.P.T("screens.shows", "theme", k.P.T("screens.theme_"+theme), "pages", pages, "dwell", dwell)
	line += k.P.T("screens.shows_lang", "lang", k.P.T("screens.lang_"+cmp.Or(s.Lang, text.Chinese)))
	if s.Night != "" {
		line += k.P.T("screens.shows_night", "night", s.Night)
	}
	return line
}

func (k Kit) screenForm(f Frame, x account.ScreenPass) *Form {
	s := x.Settings
	id := func(name string) string { return name + "-" + x.ID }
	pages := Field{Kind: "checks", Name: "pages", ID: id("pages"), Label: k.P.T("screens.pages"), Hint: k.P.T("screens.pages_hint")}
	for _, p := range BoardPages {
		pages.Options = append(pages.Options, Option{Value: p, Text: k.pageName(p), Selected: holds(s.Pages, p)})
	}
	dwell := ""
	if s.Dwell != 0 {
		dwell = itoa(s.Dwell)
	}
	return &Form{Action: screensPath + "/set", CSRF: f.CSRF, Hidden: []Hidden{{"id", x.ID}}, Button: k.P.T("screens.set_button"), Fields: []Field{
		{Kind: "text", Name: "name", ID: id("name"), Label: k.P.T("col.screen"), Class: "medium", Value: x.Name, Ask: true},
		{Kind: "radio", Name: "theme", ID: id("theme"), Label: k.P.T("screens.theme"), Options: []Option{
			{Value: "dark", Text: k.P.T("screens.theme_dark"), Selected: s.Theme != "light"}, {Value: "light", Text: k.P.T("screens.theme_light"), Selected: s.Theme == "light"}}},
		{Kind: "radio", Name: "lang", ID: id("lang"), Label: k.P.T("screens.lang"), Options: []Option{
			{Value: text.Chinese, Text: k.P.T("screens.lang_" + text.Chinese), Selected: s.Lang != text.English}, {Value: text.English, Text: k.P.T("screens.lang_" + text.English), Selected: s.Lang == text.English}}},
		pages,
		{Kind: "text", Name: "dwell", ID: id("dwell"), Label: k.P.T("screens.dwell"), Hint: k.P.T("screens.dwell_hint"), Class: "short", Unit: k.P.T("screens.seconds"), Value: dwell},
		{Kind: "text", Name: "night", ID: id("night"), Label: k.P.T("screens.night"), Hint: k.P.T("screens.night_hint"), Class: "short", Value: s.Night}}}
}
