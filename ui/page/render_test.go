package page

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"duban/ui/text"
)

func render(t *testing.T, p Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := Render(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEveryPageRendersEmpty(t *testing.T) {
	names := map[string]bool{}
	for _, lang := range languages {
		for _, n := range emptyPages(lang) {
			names[n.page.template()] = true
			if out := render(t, n.page); !strings.Contains(out, `lang="`+lang+`"`) {
				t.Errorf("%s does not name its language %s", n.name, lang)
			}
		}
	}
	if len(names) < 19 {
		t.Errorf("rendered %d templates only", len(names))
	}
}

// doc is a parsed page with what the checks ask of it.
type doc struct {
	root *html.Node
	ids  map[string]*html.Node
	dup  []string
}

func parse(t *testing.T, s string) doc {
	t.Helper()
	root, err := html.Parse(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	d := doc{root: root, ids: map[string]*html.Node{}}
	d.each(func(n *html.Node) {
		if id := attr(n, "id"); id != "" {
			if d.ids[id] != nil {
				d.dup = append(d.dup, id)
			}
			d.ids[id] = n
		}
	})
	return d
}

func (d doc) each(fn func(*html.Node)) {
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			fn(n)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(d.root)
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func words(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return strings.TrimSpace(b.String())
}

// TestPagesAreSoundHTML checks every filled page in both languages for what a
// reader with a keyboard or a screen reader needs and a strict policy allows.
func TestPagesAreSoundHTML(t *testing.T) {
	w := fullWorld(t)
	for _, lang := range languages {
		for _, n := range w.pages(lang) {
			t.Run(lang+"/"+n.name, func(t *testing.T) {
				out := render(t, n.page)
				d := parse(t, out)
				if len(d.dup) > 0 {
					t.Errorf("ids twice: %v", d.dup)
				}
				d.checkPolicy(t)
				d.checkLabels(t)
				d.checkHeadings(t)
				d.checkReferences(t)
				if key := rawKey.FindString(out); key != "" {
					t.Errorf("a text is missing: %s", key)
				}
				if strings.Contains(out, "{") && placeholder.MatchString(stripData(out)) {
					t.Errorf("a placeholder was not filled: %s", placeholder.FindString(stripData(out)))
				}
			})
		}
	}
}

var (
	// rawKey is a catalogue key printed instead of its text.
	rawKey      = regexp.MustCompile(`>\s*[a-z_]+(\.[a-z_]+)+\s*<`)
	placeholder = regexp.MustCompile(`\{[a-z_]+\}`)
	dataAttr    = regexp.MustCompile(`data-[a-z]+="[^"]*"`)
)

// stripData leaves out data attributes: scripts fill their placeholders.
func stripData(s string) string { return dataAttr.ReplaceAllString(s, "") }

// checkPolicy: nothing inline that the content security policy refuses.
func (d doc) checkPolicy(t *testing.T) {
	t.Helper()
	d.each(func(n *html.Node) {
		if n.Data == "style" || n.Data == "script" && attr(n, "src") == "" {
			t.Errorf("an inline <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has an inline %s", n.Data, a.Key)
			}
		}
	})
}

// checkLabels: every control has a name, every form that posts a token.
func (d doc) checkLabels(t *testing.T) {
	t.Helper()
	labelled := map[string]bool{}
	d.each(func(n *html.Node) {
		if n.Data == "label" && attr(n, "for") != "" {
			labelled[attr(n, "for")] = true
		}
	})
	d.each(func(n *html.Node) {
		switch n.Data {
		case "input", "select", "textarea":
			if attr(n, "type") == "hidden" || attr(n, "aria-label") != "" || labelled[attr(n, "id")] || inside(n, "label") {
				return
			}
			t.Errorf("<%s name=%q id=%q> has no label", n.Data, attr(n, "name"), attr(n, "id"))
		case "button", "a":
			if words(n) == "" && attr(n, "aria-label") == "" {
				t.Errorf("<%s> without words", n.Data)
			}
		case "form":
			if attr(n, "method") == "post" && attr(n, "action") == "" {
				t.Error("a form posts nowhere")
			}
		case "svg":
			if attr(n, "role") == "img" && attr(n, "aria-label") == "" {
				t.Error("a picture without words")
			}
		case "th":
			if attr(n, "scope") == "" {
				t.Errorf("a header cell without scope: %s", words(n))
			}
		}
	})
}

func inside(n *html.Node, tag string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == tag {
			return true
		}
	}
	return false
}

// checkHeadings: one h1, and no level left out on the way down.
func (d doc) checkHeadings(t *testing.T) {
	t.Helper()
	last, first := 0, 0
	d.each(func(n *html.Node) {
		if len(n.Data) != 2 || n.Data[0] != 'h' || !unicode.IsDigit(rune(n.Data[1])) {
			return
		}
		level := int(n.Data[1] - '0')
		if level == 1 {
			first++
		}
		if level > last+1 {
			t.Errorf("h%d %q follows h%d", level, words(n), last)
		}
		last = level
	})
	if first != 1 {
		t.Errorf("%d first headings", first)
	}
}

// checkReferences: ids that labels, descriptions, forms and error links name exist.
func (d doc) checkReferences(t *testing.T) {
	t.Helper()
	d.each(func(n *html.Node) {
		for _, name := range []string{"for", "aria-describedby", "form"} {
			for _, id := range strings.Fields(attr(n, name)) {
				if d.ids[id] == nil {
					t.Errorf("<%s> %s=%q, which is not on the page", n.Data, name, id)
				}
			}
		}
		if h := attr(n, "href"); n.Data == "a" && strings.HasPrefix(h, "#") && d.ids[h[1:]] == nil {
			t.Errorf("a link to %s, which is not on the page", h)
		}
		if n.Data == "use" {
			if h := attr(n, "href"); len(h) < 2 || d.ids[h[1:]] == nil {
				t.Errorf("no icon %s", h)
			}
		}
	})
}

// TestTemplatesHoldNoWords: every word of a page comes from the catalogue.
func TestTemplatesHoldNoWords(t *testing.T) {
	actions := regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	tags := regexp.MustCompile(`(?s)<[^>]*>`)
	classes := regexp.MustCompile(`\{\{define "(?:width|describe)"\}\}.*`) // parts of attributes, a line each
	shown := regexp.MustCompile(`(?:aria-label|title|placeholder|alt|value)="([^"]*)"`)
	files, err := filepath.Glob("templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("templates/common/*.html")
	if err != nil || len(files)+len(more) < 20 {
		t.Fatalf("%d templates: %v", len(files)+len(more), err)
	}
	for _, f := range append(files, more...) {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		s := actions.ReplaceAllString(classes.ReplaceAllString(string(b), ""), "")
		for _, m := range shown.FindAllStringSubmatch(s, -1) {
			if strings.IndexFunc(m[1], unicode.IsLetter) >= 0 && m[1] != "review" && m[1] != "draft" {
				t.Errorf("%s: the attribute %s is not from the catalogue", f, m[0])
			}
		}
		s = strings.ReplaceAll(tags.ReplaceAllString(s, " "), "DOCTYPE", "")
		if i := strings.IndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.Is(unicode.Han, r) }); i >= 0 {
			t.Errorf("%s: %q is not from the catalogue", f, s[i:min(len(s), i+30)])
		}
	}
}

func TestTextOfPeopleIsEscaped(t *testing.T) {
	evil := `<script>alert(1)</script>"'`
	p := Assignment{Frame: Frame{Title: evil, Unit: evil, User: evil, Path: evil}, Report: &ReportView{Progress: evil,
		Figures: []FigureView{{Title: evil}}}, Trail: []Step{{Text: evil}}, Urges: []UrgeView{{Text: evil}}}
	out := render(t, p)
	if strings.Contains(out, "<script>alert") {
		t.Error("a script of a report came through")
	}
	if !strings.Contains(out, "&lt;script&gt;alert(1)") {
		t.Error("the text itself was lost")
	}
}

func TestRenderWritesNothingWhenItFails(t *testing.T) {
	var b bytes.Buffer
	if err := Render(&b, unknownPage{}); err == nil || b.Len() > 0 {
		t.Errorf("error %v, %d bytes", err, b.Len())
	}
	if err := Render(failingWriter{}, Failure{}); err == nil {
		t.Error("a failed write was not told")
	}
}

type unknownPage struct{ Frame }

func (unknownPage) template() string { return "no such page" }

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestNavigationHasWordsInBothLanguages(t *testing.T) {
	for _, lang := range languages {
		for _, n := range navigation {
			if !text.For(lang).Has(n.key) {
				t.Errorf("no text %s in %s", n.key, lang)
			}
		}
	}
}
