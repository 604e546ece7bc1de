package page

import (
	"bytes"
	"strings"
	"testing"
)

// TestReadBeforeJudging: who may verify finds the report before the acts, and in it
// what was done and what is asked for before the list of measures; who may not, the
// acts first.
func TestReadBeforeJudging(t *testing.T) {
	w := fullWorld(t)
	for _, tc := range []struct {
		name   string
		page   Assignment
		before bool
	}{
		{"to judge", NewAssignment(w.kit("zh-CN", office), w.frame(w.kit("zh-CN", office), homePath), w.assignmentInput(office, 5, "rhhz")), true},
		{"filed by us", NewAssignment(w.kit("zh-CN", liaison("rhhz")), w.frame(w.kit("zh-CN", liaison("rhhz")), homePath), w.assignmentInput(liaison("rhhz"), 5, "rhhz")), false},
		{"nothing filed", NewAssignment(w.kit("zh-CN", office), w.frame(w.kit("zh-CN", office), homePath), w.assignmentInput(office, 6, "zrzyt")), false},
	} {
		var b bytes.Buffer
		if err := Render(&b, tc.page); err != nil {
			t.Fatal(err)
		}
		html := b.String()
		report, acts := strings.Index(html, ">进展报告</h2>"), strings.Index(html, `class="card acts-main`)
		if report < 0 || acts < 0 || (report < acts) != tc.before {
			t.Errorf("%s: the report at %d, the acts at %d", tc.name, report, acts)
		}
		if tc.before {
			asks, measures := strings.Index(html, ">需协调事项</h3>"), strings.Index(html, ">任务举措</h3>")
			if asks < report || measures < asks {
				t.Errorf("%s: asks at %d, measures at %d", tc.name, asks, measures)
			}
		}
		if strings.Count(html, `id="case-trail"`) != 1 {
			t.Errorf("%s: not one trail", tc.name)
		}
	}
}
