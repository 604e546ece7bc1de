package docs_test

import (
	"go/ast"
	"slices"
	"strings"
	"testing"

	"duban/ui/text"
	"duban/workflow"
)

// keys are the catalogue keys of a set of constants: prefix, dot, value.
func keys[T ~string](prefix string, values []T) []string {
	var all []string
	for _, v := range values {
		all = append(all, prefix+"."+string(v))
	}
	return all
}

// TestGlossaryValues: the glossary's values are the constants of the domain, all of
// them, under the word that screens show.
func TestGlossaryValues(t *testing.T) {
	want := slices.Concat(
		keys("state", workflow.States), keys("trigger", workflow.Triggers),
		keys("role", []workflow.Role{workflow.Lead, workflow.Cooperating}),
		keys("grade", workflow.Grades), keys("mark", workflow.Marks), keys("level", workflow.Levels),
		keys("measure_status", workflow.MeasureStatuses), keys("user_role", workflow.UserRoles), keys("ask_state", workflow.AskStates))
	glossary := read(t, "docs/glossary.md")
	told := map[string]string{}
	tell := func(heading string, prefix func(row []string) string) {
		for _, row := range table(t, section(t, glossary, heading)) {
			told[prefix(row)+"."+row[0]] = row[1]
		}
	}
	tell("### States", func([]string) string { return "state" })
	tell("### Triggers", func([]string) string { return "trigger" })
	tell("### Roles, grades, marks, levels", func(row []string) string { return strings.Join(words(row[2]), "_") })
	tell("### Accounts", func([]string) string { return "user_role" })

	chinese := text.For(text.Chinese)
	for _, key := range want {
		switch word := chinese.T(key); told[key] {
		case "":
			t.Errorf("docs/glossary.md does not have %s (%s)", key, word)
		case word:
		default:
			t.Errorf("%s: the glossary says %s, screens say %s", key, told[key], word)
		}
	}
	for key := range told {
		if !slices.Contains(want, key) {
			t.Errorf("docs/glossary.md has %s, which the domain does not", key)
		}
	}
}

// avoided are the glossary's words to avoid, each as its parts in a row.
func avoided(t *testing.T) [][]string {
	t.Helper()
	var all [][]string
	for _, row := range table(t, section(t, read(t, "docs/glossary.md"), "## Words")) {
		for _, w := range list(row[2]) {
			if w != "" {
				all = append(all, strings.Fields(strings.ToLower(w)))
			}
		}
	}
	return all
}

// hasWord finds an avoided word, singular or plural, among an identifier's parts.
func hasWord(identifier string, avoid [][]string) string {
	parts := words(identifier)
	for _, w := range avoid {
		for i := 0; i+len(w) <= len(parts); i++ {
			end := len(w) - 1
			last := parts[i+end]
			if slices.Equal(parts[i:i+end], w[:end]) && (last == w[end] || last == w[end]+"s") {
				return strings.Join(w, " ")
			}
		}
	}
	return ""
}

// TestWordsToAvoid: the domain's exported names use one word for each idea. A name
// that uses an avoided word in another sense stands in the glossary with it.
func TestWordsToAvoid(t *testing.T) {
	avoid := avoided(t)
	excused := map[string]bool{} // name: met
	for _, row := range table(t, section(t, read(t, "docs/glossary.md"), "## Words to avoid that mean something else here")) {
		for _, name := range list(row[0]) {
			excused[name] = false
		}
	}
	for _, s := range sources(t) {
		if s.test || !covers("workflow/...", s.dir()) {
			continue
		}
		for _, name := range exported(s) {
			last := name[strings.LastIndexByte(name, '.')+1:]
			w := hasWord(last, avoid)
			if w == "" {
				continue
			}
			if _, ok := excused[name]; ok {
				excused[name] = true
			} else if _, ok := excused[last]; ok {
				excused[last] = true
			} else {
				t.Errorf("%s: %s says %q, which the glossary avoids", s.path, name, w)
			}
		}
	}
	for name, met := range excused {
		if !met {
			t.Errorf("docs/glossary.md excuses %s, which no name needs: remove it", name)
		}
	}
	for in, want := range map[string]string{"TaskItem": "item", "AuditLogs": "audit log", "Signatory": "", "Assignment": ""} {
		if got := hasWord(in, avoid); got != want {
			t.Errorf("in %s the avoided word %q is found, want %q", in, got, want)
		}
	}
}

// exported lists a file's exported names, fields as Type.Field.
func exported(s source) []string {
	var all []string
	add := func(before string, n *ast.Ident) {
		if n.IsExported() {
			all = append(all, before+n.Name)
		}
	}
	for _, d := range s.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			add("", d.Name)
		case *ast.GenDecl:
			for _, sp := range d.Specs {
				switch sp := sp.(type) {
				case *ast.ValueSpec:
					for _, n := range sp.Names {
						add("", n)
					}
				case *ast.TypeSpec:
					add("", sp.Name)
					st, ok := sp.Type.(*ast.StructType)
					if !ok || !sp.Name.IsExported() {
						continue
					}
					for _, f := range st.Fields.List {
						for _, n := range f.Names {
							add(sp.Name.Name+".", n)
						}
					}
				}
			}
		}
	}
	return all
}
