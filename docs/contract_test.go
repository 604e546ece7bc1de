package docs_test

import (
	"cmp"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"duban/workflow"
)

// literal is the value of a string literal, "" for anything else.
func literal(x ast.Expr) string {
	if l, ok := x.(*ast.BasicLit); ok && l.Kind == token.STRING {
		s, err := strconv.Unquote(l.Value)
		if err == nil {
			return s
		}
	}
	return ""
}

// one is the source of a file.
func one(t *testing.T, name string) source {
	t.Helper()
	all := sources(t)
	i := slices.IndexFunc(all, func(s source) bool { return s.path == name })
	if i < 0 {
		t.Fatalf("no file %s", name)
	}
	return all[i]
}

// same fails for what only one of two sets has.
func same(t *testing.T, told, is map[string]bool, where, what string) {
	t.Helper()
	for _, k := range slices.Sorted(maps.Keys(is)) {
		if !told[k] {
			t.Errorf("%s does not have %s %s", where, what, k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(told)) {
		if !is[k] {
			t.Errorf("%s has %s %s, which the program does not", where, what, k)
		}
	}
}

var parameter = regexp.MustCompile(`:(\w+)`)

// TestContractRoutes: the contract lists the calls the server registers for
// programs, and no others.
func TestContractRoutes(t *testing.T) {
	is := map[string]bool{}
	rows := func(n ast.Node) bool {
		c, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		fields := map[string]string{}
		for _, e := range c.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				if k, ok := kv.Key.(*ast.Ident); ok {
					fields[k.Name] = literal(kv.Value)
				}
			}
		}
		if fields["Method"] != "" && fields["Summary"] != "" {
			is[fields["Method"]+" "+parameter.ReplaceAllString(fields["Path"], "{$1}")] = true
		}
		return true
	}
	for _, s := range sources(t) {
		if path.Dir(path.Dir(s.path)) == "ui" && path.Base(s.path) == "routes.go" {
			ast.Inspect(s.ast, rows)
		}
	}
	for _, a := range workflow.Acts() {
		if a.Route.Path != "" {
			is[cmp.Or(a.Route.Method, "POST")+" /api/v1/assignments/{id}/"+parameter.ReplaceAllString(a.Route.Path, "{$1}")] = true
		}
	}
	if len(is) < 45 {
		t.Fatalf("only %d routes found: they are no longer written as this test reads them", len(is))
	}
	told := map[string]bool{}
	for _, row := range table(t, section(t, read(t, "docs/contract.md"), "## HTTP")) {
		told[row[0]] = true
	}
	same(t, told, is, "docs/contract.md", "the call")
}

// TestFlags: the operating guide lists the flags of serve, and no others.
func TestFlags(t *testing.T) {
	is := map[string]bool{}
	for _, s := range sources(t) {
		if s.dir() != "cmd/duban" || s.test {
			continue
		}
		for _, d := range s.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Name.Name != "flags" || f.Recv == nil {
				continue // the flags of one command alone
			}
			ast.Inspect(f, func(n ast.Node) bool {
				c, ok := n.(*ast.CallExpr)
				if !ok || len(c.Args) < 3 {
					return true
				}
				if sel, ok := c.Fun.(*ast.SelectorExpr); ok && strings.HasSuffix(sel.Sel.Name, "Var") {
					is["--"+literal(c.Args[1])] = true
				}
				return true
			})
		}
	}
	if len(is) < 8 {
		t.Fatalf("only %d flags found: they are no longer written as this test reads them", len(is))
	}
	told := map[string]bool{}
	for _, row := range table(t, section(t, read(t, "docs/operate.md"), "## Flags and environment")) {
		told[row[0]] = true
	}
	same(t, told, is, "docs/operate.md", "the flag")
}

var metric = regexp.MustCompile("`duban_([a-z_]+)`")

// TestMetrics: the figures the operating guide watches are there.
func TestMetrics(t *testing.T) {
	is := map[string]bool{}
	ast.Inspect(one(t, "cmd/office/metrics.go").ast, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok && len(c.Args) == 2 {
			if f, ok := c.Fun.(*ast.Ident); ok && f.Name == "desc" {
				is[literal(c.Args[0])] = true
			}
		}
		return true
	})
	all := metric.FindAllStringSubmatch(read(t, "docs/operate.md"), -1)
	if len(all) < 5 {
		t.Fatalf("only %d figures named", len(all))
	}
	for _, m := range all {
		if !is[m[1]] {
			t.Errorf("docs/operate.md watches duban_%s, which the program does not have", m[1])
		}
	}
}
