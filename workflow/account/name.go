package account

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"duban/workflow"
	"duban/workflow/plan"
)

// MaxName is the longest name of an account, token or screen, in characters.
const MaxName = 64

// reserved names stand for the program itself in the journal.
var reserved = []string{workflow.Clock.User, Console.User, "system", "screen"}

// CleanName is a login name as it is stored: NFC, without space around it. ok is
// false when no account can have that name.
func CleanName(s string) (name string, ok bool) {
	name = strings.TrimSpace(norm.NFC.String(s))
	return name, nameFault(name) == ""
}

// nameFault is the code of what is wrong with a login name: printable, no spaces,
// none of : / \ < > " (they separate things in logs, keys and links).
func nameFault(name string) string {
	switch {
	case name == "":
		return "name.empty"
	case utf8.RuneCountInString(name) > MaxName:
		return "name.long"
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unfit) || strings.ContainsAny(name, `:/\<>"`):
		return "name.characters"
	}
	return ""
}

// unfit is true of spaces, controls, format characters (among them the
// bidirectional overrides) and unassigned code points.
func unfit(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }

// title checks a name for people: of a token or a screen. Single spaces are fine.
func title(field, s string) (string, error) {
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	switch {
	case s == "":
		return "", workflow.BadField(field, "name.empty")
	case utf8.RuneCountInString(s) > MaxName:
		return "", workflow.BadField(field, "name.long", "max", MaxName)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r != ' ' && unfit(r) }):
		return "", workflow.BadField(field, "name.characters")
	}
	return s, nil
}

// printable is what may be kept of a text a program sends about itself: at most
// MaxName characters, without controls.
func printable(s string) string {
	var out []rune
	for _, r := range s {
		if len(out) < MaxName && r != utf8.RuneError && unicode.IsGraphic(r) {
			out = append(out, r)
		}
	}
	return string(out)
}

// alike is equal for names that people would mix up: case and width.
func alike(name string) string { return strings.ToLower(norm.NFKC.String(name)) }

// place checks a role and resolves its unit. Liaisons and signatories act for a
// department. Office staff and the director judge all departments, so none of them
// may belong to one. Admins, viewers and auditors may belong to either.
func (d *Desk) place(unit string, role workflow.UserRole) (string, error) {
	var f faults
	if !slices.Contains(workflow.UserRoles, role) {
		f.add("role", "account.role_unknown", "role", string(role))
	}
	id, found := d.FindUnit(strings.TrimSpace(unit))
	if !found {
		f.add("unit", "account.unit_unknown", "unit", unit)
	} else if id == plan.OfficeID && (role == workflow.Liaison || role == workflow.Signatory) {
		f.add("unit", "account.unit_needs_department", "role", string(role))
	} else if id != plan.OfficeID && (role == workflow.OfficeMan || role == workflow.Director) {
		f.add("unit", "account.unit_needs_office", "role", string(role))
	}
	return id, f.err()
}
