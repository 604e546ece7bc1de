package chart

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// wellFormed reads the whole drawing as XML.
func wellFormed(t interface{ Fatalf(string, ...any) }, s string) {
	d := xml.NewDecoder(strings.NewReader(s))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("%v in %s", err, s)
		}
	}
}

func TestBulletShowsShareAndTick(t *testing.T) {
	s := string(Bullet{Share: 0.5, Expected: 0.5, Class: "slow", Label: `半数 <"&>`}.SVG())
	wellFormed(t, s)
	for _, want := range []string{`class="bar-slow" y="4" width="147.5"`, `class="bar-tick" x="146"`, `aria-label="半数 &lt;&#34;&amp;&gt;"`} {
		if !strings.Contains(s, want) {
			t.Errorf("no %s in %s", want, s)
		}
	}
	if strings.Contains(string(Bullet{Share: 0.5, Expected: -1, Class: "none"}.SVG()), "bar-tick") {
		t.Error("a tick where time says nothing")
	}
}

func TestBarsStayInTheDrawing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Bullet{Share: rapid.Float64().Draw(t, "share"), Expected: rapid.Float64().Draw(t, "expected"), Class: "ok"}
		s := string(b.SVG())
		wellFormed(t, s)
		if strings.Contains(s, "NaN") || strings.Contains(s, `width="-`) || strings.Contains(s, "Inf") {
			t.Fatalf("a bar outside: %s", s)
		}
	})
}

func TestBurnUpDrawsWhatIsKnown(t *testing.T) {
	c := BurnUp{Title: "新增 <企业>", Points: []Point{{X: 0.1, Y: 5}, {X: 0.5, Y: 30, Open: true}}, Target: 60, HasTarget: true,
		Plan: []Point{{}, {X: 1, Y: 60}}, Forecast: &Point{X: 1, Y: 58}, Top: 60, TargetText: "目标 60", NowText: "现在 30", AheadText: "预计 58",
		Y: []Tick{{0, "0"}, {60, "60"}}, X: []Tick{{0.5, "2022年6月"}}}
	s := string(c.SVG())
	wellFormed(t, s)
	for _, want := range []string{`class="target"`, `class="plan"`, `class="actual"`, `class="forecast"`, `class="dot-open"`, "目标 60", "现在 30", "预计 58", "2022年6月", "新增 &lt;企业&gt;"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(s, "style=") {
		t.Error("an inline style, which the policy refuses")
	}
	if got := (BurnUp{}).SVG(); got != "" {
		t.Errorf("nothing known draws %s", got)
	}
	if one := string((BurnUp{Points: []Point{{X: 0.5, Y: 1}}, Top: 1}).SVG()); strings.Contains(one, "actual") || !strings.Contains(one, "<circle") {
		t.Error("one figure is a dot, not a line")
	}
}

func TestStepsCoverTheMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.Float64Range(0.001, 1e12).Draw(t, "most")
		steps := Steps(most)
		if last := steps[len(steps)-1]; last < most*0.999999 || len(steps) > 9 || steps[0] != 0 {
			t.Fatalf("%v for %v", steps, most)
		}
	})
	for _, bad := range []float64{0, -5} {
		if s := Steps(bad); len(s) != 2 {
			t.Errorf("%v: %v", bad, s)
		}
	}
}
