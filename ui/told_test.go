package ui

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"duban/workflow"
)

// secret is what no two pages have alike: the forms' keys.
var secret = regexp.MustCompile(`(name="key" value=)"[^"]*"`)

// cold asks a server that has told nobody anything yet, on the same store.
func (w *world) cold(who, path string, header map[string]string) (int, []byte) {
	w.t.Helper()
	web, err := New(w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), "GET", w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.token(who))
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := web.app.Test(req, -1)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, body
}

// TestToldIsWhatIsTrue: through acts of everybody, figures, redactions, other plans and days
// that pass, a server that keeps what it told answers each caller, in both languages, to the
// byte what one that keeps nothing does.
func TestToldIsWhatIsTrue(t *testing.T) {
	w := newWorld(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	callers := []string{"office", "office2", "director", "viewer", "auditor", "boss", "zrzyt", "zrzyt2", "sign", "fzggw", "sft", "jxt"}
	rows := []string{w.expand("{L6}"), w.expand("{C6}"), "/api/v1/assignments/2022Q3-02-lead-kjt"}
	some := func(all []string) string { return all[random.IntN(len(all))] }
	// The clock stands still half of the time: then only the event tells a new state from the old one.
	tick := func() { w.clock.add(time.Duration(random.IntN(2)) * time.Second) }
	// redact takes the newest note that says something out of the record, which everybody
	// has just read, and nobody reads it any more. False: there is none.
	redact := func() bool {
		all := w.events(0)
		for i := len(all) - 1; i >= 0; i-- {
			e := all[i]
			if e.Kind != workflow.KindNoted || e.Texts["text"] != personal {
				continue
			}
			left := func(who string) int {
				return strings.Count(string(w.as(who, "GET", "/api/v1/assignments/"+e.Assignment, nil, nil).body), personal)
			}
			before := map[string]int{}
			for _, who := range callers {
				before[who] = left(who)
			}
			if before["office"] == 0 {
				t.Fatal("the office does not read it")
			}
			if a := w.as("boss", "POST", "/api/v1/events/"+strconv.FormatUint(e.Seq, 10)+"/redaction", map[string]string{"reason": "个人信息"}, nil); a.status != 201 {
				t.Fatal(a)
			}
			for _, who := range callers {
				if n := left(who); n != 0 { // with all that say the same
					t.Errorf("%s reads %d of %d", who, n, before[who])
				}
			}
			return true
		}
		return false
	}
	for range 90 {
		row := some(rows)
		day := w.clock.now().AddDate(0, 0, random.IntN(30)+1).Format(time.DateOnly)
		acts := []struct {
			who    []string
			path   string
			body   any
			method string
		}{
			{[]string{"zrzyt", "fzggw", "kjt"}, row + "/acceptance", map[string]any{}, ""},
			{[]string{"zrzyt", "sign", "fzggw", "kjt"}, row + "/reports", report, ""},
			{[]string{"zrzyt", "fzggw"}, row + "/reports/latest", nil, "DELETE"},
			{[]string{"office", "director"}, row + "/verification", map[string]any{"grade": "good"}, ""},
			{[]string{"office2"}, row + "/return", map[string]any{"reason": "补充", "due": day}, ""},
			{[]string{"office"}, row + "/urges", map[string]any{"level": "urge", "text": "请尽快"}, ""},
			{[]string{"zrzyt", "fzggw"}, row + "/urges/1/read", map[string]any{}, ""},
			{[]string{"zrzyt"}, row + "/extension-requests", map[string]any{"due": day, "reason": "等数"}, ""},
			{[]string{"office"}, row + "/extension", map[string]any{"due": day, "reason": "同意"}, ""},
			{[]string{"office"}, row + "/notes", map[string]any{"text": personal}, ""},
			{[]string{"office"}, row + "/reopening", map[string]any{"reason": "补报", "due": day}, ""},
			{[]string{"office"}, "/api/v1/indicators/G1.1/figures", map[string]any{"value": random.IntN(60) + 1, "as_of": w.clock.now().Format(time.DateOnly), "provisional": true}, ""},
		}
		a := acts[random.IntN(len(acts))]
		if a.method == "" {
			a.method = "POST"
		}
		got := w.as(some(a.who), a.method, a.path, a.body, nil)
		if got.status >= 500 {
			t.Fatalf("%s %s: %s", a.method, a.path, got)
		}
		tick()
		switch random.IntN(8) {
		case 0:
			w.clock.add(time.Duration(random.IntN(72)) * time.Hour)
			if random.IntN(2) == 0 {
				w.tick()
			}
		case 1: // a department joins a task, or leaves it
			p := *w.rules.Plan
			p.Tasks = append(p.Tasks[:0:0], p.Tasks...)
			six := &p.Tasks[5]
			if n := len(six.Cooperating); six.Cooperating[n-1] == "sft" {
				six.Cooperating = six.Cooperating[: n-1 : n-1]
			} else {
				six.Cooperating = append(six.Cooperating[:n:n], "sft")
			}
			w.ruling.Lock()
			w.rules.Plan = &p
			w.ruling.Unlock()
		case 2:
			redact()
		}
		for range 4 {
			who := some(callers)
			path := some(append(rows, "/api/v1/assignments?limit=60", "/api/v1/assignments?sort=worst&limit=7", "/api/v1/assignments?task=6",
				"/assignments?limit=60", "/assignments?period=2022Q3&sort=worst"))
			head := map[string]string{"Accept-Language": some([]string{"zh-CN", "en"})}
			status, want := w.cold(who, path, head)
			for range 2 {
				a := w.as(who, "GET", path, nil, head)
				if a.status != status || status == 200 && !bytes.Equal(secret.ReplaceAll(a.body, nil), secret.ReplaceAll(want, nil)) {
					t.Fatalf("%s %s: %d\n%s\na server that keeps nothing: %d\n%s", who, path, a.status, a.body, status, want)
				}
			}
		}
	}
	for _, row := range rows {
		w.as("office", "POST", row+"/notes", map[string]any{"text": personal}, nil)
		tick()
	}
	for redact() {
	}
}
