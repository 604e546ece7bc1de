package docs_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// asvs are the requirements of levels 1 and 2 of OWASP ASVS 5.0.0: of each
// section how many, since those of level 3 stand at its end in all but none.
var asvs = map[string]int{
	"1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
	"3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
	"5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
	"7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4,
	"10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3,
	"11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4,
	"13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7,
	"16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2,
}

// gbt22239 are the clauses of 8.1.4 of GB/T 22239-2019: of each how many letters.
var gbt22239 = map[string]int{
	"8.1.4.1": 4, "8.1.4.2": 7, "8.1.4.3": 4, "8.1.4.4": 6, "8.1.4.5": 1, "8.1.4.6": 1,
	"8.1.4.7": 2, "8.1.4.8": 2, "8.1.4.9": 3, "8.1.4.10": 2, "8.1.4.11": 2,
}

// testNames are all tests of the repository.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	is := map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.test && f.Recv == nil {
				is[f.Name.Name] = true
			}
		}
	}
	return is
}

var clauseRow = regexp.MustCompile(`(?m)^\| (\d+(?:\.\d+)+[a-z]?) \|(?: (\d) \|)? (pass|not applicable|open) \|([^|]*)\|([^|]*)\|$`)

// clauses reads a table of answers and says what is wrong with it: wanted numbers
// that are missing, rows twice or of no wanted number, an answer that says
// nothing, a test that is not there. It answers how many rows name a test.
func clauses(text string, wanted []string, tests map[string]bool) (rows, shown int, faults []string) {
	seen := map[string]int{}
	for _, m := range clauseRow.FindAllStringSubmatch(text, -1) {
		rows++
		number, answer, how := m[1], m[3], strings.TrimSpace(m[4])
		seen[number]++
		if !slices.Contains(wanted, number) {
			faults = append(faults, number+" is no requirement")
		}
		if len(how) < 6 {
			faults = append(faults, number+" is "+answer+" without a word")
		}
		named := testName.FindAllStringSubmatch(m[5], -1)
		if len(named) > 0 {
			shown++
		}
		for _, n := range named {
			if !tests[n[1]] {
				faults = append(faults, number+" names "+n[1]+", which is not there")
			}
		}
	}
	for _, n := range wanted {
		if seen[n] != 1 {
			faults = append(faults, fmt.Sprintf("%s is answered %d times", n, seen[n]))
		}
	}
	return rows, shown, faults
}

// TestASVS: every requirement of level 2 has one answer, and at least 120 of them
// name tests that are there.
func TestASVS(t *testing.T) {
	var wanted []string
	for section, n := range asvs {
		for i := range n {
			wanted = append(wanted, section+"."+strconv.Itoa(i+1))
		}
	}
	if len(wanted) != 253 {
		t.Fatalf("level 2 has 253 requirements, not %d", len(wanted))
	}
	text := read(t, "docs/security/asvs.md")
	rows, shown, faults := clauses(text, wanted, testNames(t))
	for _, f := range faults {
		t.Error(f)
	}
	if rows != 253 || shown < 120 {
		t.Errorf("%d rows, %d of them with a test", rows, shown)
	}
	count := map[string]int{}
	for _, m := range clauseRow.FindAllStringSubmatch(text, -1) {
		count[m[3]]++
	}
	t.Logf("%v, %d rows name a test", count, shown)
	bad := "| 1.1.1 | pass | | |\n| 1.1.1 | open | something is missing | `TestNothingOfTheKind` |\n| 99.1.1 | pass | whatever it is | |\n"
	if _, _, f := clauses(bad, []string{"1.1.1", "1.1.2"}, map[string]bool{}); len(f) != 5 {
		t.Errorf("five faults in a bad table, found: %q", f)
	}
}

// TestGBT22239: every clause of 8.1.4 has one answer, and its tests are there.
func TestGBT22239(t *testing.T) {
	var wanted []string
	for clause, n := range gbt22239 {
		for i := range n {
			wanted = append(wanted, clause+string(rune('a'+i)))
		}
	}
	rows, shown, faults := clauses(read(t, "docs/security/gbt22239.md"), wanted, testNames(t))
	for _, f := range faults {
		t.Error(f)
	}
	if rows != 34 || shown < 20 {
		t.Errorf("%d rows, %d of them with a test", rows, shown)
	}
}

// dangerous are imports that answers of asvs.md say are not there, and who may
// have them all the same.
var dangerous = map[string][]string{
	"os/exec": {"cmd/bench", "cmd/duban/bench.go", "ui/document/pdftext"}, "plugin": nil, "unsafe": nil, "C": nil, "encoding/gob": nil, "net/rpc": nil, "net/smtp": nil, "database/sql": nil,
	"text/template": nil, "encoding/asn1": nil, "crypto/md5": nil, "crypto/des": nil, "crypto/rc4": nil, "crypto/dsa": nil,
	"math/rand": nil, "net/http/pprof": nil, "expvar": nil,
	"crypto/sha1": {"workflow/account"}, // the HMAC of RFC 6238
}

// xmlReaders are the files that read XML: the office's own template of a circular, the
// workbook with figures that comes back, and Word documents that a plan is read from. encoding/xml knows no entities but the five
// of XML itself and fetches nothing.
var xmlReaders = []string{"ui/document/word.go", "ui/export/template.go", "ui/export/workbook.go"}

// strangers are words in the path of a module that would bring such a thing.
var strangers = regexp.MustCompile(`(?i)ldap|xpath|graphql|webrtc|pion/|memcache|saml|goja|otto|latex|gomail`)

// scripted are words of scripts that asvs.md says are not there.
var scripted = regexp.MustCompile(`\beval\s*\(|new Function|document\.write|postMessage|localStorage|indexedDB|document\.cookie|importScripts`)

// constant reports whether an expression is made of literals and names of
// constants alone, as far as one file can tell.
func constant(x ast.Expr, known map[string]bool) bool {
	switch x := x.(type) {
	case *ast.BasicLit:
		return true
	case *ast.BinaryExpr:
		return constant(x.X, known) && constant(x.Y, known)
	case *ast.ParenExpr:
		return constant(x.X, known)
	case *ast.Ident:
		return known[x.Name]
	case *ast.SelectorExpr: // constants of another package that are parts of expressions are named so
		return strings.HasSuffix(x.Sel.Name, "Words")
	}
	return false
}

// constants are the names of a file's own constants.
func constants(s source) map[string]bool {
	known := map[string]bool{}
	for _, d := range s.ast.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, sp := range g.Specs {
			for _, n := range sp.(*ast.ValueSpec).Names {
				known[n.Name] = true
			}
		}
	}
	return known
}

// builtIn finds in a file what asvs.md says is not there.
func builtIn(s source) (faults []string) {
	for _, to := range s.imports() {
		if who, listed := dangerous[to]; listed && !slices.Contains(who, s.dir()) && !slices.Contains(who, s.path) {
			faults = append(faults, s.path+" imports "+to)
		}
	}
	uses(s, "encoding/xml", func(_ ast.Node, name string) {
		if (name == "NewDecoder" || name == "Unmarshal") && !slices.Contains(xmlReaders, s.path) {
			faults = append(faults, s.path+" reads XML")
		}
	})
	known := constants(s)
	ast.Inspect(s.ast, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		if f, ok := call.Fun.(*ast.SelectorExpr); ok {
			if x, ok := f.X.(*ast.Ident); ok && x.Name == "regexp" && strings.Contains(f.Sel.Name, "Compile") && !constant(call.Args[0], known) {
				faults = append(faults, fmt.Sprintf("%s:%d: a regular expression that is not written here", s.path, s.line(n)))
			}
		}
		return true
	})
	return faults
}

// TestNothingDangerousIsBuiltIn: what asvs.md says the program does not have, no
// source imports or calls, no module brings, and no script uses.
func TestNothingDangerousIsBuiltIn(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, f := range builtIn(s) {
			t.Error(f)
		}
	}
	for line := range strings.Lines(read(t, "go.mod")) {
		if m := strangers.FindString(line); m != "" {
			t.Errorf("go.mod: %s in %s", m, line)
		}
	}
	scripts := 0
	for _, name := range allFiles(t) {
		if path.Ext(name) != ".js" || !strings.HasPrefix(name, "ui/static/") {
			continue
		}
		scripts++
		text := read(t, name)
		if m := scripted.FindString(text); m != "" {
			t.Errorf("%s: %s", name, m)
		}
		if n := strings.Count(text, "sessionStorage."); n != strings.Count(text, "sessionStorage.getItem('build')")+strings.Count(text, "sessionStorage.setItem('build',") {
			t.Errorf("%s keeps more than the build's name in the browser", name)
		}
	}
	if scripts < 5 {
		t.Errorf("only %d scripts found", scripts)
	}
	bad := parse("ui/x.go", "package ui\nimport (\"os/exec\"; \"crypto/sha1\"; \"encoding/xml\"; \"regexp\")\nfunc f(s string) { xml.Unmarshal(nil, s); regexp.MustCompile(s); regexp.MustCompile(\"a\" + `b`) }\n")
	if f := builtIn(bad); len(f) != 4 {
		t.Errorf("four faults in a bad file, found: %q", f)
	}
	if !strangers.MatchString("github.com/pion/webrtc") || !scripted.MatchString("x = eval (y)") {
		t.Error("bad lines are not found")
	}
}

// callers are the packages and files that open connections: measuring and the sample
// departments, on loopback, and a command that asks the server on its own data folder
// through a Unix socket, and one that fetches copies of a server. The server itself calls nobody but the provider that
// --oidc-issuer names and the scanner of --clamd.
var callers = []string{"cmd/bench", "cmd/demo", "cmd/duban/demo.go", "cmd/archive/pull.go", "cmd/duban/signon.go", "cmd/duban/socket.go", "ui/clamd", "ui/signon"}

// callsOut finds in a file what opens a connection to somewhere.
func callsOut(s source) (faults []string) {
	for pkg, bad := range map[string]*regexp.Regexp{
		"net":        regexp.MustCompile(`^(Dial\w*|Lookup\w*|Resolver)$`),
		"crypto/tls": regexp.MustCompile(`^(Dial\w*|Client)$`),
		"net/http":   regexp.MustCompile(`^(Get|Post|PostForm|Head|Client|Transport|DefaultClient|DefaultTransport|NewRequest\w*)$`),
	} {
		uses(s, pkg, func(n ast.Node, name string) {
			if bad.MatchString(name) {
				faults = append(faults, fmt.Sprintf("%s:%d: %s.%s", s.path, s.line(n), pkg, name))
			}
		})
	}
	return faults
}

// TestNothingCallsOut: the server opens no connection to anybody else.
func TestNothingCallsOut(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || slices.Contains(callers, s.dir()) || slices.Contains(callers, s.path) {
			continue
		}
		for _, f := range callsOut(s) {
			t.Error(f)
		}
	}
	bad := parse("ui/x.go", "package ui\nimport (\"net\"; \"net/http\")\nfunc f() { net.Dial(\"tcp\", \"\"); http.Get(\"\"); var c http.Client; _ = c }\n")
	if f := callsOut(bad); len(f) != 3 {
		t.Errorf("three faults in a bad file, found: %q", f)
	}
}
