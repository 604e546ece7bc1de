package ledger_test

import (
	"context"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
	"duban/workflow/plan"
)

// stumble does n random acts through the desk, refusals and all, over several days.
func (w *world) stumble(t *rapid.T, n int) {
	ctx := context.Background()
	p, _ := w.book.CurrentPeriod(w.now())
	tasks := w.rules.Plan.Assignments()[:14] // few rows, so that acts meet on them
	for range n {
		w.mu.Lock()
		w.time = w.time.Add(time.Duration(rapid.IntRange(1, 3000).Draw(t, "minutes")) * time.Minute)
		w.mu.Unlock()
		s := rapid.SampledFrom(tasks).Draw(t, "slot")
		id := workflow.AssignmentID(p.ID, s.Task, workflow.Role(s.Role), s.Department)
		who := liaison(s.Department)
		due := &workflow.DueTime{At: w.now().AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "due"))}
		filed := measures(map[string]any{})
		filed.Asks = rapid.SampledFrom([]string{"", "请协调用地指标", "请协调数据共享"}).Draw(t, "asks")
		filed.Figures = []workflow.FigureInput{{Indicator: rapid.SampledFrom([]string{"G1.1", "G2.1", "G3.2"}).Draw(t, "figure"),
			Value: plan.Num(rapid.Int64Range(1, 60).Draw(t, "value")), AsOf: w.rules.Clock.Today(w.now()), Explanation: "按新口径"}}
		number := 1
		if a, ok := w.book.Assignment(id); ok && a.PendingExtension() != nil {
			number = a.PendingExtension().N
		}
		type act struct {
			who workflow.Actor
			c   workflow.Command
		}
		a := rapid.SampledFrom([]act{
			{who, workflow.AcceptCommand{}}, {who, filed}, {who, filed}, {who, workflow.RecallCommand{}},
			{who, workflow.RequestExtensionCommand{Due: due, Reason: "等数"}},
			{office, workflow.VerifyCommand{Grade: workflow.Good}}, {office, workflow.ReturnCommand{Reason: "补充", Due: due}},
			{office, workflow.UrgeCommand{Level: workflow.PlainUrge, Text: "请尽快"}},
			{office, workflow.ExtendCommand{N: number, Due: due, Reason: "同意"}},
			{office, workflow.WithdrawCommand{Reason: "合并"}}, {office, workflow.ReopenCommand{Reason: "补报", Due: due}},
			{office, workflow.AnswerAskCommand{N: 1, Text: "已办", Closed: true}}, {who, workflow.ReopenAskCommand{N: 1, Text: "未办"}}, {who, workflow.WithdrawAskCommand{N: 1}},
			{workflow.Clock, workflow.ExpireCommand{}},
		}).Draw(t, "act")
		if _, err := w.desk.Act(ctx, w.call(a.who), id, a.c); err != nil {
			if workflow.AsError(err).Kind == workflow.Internal {
				t.Fatalf("%T: %v", a.c, err)
			}
		}
	}
	w.settle()
}
