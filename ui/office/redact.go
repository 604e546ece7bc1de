package office

import (
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
)

type redactBody struct {
	Reason string `json:"reason"`
}

// redacted answers what a redaction did: the event without its texts, the journal
// position that says so, and the events that said the same and whose texts went too.
type redacted struct {
	Event    view.EventView `json:"event"`
	Position uint64         `json:"position"`
	Copies   []uint64       `json:"copies"`
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
func event(s *web.Server, c *fiber.Ctx, seq uint64) (workflow.Event, error) {
	events, err := s.Journal.EventsAt(c.UserContext(), seq)
	if err != nil {
		return workflow.Event{}, err
	}
	if e, ok := s.Rules().ShowEvent(session.From(c).Actor, events[0]); ok {
		return e, nil
	}
	return workflow.Event{}, workflow.Fault(workflow.NotFound, "event.unknown", "seq", seq)
}

func apiRedact(s *web.Server, c *fiber.Ctx) error {
	seq, err := eventSeq(c)
	if err != nil {
		return err
	}
	var in redactBody
	if err := web.Decode(c, &in); err != nil {
		return err
	}
	call, err := s.Call(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	r, err := s.Desk.Redact(c.UserContext(), call, seq, in.Reason)
	if err != nil {
		return err
	}
	if err := s.Settle(c, r.Receipt); err != nil {
		return err
	}
	e, err := event(s, c, seq)
	if err != nil {
		return err
	}
	return c.JSON(redacted{Event: view.NewEventView(e), Position: r.Seq, Copies: r.Copies})
}

func redactPage(s *web.Server, c *fiber.Ctx) error { return showRedact(s, c, nil, nil) }

func showRedact(s *web.Server, c *fiber.Ctx, typed url.Values, e *workflow.Error) error {
	seq, err := eventSeq(c)
	if err != nil {
		return err
	}
	ev, err := event(s, c, seq)
	if err != nil {
		return err
	}
	k := s.Kit(c)
	echoes, err := s.Desk.Echoes(c.UserContext(), workflow.Call{Actor: k.Actor}, seq)
	if err != nil {
		return err
	}
	return web.Render(c, page.NewRedact(k, s.Frame(c, k, "/journal"), ev, echoes, typed, e))
}

func redact(s *web.Server, c *fiber.Ctx) error {
	seq, err := eventSeq(c)
	if err != nil {
		return err
	}
	form, call, err := s.Sent(c)
	if err != nil {
		return err
	}
	r, err := s.Desk.Redact(c.UserContext(), call, seq, form.Get("reason"))
	if err == nil {
		err = s.Book.Wait(c.UserContext(), r.Seq)
	}
	if err != nil {
		return web.Retry(c, err, func(e *workflow.Error) error { return showRedact(s, c, form, e) })
	}
	return s.Done(c, page.RedactPath(seq), "redact")
}
