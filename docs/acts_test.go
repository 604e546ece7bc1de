package docs_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"duban/ui/text"
	"duban/workflow"
)

// missingOf lists what a row of the table of acts lacks beside the row: its words in the
// language, and its call in the contract.
func missingOf(a *workflow.Act, p *text.Printer, contract string) (missing []string) {
	trigger := string(a.Trigger)
	keys := []string{"trigger." + trigger, "kind." + string(a.Kind)}
	switch a.Place {
	case workflow.First, workflow.Side:
		keys = append(keys, "act."+trigger+".title", "act."+trigger+".hint", "act."+trigger+".button", "done."+trigger)
	case workflow.InPlace:
		keys = append(keys, "act."+trigger+".button", "done."+trigger)
	}
	for _, f := range a.Fields {
		if f.Kind == workflow.SpecialField {
			continue
		}
		if label := "act." + trigger + "." + f.Name; !p.Has(label) {
			keys = append(keys, "field."+f.Name)
		}
		keys = append(keys, f.Words...)
	}
	for _, key := range keys {
		if !p.Has(key) {
			missing = append(missing, key)
		}
	}
	if r := a.Route; r.Path != "" {
		call := "| `" + cmp.Or(r.Method, "POST") + " /api/v1/assignments/{id}/" + parameter.ReplaceAllString(r.Path, "{$1}") + "`"
		if !strings.Contains(contract, call) {
			missing = append(missing, call)
		}
	}
	return missing
}

// TestActsAreWhole: what a row of the table of acts cannot say itself is said where
// docs/acts.md tells who adds an act to say it.
func TestActsAreWhole(t *testing.T) {
	contract := read(t, "docs/contract.md")
	kinds := map[workflow.Kind]bool{}
	for _, a := range workflow.Acts() {
		for _, lang := range text.Languages {
			if missing := missingOf(a, text.For(lang), contract); len(missing) > 0 {
				t.Errorf("%s in %s lacks %s", a.Trigger, lang, strings.Join(missing, ", "))
			}
		}
		if kinds[a.Kind] {
			t.Errorf("%s is recorded by two acts", a.Kind)
		}
		kinds[a.Kind] = true
		if (a.Route.Path == "") != (a.Place == workflow.Nowhere) {
			t.Errorf("%s is for people or for programs alone", a.Trigger)
		}
	}
	unheard := workflow.Act{Trigger: "unheard", Kind: "unheard_of", Place: workflow.Side, Route: workflow.Route{Path: "unheard"},
		Fields: []workflow.Field{{Name: "nothing"}}}
	if missing := missingOf(&unheard, text.For(text.Chinese), contract); len(missing) != 8 || !slices.Contains(missing, "field.nothing") {
		t.Errorf("an act without words lacks only %v", missing)
	}
}
