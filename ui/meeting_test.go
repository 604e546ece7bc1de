package ui

import (
	"strings"
	"testing"

	"duban/ui/live"
)

// TestSteering: what the office's buttons do to what screens show, and what is refused
// without a change. The frames themselves are ui/live's to test.
func TestSteering(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.screen("三楼会议室")
	office, director := w.cookie("office"), w.cookie("director")
	key := "screen/" + id
	steer := func(b *browser, status int, pairs ...string) answer {
		t.Helper()
		a := w.post(b, "/meeting", pairs...)
		if a.status != status {
			t.Fatalf("%v: %d %s", pairs, a.status, a)
		}
		return a
	}
	showing := func() (every, own live.Target) {
		t.Helper()
		e, o := w.hub.Showing()
		if e != nil {
			every = e.Target
		}
		if o[key] != nil {
			own = o[key].Target
		}
		return every, own
	}
	a := steer(office, 303, "act", "task:6:2022Q3")
	if l := a.header.Get("Location"); !strings.HasPrefix(l, "/meeting?done=meeting_show") {
		t.Errorf("back to %s", l)
	}
	steer(director, 303, "act", "indicator", "indicator", "G1.1", "screen", id)
	task, figure := live.Target{Task: 6, Period: "2022Q3"}, live.Target{Indicator: "G1.1"}
	if every, own := showing(); every != task || own != figure {
		t.Errorf("shown %+v, on one screen %+v", every, own)
	}
	page := string(w.look(office, "/meeting").body)
	for _, want := range []string{"由 office 控制", "由 director 控制", "三楼会议室：", "120 分钟后", `action="/assignments/2022Q3-06-lead-zrzyt/direct"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	steer(office, 303, "act", "pause")
	if e, o := w.hub.Showing(); !e.Paused || !o[key].Paused || e.Target != task || o[key].Target != figure {
		t.Errorf("paused: %+v, %+v", e, o[key])
	}
	steer(office, 303, "act", "resume", "screen", id)
	if e, o := w.hub.Showing(); !e.Paused || o[key].Paused {
		t.Errorf("one screen goes on: %+v, %+v", e, o[key])
	}
	for status, all := range map[int][][]string{
		400: {{"act", "dance"}, {"act", "page:../x"}, {"act", ""}},
		404: {{"act", "task:99:2022Q3"}, {"act", "task:6:1999Q9"}},
		422: {{"act", "end", "screen", "nothing"}, {"act", "indicator", "indicator", "X"}, {"act", "task:x:"}},
	} {
		for _, pairs := range all {
			steer(office, status, pairs...)
		}
	}
	if every, own := showing(); every != task || own != figure {
		t.Errorf("after what was refused: %+v, %+v", every, own)
	}
	steer(office, 303, "act", "end")
	if e, o := w.hub.Showing(); e != nil || len(o) != 0 {
		t.Errorf("after the end: %+v, %+v", e, o)
	}
	for _, e := range w.events(0) {
		if strings.Contains(string(e.Kind), "show") || strings.Contains(string(e.Kind), "meeting") {
			t.Errorf("the journal tells of a page turn: %s", e.Kind)
		}
	}
}

// TestBoardShow: what a screen fetches when a meeting shows a task or an indicator,
// and the options of its address.
func TestBoardShow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	screen, _ := w.screen("会议室")
	for path, want := range map[string]int{
		"/board/show?task=6": 200, "/board/show?task=6&period=2022Q3": 200, "/board/show?indicator=G1.1": 200,
		"/board/show": 422, "/board/show?task=99": 404, "/board/show?task=6&period=x": 404, "/board/show?indicator=x": 404,
		"/board?night=22-6": 200, "/board?night=none": 200, "/board?night=25-6": 422, "/board?pages=grid,%20today": 200, "/board?pages=grid,grids": 422, "/board?theme=drak": 422, "/board?dwell=1": 422,
	} {
		if a := w.look(screen, path); a.status != want {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	if body := string(w.look(screen, "/board/show?task=6").body); !strings.Contains(body, "盘活发展空间") || !strings.Contains(body, "省自然资源厅") || strings.Contains(body, "<html") {
		t.Errorf("%s", body)
	}
}
