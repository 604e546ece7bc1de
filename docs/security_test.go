package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

var testName = regexp.MustCompile("`(Test[A-Za-z0-9]+)`")

// TestSecurityCatalogue: every row of the catalogue of attacks names a test, and
// every test it names is there.
func TestSecurityCatalogue(t *testing.T) {
	is := testNames(t)
	rows := 0
	for line := range strings.Lines(section(t, read(t, "docs/security.md"), "## Catalogue")) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| attack") {
			continue
		}
		rows++
		named := testName.FindAllStringSubmatch(line, -1)
		if len(named) == 0 {
			t.Errorf("no test stands beside: %s", line)
		}
		for _, m := range named {
			if !is[m[1]] {
				t.Errorf("docs/security.md names %s, which is not there", m[1])
			}
		}
	}
	if rows < 20 {
		t.Errorf("only %d rows found", rows)
	}
}
