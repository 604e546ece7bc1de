package text

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

var hole = regexp.MustCompile(`\{([a-z_]+)(\|[^{}|]*\|[^{}|]*)?\}`)

// holes are the placeholder names of a text, each once, in order.
func holes(s string) []string {
	var names []string
	for _, m := range hole.FindAllStringSubmatch(s, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestLanguagesHoldTheSameKeysAndPlaceholders(t *testing.T) {
	zh, en := For(Chinese), For(English)
	for _, key := range zh.Keys() {
		if !en.Has(key) {
			t.Errorf("%s is missing in English", key)
			continue
		}
		if a, b := holes(zh.text[key]), holes(en.text[key]); !slices.Equal(a, b) {
			t.Errorf("%s: placeholders %v in Chinese, %v in English", key, a, b)
		}
	}
	for _, key := range en.Keys() {
		if !zh.Has(key) {
			t.Errorf("%s is missing in Chinese", key)
		}
	}
}

func TestTextsAreWellFormed(t *testing.T) {
	for _, lang := range Languages {
		for key, s := range catalogues[lang] {
			rest := hole.ReplaceAllString(s, "")
			if strings.TrimSpace(s) == "" || strings.ContainsAny(rest, "{}") {
				t.Errorf("%s %s: %q is empty or has a broken placeholder", lang, key, s)
			}
		}
	}
}

// TestKeysOfTheProgramExist finds every key in templates and Go sources of the
// user interface. A key that ends in a dot or a
// low line is a prefix that a value is added to.
func TestKeysOfTheProgramExist(t *testing.T) {
	uses := regexp.MustCompile(`\bt "([a-z_.]+)"|\.(?:T|Map)\("([a-zA-Z_.]+)"`)
	p := For(Chinese)
	found := 0
	walk(t, "..", func(path string, b []byte) {
		for _, m := range uses.FindAllStringSubmatch(string(b), -1) {
			key := m[1] + m[2]
			found++
			switch {
			case strings.HasSuffix(key, ".") || strings.HasSuffix(key, "_"):
				if !slices.ContainsFunc(p.Keys(), func(k string) bool { return strings.HasPrefix(k, key) }) {
					t.Errorf("%s: no text begins with %s", path, key)
				}
			case !p.Has(key):
				t.Errorf("%s: no text %s", path, key)
			}
		}
	})
	if found < 300 {
		t.Fatalf("found only %d uses of texts: the scan is blind", found)
	}
}

// walk reads every Go file (tests left out) and template below dir.
func walk(t *testing.T, dir string, fn func(path string, b []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.HasSuffix(path, "_test.go") || filepath.Ext(path) != ".go" && filepath.Ext(path) != ".html" {
			return nil
		}
		b, err := os.ReadFile(path)
		if err == nil {
			fn(path, b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// enums are the workflow's enumerations by their Go type, with their keys' prefix.
var enums = map[string]string{
	"State": "state.", "Trigger": "trigger.", "Kind": "kind.", "Role": "role.", "UserRole": "user_role.", "Grade": "grade.",
	"Mark": "mark.", "Level": "level.", "MeasureStatus": "measure_status.", "PointStatus": "point.",
}

func TestEveryValueOfAnEnumerationHasAText(t *testing.T) {
	p := For(Chinese)
	found := map[string]int{}
	eachFile(t, "../../workflow", func(f *ast.File) {
		if f.Name.Name != "workflow" {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			typ, _ := spec.Type.(*ast.Ident)
			if typ == nil || enums[typ.Name] == "" {
				return true
			}
			for _, v := range spec.Values {
				value, ok := literal(v)
				if !ok || value == "open" { // the machine's superstate is never shown
					continue
				}
				found[typ.Name]++
				if key := enums[typ.Name] + value; !p.Has(key) {
					t.Errorf("no text %s", key)
				}
			}
			return true
		})
	})
	for name := range enums {
		if found[name] < 2 {
			t.Errorf("found %d values of %s: the scan is blind", found[name], name)
		}
	}
	for _, b := range []ledger.Box{ledger.BoxOverdue, ledger.BoxSoon, ledger.BoxReported, ledger.BoxAssigned,
		ledger.BoxInProgress, ledger.BoxVerified, ledger.BoxWithdrawn} {
		if !p.Has("box." + string(b)) {
			t.Errorf("no text box.%s", b)
		}
	}
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}

// eachFile parses every Go file below dir, tests left out.
func eachFile(t *testing.T, dir string, fn func(*ast.File)) {
	t.Helper()
	walk(t, dir, func(path string, b []byte) {
		if filepath.Ext(path) != ".go" {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, b, 0)
		if err != nil {
			t.Logf("%s does not parse, left out: %v", path, err)
			return
		}
		fn(f)
	})
}

// code looks like an error code: two words or more, joined by dots.
var code = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)+$`)

// TestEveryRefusalHasAText finds the codes given to Refuse, Fault, BadField, the
// machine's require and the faults' helpers anywhere in the program.
func TestEveryRefusalHasAText(t *testing.T) {
	p := For(Chinese)
	calls := map[string]bool{"Refuse": true, "Fault": true, "BadField": true, "require": true, "add": true, "required": true, "oneOf": true}
	found := 0
	for _, dir := range []string{"../../workflow", "../../store", "../../ui", "../../cmd"} {
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		eachFile(t, dir, func(f *ast.File) {
			if f.Name.Name == "storetest" || f.Name.Name == "plan" || f.Name.Name == "calendar" { // their faults name lines of files; see their messages
				return
			}
			ast.Inspect(f, func(n ast.Node) bool {
				c, ok := n.(*ast.CallExpr)
				if !ok || !calls[callee(c)] {
					return true
				}
				for _, arg := range c.Args {
					if s, ok := literal(arg); ok && code.MatchString(s) {
						found++
						if !p.Has(s) && !strings.Contains(s, "..") && !fieldLike(s) {
							t.Errorf("no text for the code %s", s)
						}
					}
				}
				return true
			})
		})
	}
	if found < 60 {
		t.Fatalf("found only %d codes: the scan is blind", found)
	}
}

// fieldLike are dotted names that are fields of a request, not codes.
func fieldLike(s string) bool { return strings.HasPrefix(s, "figures.") && s != "figures.too_many" }

func callee(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func TestEveryCauseHasASentenceWithItsArguments(t *testing.T) {
	p := For(Chinese)
	for code, args := range ledger.Causes {
		if !p.Has(code) {
			t.Errorf("no sentence for the cause %s", code)
			continue
		}
		for _, name := range holes(p.text[code]) {
			if !slices.Contains(args, name) {
				t.Errorf("%s uses {%s}, which the cause does not carry", code, name)
			}
		}
	}
}

// TestCausesSayTheTargetWithItsOperator: 0.9 % "of 1 %" reads as short of it where the
// plan asks for less than 1 %. Growth is always against the year before, in words.
func TestCausesSayTheTargetWithItsOperator(t *testing.T) {
	for _, lang := range Languages {
		said := 0
		for code, args := range ledger.Causes {
			if !slices.Contains(args, "target") || strings.HasPrefix(code, "figure.growing.") || code == "figure.relative.none" {
				continue
			}
			said++
			if s := catalogues[lang][code]; !strings.Contains(s, "{op}") || strings.Index(s, "{op}") > strings.Index(s, "{target}") {
				t.Errorf("%s %s does not say what the target asks for: %s", lang, code, s)
			}
		}
		if said == 0 {
			t.Error("no cause has a target")
		}
	}
	args := map[string]any{"title": "费率", "indicator": "T5.1", "value": plan.MustNumber("0.98"), "unit": "%",
		"as_of": plan.Date{Year: 2022, Month: 9, Day: 30}, "target": plan.MustNumber("1")}
	for op, want := range map[plan.Op][2]string{
		plan.Below:   {"目标低于 1%，已达标", "the target of under 1 %"},
		plan.AtMost:  {"目标不高于 1%，已达标", "the target of at most 1 %"},
		plan.Above:   {"目标高于 1%，已达标", "the target of over 1 %"},
		plan.AtLeast: {"目标不低于 1%，已达标", "the target of at least 1 %"},
		plan.Reach:   {"目标为 1%，已达标", "the target of 1 %"},
	} {
		args["op"] = op
		for i, lang := range []string{Chinese, English} {
			if got := For(lang).Map("figure.rate.ok", args); !strings.Contains(got, want[i]) {
				t.Errorf("%s: %q, want it to say %q", op, got, want[i])
			}
		}
	}
}

func TestEveryKindOfErrorHasATitle(t *testing.T) {
	for _, lang := range Languages {
		for kind := range kindKeys {
			title, detail := For(lang).Error(&workflow.Error{Kind: kind, Code: "no.such.code"})
			if strings.HasPrefix(title, "error.") || strings.HasPrefix(detail, "error.") {
				t.Errorf("%s kind %d: %q %q", lang, kind, title, detail)
			}
		}
	}
}
