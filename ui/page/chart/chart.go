// Package chart draws charts as SVG on the server: readable without script and in
// print, coloured by classes of the page's style sheet. Every word and number in a
// chart arrives as text; nothing here is a sentence in a language.
package chart

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// Bullet is a bar on its track with a tick where time says the figure should be.
type Bullet struct {
	Share    float64 // of the target, 0 to 1; more fills the track
	Expected float64 // of the target; negative: no tick
	Class    string  // ok, slow, lag, none
	Label    string  // read aloud
}

// SVG draws the bar, 295 by 19 units.
func (b Bullet) SVG() template.HTML {
	const width = 295.0
	var s strings.Builder
	fmt.Fprintf(&s, `<svg class="bullet" viewBox="0 0 295 19" preserveAspectRatio="none" role="img" aria-label="%s">`, html.EscapeString(b.Label))
	s.WriteString(`<rect class="bar-track" y="4" width="295" height="11" rx="2"/>`)
	fmt.Fprintf(&s, `<rect class="bar-%s" y="4" width="%s" height="11" rx="2"/>`, html.EscapeString(b.Class), num(width*clamp(b.Share)))
	if b.Expected >= 0 {
		fmt.Fprintf(&s, `<rect class="bar-tick" x="%s" width="3" height="19"/>`, num(math.Min(width-3, width*clamp(b.Expected)-1.5)))
	}
	s.WriteString(`</svg>`)
	return template.HTML(s.String()) // #nosec G203 -- text is escaped above
}

func clamp(x float64) float64 { return math.Max(0, math.Min(1, x)) }

func num(x float64) string {
	s := strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
	if s == "-0" {
		return "0"
	}
	return s
}

// Point is a figure in the chart: X from 0 (the plan's first day) to 1 (its last).
// An open one is provisional or awaits verification.
type Point struct {
	X, Y float64
	Open bool
}

// Tick is a mark of an axis with its text.
type Tick struct {
	At   float64 // in the axis's own measure: 0 to 1, or the value
	Text string
}

// BurnUp is a cumulative figure against its target, its plan line and its forecast.
type BurnUp struct {
	Title      string // read aloud: value, target, forecast
	Points     []Point
	Target     float64
	HasTarget  bool
	Plan       []Point // where time says the figure should be
	Forecast   *Point  // at the end
	Top        float64 // of the value axis
	Y          []Tick
	X          []Tick
	TargetText string
	NowText    string
	AheadText  string
	Bare       bool // no words and no room for them: they stand beside a small picture
}

// Sizes of the drawing in units.
const (
	chartWidth, chartHeight = 900.0, 440.0
	left, right             = 70.0, 760.0
	top, bottom             = 24.0, 396.0
)

// edges are where the plotted area begins and ends.
func (c BurnUp) edges() (from, to float64) {
	if c.Bare {
		return 8, chartWidth - 8
	}
	return left, right
}

func (c BurnUp) px(x float64) float64 {
	from, to := c.edges()
	return from + (to-from)*clamp(x)
}

func (c BurnUp) py(y float64) float64 {
	if c.Top <= 0 {
		return bottom
	}
	return bottom - (bottom-top)*clamp(y/c.Top)
}

// SVG draws the chart; empty when there is nothing to draw.
func (c BurnUp) SVG() template.HTML {
	if len(c.Points) == 0 && !c.HasTarget {
		return ""
	}
	var s strings.Builder
	title := html.EscapeString(c.Title)
	fmt.Fprintf(&s, `<svg viewBox="0 0 %s %s" role="img" aria-label="%s"><title>%s</title>`, num(chartWidth), num(chartHeight), title, title)
	c.axes(&s)
	if len(c.Plan) > 1 {
		fmt.Fprintf(&s, `<polyline class="plan" points="%s"/>`, c.path(c.Plan))
	}
	if c.HasTarget {
		y := num(c.py(c.Target))
		from, to := c.edges()
		fmt.Fprintf(&s, `<line class="target" x1="%s" x2="%s" y1="%s" y2="%s"/>`, num(from), num(to), y, y)
		c.text(&s, right+10, c.py(c.Target)+6, "start", "lb target-text", c.TargetText)
	}
	c.series(&s)
	s.WriteString(`</svg>`)
	return template.HTML(s.String()) // #nosec G203 -- text is escaped above
}

func (c BurnUp) axes(s *strings.Builder) {
	from, to := c.edges()
	for _, t := range c.Y {
		y := num(c.py(t.At))
		fmt.Fprintf(s, `<line class="grid-line" x1="%s" x2="%s" y1="%s" y2="%s"/>`, num(from), num(to), y, y)
		c.text(s, left-10, c.py(t.At)+5, "end", "ax", t.Text)
	}
	for _, t := range c.X {
		c.text(s, c.px(t.At), bottom+24, "middle", "ax", t.Text)
	}
}

func (c BurnUp) series(s *strings.Builder) {
	if len(c.Points) == 0 {
		return
	}
	last := c.Points[len(c.Points)-1]
	if len(c.Points) > 1 {
		area := append([]Point{{X: c.Points[0].X}}, c.Points...)
		fmt.Fprintf(s, `<polygon class="area" points="%s"/>`, c.path(append(area, Point{X: last.X})))
		fmt.Fprintf(s, `<polyline class="actual" points="%s"/>`, c.path(c.Points))
	}
	if c.Forecast != nil {
		fmt.Fprintf(s, `<polyline class="forecast" points="%s"/>`, c.path([]Point{last, *c.Forecast}))
		y := c.py(c.Forecast.Y) + 6
		if c.HasTarget && math.Abs(y-6-c.py(c.Target)) < 24 { // keep the two words apart
			y = c.py(c.Target) + 30
			if c.Forecast.Y > c.Target {
				y = c.py(c.Target) - 18
			}
		}
		c.text(s, right+10, y, "start", "lb forecast-text", c.AheadText)
	}
	for n, p := range c.Points {
		class, r := "dot", 5.0
		if p.Open {
			class = "dot-open"
		}
		if n == len(c.Points)-1 {
			r = 7
		}
		fmt.Fprintf(s, `<circle class="%s" cx="%s" cy="%s" r="%s"/>`, class, num(c.px(p.X)), num(c.py(p.Y)), num(r))
	}
	anchor, x := "end", c.px(last.X)-4
	if last.X < 0.2 {
		anchor, x = "start", c.px(last.X)+12
	}
	c.text(s, x, c.py(last.Y)-16, anchor, "lb", c.NowText)
}

func (c BurnUp) path(points []Point) string {
	parts := make([]string, len(points))
	for n, p := range points {
		parts[n] = num(c.px(p.X)) + "," + num(c.py(p.Y))
	}
	return strings.Join(parts, " ")
}

func (c BurnUp) text(s *strings.Builder, x, y float64, anchor, class, text string) {
	if text == "" || c.Bare {
		return
	}
	fmt.Fprintf(s, `<text class="%s" x="%s" y="%s" text-anchor="%s">%s</text>`, class, num(x), num(y), anchor, html.EscapeString(text))
}

// Steps are round values from 0 up that cover most, at most about seven: the last
// one is the top of an axis.
func Steps(most float64) []float64 {
	if most <= 0 || math.IsInf(most, 0) || math.IsNaN(most) {
		return []float64{0, 1}
	}
	step := math.Pow(10, math.Floor(math.Log10(most/5)))
	for _, f := range []float64{1, 2, 5, 10} {
		if most/(step*f) <= 7 {
			step *= f
			break
		}
	}
	n := int(math.Ceil(most/step - 1e-9))
	out := make([]float64, 0, n+1)
	for i := 0; i <= n; i++ {
		out = append(out, float64(i)*step)
	}
	return out
}
