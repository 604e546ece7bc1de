package main

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

var metricName = regexp.MustCompile(`\b(?:duban|go|process)_[a-z_]+\b`)

// TestMetricsNamed: every metric that the dashboard, the alert rules and the guide
// name is served, and each of ours is on the dashboard.
func TestMetricsNamed(t *testing.T) {
	dir := t.TempDir()
	s := settings{place: place{data: dir + "/data", plan: "../../tasks.yaml", policy: "dengbao"}, addr: "127.0.0.1:0", adminPassword: dir + "/password"}
	s.backing = backing{dir: dir + "/backups", every: time.Hour, keep: 1}
	if err := os.WriteFile(s.adminPassword, []byte("Lake-Heron-58-Candle\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.clamd = "127.0.0.1:1" // nobody: a server starts without its scanner
	a, err := newApp(t.Context(), s, slog.New(slog.DiscardHandler), env{out: os.Stdout, err: os.Stderr, getenv: os.Getenv})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.ln.Close(); err != nil {
			t.Error(err)
		}
		if err := a.h.store.Close(); err != nil {
			t.Error(err)
		}
	}()
	w := httptest.NewRecorder()
	metrics(a.h.store, a.hub, a.book, a.tars, a.scan, a.who, a.connections, &a.faults).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	served := map[string]bool{}
	for line := range strings.Lines(w.Body.String()) {
		if !strings.HasPrefix(line, "#") {
			served[metricName.FindString(line)] = true
		}
	}
	text := func(name string) string {
		b, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	dashboard, rules := text("operate/dashboard.json"), text("operate/alerts.yml")
	var any any
	if err := json.Unmarshal([]byte(dashboard), &any); err != nil {
		t.Errorf("the dashboard: %v", err)
	}
	for where, s := range map[string]string{"dashboard.json": dashboard, "alerts.yml": rules, "operate.md": text("operate.md")} {
		found := metricName.FindAllString(s, -1)
		if len(found) < 5 {
			t.Errorf("%s names only %d metrics", where, len(found))
		}
		for _, name := range found {
			if !served[name] && !served[name+"_bucket"] {
				t.Errorf("%s names %s, which is not served", where, name)
			}
		}
	}
	for name := range served {
		base := strings.TrimSuffix(strings.TrimSuffix(name, "_sum"), "_count")
		if strings.HasPrefix(name, "duban_") && !strings.Contains(dashboard, base) {
			t.Errorf("%s is not on the dashboard", name)
		}
	}
}
