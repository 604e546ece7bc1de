package docs_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// list splits a cell of structure.md: names between commas, backquotes taken off.
func list(cell string) []string {
	var all []string
	for _, s := range strings.Split(cell, ",") {
		all = append(all, strings.Trim(strings.TrimSpace(s), "`"))
	}
	return all
}

// covers reports whether the pattern names the package: itself, or a/... with
// what is below.
func covers(pattern, pkg string) bool {
	top, below := strings.CutSuffix(pattern, "/...")
	return pkg == top || below && strings.HasPrefix(pkg, top+"/")
}

// arrows finds what the sources import against the table, and what in the table
// no source needs.
func arrows(all []source, allowed map[string][]string) (faults []string) {
	drawn := map[string]bool{} // from, space, pattern: what an import needed
	for _, s := range all {
		from := s.dir()
		for _, to := range s.imports() {
			to, ours := strings.CutPrefix(to, module+"/")
			if !ours || s.test && mayTest(from, to) {
				continue
			}
			i := slices.IndexFunc(allowed[from], func(p string) bool { return covers(p, to) })
			if i < 0 {
				faults = append(faults, s.path+": "+from+" imports "+to+", which docs/structure.md does not allow")
			} else if !s.test {
				drawn[from+" "+allowed[from][i]] = true
			}
		}
	}
	for from, patterns := range allowed {
		for _, p := range patterns {
			if !drawn[from+" "+p] {
				faults = append(faults, "docs/structure.md: "+from+" imports nothing of "+p+": remove it")
			}
		}
	}
	return faults
}

// TestArrows: packages import each other only as structure.md says.
func TestArrows(t *testing.T) {
	allowed := map[string][]string{}
	for _, row := range table(t, section(t, read(t, "docs/structure.md"), "## Arrows")) {
		allowed[row[0]] = list(row[1])
	}
	for _, f := range arrows(sources(t), allowed) {
		t.Error(f)
	}
	bad := []source{
		parse("ui/x.go", "package ui\nimport (\"duban/store\"; \"duban/workflow/plan\")\n"),
		parse("ui/x_test.go", "package ui\nimport \"duban/store/storetest\"\n"),
		parse("workflow/calendar/x_test.go", "package calendar\nimport \"duban/ui\"\n"),
	}
	if f := arrows(bad, map[string][]string{"ui": {"workflow/...", "ui/..."}}); len(f) != 3 {
		t.Errorf("three faults in bad sources, found: %q", f)
	}
}

// mayTest reports whether tests of a package may import another beyond its arrows.
func mayTest(from, to string) bool {
	return from == to || from == "docs" || covers("cmd/...", from) ||
		covers("ui/...", from) && covers("ui/...", to) ||
		covers("workflow/...", to) || covers("store/...", to)
}

// dependency is a row of structure.md.
type dependency struct {
	module, version, released, licence string
	where                              []string
}

func dependencies(t *testing.T) []dependency {
	t.Helper()
	var all []dependency
	for _, r := range table(t, section(t, read(t, "docs/structure.md"), "## Dependencies")) {
		if len(r) != 6 || r[5] == "" {
			t.Fatalf("docs/structure.md: %v has no reason", r)
		}
		all = append(all, dependency{r[0], r[1], r[2], r[3], list(r[4])})
	}
	return all
}

// TestDependencies: a module is imported where structure.md says and nowhere else.
func TestDependencies(t *testing.T) {
	all := dependencies(t)
	used := map[string]bool{} // module, space, where
	for _, s := range sources(t) {
		from := s.dir()
		for _, to := range s.imports() {
			first, _, _ := strings.Cut(to, "/")
			if first == module || !strings.Contains(first, ".") {
				continue
			}
			i := slices.IndexFunc(all, func(d dependency) bool { return covers(d.module+"/...", to) })
			switch {
			case i < 0:
				t.Errorf("%s imports %s, which docs/structure.md does not list", s.path, to)
			case s.test && slices.Contains(all[i].where, "tests"):
				used[all[i].module+" tests"] = true
			case slices.Contains(all[i].where, from):
				used[all[i].module+" "+from] = used[all[i].module+" "+from] || !s.test
			default:
				t.Errorf("%s imports %s, which is for %v alone", s.path, to, all[i].where)
			}
		}
	}
	for _, d := range all {
		for _, w := range d.where {
			if w != "pinned" && !used[d.module+" "+w] {
				t.Errorf("docs/structure.md: %s is not imported by %s: remove it", d.module, w)
			}
		}
	}
}

// floors are versions below which a fault that matters to us is known; the
// reasons stand in structure.md and in the packages' comments.
var floors = map[string]string{
	"github.com/valyala/fasthttp": "v1.77.0",
	"go.etcd.io/bbolt":            "v1.5.0",
}

// direct are the requirements of go.mod that are not marked indirect.
var direct = regexp.MustCompile(`(?m)^(?:require )?\s*(\S+\.\S+/\S+) (v\S+)(\s*// indirect)?$`)

// TestVersions: the table names the version that is built, go.mod requires nothing
// directly that the table lacks, and no floor is undercut.
func TestVersions(t *testing.T) {
	all := dependencies(t)
	built := map[string]string{}
	for _, m := range direct.FindAllStringSubmatch(read(t, "go.mod"), -1) {
		built[m[1]] = m[2]
		listed := slices.ContainsFunc(all, func(d dependency) bool { return d.module == m[1] })
		if m[3] == "" && !listed {
			t.Errorf("go.mod requires %s directly; docs/structure.md does not list it", m[1])
		}
	}
	for _, d := range all {
		if built[d.module] != d.version {
			t.Errorf("%s: docs/structure.md says %s, go.mod %q", d.module, d.version, built[d.module])
		}
	}
	for m, low := range floors {
		if older(built[m], low) {
			t.Errorf("%s %s is below %s", m, built[m], low)
		}
	}
}

// older compares versions of three numbers.
func older(a, b string) bool {
	number := func(v string) (n [3]int) {
		for i, part := range strings.SplitN(strings.TrimPrefix(v, "v"), ".", 3) {
			for _, r := range part {
				if r < '0' || r > '9' {
					break
				}
				n[i] = n[i]*10 + int(r-'0')
			}
		}
		return n
	}
	x, y := number(a), number(b)
	return slices.Compare(x[:], y[:]) < 0
}

func TestOlder(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"v1.9.0", "v1.77.0", true}, {"v1.77.0", "v1.77.0", false}, {"v2.0.0", "v1.77.9", false}, {"", "v1.0.0", true}} {
		if older(c.a, c.b) != c.want {
			t.Errorf("older(%q, %q) is not %t", c.a, c.b, c.want)
		}
	}
}

// licences are recognised by a line of their text.
var licences = map[string]string{
	"Apache-2.0":   "Apache License",
	"BSD-2-Clause": "Redistribution and use in source and binary forms",
	"BSD-3-Clause": "Neither the name of",
	"MIT":          "Permission is hereby granted, free of charge",
	"MPL-2.0":      "Mozilla Public License",
}

// TestLicences: each module's release date and licence are those of the module
// that is built. Modules that were not fetched (tests alone use them) are left to
// the machine that has them.
func TestLicences(t *testing.T) {
	all := dependencies(t)
	args := []string{"list", "-m", "-json"}
	for _, d := range all {
		args = append(args, d.module)
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list -m: %v", err)
	}
	looked := 0
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var m struct{ Path, Time, Dir string }
		if err := dec.Decode(&m); err != nil {
			t.Fatal(err)
		}
		d := all[slices.IndexFunc(all, func(d dependency) bool { return d.module == m.Path })]
		if m.Time != "" && m.Time[:10] != d.released {
			t.Errorf("%s was released on %s, docs/structure.md says %s", m.Path, m.Time[:10], d.released)
		}
		if m.Dir == "" {
			continue
		}
		looked++
		text := licenceText(t, m.Dir)
		for _, l := range list(d.licence) {
			if licences[l] == "" || !strings.Contains(text, licences[l]) {
				t.Errorf("%s: its licence is not %s", m.Path, l)
			}
		}
	}
	if looked < len(all)/2 {
		t.Errorf("the licences of only %d of %d modules were seen", looked, len(all))
	}
}
