package ui

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/account"
)

// delegated lets one account act for another from today for a number of days.
func (w *world) delegated(by, to string, days int) {
	w.t.Helper()
	f := formTo(w.t, w.visit(by, "/delegations"), "/delegations")
	f.values.Set("to", to)
	f.values.Set("until", w.clock.now().AddDate(0, 0, days-1).Format("2006-01-02"))
	if a := w.press(by, f); a.status != http.StatusSeeOther {
		w.t.Fatalf("%s delegates to %s: %d %s", by, to, a.status, a)
	}
}

// TestActingForAColleague: the switch in the header, the acts under both names,
// what stays one's own, and the way back.
func TestActingForAColleague(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before, _ := w.store.Head()
	w.delegated("director", "office", 3)
	es := w.events(before)
	d := es[len(es)-1]
	if d.Kind != workflow.KindDelegationGranted || d.Actor.User != "director" || d.Data.Account.Name != "director" || d.Data.Delegation.To != "office" ||
		!d.Data.Delegation.Until.Equal(instant("2022-09-23 00:00:00")) {
		t.Fatalf("recorded %+v %+v", d, d.Data.Delegation)
	}
	if strings.Contains(w.visit("office2", "/"), "代 director 办理") {
		t.Error("somebody else has the switch")
	}
	home := w.visit("office", "/")
	stale := formTo(t, w.visit("office", "/assignments/"+w.vars["l6"]), "/urge")
	open, _ := w.byCookie(w.cookie("office"), w.url)
	if a := w.press("office", formTo(t, home, "/delegations/act")); a.status != http.StatusSeeOther {
		t.Fatalf("the switch: %d %s", a.status, a)
	}
	if code := open.closed(); code != 4001 {
		t.Errorf("the socket of before closed with %d", code)
	}
	if a := w.press("office", stale); a.status != http.StatusForbidden || !strings.Contains(string(a.body), "刷新") {
		t.Errorf("a page of before posts under the new hat: %d %s", a.status, a)
	}
	page := w.visit("office", "/assignments/"+w.vars["l6"])
	if !strings.Contains(page, "正在代 director（办公室负责人）办理") || !strings.Contains(page, "结束代办") {
		t.Fatal("no page says for whom it acts")
	}
	if !strings.Contains(page, `href="/journal"`) {
		t.Error("the rights are not the director's")
	}
	urge := formTo(t, page, "/urge")
	urge.values.Set("text", "请抓紧")
	before, _ = w.store.Head()
	if a := w.press("office", urge); a.status != http.StatusSeeOther {
		t.Fatalf("urged: %d %s", a.status, a)
	}
	if e := w.events(before)[0]; e.Actor.User != "office" || e.Actor.OnBehalf != "director" {
		t.Fatalf("recorded as %+v", e.Actor)
	}
	w.settle()
	if !strings.Contains(w.visit("zrzyt", "/assignments/"+w.vars["l6"]), "office 代 director") {
		t.Error("the department does not see both names")
	}
	if me := w.visit("office", "/me"); !strings.Contains(me, "<dd>office") {
		t.Error("the account's page is the other's")
	}
	f := formTo(t, w.visit("office", "/delegations"), "/delegations") // one's own, not the director's
	f.values.Set("to", "office2")
	if a := w.press("office", f); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a)
	}
	if strings.Contains(w.visit("office2", "/"), "代 director") || !strings.Contains(w.visit("office2", "/"), "代 office 办理") {
		t.Error("a delegation was passed on")
	}
	if a := w.press("office", formTo(t, w.visit("office", "/"), "/delegations/end")); a.status != http.StatusSeeOther {
		t.Fatalf("back: %d %s", a.status, a)
	}
	if page := w.visit("office", "/"); strings.Contains(page, "结束代办") || strings.Contains(page, `href="/journal"`) {
		t.Error("still acting")
	}
}

// revokes ends the delegation on the page, which asks first.
func (w *world) revokes(who string) {
	w.t.Helper()
	asked := w.press(who, formTo(w.t, w.visit(who, "/delegations"), "/revoke"))
	w.press(who, formTo(w.t, string(asked.body), "/revoke"))
}

// TestDelegationEnds: by time, by revoking, by disabling either; at once, with the
// sockets, and nothing is recorded under a name that was not meant.
func TestDelegationEnds(t *testing.T) {
	t.Parallel()
	ends := map[string]func(w *world){
		"over":          func(w *world) { w.clock.set(instant("2022-09-21 00:00:00")) },
		"revoked":       func(w *world) { w.revokes("director") },
		"by the holder": func(w *world) { w.revokes("office") },
		"by an admin":   func(w *world) { w.revokes("boss") },
		"other disabled": func(w *world) {
			if err := w.accounts.Disable(w.t.Context(), w.clock.now(), account.Console, "director"); err != nil {
				w.t.Fatal(err)
			}
		},
		"other moved": func(w *world) {
			if err := w.accounts.Move(w.t.Context(), w.clock.now(), account.Console, "director", "office", workflow.Viewer); err != nil {
				w.t.Fatal(err)
			}
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(w *world) {
				w.clock.set(instant("2022-09-20 22:00:00"))
				w.idle = 7 * time.Hour
				w.live.Tick = 20 * time.Millisecond
			})
			w.delegated("director", "office", 1)
			w.press("office", formTo(t, w.visit("office", "/"), "/delegations/act"))
			program := map[string]string{session.HeaderBehalf: "director"}
			urge := formTo(t, w.visit("office", "/assignments/"+w.vars["l6"]), "/urge")
			urge.values.Set("text", "请抓紧")
			page, _ := w.byCookie(w.cookie("office"), w.url)
			wall, _ := w.dial("", http.Header{"Authorization": {"Bearer " + w.token("office")}, session.HeaderBehalf: {"director"}})
			if a := w.as("office", "GET", "/api/v1/me", nil, program); a.get("role") != "director" || a.get("on_behalf_of") != "director" || a.get("name") != "office" {
				t.Fatalf("by token: %s", a)
			}
			before, _ := w.store.Head()
			end(w)
			for what, s := range map[string]*socket{"page": page, "program": wall} {
				if code := s.closed(); code != 4001 {
					t.Errorf("the %s's socket closed with %d", what, code)
				}
			}
			if a := w.press("office", urge); a.status != http.StatusForbidden || !strings.Contains(string(a.body), "没有记录") {
				t.Errorf("an act afterwards: %d %s", a.status, a)
			}
			if a := w.as("office", "GET", "/api/v1/me", nil, program); a.status != http.StatusForbidden || a.get("code") != "delegation.none" {
				t.Errorf("a program afterwards: %s", a)
			}
			for _, e := range w.events(before) {
				if e.Kind == workflow.KindUrged {
					t.Errorf("recorded %+v", e)
				}
			}
			home := w.visit("office", "/")
			if !strings.Contains(home, "授权已经结束") {
				t.Error("no page says that it is over")
			}
			w.press("office", formTo(t, home, "/delegations/end"))
			if strings.Contains(w.visit("office", "/"), "代 director") {
				t.Error("the switch is still there")
			}
		})
	}
}

// TestWhoMayDelegate: one's own work to a colleague, or an admin for others; never
// the rights of those who watch, and never on.
func TestWhoMayDelegate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	day := func(who, other, to, from, until string) answer {
		form := "csrf=" + w.cookie(who).csrf + "&for=" + other + "&to=" + to + "&from=" + from + "&until=" + until
		return w.send(w.cookie(who).http, "POST", "/delegations", form, map[string]string{"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"})
	}
	for _, c := range []struct {
		who, other, to, from, until string
		status                      int
		says                        string
	}{
		{"zrzyt", "", "fzggw", "2022-09-20", "2022-09-21", 422, "不能代办"},       // another unit
		{"zrzyt", "", "zrzyt", "2022-09-20", "2022-09-21", 422, "不能代办"},       // oneself
		{"zrzyt", "", "ghost", "2022-09-20", "2022-09-21", 422, "不能代办"},       // nobody
		{"office", "", "auditor", "2022-09-20", "2022-09-21", 422, "不能代办"},    // who watches
		{"office", "", "boss", "2022-09-20", "2022-09-21", 422, "不能代办"},       // who keeps accounts
		{"office", "director", "office", "2022-09-20", "2022-09-21", 403, ""}, // takes for himself
		{"boss", "", "office", "2022-09-20", "2022-09-21", 409, "不能代办"},       // an admin's own rights
		{"boss", "auditor", "office", "2022-09-20", "2022-09-21", 409, "不能代办"},
		{"boss", "zrzyt", "office", "2022-09-20", "2022-09-21", 422, "不能代办"},
		{"zrzyt", "", "sign", "2022-09-22", "2022-09-21", 422, "早于"},
		{"zrzyt", "", "sign", "2022-09-01", "2022-09-19", 422, "已经过去"},
		{"zrzyt", "", "sign", "2022-09-20", "2023-09-20", 422, "最长 92 天"},
		{"zrzyt", "", "sign", "soon", "2022-09-21", 422, ""},
		{"zrzyt", "", "sign", "2022-09-20", "2022-12-20", 303, ""}, // 92 days
		{"zrzyt", "", "sign", "2022-10-01", "2022-10-02", 409, "已授权"},
		{"boss", "zrzyt", "zrzyt2", "2022-09-21", "2022-09-22", 303, ""},
	} {
		w.cookie(c.who)
		before, _ := w.store.Head()
		a := day(c.who, c.other, c.to, c.from, c.until)
		if a.status != c.status || !strings.Contains(string(a.body), c.says) {
			t.Errorf("%s lets %s act for %q: %d, want %d with %q\n%s", c.who, c.to, c.other, a.status, c.status, c.says, a)
		}
		if n := len(w.events(before)); (n > 0) != (c.status == 303) {
			t.Errorf("%s, %s: %d events", c.who, c.to, n)
		}
	}
	if a := w.as("zrzyt2", "POST", w.expand("{L6}/acceptance"), nil, map[string]string{session.HeaderBehalf: "zrzyt"}); a.status != 403 {
		t.Errorf("before its first day: %s", a)
	}
	w.clock.set(instant("2022-09-21 00:00:00"))
	for header, status := range map[string]int{"zrzyt": 201, "%7a": 403, "sign": 403, "%": 400, "a%20b": 400} {
		if a := w.as("zrzyt2", "POST", w.expand("{L6}/acceptance"), nil, map[string]string{session.HeaderBehalf: header}); a.status != status {
			t.Errorf("%s: %s", header, a)
		}
	}
	if a := w.send(w.cookie("zrzyt2").http, "GET", "/api/v1/me", nil, map[string]string{session.HeaderBehalf: "zrzyt"}); a.status != 400 {
		t.Errorf("the header beside a cookie: %s", a)
	}
}

// TestADeputyDoesNotUndoTwoPairsOfEyes: neither verification nor signature.
func TestADeputyDoesNotUndoTwoPairsOfEyes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	settings := formTo(t, w.visit("office", "/signing"), "/signing")
	settings.values["departments"] = []string{"zrzyt"}
	w.press("office", settings)
	w.delegated("sign", "zrzyt", 1)
	w.delegated("sign", "zrzyt2", 1)
	sign := map[string]string{session.HeaderBehalf: "sign"}
	if a := w.as("zrzyt", "POST", w.expand("{L6}/acceptance"), nil, sign); a.status != 201 {
		t.Fatal(a)
	}
	own := w.as("zrzyt", "POST", w.expand("{L6}/reports"), report, sign)
	if own.status != 409 || own.get("code") != "report.deputy_signs_own" {
		t.Errorf("signed what nobody submitted: %s", own)
	}
	f := formTo(t, w.visit("zrzyt", "/assignments/"+w.vars["l6"]+"/report?no_change=1"), "/review")
	w.press("zrzyt", formTo(t, string(w.press("zrzyt", f).body), "/file"))
	if a := w.as("zrzyt", "POST", w.expand("{L6}/reports"), report, sign); a.get("code") != "report.deputy_signs_own" {
		t.Errorf("signed their own submission: %s", a)
	}
	if a := w.as("zrzyt2", "POST", w.expand("{L6}/reports"), report, sign); a.status != 201 || a.get("latest_report.by") != "zrzyt2" {
		t.Errorf("another deputy signs: %s", a)
	}
	a, _ := w.book.Assignment(w.vars["l6"])
	for _, who := range []workflow.Actor{
		{User: "zrzyt2", Unit: "office", Role: workflow.OfficeMan}, {User: "sign", Unit: "office", Role: workflow.OfficeMan},
		{User: "x", Unit: "office", Role: workflow.Director, OnBehalf: "sign"}, {User: "zrzyt2", Unit: "office", Role: workflow.Director, OnBehalf: "y"},
	} { // the same people, moved to the office meanwhile
		if _, err := w.desk.Act(t.Context(), workflow.Call{Actor: who, Received: w.clock.now()}, a.ID, workflow.VerifyCommand{Grade: workflow.Good}); workflow.AsError(err).Code != "verify.own_report" {
			t.Errorf("%+v: %v", who, err)
		}
	}
}

// TestDelegationsByPrograms: granted, listed and ended as on the page, and always
// about one's own, whatever hat is on.
func TestDelegationsByPrograms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/api/v1/me/delegations"
	behalf := map[string]string{session.HeaderBehalf: "director"}
	before, _ := w.store.Head()
	a := w.as("director", "POST", path, `{"to":"office","until":"2022-09-21"}`, nil)
	id, _ := a.get("id").(string)
	if a.status != 201 || id == "" || a.get("for") != "director" || a.get("role") != "director" || a.get("from") != "2022-09-20T00:00:00+08:00" ||
		a.get("until") != "2022-09-22T00:00:00+08:00" || a.get("granted_by") != "director" {
		t.Fatal(a)
	}
	if es := w.events(before); es[len(es)-1].Kind != workflow.KindDelegationGranted || es[len(es)-1].Data.Delegation.ID != id {
		t.Errorf("recorded %+v", es)
	}
	for who, n := range map[string]int{"director": 1, "office": 1, "boss": 1, "office2": 0, "zrzyt": 0} {
		if a := w.as(who, "GET", path, nil, nil); a.status != 200 || len(a.get("items").([]any)) != n {
			t.Errorf("%s, want %d: %s", who, n, a)
		}
	}
	if a := w.as("office", "GET", "/api/v1/me", nil, behalf); a.get("role") != "director" {
		t.Errorf("acting: %s", a)
	}
	for body, code := range map[string]string{
		`{"to":"office"}`: "form.date", `{"to":"office","until":"soon"}`: "request.field_value", `{"to":"zrzyt","until":"2022-09-21"}`: "delegation.not_colleague",
		`{"to":"office","until":"2022-09-19"}`: "delegation.backwards", `{"to":"office","until":"2022-09-30"}`: "delegation.already",
		`{"to":"office","until":"2023-09-30"}`: "delegation.too_long",
	} {
		if a := w.as("director", "POST", path, body, nil); a.status < 400 || a.get("code") != code {
			t.Errorf("%s: %s, want %s", body, a, code)
		}
	}
	// under the director's hat one still lends what is one's own
	if a := w.as("office", "POST", path, `{"to":"office2","until":"2022-09-21"}`, behalf); a.status != 201 || a.get("for") != "office" {
		t.Errorf("lent under a hat: %s", a)
	}
	for _, who := range []string{"office2", "zrzyt"} {
		if a := w.as(who, "DELETE", path+"/"+id, nil, nil); a.status != 404 || a.get("code") != "delegation.unknown" {
			t.Errorf("%s ends what is not theirs: %s", who, a)
		}
	}
	if a := w.as("director", "DELETE", path+"/"+id, nil, nil); a.status != 204 {
		t.Errorf("ended: %s", a)
	}
	if a := w.as("office", "GET", "/api/v1/me", nil, behalf); a.get("code") != "delegation.none" {
		t.Errorf("afterwards: %s", a)
	}
}

// TestADeputyNeedsTheSecondFactorOfTheRole: where the lent role must have one, the
// deputy's own must be set up before anything is done under that hat, and the login
// as oneself needs none.
func TestADeputyNeedsTheSecondFactorOfTheRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if a := w.as("director", "POST", "/api/v1/me/delegations", `{"to":"office","until":"2022-09-21"}`, nil); a.status != 201 {
		t.Fatal(a)
	}
	w.accounts.SecondFactor = []workflow.UserRole{workflow.Director}
	w.look(w.cookie("office"), "/assignments").says(t, 200)
	w.press("office", formTo(t, w.visit("office", "/"), "/delegations/act"))
	b := w.cookie("office")
	if a := w.look(b, "/assignments"); a.status != 303 || a.header.Get("Location") != "/me/second" {
		t.Errorf("a page under the hat: %d %s", a.status, a.header.Get("Location"))
	}
	before, _ := w.store.Head()
	if a := w.send(b.http, "POST", w.expand("/api/v1/assignments/{L6}/notes"), map[string]string{"text": "x"}, map[string]string{"X-CSRF-Token": b.csrf}); a.status != 403 || len(w.events(before)) != 0 {
		t.Errorf("an act under the hat: %s", a)
	}
	w.enrol(b)
	w.look(b, "/assignments").says(t, 200, "正在代 director")
}
