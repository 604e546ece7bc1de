package work

import (
	"net/url"
	"strconv"
	"strings"

	"duban/ui/page"
	"duban/workflow"
	"duban/workflow/calendar"
)

// directForm reads a directive; a due day makes it a special assignment as well.
// The task, when the whole of it is meant, is the hidden field "task".
func directForm(f url.Values) (workflow.Command, error) {
	c := workflow.DirectCommand{Text: f.Get("text")}
	day := strings.TrimSpace(f.Get(page.SpecialDue))
	if day == "" {
		return c, nil
	}
	d, err := calendar.ParseDate(day)
	if err != nil {
		return nil, workflow.BadField(page.SpecialDue, "form.date", "value", day)
	}
	c.Special = &workflow.PeriodInput{Name: f.Get(page.SpecialName), Due: &workflow.DueTime{Date: d}}
	if f.Get(page.SpecialScope) == page.ScopeTask {
		no, err := strconv.Atoi(f.Get("task"))
		if err != nil {
			return nil, workflow.BadField(page.SpecialScope, "form.number", "value", f.Get("task"))
		}
		c.Special.Tasks = []int{no}
	}
	return c, nil
}
