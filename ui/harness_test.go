package ui

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/ui/live"
	"duban/ui/session"
	"duban/ui/signon"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/calendar"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// clock stands still until a test moves it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = t
}

func (c *clock) add(d time.Duration) { c.set(c.now().Add(d)) }

// instant reads an instant of the plan's zone, as 2022-09-30 17:30:00.
func instant(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", s, storetest.Start.Location())
	if err != nil {
		panic(err)
	}
	return t
}

// person is an account of the test's world. Departments' liaisons are called as
// their department is.
type person struct {
	name, unit string
	role       workflow.UserRole
}

// passwordOf is everybody's password; the name is not in it.
const passwordOf = "Lake-Heron-58-Candle"

var people_ = func() []person {
	ps := []person{
		{"boss", plan.OfficeID, workflow.Admin}, {"office", "office", workflow.OfficeMan}, {"office2", "office", workflow.OfficeMan},
		{"director", "office", workflow.Director}, {"viewer", "office", workflow.Viewer}, {"auditor", "office", workflow.Auditor},
		{"sign", "zrzyt", workflow.Signatory}, {"zrzyt2", "zrzyt", workflow.Liaison},
	}
	for _, d := range shippedPlan().Departments {
		ps = append(ps, person{d.ID, d.ID, workflow.Liaison})
	}
	return ps
}()

// shippedPlan is the plan the program comes with.
var shippedPlan = sync.OnceValue(func() *plan.Plan {
	p, err := plan.Parse("tasks.yaml", shippedSource())
	if err != nil {
		panic(err)
	}
	return p
})

var shippedSource = sync.OnceValue(func() []byte {
	b, err := os.ReadFile("../tasks.yaml")
	if err != nil {
		panic(err)
	}
	return b
})

// world is a whole server on a temporary store, with a clock the test moves and
// accounts of every role. Nothing runs by the clock but what the test asks for.
type world struct {
	t      *testing.T
	clock  *clock
	dir    string
	live   live.Options
	idle   time.Duration
	sso    *signon.Provider
	rate   int // requests a minute of one account; 0: any number
	guard  func(*session.Options)
	scans  web.Scanner
	engine func(*store.Options)
	plan   []byte // the plan's source; nil: the shipped one

	store     *store.Store
	gate      gate // before what is read from the journal and written to it
	fault     func(point string) error
	ruling    sync.Mutex // screens read the rules by themselves while a test changes them
	rules     workflow.Rules
	inForce   *workflow.InForce // the same, as the desk has them
	transfers func() *workflow.Transfers
	desk      *workflow.Desk
	book      *ledger.Book
	hub       *live.Hub
	accounts  *account.Desk
	sessions  *session.Manager
	url       string
	stop      func() // the server, not the store
	options   web.Options

	log      io.Writer         // the server's log as JSON; nil: nobody reads it
	onBehalf string            // whom every token acts for; empty: itself
	vars     map[string]string // {name} in paths and bodies
	tokens   map[string]string
	clients  map[string]*browser
	http     *http.Client
}

// newWorld starts a server on a fresh store at storetest.Start, with the shipped
// plan in force and its 57 assignments open.
func newWorld(t *testing.T, change ...func(*world)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{at: storetest.Start}, dir: t.TempDir(), tokens: map[string]string{}, clients: map[string]*browser{},
		vars: map[string]string{
			"l6": "2022Q3-06-lead-zrzyt", "c6": "2022Q3-06-coop-fzggw",
			"L6": "/api/v1/assignments/2022Q3-06-lead-zrzyt", "C6": "/api/v1/assignments/2022Q3-06-coop-fzggw",
		}}
	for _, c := range change {
		c(w)
	}
	transport := &http.Transport{DisableCompression: true}
	w.http = &http.Client{Transport: transport, Timeout: 2 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(transport.CloseIdleConnections)
	cal, err := calendar.New(calendar.Published(), nil)
	if err != nil {
		t.Fatal(err)
	}
	inForce, source := shippedPlan(), shippedSource()
	if w.plan != nil {
		source = w.plan
		if inForce, err = plan.Parse("tasks.yaml", source); err != nil {
			t.Fatal(err)
		}
	}
	if w.rules, err = workflow.NewRules(inForce, cal); err != nil {
		t.Fatal(err)
	}
	w.lay(inForce, source)
	w.start()
	w.settle()
	return w
}

// withPlan has the shipped plan changed before it is put in force.
func withPlan(change func(source string) string) func(*world) {
	return func(w *world) { w.plan = []byte(change(string(shippedSource()))) }
}

// start opens the store, wires the parts as cmd does and serves on loopback.
func (w *world) start() {
	w.t.Helper()
	w.store = storetest.Open(w.t, w.dir, func(o *store.Options) {
		o.Now = w.clock.now
		if w.engine != nil {
			w.engine(o)
		}
		o.Fault = func(point string) error {
			if w.fault == nil {
				return nil
			}
			return w.fault(point)
		}
	})
	rules := w.ruled
	journal := &gated{w.store, &w.gate}
	versions, err := workflow.ReadVersions(w.t.Context(), w.store)
	if err != nil {
		w.t.Fatal(err)
	}
	w.ruling.Lock()
	w.rules.Versions = &versions
	w.ruling.Unlock()
	w.inForce = workflow.NewInForce(w.rules)
	w.desk = workflow.NewRunningDesk(journal, w.inForce)
	w.accounts = w.accountDesk(w.store)
	if w.book, err = ledger.New(w.t.Context(), journal, rules); err != nil {
		w.t.Fatal(err)
	}
	w.ruling.Lock()
	w.transfers = w.book.Transfers
	w.ruling.Unlock()
	w.inForce.Transferred(w.book.Transfers)
	w.book.Before(func(e workflow.Event) {
		if w.inForce.Loaded(e); e.Kind == workflow.KindPlanLoaded {
			w.ruling.Lock()
			w.rules = w.inForce.Rules()
			w.ruling.Unlock()
		}
	})
	feed := &web.Feed{Book: w.book, Rules: rules, Clock: w.clock.now}
	log := slog.New(slog.DiscardHandler)
	if w.log != nil {
		log = slog.New(slog.NewJSONHandler(w.log, nil))
	}
	o := w.live
	o.Build = "test"
	w.hub = live.New(feed, time.Now, o)
	w.book.Observe(feed.Pushing(w.hub))
	w.accounts.OnEnd = func(key string, why account.EndReason) { w.hub.Revoke(key, web.CloseCode(key, why)) }
	so := session.Options{Idle: w.idle, Rate: w.rate}
	if w.guard != nil {
		w.guard(&so)
	}
	w.sessions = session.New(w.accounts, w.clock.now, so)
	w.options = web.Options{Desk: w.desk, Book: w.book, Journal: journal, Files: w.store, Accounts: w.accounts,
		Sessions: w.sessions, Hub: w.hub, Feed: feed, Rules: rules, Now: w.clock.now, Worked: w.store.Worked, Wall: time.Now, Random: rand.Reader,
		Log: log, Build: "test", SignOn: w.sso, Scanner: w.scans, Ready: w.ready, Backup: w.backup,
		Metrics: http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "up 1\n") })}
	web, err := New(w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.url = "http://" + ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- w.book.Run(ctx) }()
	go func() { ended <- web.Serve(ln) }()
	w.stop = sync.OnceFunc(func() {
		bound, done := context.WithTimeout(context.Background(), 2*time.Minute)
		defer done()
		w.http.CloseIdleConnections()
		if err := web.Shutdown(bound); err != nil {
			w.t.Errorf("stop: %v", err)
		}
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				w.t.Errorf("ended with: %v", err)
			}
		}
	})
	w.t.Cleanup(func() { w.stop() })
}

// restart closes the server and its store and opens both again.
func (w *world) restart() {
	w.t.Helper()
	w.stop()
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.start()
}

func (w *world) ready() error {
	if code := w.store.Stats().ReadOnly; code != "" {
		return workflow.Fault(workflow.Unavailable, code)
	}
	return nil
}

func (w *world) unit(s string) (string, bool) {
	if s == plan.OfficeID {
		return s, true
	}
	d, ok := w.rules.Plan.FindDepartment(s)
	return d.ID, ok
}

// settle waits until the read model shows everything that is durable.
func (w *world) settle() {
	w.t.Helper()
	head, _ := w.store.Head()
	if err := w.book.Wait(w.t.Context(), head); err != nil {
		w.t.Fatal(err)
	}
}

// tick does what the clock owes, as the server does each second.
func (w *world) tick() {
	w.t.Helper()
	if _, err := w.desk.Do(w.t.Context(), w.clock.now(), w.book.Chores(w.clock.now())); err != nil {
		w.t.Fatal(err)
	}
	if _, _, err := w.desk.EnsurePeriod(w.t.Context(), w.clock.now()); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

// token is the person's API token, made at first use.
func (w *world) token(name string) string {
	w.t.Helper()
	if w.tokens[name] == "" {
		secret, _, err := w.accounts.AddToken(w.t.Context(), w.clock.now(), account.Console, "test of "+name, name, time.Time{})
		if err != nil {
			w.t.Fatalf("a token for %s: %v", name, err)
		}
		w.tokens[name] = secret
		w.settle()
	}
	return w.tokens[name]
}

// tokenID is the public id of the person's token.
func (w *world) tokenID(name string) (id string) {
	w.t.Helper()
	w.token(name)
	if err := w.store.ViewAccounts(w.t.Context(), func(tx account.Tx) error {
		all, err := tx.Tokens()
		for _, k := range all {
			if k.Account == name {
				id = k.ID
			}
		}
		return err
	}); err != nil || id == "" {
		w.t.Fatal(id, err)
	}
	return id
}

// browser keeps cookies and, once somebody has logged in with it, their CSRF token.
type browser struct {
	http *http.Client
	csrf string
}

// newBrowser is a browser nobody has used.
func (w *world) newBrowser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	c := *w.http
	c.Jar = jar
	return &browser{http: &c}
}

// cookie is the person's logged-in browser, logged in at first use.
func (w *world) cookie(name string) *browser {
	w.t.Helper()
	if b := w.clients[name]; b != nil {
		return b
	}
	b := w.newBrowser()
	a := w.send(b.http, "POST", "/api/v1/session", map[string]string{"name": name, "password": passwordOf}, nil)
	if a.status != 200 {
		w.t.Fatalf("login of %s: %s", name, a)
	}
	b.csrf, _ = a.get("csrf").(string)
	w.clients[name] = b
	w.settle()
	return b
}

// screen is the browser of a paired wall screen, and the screen's id.
func (w *world) screen(name string) (*browser, string) {
	w.t.Helper()
	b := w.newBrowser()
	a := w.send(b.http, "GET", "/board", nil, map[string]string{"Accept": "text/html"})
	pending := w.send(b.http, "GET", "/api/v1/board", nil, nil)
	if a.status != 200 || pending.status != 401 || pending.get("code") != "screen.pending" {
		w.t.Fatalf("a screen that waits: %s\n%s", a, pending)
	}
	_, code, _ := strings.Cut(string(a.body), `<p class="code" role="status">`) // others may be waiting too
	code, _, _ = strings.Cut(code, "<")
	p, err := w.accounts.ApproveScreen(w.t.Context(), w.clock.now(), account.Console, code, name)
	if err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	return b, p.ID
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	json   any // nil when the body is no JSON
}

func (a answer) String() string {
	return strings.TrimSpace(http.StatusText(a.status) + " " + string(bytes.TrimSpace(a.body[:min(len(a.body), 2000)])))
}

// get walks the JSON answer by a path such as items.0.state; nil when it is not there.
func (a answer) get(path string) any { return at(a.json, path) }

// send sends one request. A string body goes as it is, any other as its JSON.
func (w *world) send(c *http.Client, method, path string, body any, header map[string]string) answer {
	w.t.Helper()
	var r io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
		kind = ""
	case string:
		r = strings.NewReader(b)
	case []byte:
		r = bytes.NewReader(b)
	default:
		j, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		r = bytes.NewReader(j)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, r)
	if err != nil {
		w.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for k, v := range header {
		if req.Header.Set(k, v); v == "" {
			req.Header.Del(k)
		}
	}
	res, err := c.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	if a.body, err = io.ReadAll(res.Body); err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	if strings.Contains(res.Header.Get("Content-Type"), "json") && len(a.body) > 0 {
		d := json.NewDecoder(bytes.NewReader(a.body))
		d.UseNumber()
		if err := d.Decode(&a.json); err != nil {
			w.t.Errorf("%s %s: no JSON: %v\n%s", method, path, err, a)
		}
	}
	w.checkAnswer(method, path, a)
	return a
}

// as sends a request as a person with their token; "" is nobody.
func (w *world) as(name, method, path string, body any, header map[string]string) answer {
	w.t.Helper()
	if name != "" {
		h := map[string]string{"Authorization": "Bearer " + w.token(name)}
		if w.onBehalf != "" {
			h[session.HeaderBehalf] = w.onBehalf
		}
		for k, v := range header {
			h[k] = v
		}
		header = h
	}
	return w.send(w.http, method, path, body, header)
}

// events are the journal's after the position, oldest first.
func (w *world) events(after uint64) []workflow.Event {
	w.t.Helper()
	var all []workflow.Event
	for {
		es, err := w.store.Events(w.t.Context(), after, 500)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(es) == 0 {
			return all
		}
		all, after = append(all, es...), es[len(es)-1].Seq
	}
}

// TestStoppedBeforeItServes: a stop that comes before the server has begun to
// serve ends it all the same.
func TestStoppedBeforeItServes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	web, err := New(web.Options{Desk: w.desk, Book: w.book, Journal: w.store, Files: w.store, Accounts: w.accounts, Sessions: w.sessions,
		Hub: w.hub, Rules: w.ruled, Now: w.clock.now, Wall: time.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := web.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := web.Serve(ln); err != nil {
		t.Fatal(err)
	}
	if _, err := ln.Accept(); err == nil {
		t.Error("the listener is still open")
	}
}

// TestHandlersOutliveAStop: fasthttp ends the context of every open request when
// the server stops; a handler that works with it fails what it should finish.
func TestHandlersOutliveAStop(t *testing.T) {
	ends := regexp.MustCompile(`\bc\.Context\(\)[^.]`)
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(ends.FindAll(b, -1)); n > 0 && !strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s works with c.Context() in %d places; use c.UserContext()", name, n)
		}
	}
}

// ruled are the rules in force.
func (w *world) ruled() workflow.Rules {
	w.ruling.Lock()
	defer w.ruling.Unlock()
	rules := w.rules
	if w.transfers != nil {
		rules.Transfers = w.transfers()
	}
	return rules
}
