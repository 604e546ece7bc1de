package ui

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestADraftOfAnOlderPlan: figures that were typed in a unit which the plan has changed since
// are there in today's where that is exact; else they stand with the unit they were typed in
// and are asked for anew. For the form, a program and the sheet of figures; a returned report
// alike.
func TestADraftOfAnOlderPlan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, unit string
		returned   bool
		value      string // in the field
		next       string // what is forecast
		asks       string
	}{
		{"exact", "target: 0.6, unit: 万亿元", false, "0.24", "0.25", ""},
		{"returned", "target: 0.6, unit: 万亿元", true, "0.24", "0.25", ""},
		{"another thing", "target: 6000, unit: 万户", false, "2400亿元", "2500亿元", "“2400亿元”不是数字"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.does("office", "PUT /api/v1/indicators/G4.4/owner", map[string]any{"owner": "zrzyt"}, 200, nil)
			w.does("zrzyt", "POST {L6}/acceptance", nil, 201, nil)
			report := map[string]any{"progress": "盘活", "figures": []any{map[string]any{"indicator": "G4.4", "value": 2400, "as_of": "2022-08-31", "explanation": "首次"}},
				"forecast": map[string]any{"figures": []any{map[string]any{"indicator": "G4.4", "value": 2500}}}}
			if c.returned {
				w.does("zrzyt", "POST {L6}/reports", report, 201, nil)
				w.does("office", "POST {L6}/return", map[string]any{"reason": "补充"}, 201, nil)
			} else {
				w.does("zrzyt", "PUT {L6}/draft", report, 200, nil)
			}
			w.clock.add(time.Hour)
			if code := w.replan("口径调整", edited(t, "target: 6000, unit: 亿元", c.unit)); code != "" {
				t.Fatal(code)
			}
			page := w.visit("zrzyt", w.expand("/assignments/2022Q3-06-lead-zrzyt/report"))
			f := formTo(t, page, "/review")
			if got := f.values.Get("figure.G4.4.value"); got != c.value {
				t.Errorf("the form has %q, want %q", got, c.value)
			}
			if got := f.values.Get("forecast.G4.4"); got != c.next {
				t.Errorf("the forecast is %q, want %q", got, c.next)
			}
			if !strings.Contains(page, c.asks) || f.values.Get("figure.G4.4.explanation") != "首次" {
				t.Errorf("the page does not say %q, or has lost the words: %q", c.asks, f.values.Get("figure.G4.4.explanation"))
			}
			if !c.returned {
				a := w.as("zrzyt", "GET", w.expand("{L6}/draft"), nil, nil)
				unread, _ := a.get("unread").(map[string]any)
				if c.asks == "" && fmt.Sprint(a.get("report.figures.0.value")) != c.value || c.asks != "" && unread["figure.G4.4.value"] != c.value {
					t.Errorf("a program reads %s", a)
				}
			}
			if c.asks != "" {
				if a := w.press("zrzyt", f); a.status != http.StatusUnprocessableEntity {
					t.Errorf("it is taken as it is: %d", a.status)
				}
				return
			}
			reviewed := w.press("zrzyt", f)
			if reviewed.status != http.StatusOK || !strings.Contains(string(reviewed.body), "0.24") {
				t.Errorf("reviewed: %d", reviewed.status)
			}
		})
	}
}

// TestEveryFormKeepsWhatItCannotRead: whatever form is refused for a field that cannot be read
// comes back with all that was typed, that field too, and says which; nothing is done.
func TestEveryFormKeepsWhatItCannotRead(t *testing.T) {
	t.Parallel()
	w := frozenWorld(t)
	for _, c := range []struct {
		who, page, form string
		typed           map[string]string
		says            string
	}{
		{"office", "/periods", "/periods", map[string]string{"id": "Z1", "name": "专项清查", "due": "10月底", "reason": "领导批示"}, "“10月底”不是日期"},
		{"office", "/assignments/" + onLead, "/direct", map[string]string{"text": "请三日内说明", "special.due": "月底", "special.name": "闲置清查"}, "“月底”不是日期"},
		{"office", "/assignments/" + onLead, "/extend", map[string]string{"due": "下周五", "reason": "汛期"}, "“下周五”不是日期"},
		{"zrzyt", "/assignments/" + onLead, "/request-extension", map[string]string{"due": "下周五", "reason": "汛期"}, "“下周五”不是日期"},
		{"office", "/indicators/G5.1", "/figures", map[string]string{"value": "约一千", "as_of": "2022-08-31", "explanation": "初步统计"}, "“约一千”不是数字"},
		{"office", "/indicators/G5.1", "/figures", map[string]string{"value": "1200", "as_of": "8月底", "explanation": "初步统计"}, "“8月底”不是日期"},
		{"boss", "/tokens", "/tokens", map[string]string{"name": "接口", "expires": "年底"}, "“年底”不是日期"},
		{"zrzyt", "/delegations", "/delegations", map[string]string{"to": "zrzyt2", "until": "月底"}, "“月底”不是日期"},
	} {
		t.Run(strings.NewReplacer("/", "_").Replace(c.form+" "+c.says), func(t *testing.T) {
			f := formTo(t, w.visit(c.who, c.page), c.form)
			for name, value := range c.typed {
				f.values.Set(name, value)
			}
			head := headOf(w)
			a := w.press(c.who, f)
			if a.status != http.StatusUnprocessableEntity || headOf(w) != head {
				t.Fatalf("%d: %s", a.status, textOf(t, string(a.body), "main"))
			}
			again := formTo(t, string(a.body), c.form)
			for name, value := range c.typed {
				if again.values.Get(name) != value {
					t.Errorf("%s is %q, was typed %q", name, again.values.Get(name), value)
				}
			}
			if !strings.Contains(string(a.body), c.says) {
				t.Errorf("the page does not say %s: %s", c.says, textOf(t, string(a.body), "main"))
			}
		})
	}
}
