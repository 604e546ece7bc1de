package view

import (
	"context"
	"time"

	"duban/ui/page"
	"duban/ui/web"
	"duban/workflow"
)

// askView is something a report asks the office to coordinate, with what was said on it.
type askView struct {
	N       int               `json:"n"`
	At      time.Time         `json:"at"`
	Text    string            `json:"text"`
	State   workflow.AskState `json:"state"`
	By      int               `json:"replaced_by,omitempty"` // the ask that took its place
	Answers []askWordView     `json:"answers"`               // the office's
	Replies []askWordView     `json:"replies"`               // the department's: ask_reopened, ask_withdrawn
}

type askWordView struct {
	Kind   workflow.Kind     `json:"kind"`
	At     time.Time         `json:"at"`
	Text   string            `json:"text"`
	Closed bool              `json:"closed"`
	Actor  workflow.ActorRef `json:"actor"`
}

// askSeqs are the events in which the words of an assignment's asks stand.
func askSeqs(a workflow.Assignment) (seqs []uint64) {
	for _, x := range a.Asks() {
		seqs = append(seqs, x.Seq)
		for _, w := range x.Words {
			seqs = append(seqs, w.Seq)
		}
	}
	return seqs
}

// asksOf are the asks of an assignment with their words, for who may read it. The events
// may be more than those of askSeqs.
func asksOf(rules workflow.Rules, who workflow.Actor, a workflow.Assignment, events []workflow.Event) (out []askView) {
	if !rules.MayRead(who, a) {
		return nil
	}
	said := make(map[uint64]workflow.Event, len(events))
	for _, e := range events {
		if e, ok := rules.ShowEvent(who, e); ok {
			said[e.Seq] = e
		}
	}
	for _, x := range a.Asks() {
		v := askView{N: x.N, At: x.At, Text: said[x.Seq].Texts["asks"], State: x.State, By: x.By, Answers: []askWordView{}, Replies: []askWordView{}}
		for _, w := range x.Words {
			e := said[w.Seq]
			one := askWordView{w.Kind, w.At, e.Texts["text"], w.Closed, e.Actor}
			if w.Kind == workflow.KindAskAnswered {
				v.Answers = append(v.Answers, one)
			} else {
				v.Replies = append(v.Replies, one)
			}
		}
		out = append(out, v)
	}
	return out
}

// AskedBefore is the assignment of the department's last report on the same slot in an
// earlier regular period, with the words of its asks; nil when there is none.
func AskedBefore(s *web.Server, ctx context.Context, k page.Kit, a workflow.Assignment) (*page.AskSource, error) {
	row, ok := rowBefore(s, a)
	if !ok {
		return nil, nil
	}
	from := &page.AskSource{Row: row}
	if seqs := askSeqs(row); len(seqs) > 0 {
		events, err := s.Journal.EventsAt(ctx, seqs...)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if e, ok := k.Rules.ShowEvent(k.Actor, e); ok {
				from.Events = append(from.Events, e)
			}
		}
	}
	return from, nil
}
