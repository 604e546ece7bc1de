// Package docs_test holds the repository to what is written down about it: the
// structure (structure.md), the words (glossary.md), the house rules of code, the
// links between documents, and what must never be in a file.
//
// The tests read sources, not binaries; a rule's exceptions stand beside it with
// their reasons, and an exception nothing needs any more fails as well.
package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"
)

// module is the import path of the repository.
const module = "duban"

// notOurs are folders of the checkout that hold no sources. In a worktree of its own .git is a file.
var notOurs = []string{".git", "data", "bin", "test-output", "node_modules"}

// files lists every file of the repository by its slash path from the top, in
// order. Fuzz and property findings under testdata are left out: they are made by
// tests as they run.
var files = sync.OnceValues(func() ([]string, error) {
	var all []string
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel("..", p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir() && (slices.Contains(notOurs, rel) || strings.HasSuffix(rel, "testdata/rapid")):
			return filepath.SkipDir
		case d.Type().IsRegular() && rel != ".git":
			all = append(all, rel)
		}
		return nil
	})
	return all, err
})

// source is a parsed Go file.
type source struct {
	path string // from the top: workflow/plan/load.go
	test bool
	text []byte
	fset *token.FileSet
	ast  *ast.File
}

// dir is the file's package folder from the top.
func (s source) dir() string { return path.Dir(s.path) }

// line is where a node begins.
func (s source) line(n ast.Node) int { return s.fset.Position(n.Pos()).Line }

// imports are the paths the file imports.
func (s source) imports() []string {
	var all []string
	for _, i := range s.ast.Imports {
		all = append(all, strings.Trim(i.Path.Value, `"`))
	}
	return all
}

var parsed = sync.OnceValues(func() ([]source, error) {
	names, err := files()
	if err != nil {
		return nil, err
	}
	var all []source
	for _, name := range names {
		if path.Ext(name) != ".go" || strings.Contains("/"+name, "/testdata/") {
			continue
		}
		b, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		s, err := parseSource(name, b)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
})

func parseSource(name string, text []byte) (source, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return source{name, strings.HasSuffix(name, "_test.go"), text, fset, f}, err
}

// sources are the repository's Go files; a repository without any is a test run
// in the wrong place.
func sources(t *testing.T) []source {
	t.Helper()
	all, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d Go files found", len(all))
	}
	return all
}

// allFiles are the repository's files.
func allFiles(t *testing.T) []string {
	t.Helper()
	all, err := files()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// read gives a file of the repository by its path from the top.
func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// section is the part of a Markdown text under the heading, up to the next
// heading of any level.
func section(t *testing.T, text, heading string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "\n"+heading+"\n")
	if !ok {
		t.Fatalf("no heading %q", heading)
	}
	if i := strings.Index(rest, "\n#"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// table reads the rows of the first table in a Markdown text, without its head;
// backquotes around a cell are taken off.
func table(t *testing.T, text string) [][]string {
	t.Helper()
	var rows [][]string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			if len(rows) > 0 {
				break
			}
			continue
		}
		var row []string
		for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
			row = append(row, strings.Trim(strings.TrimSpace(cell), "`"))
		}
		rows = append(rows, row)
	}
	if len(rows) < 3 {
		t.Fatal("no table with a row in it")
	}
	return rows[2:]
}

// words splits an identifier into its lower-case words: HTTPStatusOf is http,
// status, of.
func words(identifier string) []string {
	rs := []rune(identifier)
	var all []string
	begin := 0
	cut := func(i int) {
		if i > begin {
			all = append(all, strings.ToLower(string(rs[begin:i])))
		}
		begin = i
	}
	for i, r := range rs {
		switch {
		case r == '_':
			cut(i)
			begin = i + 1
		case i > begin && unicode.IsUpper(r) && (!unicode.IsUpper(rs[i-1]) || i+1 < len(rs) && unicode.IsLower(rs[i+1])):
			cut(i)
		}
	}
	cut(len(rs))
	return all
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{"HTTPStatusOf": "http status of", "as_of": "as of", "Plan": "plan", "mapURLs": "map ur ls", "N": "n"} {
		if got := strings.Join(words(in), " "); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// licenceText is what the licence file of a module's folder says.
func licenceText(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "LICEN[SC]E*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("%s has no licence file (%v)", filepath.Base(dir), err)
	}
	b, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(b)), " ")
}
