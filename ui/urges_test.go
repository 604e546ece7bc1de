package ui

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestUrgeNumbers: urges are numbered through each year without a gap, whatever else the
// journal records between them, and keep their numbers; page, sheet and API give the same
// one. A sheet with a reply does not say that the urge is unread.
func TestUrgeNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := []string{"2022Q3-06-lead-zrzyt", "2022Q3-02-lead-kjt", "2022Q3-06-lead-zrzyt", "2022Q3-08-lead-swt"}
	urge := func(id string) {
		t.Helper()
		if a := w.as("office", "POST", "/api/v1/assignments/"+id+"/urges", `{"level":"urge","text":"请抓紧"}`, nil); a.status != 201 {
			t.Fatal(a)
		}
		if a := w.as("office", "POST", "/api/v1/assignments/"+id+"/notes", `{"text":"其间的记录"}`, nil); a.status != 201 {
			t.Fatal(a)
		}
	}
	for _, id := range ids {
		urge(id)
	}
	check := func() {
		t.Helper()
		for id, want := range map[string][]int{ids[0]: {1, 3}, ids[1]: {2}, ids[3]: {4}} {
			page := string(w.look(w.cookie("office"), "/assignments/"+id).body)
			for i, n := range want {
				said := fmt.Sprintf("督办〔2022〕%d 号", n)
				if !strings.Contains(page, said) {
					t.Errorf("the page of %s does not say %s", id, said)
				}
				sheet := string(w.look(w.cookie("office"), fmt.Sprintf("/assignments/%s/urges/%d/print", id, i+1)).body)
				if got := regexp.MustCompile(`督办〔[0-9]+〕[0-9]+ 号`).FindString(sheet); got != said {
					t.Errorf("sheet %d of %s is %q, want %q", i+1, id, got, said)
				}
				a := w.as("office", "GET", "/api/v1/assignments/"+id, nil, nil)
				at := fmt.Sprintf("urges.%d.number.", i)
				if fmt.Sprint(a.get(at+"n")) != fmt.Sprint(n) || fmt.Sprint(a.get(at+"year")) != "2022" {
					t.Errorf("the API numbers urge %d of %s %v: %s", i+1, id, a.get(at+"n"), a)
				}
			}
		}
	}
	check()
	if a := w.as("zrzyt", "POST", "/api/v1/assignments/"+ids[0]+"/urges/1/reply", `{"text":"月底前报送"}`, nil); a.status != 201 {
		t.Fatal(a)
	}
	sheet := string(w.look(w.cookie("office"), "/assignments/"+ids[0]+"/urges/1/print").body)
	if !strings.Contains(sheet, "月底前报送") || strings.Contains(sheet, "未阅") {
		t.Error("the sheet says unread above the unit's reply")
	}
	page := string(w.look(w.cookie("office"), "/assignments/"+ids[0]).body)
	if n := strings.Count(page, "未阅"); n != 1 {
		t.Errorf("%d urges are unread on the page, want the second alone", n)
	}
	if a := w.as("office", "GET", "/api/v1/assignments/"+ids[0], nil, nil); a.get("urges.0.read_at") == nil || a.get("urges.1.read_at") != nil {
		t.Errorf("read marks: %s", a)
	}

	w.clock.add(120 * 24 * time.Hour) // January 2023: the numbers begin anew, the old ones stay
	clear(w.clients)
	w.tick()
	urge(ids[1])
	check()
	a := w.as("office", "GET", "/api/v1/assignments/"+ids[1], nil, nil)
	if fmt.Sprintf("%v %v", a.get("urges.1.number.year"), a.get("urges.1.number.n")) != "2023 1" {
		t.Errorf("the first urge of the next year: %v", a.get("urges.1.number"))
	}
	w.restart() // the read model made of rows numbers them as the one that followed
	check()
}
