package ui

import (
	"errors"
	"net/url"

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
	act := c.Params("act")
	if act != "extend" && act != "special" {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
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
	if form.Get("confirmed") != "" && len(form["select"]) > 0 {
		if act == "extend" {
			err = s.bulkExtend(c, form, &in)
		} else {
			err = s.bulkSpecial(c, form, &in)
		}
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

// bulkExtend gives all of them one due day; each is judged by itself. A day that
// is wrong for every one of them is a fault of the form.
func (s *server) bulkExtend(c *fiber.Ctx, form url.Values, in *page.BulkInput) error {
	due, err := formDue(form)
	if err != nil {
		return err
	}
	if due == nil {
		return workflow.BadField("due", "extension.due_required")
	}
	left := map[string]*workflow.Error{}
	var finished []string
	var last *workflow.Error
	call, err := s.formCall(c, form, c.Path())
	if err != nil {
		return err
	}
	for _, id := range form["select"] {
		err := s.doAct(c, oneOf(call, id), id, workflow.ExtendCommand{Due: due, Reason: form.Get("reason")})
		var e *workflow.Error
		switch {
		case err == nil:
			finished = append(finished, id)
		case errors.As(err, &e) && (e.Kind == workflow.Refused || e.Kind == workflow.NotFound || e.Kind == workflow.Invalid):
			left[id], last = e, e
		default:
			return err
		}
	}
	if len(finished) == 0 && last != nil && last.Kind == workflow.Invalid {
		return last
	}
	in.Done, in.Left = finished, left
	return nil
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
