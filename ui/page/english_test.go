package page

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var (
	hanRun = regexp.MustCompile(`\p{Han}+`)
	// wideMark is Chinese punctuation beside English words.
	wideMark = regexp.MustCompile(`[（：；，][A-Za-z].*|[A-Za-z][（）：；，。]`)
)

// TestEnglishIsWhole: no page in English says anything in Chinese but what people
// and the plan gave their names to, what people wrote, and the other language's name.
func TestEnglishIsWhole(t *testing.T) {
	w := fullWorld(t)
	given := givenNames(t)
	for _, n := range w.pages("en") {
		var b bytes.Buffer
		if err := Render(&b, n.page); err != nil {
			t.Fatal(err)
		}
		for _, s := range shownWords(t, b.Bytes()) {
			if mark := wideMark.FindString(s); mark != "" {
				t.Errorf("%s: Chinese punctuation in %.80q", n.name, s)
			}
			for _, run := range hanRun.FindAllString(s, -1) {
				if !strings.Contains(given, run) {
					t.Errorf("%s: %q in %.80q", n.name, run, s)
				}
			}
		}
	}
}

// shownWords are the texts of a page and of the attributes that are read or shown.
func shownWords(t *testing.T, page []byte) (all []string) {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			all = append(all, n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "lang" && a.Val == "zh-CN" {
				return
			}
			if a.Key == "title" || a.Key == "alt" || strings.HasPrefix(a.Key, "aria-") || strings.HasPrefix(a.Key, "data-") {
				all = append(all, a.Val)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	return all
}

// givenNames is everything that was given, not worded: the plan's file, and the people
// and texts of the world shown.
func givenNames(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, file := range []string{"../../tasks.yaml", "../../workflow/calendar/years/2022.yaml", "world_test.go", "pages_test.go", "figures_test.go"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}
