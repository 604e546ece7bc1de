package main

import (
	"io"
	"regexp"
	"testing"
)

// What evidence takes, may take and leaves free is told to a monitor.
func TestEvidenceIsMetered(t *testing.T) {
	f := newFolder(t)
	a, stop := f.serving("--evidence-total", "3GiB", "--evidence-reserve", "64MiB")
	defer stop()
	res := f.get(a, nil, "localhost", "/metrics", "")
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`duban_evidence_bytes 0`, `duban_evidence_quota_bytes 3\.221225472e\+09`, `duban_evidence_reserve_bytes 6\.7108864e\+07`} {
		if !regexp.MustCompile(`(?m)^` + want + `$`).Match(b) {
			t.Errorf("no line %s", want)
		}
	}
}
