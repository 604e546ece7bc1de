package assess_test

import (
	"testing"

	"duban/workflow"
	"duban/workflow/assess"
)

// TestTransferIsNobodysLateness: late work that was transferred does not count for the
// department that had it, and the one it went to begins with clean clocks.
func TestTransferIsNobodysLateness(t *testing.T) {
	w := newWorld(t)
	w.play([]course{{"02-lead-kjt", "in time", "never", "", "", ""}})
	w.at("09-28 12:00")
	if _, err := w.desk.Act(t.Context(), w.call(office), "KH-02-lead-kjt", workflow.TransferCommand{To: "sft", Reason: "职责不在本单位"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.assessor.Draft(t.Context(), w.call(office), "KH"); err != nil {
		t.Fatal(err)
	}
	was, _ := w.result().Score("KH-02-lead-kjt")
	if was.Status != assess.Withdrawn || was.Points.Set || len(was.Lines) != 1 || was.Lines[0].Code != "score.transferred" || was.Lines[0].Seq == 0 {
		t.Errorf("former %+v", was)
	}
	if is, ok := w.result().Score("KH-02-lead-sft"); !ok || is.Status != assess.Running {
		t.Errorf("new %+v", is)
	}
}
