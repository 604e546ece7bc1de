package ui

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// officeSuite is what a paper is looked at with: an office suite and tools that read PDF.
// A machine that lacks one says so; where CI=true it is a failure.
func officeSuite(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"soffice", "pdftotext"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing: make tools installs it", tool)
			}
			t.Skipf("%s is missing: papers are checked part by part only, not as an office suite lays them out; make tools installs it", tool)
		}
	}
}

// printed is a document as an office suite prints it.
func printed(t *testing.T, docx []byte) string {
	t.Helper()
	dir := t.TempDir()
	if keep := os.Getenv("DUBAN_PAPERS"); keep != "" {
		dir = keep
	}
	file := filepath.Join(dir, "paper.docx")
	if err := os.WriteFile(file, docx, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "soffice", "--headless", "-env:UserInstallation=file://"+t.TempDir()+"/profile",
		"--convert-to", "pdf", "--outdir", dir, file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return filepath.Join(dir, "paper.pdf")
}

// word is a word on a page, in points from the page's upper left corner.
type word struct {
	left, top, right, bottom float64
	text                     string
}

var (
	pageAt = regexp.MustCompile(`<page width="([0-9.]+)" height="([0-9.]+)"`)
	wordAt = regexp.MustCompile(`<word xMin="([0-9.-]+)" yMin="([0-9.-]+)" xMax="([0-9.-]+)" yMax="([0-9.-]+)">(.*)</word>`)
)

// pagesOf are the words of each page, and the page's size.
func pagesOf(t *testing.T, file string) (pages [][]word, width, height float64) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-bbox", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	number := func(s string) float64 {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for line := range strings.Lines(string(out)) {
		if m := pageAt.FindStringSubmatch(line); m != nil {
			pages, width, height = append(pages, nil), number(m[1]), number(m[2])
		}
		if m := wordAt.FindStringSubmatch(line); m != nil {
			last := len(pages) - 1
			pages[last] = append(pages[last], word{number(m[1]), number(m[2]), number(m[3]), number(m[4]), m[5]})
		}
	}
	return pages, width, height
}

// point is a millimetre in points.
const point = 72 / 25.4

// TestCircularOnPaper: an office suite lays the circular of the shipped plan out as
// official papers are: A4, text within the margins of 37, 35, 28 and 26 mm, 22 lines
// of 28 characters, page numbers right on odd pages and left on even ones.
func TestCircularOnPaper(t *testing.T) {
	t.Parallel()
	officeSuite(t)
	w := frozenWorld(t)
	a := w.as("office", "GET", "/export/circular/2022Q3.docx", nil, nil)
	if a.status != 200 {
		t.Fatal(a)
	}
	pages, width, height := pagesOf(t, printed(t, a.body))
	if len(pages) < 4 || width/point < 209.5 || width/point > 210.5 || height/point < 296.5 || height/point > 297.5 {
		t.Fatalf("%d pages of %.1f × %.1f mm", len(pages), width/point, height/point)
	}
	lines := map[int]int{} // Chinese characters by where a line stands
	for _, x := range pages[0] {
		if x.top < height-35*point {
			for _, c := range x.text {
				if unicode.Is(unicode.Han, c) {
					lines[int(x.bottom)]++
				}
			}
		}
	}
	longest := 0
	for _, n := range lines {
		longest = max(longest, n)
	}
	if longest < 20 || longest > 28 { // 28 with punctuation, digits and the indent; 15 on a grid of twice its pitch
		t.Errorf("the longest line of the first page has %d characters", longest)
	}
	const slack = 1.0 // points: a glyph's box is not its frame
	for n, page := range pages {
		number := regexp.MustCompile(`^` + strconv.Itoa(n+1) + `$`)
		found := false
		for i, x := range page {
			if x.top < height-35*point { // text
				right := width - 26*point + slack
				if strings.ContainsAny(x.text[max(0, len(x.text)-3):], "。，、；：") {
					right += 16 // a line's closing mark hangs in the margin, as office suites set Chinese
				}
				if x.left < 28*point-slack || x.right > right || x.top < 37*point-slack-4 || x.bottom > height-35*point+slack+4 {
					t.Errorf("page %d: %q stands at %.1f–%.1f × %.1f–%.1f mm, outside the margins", n+1, x.text, x.left/point, x.right/point, x.top/point, x.bottom/point)
				}
				continue
			}
			if dash := i > 0 && page[i-1].text == "—"; dash && number.MatchString(x.text) {
				found = true
				if right := x.left > width/2; right != (n%2 == 0) {
					t.Errorf("page %d has its number at %.0f mm", n+1, x.left/point)
				}
			}
		}
		if !found {
			t.Errorf("page %d has no number: %v", n+1, page[max(0, len(page)-8):])
		}
	}
}
