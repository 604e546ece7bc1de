package account

import (
	"context"
	"regexp"
	"strings"
	"time"

	"duban/workflow"
)

// ScreenSettings are how a wall screen shows the board when its address does not
// say otherwise. Zero values are the board's own.
type ScreenSettings struct {
	Theme string   `json:"theme,omitempty"` // dark, light
	Pages []string `json:"pages,omitempty"` // in the order they turn; empty: all
	Dwell int      `json:"dwell,omitempty"` // seconds a page stays
	Night string   `json:"night,omitempty"` // hours the screen is dark, as 22-6; empty: none
	Lang  string   `json:"lang,omitempty"`  // zh-CN, en; empty: the plan's, Chinese
}

// Bounds of a screen's settings.
const (
	LeastDwell = 3    // seconds
	MostDwell  = 3600 // seconds
	mostPages  = 12
)

var (
	nightHours = regexp.MustCompile(`^([01]?[0-9]|2[0-3])-([01]?[0-9]|2[0-3])$`)
	pageName   = regexp.MustCompile(`^[a-z]{1,20}$`)
)

// Night reads hours of the day as 22-6: dark from 22:00 until 6:00. ok is false for
// anything else, also for hours that are equal.
func Night(s string) (from, to int, ok bool) {
	if !nightHours.MatchString(s) {
		return 0, 0, false
	}
	a, b, _ := strings.Cut(s, "-")
	hour := func(digits string) (n int) {
		for _, d := range digits {
			n = n*10 + int(d-'0')
		}
		return n
	}
	from, to = hour(a), hour(b)
	return from, to, from != to
}

func (s ScreenSettings) check() error {
	if s.Theme != "" && s.Theme != "dark" && s.Theme != "light" {
		return workflow.BadField("theme", "screen.theme")
	}
	if s.Lang != "" && s.Lang != "zh-CN" && s.Lang != "en" {
		return workflow.BadField("lang", "screen.lang")
	}
	if s.Dwell != 0 && (s.Dwell < LeastDwell || s.Dwell > MostDwell) {
		return workflow.BadField("dwell", "screen.dwell", "min", LeastDwell, "max", MostDwell)
	}
	if _, _, ok := Night(s.Night); s.Night != "" && !ok {
		return workflow.BadField("night", "screen.night", "value", s.Night)
	}
	if len(s.Pages) > mostPages {
		return workflow.BadField("pages", "screen.pages")
	}
	for _, p := range s.Pages {
		if !pageName.MatchString(p) {
			return workflow.BadField("pages", "screen.pages")
		}
	}
	return nil
}

// SetScreen gives an approved screen a name and settings.
func (d *Desk) SetScreen(ctx context.Context, at time.Time, by workflow.Actor, id, name string, s ScreenSettings) error {
	name, err := title("name", name)
	if err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	return d.onScreen(ctx, at, by, id, func(p *ScreenPass) workflow.Kind {
		p.Name, p.Settings = name, s
		return workflow.KindAccountChanged
	})
}
