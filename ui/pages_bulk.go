package ui

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/workflow"
	"duban/workflow/ledger"
)

// maxBulk bounds the assignments of one act.
const maxBulk = 500

// bulkPage is an act on the assignments ticked on the desk or in the list: the
// first post shows its form, the confirmed one does it and says what came of it.
func (s *server) bulkPage(c *fiber.Ctx) error {
	do, ok := bulkActs[c.Params("act")]
	if !ok {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	return s.bulk(c, strings.Clone(c.Params("act")), do)
}

// bulkActs do what a confirmed form of several says.
var bulkActs = map[string]func(*server, *fiber.Ctx, url.Values, *page.BulkInput) error{
	"extend": (*server).bulkExtend, "special": (*server).bulkSpecial,
}

// urgeSelected urges what is ticked at once: level and words stand beside the ticks. What
// came of it, or what is wrong with the words, is a page that keeps both.
func (s *server) urgeSelected(c *fiber.Ctx) error { return s.bulk(c, "urge", (*server).bulkUrge) }

func (s *server) bulk(c *fiber.Ctx, act string, do func(*server, *fiber.Ctx, url.Values, *page.BulkInput) error) error {
	form, err := posted(c)
	if err != nil {
		return err
	}
	in := page.BulkInput{Act: act, Next: back(form.Get("next"), "/"), Typed: form}
	if len(form["select"]) > maxBulk {
		return workflow.BadField("select", "bulk.too_many", "limit", maxBulk)
	}
	if in.Key, err = s.key(); err != nil {
		return err
	}
	if (form.Get("confirmed") != "" || act == "urge") && len(form["select"]) > 0 {
		err = do(s, c, form, &in)
		var e *workflow.Error
		switch {
		case errors.As(err, &e) && (e.Kind == workflow.Invalid || e.Kind == workflow.Refused):
			c.Status(statusOf(e))
			in.Err = e
		case err != nil:
			return err
		}
	}
	k := s.kit(c)
	chosen := form["select"]
	if in.Done != nil && act == "special" {
		chosen = in.Done // what was opened, with its own due dates
	}
	for _, id := range chosen {
		if a, ok := s.o.Book.Assignment(id); ok && k.Rules.MaySee(k.Actor, a) {
			in.Chosen = append(in.Chosen, s.o.Book.Item(a, k.Now))
		}
	}
	return render(c, page.NewBulk(k, s.frame(c, k, ""), in))
}

// bulkExtend gives all of them one due day.
func (s *server) bulkExtend(c *fiber.Ctx, form url.Values, in *page.BulkInput) error {
	due, err := formDue(form)
	if err != nil {
		return err
	}
	if due == nil {
		return workflow.BadField("due", "extension.due_required")
	}
	return s.actOnAll(c, form, in, workflow.ExtendCommand{Due: due, Reason: form.Get("reason")})
}

// bulkUrge urges all of them with the same words.
func (s *server) bulkUrge(c *fiber.Ctx, form url.Values, in *page.BulkInput) error {
	return s.actOnAll(c, form, in, workflow.UrgeCommand{Level: workflow.Level(form.Get("level")), Text: form.Get("text")})
}

// actOnAll does one command on all that are ticked, in one change.
func (s *server) actOnAll(c *fiber.Ctx, form url.Values, in *page.BulkInput, cmd workflow.Command) error {
	call, err := s.formCall(c, form, c.Path())
	if err != nil {
		return err
	}
	r, done, left, err := s.o.Desk.ActOnAll(c.UserContext(), call, form["select"], cmd)
	if err != nil {
		return err
	}
	in.Done, in.Left = done, left
	return s.o.Book.Wait(c.UserContext(), r.Seq)
}

// bulkSpecial opens one special period for exactly the slots that were ticked.
func (s *server) bulkSpecial(c *fiber.Ctx, form url.Values, in *page.BulkInput) error {
	period, err := periodOf(form)
	if err != nil {
		return err
	}
	for _, id := range form["select"] {
		if a, ok := s.o.Book.Assignment(id); ok {
			period.Slots = append(period.Slots, workflow.Slot{Task: a.Task, Department: a.Department})
		}
	}
	call, err := s.formCall(c, form, c.Path())
	if err != nil {
		return err
	}
	_, r, err := s.o.Desk.OpenPeriod(c.UserContext(), call, period)
	if err != nil {
		return err
	}
	if err := s.o.Book.Wait(c.UserContext(), r.Seq); err != nil {
		return err
	}
	in.Done = []string{}
	for _, i := range s.all(call.Actor, ledger.Query{Period: period.ID}) {
		in.Done = append(in.Done, i.ID)
	}
	return nil
}
