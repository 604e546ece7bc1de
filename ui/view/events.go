package view

import (
	"encoding/json"
	"slices"

	"duban/ui/web"
	"duban/workflow"
)

// EventJSON is the event, which is what the sight leaves of it.
func EventJSON(c web.CodedEvents, sight workflow.Sight, e workflow.Event) ([]byte, error) {
	k := web.CodedKey{Hash: e.Hash, Sight: sight, Texts: len(e.Texts) > 0}
	stand := c.Stand()
	if b, found := c.Get(k); found {
		return b, nil
	}
	b, err := json.Marshal(NewEventView(e))
	if err == nil {
		c.Put(stand, k, b, len(b)+128) // with the key and its place
	}
	return b, err
}

// whole is an assignment with its events, each as its sight leaves it: as JSON of the view
// would be, but the events are not encoded anew.
func whole(s *web.Server, v AssignmentView, events []workflow.Event, sight func(workflow.Event) workflow.Sight) ([]byte, error) {
	reports := v.Reports
	v.Reports = nil
	b, err := v.Encode()
	if err != nil {
		return nil, err
	}
	b = b[:len(b)-1]
	for i, e := range events {
		one, err := EventJSON(s.Coded, sight(e), e)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			b = append(b, `,"events":[`...)
		} else {
			b = append(b, ',')
		}
		b = append(b, one...)
	}
	if len(events) > 0 {
		b = append(b, ']')
	}
	if len(reports) > 0 {
		said, err := json.Marshal(reports)
		if err != nil {
			return nil, err
		}
		b = append(append(b, `,"reports":`...), said...)
	}
	return slices.Clip(append(b, '}')), nil
}
