package static

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// denied are what Chromium 78 does not know (the browser floor), by kind of file.
var denied = map[string][]*regexp.Regexp{
	".css": compile(
		`(^|[^-\w])gap\s*:`, `\brow-gap\b`, `(^|[^-\w])inset\s*:`, `clamp\(`, `\bmin\(`, `[^n]max\(`, `(^|[^-])aspect-ratio\s*:`, `:is\(`, `:where\(`, `:has\(`,
		`@layer`, `@container`, `(?m)^\s*&`, `color-mix`, `:focus-visible`, `accent-color`, `place-items`, `\bdvh\b`, `text-wrap`),
	".js": compile(
		`\?\.[\w(\[]`, `\?\?`, `(?:this|\w)\.#|^\s*#\w`, `\.replaceAll\(`, `\.at\(`, `\|\|=|&&=|\?\?=`, `\bstructuredClone\b`, `Object\.hasOwn\b`,
		`Promise\.(any|allSettled)`, `\.replaceChildren\(`, `\.matchAll\(`, `\bAbortSignal\.timeout`, `\bstatic\s*\{`, `\b\d+_\d+`, `\bWeakRef\b`, `crypto\.randomUUID`),
}

func compile(patterns ...string) []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, p := range patterns {
		out = append(out, regexp.MustCompile(p))
	}
	return out
}

var comments = regexp.MustCompile(`(?s)/\*.*?\*/|(?m)^\s*//.*$`)

func TestFilesStayOnTheBrowserFloor(t *testing.T) {
	seen := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		i := strings.LastIndexByte(path, '.')
		rules, ok := denied[path[i:]]
		if !ok {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen++
		text := comments.ReplaceAllString(string(b), "")
		for _, r := range rules {
			if m := r.FindString(text); m != "" && !(strings.Contains(m, "max(") && strings.Contains(text, "minmax(")) {
				t.Errorf("%s: %q is not known to Chromium 78 (%s)", path, m, r)
			}
		}
		return nil
	})
	if err != nil || seen < 15 {
		t.Fatalf("looked at %d files: %v", seen, err)
	}
}

func TestTheFloorHasTeeth(t *testing.T) {
	for ext, bad := range map[string][]string{
		".css": {".a { display: flex; gap: 4px; }", "a:is(b) {}", "@layer x {}", ".a { inset: 0; }", ".a { width: clamp(1px, 2px, 3px); }"},
		".js":  {"a?.b", "a ?? b", "s.replaceAll('a', 'b')", "list.at(-1)", "this.#x = 1", "a ||= b"},
	} {
		for _, s := range bad {
			hit := false
			for _, r := range denied[ext] {
				hit = hit || r.MatchString(s)
			}
			if !hit {
				t.Errorf("%s passes", s)
			}
		}
	}
	for _, good := range []string{".a { grid-gap: 4px; }", ".a { grid-column-gap: 1px; }"} {
		for _, r := range denied[".css"] {
			if r.MatchString(good) {
				t.Errorf("%s is refused by %s", good, r)
			}
		}
	}
}

func TestAddressesHoldTheContentsDigest(t *testing.T) {
	for _, name := range Names() {
		f, ok := Find(URL(name))
		if !ok || f.Name != name || len(f.Body) == 0 || f.Type == "" {
			t.Errorf("%s: found %v, %d bytes as %q", name, ok, len(f.Body), f.Type)
		}
	}
	changed := map[string]File{}
	for name, f := range served {
		changed[name] = f
	}
	changed["app.css"] = File{"app.css", "text/css", append([]byte("/**/"), changed["app.css"].Body...)}
	if sum(changed) == digest {
		t.Error("another content has the same address")
	}
	for _, bad := range []string{"", "/static/", "/static/app.css", "/static/0000000000000000/app.css",
		Prefix + digest + "/../static.go", Prefix + digest + "/js/../app.css", Prefix + digest + "/nothing.css"} {
		if f, ok := Find(bad); ok {
			t.Errorf("%q gave %s", bad, f.Name)
		}
	}
}

func TestSheetsAreJoinedInLayerOrder(t *testing.T) {
	f, _ := Find(URL("app.css"))
	last := -1
	for _, mark := range []string{":root {", "* { box-sizing", ".top {", ".btn {", ".trail {", "@media print {\n  @page"} {
		at := strings.Index(string(f.Body), mark)
		if at <= last {
			t.Errorf("%q stands at %d, not after %d", mark, at, last)
		}
		last = at
	}
}

func TestEveryFileOfTheFoldersIsServed(t *testing.T) {
	used := map[string]bool{}
	for _, parts := range sheets {
		for _, p := range parts {
			used["css/"+p+".css"] = true
		}
	}
	names, err := fs.Glob(files, "css/*.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if !used[n] {
			t.Errorf("%s is in no style sheet", n)
		}
	}
}

func TestEverySymbolOfTheSpriteIsUsed(t *testing.T) {
	symbol := regexp.MustCompile(`<symbol id="i-([a-z]+)"`)
	var all []string
	for _, m := range symbol.FindAllStringSubmatch(string(Icons()), -1) {
		all = append(all, m[1])
	}
	if len(all) < 10 {
		t.Fatalf("found symbols %v", all)
	}
	if strings.Contains(string(Icons()), "style=") {
		t.Error("the sprite has an inline style, which the policy refuses")
	}
}
