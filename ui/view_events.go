package ui

import (
	"encoding/json"
	"sync"

	"github.com/gofiber/fiber/v2"

	"duban/workflow"
)

// codedBytes is what one half of codedEvents takes at most.
const codedBytes = 8 << 20

// codedEvents keeps the JSON of events that were sent, since a trail is asked for
// again and again and only grows. It decides nothing about rights: what is asked
// for is an event as the caller may see it, read for this caller. An event never
// changes but by losing parts, to a redaction or to rights, and which parts are
// there stands in the key, so that one that has lost its texts is never answered
// with the JSON of one that has them.
//
// When the young half is full it becomes the old one, whose JSON is let go.
type codedEvents struct {
	mu         sync.Mutex
	young, old map[codedKey][]byte
	bytes      int // of the young half
}

// codedKey is an event and what ShowEvent and redactions have left of it.
type codedKey struct {
	hash                         workflow.Hash // of the event: it covers all but the texts
	texts, user, behalf, content bool
}

func (c *codedEvents) json(e workflow.Event) ([]byte, error) {
	k := codedKey{e.Hash, len(e.Texts) > 0, e.Actor.User != "", e.Actor.OnBehalf != "", e.Data.Report != nil}
	c.mu.Lock()
	b, isYoung := c.young[k]
	if !isYoung {
		b = c.old[k]
	}
	c.mu.Unlock()
	if isYoung {
		return b, nil
	}
	if b == nil {
		var err error
		if b, err = json.Marshal(newEventView(e)); err != nil {
			return nil, err
		}
	}
	c.put(k, b)
	return b, nil
}

func (c *codedEvents) put(k codedKey, b []byte) {
	size := len(b) + 128 // with the key and its place
	if size > codedBytes {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young[k] != nil {
		return
	}
	if c.young == nil || c.bytes+size > codedBytes {
		c.young, c.old, c.bytes = map[codedKey][]byte{}, c.young, 0
	}
	c.young[k] = b
	c.bytes += size
}

// sendWhole answers an assignment with its events: as JSON of the view would, but the
// events are not encoded anew.
func (s *server) sendWhole(c *fiber.Ctx, v assignmentView, events []workflow.Event) error {
	reports := v.Reports
	v.Reports = nil
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	b = b[:len(b)-1]
	for i, e := range events {
		one, err := s.coded.json(e)
		if err != nil {
			return err
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
			return err
		}
		b = append(append(b, `,"reports":`...), said...)
	}
	b = append(b, '}')
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(b)
}
