package static

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// colours reads the custom properties of a block that holds them.
func colours(t *testing.T, file, block string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(regexp.QuoteMeta(block) + `\s*\{([^}]*)\}`).FindSubmatch(b)
	if m == nil {
		t.Fatalf("%s has no block %s", file, block)
	}
	out := map[string]string{}
	for _, p := range regexp.MustCompile(`--([a-z-]+):\s*(#[0-9a-f]{3,6})`).FindAllStringSubmatch(string(m[1]), -1) {
		out[p[1]] = p[2]
	}
	return out
}

// luminance is WCAG's relative luminance of #rgb or #rrggbb.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	hex = hex[1:]
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// TestContrast holds WCAG 2.2 AA on pages (4.5:1) and 7:1 on the wall, which is
// read from five metres; what is not text has 3:1 on its ground.
func TestContrast(t *testing.T) {
	if c := contrast(t, "#000", "#ffffff"); math.Abs(c-21) > 0.01 {
		t.Fatalf("black on white is %v", c)
	}
	page := colours(t, "css/tokens.css", ":root")
	dark, light := colours(t, "css/board.css", "html[data-theme=dark]"), colours(t, "css/board.css", "html[data-theme=light]")
	for _, c := range []struct {
		name    string
		set     map[string]string
		text    []string
		grounds []string
		least   float64
	}{
		{"page text", page, []string{"ink", "ink-soft", "link", "bad", "warn", "info", "good", "quiet", "act"}, []string{"page", "paper"}, 4.5},
		{"page text on rows", page, []string{"ink", "ink-soft", "bad", "link"}, []string{"bad-paper", "warn-paper", "info-paper", "good-paper", "head"}, 4.5},
		{"top bar", page, []string{"brand-ink", "brand-mark"}, []string{"brand"}, 4.5},
		{"edges of fields", page, []string{"edge", "act"}, []string{"paper"}, 3},
		{"page bars", page, []string{"bar-ok", "bar-slow", "bar-lag", "bar-none", "tick"}, []string{"track"}, 3},
		{"dark wall", dark, []string{"ink", "soft", "over", "soon", "rept", "work", "done"}, []string{"bg", "panel"}, 7},
		{"dark rows", dark, []string{"ink", "over"}, []string{"over-row"}, 7},
		{"dark cells", dark, []string{"over"}, []string{"cell-over"}, 3},
		{"dark bars", dark, []string{"bar-ok", "bar-slow", "bar-lag", "bar-none", "tick", "rept"}, []string{"track"}, 3},
		{"light wall", light, []string{"ink", "soft", "over", "soon", "rept", "work", "done"}, []string{"bg", "panel"}, 7},
		{"light rows", light, []string{"ink", "over"}, []string{"over-row"}, 7},
		{"light rows soon", light, []string{"ink", "soon"}, []string{"soon-row"}, 7},
		{"light bars", light, []string{"bar-ok", "bar-slow", "bar-lag", "bar-none", "tick", "rept"}, []string{"track"}, 3},
	} {
		for _, fg := range c.text {
			for _, bg := range c.grounds {
				if c.set[fg] == "" || c.set[bg] == "" {
					t.Errorf("%s: no colour %s or %s", c.name, fg, bg)
				} else if got := contrast(t, c.set[fg], c.set[bg]); got < c.least {
					t.Errorf("%s: %s on %s is %.2f:1, want %.1f", c.name, fg, bg, got, c.least)
				}
			}
		}
	}
}

// TestNothingOnTheWallIsTooSmall: 1.5 rem is 24 px at 1080p, readable from five metres.
func TestNothingOnTheWallIsTooSmall(t *testing.T) {
	b, err := os.ReadFile("css/board.css")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, m := range regexp.MustCompile(`font-size:\s*([0-9.]+)rem`).FindAllStringSubmatch(string(b), -1) {
		found++
		if size, err := strconv.ParseFloat(m[1], 64); err != nil || size < 1.5 {
			t.Errorf("text of %s rem", m[1])
		}
	}
	if found < 20 {
		t.Fatalf("found %d sizes only", found)
	}
}
