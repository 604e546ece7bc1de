package ui

import (
	"encoding/json"
	"slices"

	"duban/workflow"
	"duban/workflow/held"
)

// codedBytes is what codedEvents takes at most.
const codedBytes = 16 << 20

// codedEvents keeps the JSON of events that were sent, since a trail is asked for
// again and again and only grows. It decides nothing about rights: what is asked
// for is an event as the caller may see it, read for this caller. An event never
// changes but by losing parts, to a redaction or to rights: what the reader's sight
// leaves of it, and whether its texts are there, stand in the key, so that one that
// has lost something is never answered with the JSON of one that has it.
type codedEvents struct{ *held.Held[codedKey, []byte] }

// codedKey is an event and what a sight and redactions have left of it.
type codedKey struct {
	hash  workflow.Hash // of the event: it covers all but the texts
	sight workflow.Sight
	texts bool
}

func newCodedEvents() codedEvents { return codedEvents{held.New[codedKey, []byte](codedBytes)} }

// json is the event, which is what the sight leaves of it.
func (c codedEvents) json(sight workflow.Sight, e workflow.Event) ([]byte, error) {
	k := codedKey{e.Hash, sight, len(e.Texts) > 0}
	stand := c.Stand()
	if b, found := c.Get(k); found {
		return b, nil
	}
	b, err := json.Marshal(newEventView(e))
	if err == nil {
		c.Put(stand, k, b, len(b)+128) // with the key and its place
	}
	return b, err
}

// whole is an assignment with its events, each as its sight leaves it: as JSON of the view
// would be, but the events are not encoded anew.
func (s *server) whole(v assignmentView, events []workflow.Event, sight func(workflow.Event) workflow.Sight) ([]byte, error) {
	reports := v.Reports
	v.Reports = nil
	b, err := v.encode()
	if err != nil {
		return nil, err
	}
	b = b[:len(b)-1]
	for i, e := range events {
		one, err := s.coded.json(sight(e), e)
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
