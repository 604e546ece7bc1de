package docs_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestReadmePackages: the README's list of packages is the folders with code, each
// with a word on it.
func TestReadmePackages(t *testing.T) {
	told, is := map[string]bool{}, map[string]bool{"docs": true}
	for _, row := range table(t, section(t, read(t, "README.md"), "## Where things are")) {
		told[row[0]] = row[1] != ""
	}
	for _, s := range sources(t) {
		if !s.test {
			is[s.dir()] = true
		}
	}
	same(t, told, is, "README.md", "the package")
}

var (
	fenced  = regexp.MustCompile("(?ms)^```.*?^```")
	link    = regexp.MustCompile(`\[[^\]]*\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
)

// slug is the anchor that a heading gets where Markdown is shown.
func slug(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, strings.TrimSpace(title))
}

// TestLinks: every relative link between documents leads to a file, and its anchor
// to a heading.
func TestLinks(t *testing.T) {
	all := allFiles(t)
	seen := 0
	for _, name := range all {
		if path.Ext(name) != ".md" {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(read(t, name), ""), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			seen++
			file := name
			if target != "" {
				file = path.Join(path.Dir(name), target)
			}
			if info, err := os.Stat(filepath.Join("..", filepath.FromSlash(file))); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
				continue
			} else if info.IsDir() || anchor == "" {
				continue
			}
			var anchors []string
			for _, h := range heading.FindAllStringSubmatch(read(t, file), -1) {
				anchors = append(anchors, slug(h[1]))
			}
			if !slices.Contains(anchors, anchor) {
				t.Errorf("%s links to %s; %s has no such heading", name, m[1], file)
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d links found", seen)
	}
}

// TestIndex: every document is reached from the index of its folder.
func TestIndex(t *testing.T) {
	index := read(t, "docs/README.md")
	for _, name := range allFiles(t) {
		if rel, ok := strings.CutPrefix(name, "docs/"); ok && path.Ext(rel) == ".md" && rel != "README.md" {
			if !strings.Contains(index, "]("+rel+")") {
				t.Errorf("docs/README.md does not link to %s", rel)
			}
		}
	}
}

// adr is the name of a decision's file; decisions are numbered without a gap.
var adr = regexp.MustCompile(`^docs/adr/(\d{4})-[a-z0-9-]+\.md$`)

// TestDecisions: each decision says its context, what was decided and what follows.
func TestDecisions(t *testing.T) {
	n := 0
	for _, name := range allFiles(t) {
		if path.Dir(name) != "docs/adr" {
			continue
		}
		n++
		m := adr.FindStringSubmatch(name)
		if m == nil || strings.TrimLeft(m[1], "0") != strconv.Itoa(n) {
			t.Errorf("%s: want decision %d, named NNNN-some-words.md", name, n)
			continue
		}
		text := read(t, name)
		if !strings.HasPrefix(text, "# "+strconv.Itoa(n)+". ") {
			t.Errorf("%s does not begin with # %d. and its title", name, n)
		}
		for _, h := range []string{"## Context", "## Decision", "## Consequences"} {
			section(t, text, h)
		}
	}
}

// strange are traces of a machine or a workplace, which mean nothing to whoever
// has the repository. They are put together here so as not to find themselves.
var strange = regexp.MustCompile(strings.Join([]string{
	`(^|[^\w.])/(wo` + `rk|tm` + `p|ro` + `ot|ho` + `me|fa` + `rm|mn` + `t)/`, // paths of one machine
	`[A-Z]:\\Us` + `ers\\`,
	`(proxy|sum)\.gol` + `ang\.org`, `gop` + `roxy\.`, `registry\.np` + `mjs`, `deb\.deb` + `ian\.org`, `mirrors?\.[a-z-]+\.(com|cn|org|net)`,
	`(?i)\bart` + `ifactory\b`, `(?i)\bnex` + `us\.`,
}, "|"))

// TestNothingOfThisMachine: no file names a path of the machine it was written on,
// or a host that packages were fetched from.
func TestNothingOfThisMachine(t *testing.T) {
	for n, name := range allFiles(t) {
		if testing.Short() && n%10 > 0 {
			continue // under the race detector this expression takes a minute for all
		}
		text := read(t, name)
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			continue // a picture, an old database
		}
		for i, line := range strings.Split(text, "\n") {
			if m := strange.FindString(line); m != "" {
				t.Errorf("%s:%d: %q", name, i+1, m)
			}
		}
	}
	for _, bad := range []string{"see /ho" + "me/me/x", "/tm" + "p/a", "https://proxy.gol" + "ang.org/x"} {
		if !strange.MatchString(bad) {
			t.Errorf("%q is not found", bad)
		}
	}
	for _, good := range []string{"/workflow/x", "a/tmp/b", "files/tmp/", "/homepage/"} {
		if strange.MatchString(good) {
			t.Errorf("%q is found", good)
		}
	}
}

var (
	// outside is anything a browser would fetch from, or send to, another host.
	outside = regexp.MustCompile(`(?:\b(?:https?|wss?):)?//[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)+`)
	// names are XML namespaces: identifiers that nothing fetches.
	names = regexp.MustCompile(`http://(?:www\.w3|schemas\.openxmlformats)\.org/[A-Za-z0-9/.-]+`)
	// comment is a Go comment: it may name the page a rule comes from.
	comment = regexp.MustCompile(`(?m)(^|\s)//(\s.*)?$`)
)

// TestNoOutsideHost: pages, styles, scripts and what draws them name no other host:
// the program works where there is no internet.
func TestNoOutsideHost(t *testing.T) {
	looked := 0
	for _, name := range allFiles(t) {
		inUI := covers("ui/...", path.Dir(name)) && !strings.HasSuffix(name, "_test.go")
		if !inUI || !slices.Contains([]string{".html", ".css", ".js", ".svg", ".go"}, path.Ext(name)) {
			continue
		}
		looked++
		text := names.ReplaceAllString(read(t, name), "")
		if path.Ext(name) == ".go" {
			text = comment.ReplaceAllString(text, "")
		}
		if m := outside.FindString(text); m != "" {
			t.Errorf("%s names the host %q", name, m)
		}
	}
	if looked < 20 {
		t.Errorf("only %d files looked at", looked)
	}
	for _, bad := range []string{`src="//cdn.example.com/x.js"`, `url(https://fonts.example.org/a)`, `new WebSocket("wss://a.b/c")`} {
		if !outside.MatchString(bad) {
			t.Errorf("%q is not found", bad)
		}
	}
}
