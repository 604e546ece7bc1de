package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"duban/ui/static"
	"duban/ui/text"
	"duban/workflow/calendar"
)

//go:embed templates
var sources embed.FS

// Page is one of this package's page structs.
type Page interface {
	template() string // its template's name
	base() Frame
}

func (f Frame) base() Frame { return f }

func (Login) template() string      { return "login" }
func (Password) template() string   { return "password" }
func (Desk) template() string       { return "desk" }
func (List) template() string       { return "list" }
func (Inbox) template() string      { return "inbox" }
func (Assignment) template() string { return "assignment" }
func (ReportForm) template() string { return "report" }
func (Review) template() string     { return "review" }
func (Conflict) template() string   { return "conflict" }
func (Failure) template() string    { return "failure" }
func (Task) template() string       { return "task" }
func (Indicators) template() string { return "indicators" }
func (Indicator) template() string  { return "indicator" }
func (Periods) template() string    { return "periods" }
func (Journal) template() string    { return "journal" }
func (Accounts) template() string   { return "accounts" }
func (Screens) template() string    { return "screens" }
func (Board) template() string      { return "board" }
func (Pairing) template() string    { return "pairing" }
func (Meeting) template() string    { return "meeting" }

func (Me) template() string          { return "me" }
func (Second) template() string      { return "second" }
func (Proof) template() string       { return "proof" }
func (SetPassword) template() string { return "link" }
func (Tokens) template() string      { return "tokens" }
func (Delegations) template() string { return "delegations" }
func (Redact) template() string      { return "redact" }
func (Versions) template() string    { return "versions" }
func (Ask) template() string         { return "ask" }
func (UrgeSheet) template() string   { return "urge_sheet" }

// pageNames are the templates of pages in the common frame; walls stand alone.
var (
	pageNames = []string{"login", "password", "desk", "list", "inbox", "assignment", "report", "review", "conflict",
		"failure", "task", "indicators", "indicator", "periods", "journal", "accounts", "screens",
		"me", "second", "proof", "link", "tokens", "delegations", "redact", "versions", "ask", "urge_sheet", "assessments", "assessed", "circular", "meeting", "figures_import", "template"}
	wallNames = []string{"board", "pairing"}
)

// parsed holds every page's template in every language, parsed once.
var parsed = sync.OnceValue(func() map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, lang := range text.Languages {
		common := must(template.New("").Funcs(funcs(text.For(lang))).ParseFS(sources, "templates/common/*.html"))
		for _, name := range pageNames {
			t := must(common.Clone())
			all[lang+"/"+name] = must(t.ParseFS(sources, "templates/frame.html", "templates/"+name+".html")).Lookup("frame")
		}
		for _, name := range wallNames {
			t := must(common.Clone())
			all[lang+"/"+name] = must(t.ParseFS(sources, "templates/wall.html", "templates/"+name+".html")).Lookup("wall")
		}
	}
	return all
})

// must stops at a template that does not parse: they are part of the build and
// a test renders every one.
func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("template: %v", err))
	}
	return v
}

// Render prints a page as HTML. Nothing is written when it fails, so that the
// caller can still answer with an error.
func Render(w io.Writer, p Page) error {
	lang := p.base().Lang
	if lang != text.English {
		lang = text.Chinese
	}
	t, ok := parsed()[lang+"/"+p.template()]
	if !ok {
		return fmt.Errorf("page: no template %q", p.template())
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("page %s: %w", p.template(), err)
	}
	out := b.Bytes()
	if back := p.base().Past; back != nil {
		out = carry(out, back.AsOf)
	}
	_, err := w.Write(out)
	return err
}

// partial prints one named partial of the common templates, or of a page's.
func partial(lang, page, name string, data any) template.HTML {
	if lang != text.English {
		lang = text.Chinese
	}
	var b strings.Builder
	if err := parsed()[lang+"/"+page].ExecuteTemplate(&b, name, data); err != nil {
		panic(fmt.Sprintf("partial %s: %v", name, err)) // a test renders every one
	}
	return template.HTML(b.String()) // #nosec G203 -- printed by html/template
}

func funcs(p *text.Printer) template.FuncMap {
	return template.FuncMap{
		"t":     p.T,
		"lang":  p.Lang,
		"asset": static.URL,
		"icons": static.Icons,
		"both":  both,
		"other": func() string {
			if p.Lang() == text.English {
				return text.Chinese
			}
			return text.English
		},
		"fits":  fits,
		"typed": typed,
		"lines": func(s string) []string { return strings.Split(s, "\n") },
	}
}

// fits is a cell of a paper that does not break: what may break would give its room to
// columns of sentences, and 配合 stood on two lines.
func fits(s string) bool { return utf8.RuneCountInString(s) <= 10 }

// typed is the type of an input: browsers show nothing in a date field whose value is no
// date, so what was typed there stands in one for text.
func typed(kind, value string) string {
	if kind == "date" && value != "" {
		if _, err := calendar.ParseDate(value); err != nil {
			return "text"
		}
	}
	return kind
}

// both hands two values to a partial.
func both(a, b any) map[string]any { return map[string]any{"A": a, "B": b} }
