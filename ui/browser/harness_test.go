// Package browser tests the program from outside: the built binary in a process of
// its own, seen by a real browser. What a failing page showed is kept under
// test-output/browser, and with DUBAN_BROWSER_SHOTS=1 every picture a test takes.
package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"duban/store/storetest"
)

// password is everybody's; it passes the default rules.
const password = "Lake-Heron-58-Candle"

// zone is the plan's.
var zone = time.FixedZone("", 8*3600)

// opening is the plan clock's start in most tests: some days before the quarter's
// end, when all is to be reported.
var opening = time.Date(2022, 9, 20, 9, 0, 0, 0, zone)

// shared is what all tests of a run use.
var shared struct {
	dir     string
	program string
	browser context.Context
}

func TestMain(m *testing.M) {
	code := func() int {
		var err error
		if shared.dir, err = os.MkdirTemp("", "duban-browser-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(shared.dir) }() // what is left is in the machine's temporary folder
		root, stop := context.WithCancel(context.Background())
		defer stop()
		allocator, end := chromedp.NewExecAllocator(root, append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
			chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("force-color-profile", "srgb"))...)
		defer end()
		browser, end := chromedp.NewContext(allocator)
		defer end()
		shared.browser = browser
		return m.Run()
	}()
	os.Exit(code)
}

// program is the built binary, and nextProgram one of the same sources under another version.
var program, nextProgram = built("dev"), built("next")

func built(version string) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		out := filepath.Join(shared.dir, "duban-"+version)
		cmd := exec.Command("go", "build", "-buildvcs=false", "-ldflags", "-X main.version="+version, "-o", out, "duban/cmd/duban")
		if b, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("go build: %w\n%s", err, b)
		}
		return out, nil
	})
}

// started is the one browser of the run: nil error once it answers.
var started = sync.OnceValue(func() error {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if _, err := exec.LookPath(name); err == nil {
			return chromedp.Do(shared.browser, chromedp.Navigate("about:blank"))
		}
	}
	return exec.ErrNotFound
})

// needBrowser skips the test, or fails it where nothing may be skipped.
func needBrowser(t *testing.T) {
	t.Helper()
	err := started()
	switch {
	case errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") == "":
		t.Skip("no chromium on this machine: make tools says how to get one")
	case err != nil:
		t.Fatal("the browser does not start: ", err)
	}
}

// site is a running program with its own store.
type site struct {
	t      *testing.T
	dir    string
	addr   string
	plan   string    // its file
	begin  time.Time // plan clock
	next   bool      // it runs the next build
	cmd    *exec.Cmd
	out    bytes.Buffer
	tokens map[string]string
	client *http.Client
}

// people of every site: account, unit, role.
var people = [][3]string{
	{"banshi", "office", "office"}, {"zrzyt", "zrzyt", "liaison"}, {"fzggw", "fzggw", "liaison"}, {"kjt", "kjt", "liaison"}, {"zhuren", "office", "director"},
}

// newSite starts a program on a fresh store. From here on the test runs beside others: it
// mostly waits for pages, and has a program and windows of its own.
func newSite(t *testing.T, begin time.Time) *site {
	t.Helper()
	return newSiteOf(t, begin, "../../tasks.yaml")
}

// newSiteOf starts one with another plan file.
func newSiteOf(t *testing.T, begin time.Time, plan string) *site {
	t.Helper()
	needBrowser(t)
	t.Parallel()
	s := &site{t: t, plan: plan, dir: t.TempDir(), begin: begin, tokens: map[string]string{}, client: &http.Client{Timeout: storetest.Patience, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	s.peopled()
	var err error
	if s.addr, err = storetest.Address(); err != nil {
		t.Fatal(err)
	}
	s.start()
	t.Cleanup(s.stop)
	return s
}

// stores are those with people of the sites before, by clock and plan: the people of a
// site are made once, which takes ten commands, and their store is copied.
var stores = struct {
	sync.Mutex
	made map[string]*site
}{made: map[string]*site{}}

// peopled lays a store with the people's accounts, and the file of their password.
func (s *site) peopled() {
	s.t.Helper()
	plan, err := os.ReadFile(s.plan)
	if err != nil {
		s.t.Fatal(err)
	}
	secret := filepath.Join(s.dir, "password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	key := s.begin.String() + string(plan)
	stores.Lock()
	defer stores.Unlock()
	if made := stores.made[key]; made != nil {
		s.tokens = maps.Clone(made.tokens)
		if err := os.CopyFS(filepath.Join(s.dir, "data"), os.DirFS(made.dir)); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	for _, p := range people {
		s.command("user", "add", p[0], "--unit", p[1], "--role", p[2], "--password-file", secret)
		s.tokens[p[0]] = strings.TrimSpace(s.command("token", "add", "test", "--as", p[0]))
	}
	kept := filepath.Join(shared.dir, fmt.Sprintf("store-%d", len(stores.made)))
	if err := os.CopyFS(kept, os.DirFS(filepath.Join(s.dir, "data"))); err != nil {
		s.t.Fatal(err)
	}
	stores.made[key] = &site{dir: kept, tokens: maps.Clone(s.tokens)}
}

func (s *site) flags() []string {
	return []string{"--data", filepath.Join(s.dir, "data"), "--plan", s.plan, "--now", s.begin.Format(time.RFC3339)}
}

// command runs a subcommand on the stopped store and answers what it printed.
func (s *site) command(args ...string) string {
	s.t.Helper()
	bin, err := program()
	if err != nil {
		s.t.Fatal(err)
	}
	var out, fault bytes.Buffer
	cmd := exec.Command(bin, append(args, s.flags()...)...)
	cmd.Stdout, cmd.Stderr = &out, &fault
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("duban %s: %v\n%s", strings.Join(args, " "), err, fault.String())
	}
	return out.String()
}

// start starts the server and waits until it is ready.
func (s *site) start() {
	s.t.Helper()
	which := program
	if s.next {
		which = nextProgram
	}
	bin, err := which()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd = exec.Command(bin, append([]string{"serve", "--addr", s.addr}, s.flags()...)...)
	s.out.Reset()
	s.cmd.Stdout, s.cmd.Stderr = io.Discard, &s.out
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for began := time.Now(); ; {
		res, err := s.client.Get(s.url("/readyz"))
		if err == nil {
			_ = res.Body.Close() // only the status was wanted
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Since(began) > storetest.Patience {
			s.t.Fatalf("not ready: %v\n%s", err, s.out.String())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// kill ends the server at once, as a power cut does.
func (s *site) kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill() // it may have ended
		_ = s.cmd.Wait()         // and says that it was killed
		s.cmd = nil
	}
}

func (s *site) stop() {
	if s.cmd == nil {
		return
	}
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		s.t.Error(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("the server's end: %v\n%s", err, s.out.String())
	}
	s.cmd = nil
}

func (s *site) url(path string) string { return "http://" + s.addr + path }

// api sends one request as a person and answers the decoded JSON.
func (s *site) api(as, method, path string, body any) map[string]any {
	s.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url(path), bytes.NewReader(b))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.tokens[as])
	req.Header.Set("Content-Type", "application/json")
	res, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var out map[string]any
	b, err = io.ReadAll(res.Body)
	if err == nil && len(b) > 0 {
		err = json.Unmarshal(b, &out)
	}
	if err != nil || res.StatusCode >= 300 {
		s.t.Fatalf("%s %s: %d %v %.500s", method, path, res.StatusCode, err, b)
	}
	return out
}

// tab is one browser window with cookies of its own. What no page may do is
// watched all the time: ask another host, write errors to the console.
type tab struct {
	t    *testing.T
	s    *site
	ctx  context.Context
	mu   sync.Mutex
	bad  []string
	lost bool // the server is away on purpose: its silence is no fault
}

// newTab opens a window as a new person would.
func (s *site) newTab(width, height int) *tab { return s.newTabFor(20*time.Minute, width, height) }

// newTabFor is a window that lasts so long at most.
func (s *site) newTabFor(life time.Duration, width, height int) *tab {
	t := s.t
	t.Helper()
	ctx, end := chromedp.NewContext(shared.browser, chromedp.WithNewBrowserContext())
	ctx, timeout := context.WithTimeout(ctx, life)
	t.Cleanup(func() { timeout(); end() })
	b := &tab{t: t, s: s, ctx: ctx}
	if err := chromedp.Listen(ctx, b.watch); err != nil {
		t.Fatal(err)
	}
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	if err == nil {
		_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{})
	}
	if err == nil { // or only one window at a time would have its caret
		_, err = chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.EmulateViewport(int64(width), int64(height)))
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, line := range b.bad {
			t.Errorf("the page: %s", line)
		}
	})
	return b
}

func (b *tab) watch(ev any) {
	bad := ""
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err != nil || u.Host != b.s.addr && u.Scheme != "data" && u.Scheme != "about" {
			bad = "asked another host: " + e.Request.URL
		}
	case *runtime.EventExceptionThrown:
		bad = "threw " + e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			bad += " " + x.Description
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" {
			bad = "error " + e.Entry.Text + " " + e.Entry.URL
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "assert" {
			bad = fmt.Sprintf("console error %v", e.Args)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if bad != "" && !b.lost {
		b.bad = append(b.bad, bad)
	}
}

// away says whether the server is away on purpose.
func (b *tab) away(yes bool) {
	b.mu.Lock()
	b.lost = yes
	b.mu.Unlock()
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, storetest.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.keep("failed")
		b.t.Fatalf("%v\n%s", err, b.where())
	}
}

// where is the page's address and its text, for a failure.
func (b *tab) where() string {
	s, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 1500)`))
	return fmt.Sprint(s, err)
}

// open goes to a path of the site.
func (b *tab) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.s.url(path)))
}

// login logs a person in through the form, and the interface into Chinese.
func (b *tab) login(name string) {
	b.t.Helper()
	b.open("/language?lang=zh-CN&next=/login")
	b.do(chromedp.SendKeys("#f-name", name), chromedp.SendKeys("#f-password", password))
	b.press("form .btn")
	b.waitPath("/")
}

// press clicks the first element that matches, and waits for the page it leads to.
func (b *tab) press(selector string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(selector), chromedp.Click(selector))
}

// waitPath waits until the page shows the path, without its query.
func (b *tab) waitPath(path string) {
	b.t.Helper()
	b.until(`document.readyState === "complete" && location.pathname === ` + quote(path))
}

// until waits until the page's expression is true, and answers how long it took.
func (b *tab) until(expression string) time.Duration {
	b.t.Helper()
	began := time.Now()
	for {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`Boolean(`+expression+`)`))
		if err == nil && ok {
			return time.Since(began)
		}
		if time.Since(began) > storetest.Patience {
			b.keep("failed")
			b.t.Fatalf("not within %v (%v): %s\n%s", storetest.Patience, err, expression, b.where())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// eventually waits for what is not on a page.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for began := time.Now(); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > storetest.Patience {
			t.Fatalf("never: %s", what)
		}
	}
}

// ask evaluates an expression of the page.
func ask[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%v: %s\n%s", err, expression, b.where())
	}
	return v
}

// script switches the page's own scripts off or on.
func (b *tab) script(on bool) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		b.t.Fatal(err)
	}
}

// shot keeps a picture of what the tab shows, for whoever asks for them: painting a wall of
// 4K by the processor takes longer than most of what is tested on it.
func (b *tab) shot(name string) {
	b.t.Helper()
	if os.Getenv("DUBAN_BROWSER_SHOTS") != "" {
		b.keep(name)
	}
}

// keep takes a picture of what the tab shows.
func (b *tab) keep(name string) {
	b.t.Helper()
	dir := filepath.Join("..", "..", "test-output", "browser")
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, strings.ReplaceAll(b.t.Name(), "/", "-")+"-"+name+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Errorf("no picture: %v", err)
	}
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always can
	}
	return string(b)
}

// typed types into a field.
func typed(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(selector, text)
}
