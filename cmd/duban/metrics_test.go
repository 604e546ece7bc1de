package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

var metricName = regexp.MustCompile(`\b(?:duban|go|process)_[a-z_]+\b`)

// TestMetricsNamed: every metric that the dashboard, the alert rules and the guide
// name is served, and each of ours is on the dashboard.
func TestMetricsNamed(t *testing.T) {
	f := newFolder(t)
	a, stop := f.serving("--backup-dir", f.path("backups"), "--clamd", "127.0.0.1:1") // nobody: a server starts without its scanner
	defer stop()
	res := f.get(a, nil, "localhost", "/metrics", "")
	answered, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res.Status, err)
	}
	served := map[string]bool{}
	for line := range strings.Lines(string(answered)) {
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
