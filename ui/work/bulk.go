package work

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/ledger"
)

// maxBulk bounds the assignments of one act.
const maxBulk = 500

// bulkPage is an act on the assignments ticked on the desk or in the list: the
// first post shows its form, the confirmed one does it and says what came of it.
func bulkPage(s *web.Server, c *fiber.Ctx) error {
	do, ok := bulkActs[c.Params("act")]
	if !ok {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	return bulk(s, c, strings.Clone(c.Params("act")), do)
}

// bulkActs do what a confirmed form of several says.
var bulkActs = map[string]func(*web.Server, *fiber.Ctx, url.Values, *page.BulkInput) error{
	"extend": bulkExtend, "special": bulkSpecial,
}

// urgeSelected urges what is ticked at once: level and words stand beside the ticks. What
// came of it, or what is wrong with the words, is a page that keeps both.
func urgeSelected(s *web.Server, c *fiber.Ctx) error { return bulk(s, c, "urge", bulkUrge) }

func bulk(s *web.Server, c *fiber.Ctx, act string, do func(*web.Server, *fiber.Ctx, url.Values, *page.BulkInput) error) error {
	form, err := web.Posted(c)
	if err != nil {
		return err
	}
	in := page.BulkInput{Act: act, Next: web.Back(form.Get("next"), "/"), Typed: form}
	if len(form["select"]) > maxBulk {
		return workflow.BadField("select", "bulk.too_many", "limit", maxBulk)
	}
	if in.Key, err = s.Key(s.Kit(c)); err != nil {
		return err
	}
	if (form.Get("confirmed") != "" || act == "urge") && len(form["select"]) > 0 {
		err = do(s, c, form, &in)
		var e *workflow.Error
		switch {
		case errors.As(err, &e) && (e.Kind == workflow.Invalid || e.Kind == workflow.Refused || workflow.PlanChanged(err)):
			c.Status(web.StatusOf(e))
			in.Err = e
		case err != nil:
			return err
		}
	}
	k := s.Kit(c)
	chosen := form["select"]
	if in.Done != nil && act == "special" {
		chosen = in.Done // what was opened, with its own due dates
	}
	for _, id := range chosen {
		if a, ok := s.Book.Assignment(id); ok && k.Rules.MaySee(k.Actor, a) {
			in.Chosen = append(in.Chosen, s.Book.Item(a, k.Now))
		}
	}
	return web.Render(c, page.NewBulk(k, s.Frame(c, k, ""), in))
}

// bulkExtend gives all of them one due day.
func bulkExtend(s *web.Server, c *fiber.Ctx, form url.Values, in *page.BulkInput) error {
	due, err := formDue(form)
	if err != nil {
		return err
	}
	if due == nil {
		return workflow.BadField("due", "extension.due_required")
	}
	return actOnAll(s, c, form, in, workflow.ExtendCommand{Due: due, Reason: form.Get("reason")})
}

// bulkUrge urges all of them with the same words.
func bulkUrge(s *web.Server, c *fiber.Ctx, form url.Values, in *page.BulkInput) error {
	return actOnAll(s, c, form, in, workflow.UrgeCommand{Level: workflow.Level(form.Get("level")), Text: form.Get("text")})
}

// actOnAll does one command on all that are ticked, in one change.
func actOnAll(s *web.Server, c *fiber.Ctx, form url.Values, in *page.BulkInput, cmd workflow.Command) error {
	call, err := s.FormCall(c, form, c.Path())
	if err != nil {
		return err
	}
	r, done, left, err := s.Desk.ActOnAll(c.UserContext(), call, form["select"], cmd)
	if err != nil {
		return err
	}
	in.Done, in.Left = done, left
	return s.Book.Wait(c.UserContext(), r.Seq)
}

// bulkSpecial opens one special period for exactly the slots that were ticked.
func bulkSpecial(s *web.Server, c *fiber.Ctx, form url.Values, in *page.BulkInput) error {
	period, err := view.PeriodOf(form)
	if err != nil {
		return err
	}
	for _, id := range form["select"] {
		if a, ok := s.Book.Assignment(id); ok {
			period.Slots = append(period.Slots, workflow.Slot{Task: a.Task, Department: a.Department})
		}
	}
	call, err := s.FormCall(c, form, c.Path())
	if err != nil {
		return err
	}
	_, r, err := s.Desk.OpenPeriod(c.UserContext(), call, period)
	if err != nil {
		return err
	}
	if err := s.Book.Wait(c.UserContext(), r.Seq); err != nil {
		return err
	}
	in.Done = []string{}
	for _, i := range s.All(call.Actor, ledger.Query{Period: period.ID}) {
		in.Done = append(in.Done, i.ID)
	}
	return nil
}
