package ui

import (
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/workflow"
)

type redactBody struct {
	Reason string `json:"reason"`
}

// redacted answers what a redaction did: the event without its texts, the journal
// position that says so, and the events that said the same and whose texts went too.
type redacted struct {
	Event    eventView `json:"event"`
	Position uint64    `json:"position"`
	Copies   []uint64  `json:"copies"`
}

// eventSeq is the event a path names.
func eventSeq(c *fiber.Ctx) (uint64, error) {
	n, err := strconv.ParseUint(c.Params("seq"), 10, 64)
	if err != nil || n == 0 {
		return 0, workflow.Fault(workflow.NotFound, "event.unknown", "seq", 0)
	}
	return n, nil
}

// event is one event as the caller may see it.
func (s *server) event(c *fiber.Ctx, seq uint64) (workflow.Event, error) {
	events, err := s.o.Journal.EventsAt(c.UserContext(), seq)
	if err != nil {
		return workflow.Event{}, err
	}
	if e, ok := s.o.Rules().ShowEvent(session.From(c).Actor, events[0]); ok {
		return e, nil
	}
	return workflow.Event{}, workflow.Fault(workflow.NotFound, "event.unknown", "seq", seq)
}

func (s *server) apiRedact(c *fiber.Ctx) error {
	seq, err := eventSeq(c)
	if err != nil {
		return err
	}
	var in redactBody
	if err := decode(c, &in); err != nil {
		return err
	}
	call, err := s.call(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	r, err := s.o.Desk.Redact(c.UserContext(), call, seq, in.Reason)
	if err != nil {
		return err
	}
	if err := s.settle(c, r.Receipt); err != nil {
		return err
	}
	e, err := s.event(c, seq)
	if err != nil {
		return err
	}
	return c.JSON(redacted{Event: newEventView(e), Position: r.Seq, Copies: r.Copies})
}

func (s *server) redactPage(c *fiber.Ctx) error { return s.showRedact(c, nil, nil) }

func (s *server) showRedact(c *fiber.Ctx, typed url.Values, e *workflow.Error) error {
	seq, err := eventSeq(c)
	if err != nil {
		return err
	}
	ev, err := s.event(c, seq)
	if err != nil {
		return err
	}
	k := s.kit(c)
	echoes, err := s.o.Desk.Echoes(c.UserContext(), workflow.Call{Actor: k.Actor}, seq)
	if err != nil {
		return err
	}
	return render(c, page.NewRedact(k, s.frame(c, k, "/journal"), ev, echoes, typed, e))
}

func (s *server) redact(c *fiber.Ctx) error {
	seq, err := eventSeq(c)
	if err != nil {
		return err
	}
	form, call, err := s.sent(c)
	if err != nil {
		return err
	}
	r, err := s.o.Desk.Redact(c.UserContext(), call, seq, form.Get("reason"))
	if err == nil {
		err = s.o.Book.Wait(c.UserContext(), r.Seq)
	}
	if err != nil {
		return retry(c, err, func(e *workflow.Error) error { return s.showRedact(c, form, e) })
	}
	return s.done(c, page.RedactPath(seq), "redact")
}
