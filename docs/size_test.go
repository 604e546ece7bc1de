package docs_test

import (
	"fmt"
	"go/ast"
	"testing"
)

// The most files and exported names a package may have; tests are not counted, nor
// methods. A newcomer reads the list of a package's files as a table of contents: past
// this it is a hall, and what is in it wants rooms of its own.
const (
	mostFiles = 15
	mostNames = 60
)

// size counts a package's files and the names that it exports at its top.
type size struct{ files, names int }

// halls are the packages that grew past the bound before there was one, with what they
// had then. They may not grow: whoever takes something out lowers the number, and the
// line goes when the package fits.
var halls = map[string]size{
	// What the office is asked, shown on its pages.
	// What every room of the face needs stands once, below them: a name here is one that rooms would write again.
	// What plan a form, or a program, was looking at is asked in every room too.
	"ui/web":  {names: 75},
	"ui/page": {files: 53, names: 242},
	// The table of acts reads the machine, the decisions and the folds, and is read by all
	// of them: it can leave only with them (ADR 28).
	// An ask is part of its assignment: its acts, kinds and states stand with the others.
	// The rules in force are changed by an act, under the desk's own lock.
	"workflow":        {files: 45, names: 348},
	"workflow/ledger": {files: 28, names: 66},
}

// exports counts the names that a file exports at its top.
func exports(s source) (n int) {
	for _, d := range s.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.IsExported() {
				n++
			}
		case *ast.GenDecl:
			for _, sp := range d.Specs {
				switch sp := sp.(type) {
				case *ast.TypeSpec:
					if sp.Name.IsExported() {
						n++
					}
				case *ast.ValueSpec:
					for _, name := range sp.Names {
						if name.IsExported() {
							n++
						}
					}
				}
			}
		}
	}
	return n
}

// sizes counts every package by its folder.
func sizes(all []source) map[string]size {
	found := map[string]size{}
	for _, s := range all {
		if !s.test {
			was := found[s.dir()]
			found[s.dir()] = size{was.files + 1, was.names + exports(s)}
		}
	}
	return found
}

// tooLarge holds packages to the bounds, or to what the list says of them.
func tooLarge(found, listed map[string]size) (faults []string) {
	judge := func(pkg, what string, n, most, excused int) {
		switch {
		case excused == 0 && n > most:
			faults = append(faults, fmt.Sprintf("%s has %d %s, %d at most: give a part of it a package of its own", pkg, n, what, most))
		case excused != 0 && n > excused:
			faults = append(faults, fmt.Sprintf("%s has grown to %d %s from %d, and is past %d already: put what is new elsewhere, or say beside its line in halls why not", pkg, n, what, excused, most))
		case excused != 0 && n <= most:
			faults = append(faults, fmt.Sprintf("%s has %d %s and needs no excuse any more: remove it from halls", pkg, n, what))
		case n < excused-excused/10:
			faults = append(faults, fmt.Sprintf("%s has shrunk to %d %s: halls still says %d", pkg, n, what, excused))
		}
	}
	for pkg, n := range found {
		judge(pkg, "files", n.files, mostFiles, listed[pkg].files)
		judge(pkg, "exported names", n.names, mostNames, listed[pkg].names)
	}
	for pkg := range listed {
		if _, ok := found[pkg]; !ok {
			faults = append(faults, pkg+" is in halls and there is no such package")
		}
	}
	return faults
}

// TestPackageSizes: no package is larger than one can keep in mind, and those that were
// do not grow.
func TestPackageSizes(t *testing.T) {
	for _, f := range tooLarge(sizes(sources(t)), halls) {
		t.Error(f)
	}
}

// TestPackageSizesBite: each kind of fault is found, and what is in order is left alone.
func TestPackageSizesBite(t *testing.T) {
	counted := sizes([]source{
		parse("a/x.go", "package a\nconst (\n\tA, B = 1, 2\n\tc = 3\n)\ntype T struct{ F int }\nfunc (T) M() {}\nfunc F() {}\nvar v int\n"),
		parse("a/y.go", "package a\n"),
		parse("a/x_test.go", "package a\nvar X int\n"),
	})
	if got := counted["a"]; got != (size{files: 2, names: 4}) {
		t.Errorf("counted %+v", got)
	}
	for _, c := range []struct {
		found, listed size
		faults        int
	}{
		{size{15, 60}, size{}, 0},
		{size{16, 61}, size{}, 2},
		{size{20, 60}, size{files: 20}, 0},
		{size{21, 60}, size{files: 20}, 1},
		{size{18, 60}, size{files: 20}, 0},
		{size{17, 60}, size{files: 20}, 1},
		{size{15, 60}, size{files: 16}, 1},
		{size{15, 100}, size{names: 99}, 1},
	} {
		listed := map[string]size{}
		if c.listed != (size{}) {
			listed["p"] = c.listed
		}
		if f := tooLarge(map[string]size{"p": c.found}, listed); len(f) != c.faults {
			t.Errorf("%+v, listed as %+v: %q, want %d faults", c.found, c.listed, f, c.faults)
		}
	}
	if f := tooLarge(nil, map[string]size{"gone": {files: 20}}); len(f) != 1 {
		t.Errorf("a package that is not there: %q", f)
	}
}
