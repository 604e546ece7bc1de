package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"duban/ui/text"
	"duban/workflow"
)

// codeAt finds a refusal's code at the places where the domain makes one, with
// the rest of the call, in which its arguments are named.
var codeAt = regexp.MustCompile(`(?:Refuse|Fault|BadField|\.add|oneOf|\.required|\.require|\.text)\(.*?"([a-z_]+(?:\.[a-z_]+)+)"(.*)`)

var (
	hole    = regexp.MustCompile(`\{([a-z_]+)`)
	jargon  = regexp.MustCompile(`[A-Za-z]{3,}`)
	argName = regexp.MustCompile(`"([a-z_]+)"`)
)

// given lists arguments that do not stand on the line of the code: those built
// up before, and those every oneOf gives.
var given = map[string][]string{
	"figure.slip":      {"title", "value", "last", "unit", "as_of"},
	"figure.falls":     {"title", "value", "last", "unit", "as_of"},
	"assignment.stale": {"yours", "current", "kind", "unit", "at"},
}

// TestRefusals: every code the domain refuses with has a text in both languages,
// with no placeholder that the refusal does not fill.
func TestRefusals(t *testing.T) {
	sources, err := filepath.Glob("../workflow/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatal("no sources", err)
	}
	found := 0
	for _, a := range workflow.Acts() {
		for _, f := range a.Fields {
			if f.Missing == "" {
				continue
			}
			found++
			for _, lang := range text.Languages {
				if p := text.For(lang); !p.Has(f.Missing) || hole.MatchString(p.T(f.Missing)) {
					t.Errorf("%s in %s: no text, or one that nothing fills: %q", f.Missing, lang, p.T(f.Missing))
				}
			}
		}
	}
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			m := codeAt.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			found++
			args := given[m[1]]
			for _, a := range argName.FindAllStringSubmatch(m[2], -1) {
				args = append(args, a[1])
			}
			for _, lang := range text.Languages {
				p := text.For(lang)
				if !p.Has(m[1]) {
					t.Errorf("%s: no text in %s", m[1], lang)
				}
				for _, h := range hole.FindAllStringSubmatch(p.T(m[1]), -1) {
					if !slices.Contains(args, h[1]) {
						t.Errorf("%s in %s: {%s} is never filled; given are %v", m[1], lang, h[1], args)
					}
				}
			}
		}
	}
	if found < 80 {
		t.Errorf("only %d codes found: the pattern no longer fits the sources", found)
	}
}

// TestRefusalsSayWhatNext: a Chinese refusal ends as a sentence, in full-width
// punctuation, and the acts of clerks name no code or field.
func TestRefusalsSayWhatNext(t *testing.T) {
	p := text.For(text.Chinese)
	clerk := regexp.MustCompile(`^(accept|recall|return|verify|reopen|extension|due|withdraw|urge\.[^l]|directive|note|evidence|figure|period|task|store|text\.[^n])`)
	for _, k := range p.Keys() {
		if !strings.Contains(k, ".") || !clerk.MatchString(k) {
			continue
		}
		s := p.T(k)
		if !strings.HasSuffix(s, "。") && !strings.HasSuffix(s, "”") {
			continue // a label, not a refusal
		}
		if strings.ContainsAny(s, ",;!?()") {
			t.Errorf("%s: half-width punctuation: %s", k, s)
		}
		if w := jargon.FindString(hole.ReplaceAllString(s, "")); w != "" {
			t.Errorf("%s: %q is no word of a clerk: %s", k, w, s)
		}
	}
}
