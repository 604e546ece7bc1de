package docs_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// maxLines is the most lines a file that is not a test may have. The habit is
// 400; what has grown past this has a second idea in it.
const maxLines = 450

// rule is a habit of the house that holds for every file. bad is a file that
// breaks it: a check without teeth proves nothing.
type rule struct {
	name  string
	check func(s source, fault func(n ast.Node, format string, args ...any))
	bad   source
}

// rules are the habits that one file at a time can keep or break.
var rules = []rule{
	// Time is an argument, so that a deadline can be tested without waiting for
	// it; the real clock is read in cmd alone.
	{"clock", clock, parse("workflow/x.go", "package x\nimport \"time\"\nvar now = time.Now\n")},
	// Only cmd talks to the terminal, reads the environment and ends the process;
	// the others answer errors and log through the logger they are given.
	{"silence", silence, parse("store/x.go", "package x\nimport \"fmt\"\nfunc f() { fmt.Println() }\n")},
	// Code answers errors. Where it panics, the reason is listed (panics).
	{"panic", listedPanics, parse("ui/x.go", "package x\nfunc f() { panic(1) }\n")},
	// Every exported name says what it does.
	{"comments", docComments, parse("ui/x.go", "package x\ntype T int\n")},
	// No file outside tests grows past maxLines.
	{"length", fileLength, parse("ui/x.go", "package x\n"+strings.Repeat("\n", maxLines))},
	// Comments promise nothing: a thing is done, or it is an issue.
	{"later", nothingPutOff, parse("ui/x.go", "package x\n// TO"+"DO write it\n")},
	// A skipped test says why, so that nobody takes it for a passed one.
	{"skips", loudSkips, parse("ui/x_test.go", "package x\nfunc f(t *testing.T) { t.SkipNow() }\n")},
}

func parse(name, text string) source {
	s, err := parseSource(name, []byte(text))
	if err != nil {
		panic(err)
	}
	return s
}

// TestHouse holds every file to the rules.
func TestHouse(t *testing.T) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, s := range sources(t) {
				r.check(s, func(n ast.Node, format string, args ...any) {
					t.Errorf("%s:%d: %s", s.path, s.line(n), fmt.Sprintf(format, args...))
				})
			}
		})
	}
	for place := range panics {
		if !panicked[place] {
			t.Errorf("panics excuses %q, which does not panic: remove the line", place)
		}
	}
}

// TestHouseBites: every rule finds its bad file.
func TestHouseBites(t *testing.T) {
	for _, r := range rules {
		found := 0
		r.check(r.bad, func(ast.Node, string, ...any) { found++ })
		if found != 1 {
			t.Errorf("%s: %d faults found in a file with one", r.name, found)
		}
	}
}

// uses visits every pkg.Name of a standard package in the file, called or handed on.
func uses(s source, pkg string, visit func(n ast.Node, name string)) {
	local := ""
	for _, i := range s.ast.Imports {
		if i.Path.Value == `"`+pkg+`"` {
			local = path.Base(pkg)
			if i.Name != nil {
				local = i.Name.Name
			}
		}
	}
	ast.Inspect(s.ast, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == local {
				visit(n, sel.Sel.Name)
			}
		}
		return true
	})
}

// builtin visits every call of a built-in function.
func builtin(n ast.Node, name string, visit func(n ast.Node)) {
	ast.Inspect(n, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			if f, ok := c.Fun.(*ast.Ident); ok && f.Name == name {
				visit(n)
			}
		}
		return true
	})
}

func (s source) inCmd() bool { return strings.HasPrefix(s.path, "cmd/") }

func clock(s source, fault func(ast.Node, string, ...any)) {
	if s.test || s.inCmd() {
		return
	}
	uses(s, "time", func(n ast.Node, name string) {
		if name == "Now" || name == "Since" || name == "Until" {
			fault(n, "time.%s: take the time as an argument", name)
		}
	})
}

func silence(s source, fault func(ast.Node, string, ...any)) {
	if s.test || s.inCmd() {
		return
	}
	uses(s, "fmt", func(n ast.Node, name string) {
		if strings.HasPrefix(name, "Print") {
			fault(n, "fmt.%s outside cmd", name)
		}
	})
	uses(s, "log", func(n ast.Node, name string) { fault(n, "log.%s: use the logger given", name) })
	uses(s, "os", func(n ast.Node, name string) {
		if slices.Contains([]string{"Exit", "Stdin", "Stdout", "Stderr", "Getenv", "LookupEnv", "Environ"}, name) {
			fault(n, "os.%s outside cmd", name)
		}
	})
	builtin(s.ast, "print", func(n ast.Node) { fault(n, "print") })
	builtin(s.ast, "println", func(n ast.Node) { fault(n, "println") })
}

// panics are the functions that may panic, and why nothing from outside can make
// them.
var panics = map[string]string{
	"store/storetest/memory.go NewMemory":         "for tests: memory refuses nothing",
	"store/storetest/suite.go testIsolation":      "the suite's own change that panics",
	"store/storetest/suite.go testPanic":          "the suite's own change that panics",
	"ui/web/feed.go counts":                       "counts are numbers by name, which always encode",
	"ui/web/feed.go frame":                        "frames are made of our own types, which always encode",
	"ui/page/render.go must":                      "templates are part of the build; a test renders every one",
	"ui/page/render.go partial":                   "partials are part of the build; a test renders every one",
	"ui/static/static.go URL":                     "a test renders every template, so an unknown asset never reaches a page",
	"ui/static/static.go must":                    "embedded files are part of the build",
	"ui/text/text.go catalogues":                  "the catalogues are part of the build",
	"workflow/passes.go fieldNamed":               "the table of passes is part of the build, and worked out before main begins",
	"workflow/account/accounttest/seal.go Sealer": "for tests: the key is a constant of the right length",
	"workflow/calendar/calendar.go Published":     "the path is a constant",
	"workflow/calendar/period.go span":            "the plan loader lets no other rule through",
	"workflow/plan/diff.go flatten":               "a plan's own values always have a JSON form",
	"workflow/plan/number.go MustNumber":          "for constants in code, as its name says",
}

// panicked are the places listedPanics has met.
var panicked = map[string]bool{}

func listedPanics(s source, fault func(ast.Node, string, ...any)) {
	if s.test {
		return
	}
	for _, d := range s.ast.Decls {
		builtin(d, "panic", func(n ast.Node) {
			place := s.path + " " + nameOf(d)
			if panicked[place] = true; panics[place] == "" {
				fault(n, "%q panics without a reason in the list", place)
			}
		})
	}
}

// nameOf is the first name a declaration declares.
func nameOf(d ast.Decl) string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Name.Name
	case *ast.GenDecl:
		for _, sp := range d.Specs {
			if v, ok := sp.(*ast.ValueSpec); ok {
				return v.Names[0].Name
			}
		}
	}
	return "?"
}

// byInterface are methods whose meaning stands at an interface: a standard one,
// or one that the named package declares.
var byInterface = []string{"Error", "Unwrap", "String", "MarshalText", "UnmarshalText", "MarshalJSON", "UnmarshalJSON",
	"workflow Trigger"}

func docComments(s source, fault func(ast.Node, string, ...any)) {
	if s.test {
		return
	}
	for _, d := range s.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && !saidElsewhere(s, d) {
				fault(d, "%s is exported and has no comment", d.Name.Name)
			}
		case *ast.GenDecl:
			for _, sp := range d.Specs {
				if name := undocumented(d, sp); name != "" {
					fault(sp, "%s is exported and has no comment", name)
				}
			}
		}
	}
}

// saidElsewhere: methods of unexported types, and those of known interfaces.
func saidElsewhere(s source, d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return false
	}
	if slices.Contains(byInterface, d.Name.Name) || slices.Contains(byInterface, s.dir()+" "+d.Name.Name) {
		return true
	}
	for x := d.Recv.List[0].Type; ; {
		switch y := x.(type) {
		case *ast.StarExpr:
			x = y.X
		case *ast.IndexExpr:
			x = y.X
		case *ast.Ident:
			return !y.IsExported()
		default:
			return false
		}
	}
}

// undocumented names an exported type, constant or variable without a comment of
// its own, beside it, or above its group.
func undocumented(d *ast.GenDecl, sp ast.Spec) string {
	switch sp := sp.(type) {
	case *ast.TypeSpec:
		if sp.Name.IsExported() && sp.Doc == nil && sp.Comment == nil && (d.Lparen.IsValid() || d.Doc == nil) {
			return sp.Name.Name
		}
	case *ast.ValueSpec:
		for _, n := range sp.Names {
			if n.IsExported() && sp.Doc == nil && sp.Comment == nil && d.Doc == nil {
				return n.Name
			}
		}
	}
	return ""
}

func fileLength(s source, fault func(ast.Node, string, ...any)) {
	if n := bytes.Count(s.text, []byte("\n")); !s.test && n > maxLines {
		fault(s.ast, "%d lines, %d at most: is there a second idea in it?", n, maxLines)
	}
}

// later are the marks of work put off.
var later = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)

func nothingPutOff(s source, fault func(ast.Node, string, ...any)) {
	for _, g := range s.ast.Comments {
		for _, c := range g.List {
			if m := later.FindString(c.Text); m != "" {
				fault(c, "a comment says %s", m)
			}
		}
	}
}

func loudSkips(s source, fault func(ast.Node, string, ...any)) {
	if !s.test {
		return
	}
	ast.Inspect(s.ast, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			sel, ok := c.Fun.(*ast.SelectorExpr)
			if ok && (sel.Sel.Name == "SkipNow" || sel.Sel.Name == "Skip" && len(c.Args) == 0) {
				fault(n, "skipped without a word")
			}
		}
		return true
	})
}

// TestPackageComments: every package says once what is here, in the form that
// documentation tools read.
func TestPackageComments(t *testing.T) {
	found := map[string]int{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		want := "Package " + s.ast.Name.Name + " "
		if s.ast.Name.Name == "main" {
			want = "Command " + path.Base(s.dir()) + " "
		}
		found[s.dir()] += 0
		if s.ast.Doc != nil {
			found[s.dir()]++
			if !strings.HasPrefix(s.ast.Doc.Text(), want) {
				t.Errorf("%s: the package comment does not begin with %q", s.path, want)
			}
		}
	}
	for dir, n := range found {
		if n != 1 {
			t.Errorf("%s has %d package comments, want one", dir, n)
		}
	}
}
