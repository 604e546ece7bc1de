package ui

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/ui/page"
	"duban/ui/text"
	"duban/ui/web"
	"duban/workflow"
)

// TestRegionsAreTheBoards: what a wall is sent, put together, is at every step the board's
// regions printed anew: after an act, which sends no indicators, after a figure, which
// does, and on another day.
func TestRegionsAreTheBoards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := &web.Feed{Book: w.book, Rules: func() workflow.Rules { return w.rules }, Clock: w.clock.now}
	shown, since := map[string]string{}, uint64(0)
	look := func() (sent []string) {
		t.Helper()
		w.settle()
		seq, out, err := f.Regions(t.Context(), "board/"+text.Chinese, since)
		if err != nil {
			t.Fatal(err)
		}
		var changed map[string]string
		if out != nil {
			if err := json.Unmarshal(out, &changed); err != nil {
				t.Fatal(err)
			}
		}
		maps.Copy(shown, changed)
		since = seq
		want := page.BoardRegions(page.NewKit(text.Chinese, w.rules, w.clock.now(), workflow.Actor{Role: workflow.Screen}), w.book.BoardAt(w.clock.now()))
		for id, html := range want {
			if shown[id] != html {
				t.Errorf("%s is shown as\n%s\nwant\n%s", id, shown[id], html)
			}
		}
		return slices.Sorted(maps.Keys(changed))
	}
	figures := func(ids []string) bool {
		return slices.ContainsFunc(ids, func(id string) bool {
			return id == "board-targets" || id == "board-charts" || strings.HasPrefix(id, "board-indicators")
		})
	}
	look()
	if a := w.as("kjt", "POST", "/api/v1/assignments/2022Q3-02-lead-kjt/acceptance", ``, nil); a.status != 201 {
		t.Fatal(a)
	}
	if sent := look(); len(sent) == 0 || figures(sent) {
		t.Errorf("after an act: %v", sent)
	}
	if a := w.as("office", "POST", "/api/v1/indicators/G5.7/figures", `{"value":900,"as_of":"2022-06-30"}`, nil); a.status != 201 {
		t.Fatal(a)
	}
	if sent := look(); !figures(sent) {
		t.Errorf("after a figure: %v", sent)
	}
	w.clock.add(24 * time.Hour)
	since = 0
	look()
}
