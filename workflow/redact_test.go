package workflow_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/workflow"
)

const secret = "联系人张三，身份证号330106198001011234"

// standing are the positions of events that say the text, in any of their texts.
func (b *bench) standing(text string) (seqs []uint64) {
	b.Helper()
	events, err := b.journal.Events(context.Background(), 0, 10_000)
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range events {
		for _, s := range e.Texts {
			if strings.Contains(s, text) {
				seqs = append(seqs, e.Seq)
				break
			}
		}
	}
	return seqs
}

// TestRedactionFindsCopies: what the program copied goes with what it was copied from,
// from either end; what people repeated goes where it stands alone, and is named where
// it stands among other things.
func TestRedactionFindsCopies(t *testing.T) {
	ctx := context.Background()
	t.Run("a directive and its special period", func(t *testing.T) {
		for _, from := range []workflow.Kind{workflow.KindDirected, workflow.KindPeriodOpened} {
			b := newBench(t, opens)
			r := b.must(office, coop1, workflow.DirectCommand{Text: "短", Special: &workflow.PeriodInput{Name: "专项", Due: day("2022-09-28")}})
			at := slices.IndexFunc(r.Events, func(e workflow.Event) bool { return e.Kind == from })
			got, err := b.desk.Redact(ctx, b.call(admin), r.Events[at].Seq, "依据")
			if err != nil || len(got.Copies) != 1 || len(b.standing("短")) > 0 {
				t.Errorf("from %s: %v %v, still %v", from, err, got.Copies, b.standing("短"))
			}
			again, err := b.desk.Redact(ctx, b.call(admin), r.Events[at].Seq, "依据")
			if e := workflow.AsError(err); err == nil || e.Code != "redact.already" {
				t.Errorf("again: %v %v", err, again)
			}
		}
	})
	t.Run("what people repeat", func(t *testing.T) {
		b := newBench(t, opens)
		first := b.must(office, coop1, workflow.NoteCommand{Text: secret}).Seq
		same := b.must(office, lead1, workflow.UrgeCommand{Level: workflow.FormalUrge, Text: secret}).Seq
		among := b.must(office, lead1, workflow.NoteCommand{Text: "来电核实：" + secret + "。"}).Seq
		b.must(office, coop1, workflow.NoteCommand{Text: "同意"})
		b.now = b.now.Add(time.Second)
		b.must(office, lead1, workflow.NoteCommand{Text: "同意"})
		echoes, err := b.desk.Echoes(ctx, b.call(admin), first)
		if err != nil || !slices.Equal(echoes.Same, []uint64{same}) || !slices.Equal(echoes.Partly, []uint64{among}) {
			t.Errorf("%v %+v", err, echoes)
		}
		if _, err := b.desk.Echoes(ctx, b.call(office), first); err == nil {
			t.Error("the office is told where a text stands")
		}
		got, err := b.desk.Redact(ctx, b.call(admin), first, "依据")
		if err != nil || !slices.Equal(got.Copies, []uint64{same}) || !slices.Equal(b.standing(secret), []uint64{among}) {
			t.Errorf("%v %v, still %v", err, got.Copies, b.standing(secret))
		}
		short := b.standing("同意")
		if got, err = b.desk.Redact(ctx, b.call(admin), short[0], "依据"); err != nil || len(got.Copies) != 0 || !slices.Equal(b.standing("同意"), short[1:]) {
			t.Errorf("a short text of two assignments: %v %v %v", err, got.Copies, b.standing("同意"))
		}
	})
	t.Run("a draft begun as a copy", func(t *testing.T) {
		b := newBench(t, opens)
		b.must(coopMan, coop1, workflow.AcceptCommand{})
		filed := b.must(coopMan, coop1, filed(secret)).Seq
		b.must(office, coop1, workflow.ReturnCommand{Reason: "请删去身份证号"})
		body := `{"progress":"` + secret + `，已完成。","next_steps":"继续推进","measures":[{"id":"1","note":"` + secret + `"}]}`
		other := coopMan
		other.User = "coop-2"
		for _, who := range []workflow.Actor{coopMan, other} { // the first one's text is remembered
			in := workflow.DraftInput{Body: []byte(body), Unread: map[string]string{"reason": secret, "figure.G1.1.value": "约 3"}, Window: "w"}
			body = strings.Replace(body, "继续推进", "继续推进 ", 1)
			if _, err := b.desk.SaveDraft(ctx, b.call(who), coop1, in); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.desk.Redact(ctx, b.call(admin), filed, "依据"); err != nil {
			t.Fatal(err)
		}
		d, err := b.journal.Draft(ctx, coop1)
		var left workflow.ReportInput
		if err != nil || strings.Contains(string(d.Body), secret) || json.Unmarshal(d.Body, &left) != nil || left.NextSteps != "继续推进 " || left.Measures[0].ID != "1" {
			t.Errorf("%v: %s", err, d.Body)
		}
		if len(d.Earlier) != 1 || strings.Contains(string(d.Earlier[0].Body)+d.Earlier[0].Unread["reason"]+d.Unread["reason"], secret) || d.Unread["figure.G1.1.value"] != "约 3" {
			t.Errorf("what it remembers: %+v", d)
		}
		_, err = b.desk.SaveDraft(ctx, b.call(other), coop1, workflow.DraftInput{Body: []byte(body), Window: "w", Basis: workflow.From("1-2")})
		wantCode(t, err, "draft.stale") // the page still shows the text
	})
}
