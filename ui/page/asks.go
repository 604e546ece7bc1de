package page

import (
	"time"

	"duban/workflow"
	"duban/workflow/ledger"
)

// AskView is something the office is asked to coordinate (需协调事项), with what was said on it.
type AskView struct {
	N     int
	Task  Link // set where asks of several assignments stand together
	State string
	Tone  Tone
	By    string
	At    When
	Age   string // while it is open
	Text  string
	Words []AskRemark
	Acts  []Act // what the reader may do with it
}

// AskRemark is one answer, or one word of the department on it.
type AskRemark struct {
	What string
	Remark
}

// asksAnchor is where the asks of an assignment stand on its page.
const asksAnchor = "asks"

// askActs are the acts on an ask, in the order of their forms.
var askActs = []workflow.Trigger{workflow.AnswerAsk, workflow.ReopenAsk, workflow.WithdrawAsk}

// asks are the asks of an assignment, oldest first, with the texts of the events given.
func (k Kit) asks(a workflow.Assignment, events []workflow.Event) []AskView {
	bySeq := make(map[uint64]workflow.Event, len(events))
	for _, e := range events {
		bySeq[e.Seq] = e
	}
	var out []AskView
	for _, x := range a.Asks() {
		asked, ok := bySeq[x.Seq]
		if !ok {
			continue // not for this reader
		}
		v := AskView{N: x.N, State: k.P.Show(x.State), By: k.by(asked), At: k.when(x.At), Text: asked.Texts["asks"]}
		if v.Text == "" {
			v.Text = k.P.T("rep.redacted")
		}
		if x.State.Open() {
			v.Tone, v.Age = Info, k.waited(x.At)
		}
		if x.State == workflow.AskWaiting {
			v.Tone = Warn
		}
		if x.By != 0 {
			v.State = k.P.T("ask.replaced_by", "n", x.By)
		}
		for _, w := range x.Words {
			if e, ok := bySeq[w.Seq]; ok {
				v.Words = append(v.Words, AskRemark{k.what(e), k.remark(e, "")})
			}
		}
		out = append(out, v)
	}
	return out
}

// waited is how long something has waited, in days.
func (k Kit) waited(since time.Time) string {
	if days := k.P.Day(since).DaysUntil(k.P.Day(k.Now)); days > 0 {
		return k.P.T("ask.waited", "days", days)
	}
	return k.P.T("ask.today")
}

// askNote is what an assignment waits for with the office, in a line.
func (k Kit) askNote(i ledger.Item) string {
	if i.AskedAt == nil {
		return ""
	}
	state := workflow.AskCoordinating
	if i.AskWaits {
		state = workflow.AskWaiting
	}
	return k.P.T("ask.note", "state", state, "waited", k.waited(*i.AskedAt))
}

// asks gives every ask its acts, and what is wrong with the one that was refused.
func (a actForms) asks() (out []AskView, wrong []FieldError) {
	out = a.k.asks(a.in.Row, a.in.Trail)
	for i := range out {
		ask := a.in.Row.Ask(out[i].N)
		for _, t := range askActs {
			if !holds(a.in.Actions, t) || !ask.Takes(t) {
				continue
			}
			act := a.askAct(t, *ask)
			if a.in.Failed == t && a.in.Typed.Get("n") == itoa(ask.N) {
				act.Open = true
				wrong = a.refuse(&act.Form, t)
				for n := range wrong {
					if wrong[n].ID == "act-"+string(t) {
						wrong[n].ID = act.Name
					}
				}
			}
			out[i].Acts = append(out[i].Acts, act)
		}
	}
	return out, wrong
}

func (a actForms) askAct(t workflow.Trigger, ask workflow.AskRef) Act {
	k, name := a.k, string(t)+"-"+itoa(ask.N)
	text := Field{Kind: "textarea", Name: "text", ID: name + "-text", Label: k.P.T("act." + string(t) + ".text"), Rows: 3,
		Max: workflow.PlainText, Ask: t != workflow.WithdrawAsk}
	fields := []Field{text}
	if t == workflow.AnswerAsk {
		fields = append(fields, Field{Kind: "radio", Name: "closed", ID: name + "-closed", Label: k.P.T("ask.closed_label"), Ask: true, Options: []Option{
			{Value: "true", Text: k.P.T("ask.closed_yes"), Hint: k.P.T("ask.closed_yes_hint")},
			{Value: "false", Text: k.P.T("ask.closed_no"), Hint: k.P.T("ask.closed_no_hint")}}})
	}
	form := a.form(t, k.P.T("act."+string(t)+".button"), fields...)
	form.Key += "-" + itoa(ask.N)
	form.Hidden = []Hidden{{"n", itoa(ask.N)}}
	return Act{Name: name, Title: k.P.T("act." + string(t) + ".title"), Hint: k.P.T("act." + string(t) + ".hint"), Form: form,
		Open: t == workflow.AnswerAsk && ask.State == workflow.AskWaiting}
}

// AskSource is an assignment with the events that its asks stand on, as far as the reader
// may read them.
type AskSource struct {
	Row    workflow.Assignment
	Events []workflow.Event
}

// earlierAsks are those of the report before that the office has answered or has still to
// answer: what is asked already need not be asked again.
func (k Kit) earlierAsks(from *AskSource) []AskView {
	if from == nil {
		return nil
	}
	var out []AskView
	for _, v := range k.asks(from.Row, from.Events) {
		if s := from.Row.Ask(v.N).State; s.Open() || s == workflow.AskClosed {
			v.Task = Link{k.P.T("ask.of_period", "period", from.Row.Period), AssignmentPath(from.Row.ID) + "#" + asksAnchor}
			out = append(out, v)
		}
	}
	return out
}
