package api

import (
	"encoding/json"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
)

// draftView is a saved draft.
type draftView struct {
	SavedAt time.Time       `json:"saved_at"`
	By      string          `json:"by"`
	Report  json.RawMessage `json:"report"`
	// Unread are fields of the page's form that cannot be read, as they were typed.
	Unread  map[string]string `json:"unread,omitempty"`
	Signing *signingView      `json:"signing,omitempty"`
	// Earlier is what it said before somebody else's text took its place, newest first.
	Earlier []earlierView `json:"earlier,omitempty"`
}

// signingView is how far a draft is on its way to the signatory.
type signingView struct {
	State    workflow.SigningState `json:"state"`
	Preparer string                `json:"preparer"`
	By       string                `json:"by"`
	At       time.Time             `json:"at"`
	Note     string                `json:"note,omitempty"`
}

type earlierView struct {
	SavedAt   time.Time         `json:"saved_at"`
	By        string            `json:"by"`
	Report    json.RawMessage   `json:"report"`
	Unread    map[string]string `json:"unread,omitempty"`
	Submitted bool              `json:"submitted,omitempty"` // it had been handed to the signatory
}

// sendDraft answers a draft, with the tag that If-Match takes. Its figures are in the units
// of today's plan.
func sendDraft(s *web.Server, c *fiber.Ctx, d workflow.Draft) error {
	v := draftView{SavedAt: d.At, By: d.By}
	var err error
	if v.Report, v.Unread, err = restated(s, d.Text()); err != nil {
		return err
	}
	if s := d.Signing; s != nil {
		v.Signing = &signingView{s.State, s.Preparer, s.By, s.At, s.Note}
	}
	for _, e := range d.Earlier {
		body, unread, err := restated(s, e)
		if err != nil {
			return err
		}
		v.Earlier = append(v.Earlier, earlierView{e.At, e.By, body, unread, e.Submitted})
	}
	c.Set(fiber.HeaderETag, `"`+d.Tag()+`"`)
	return c.JSON(v)
}

// restated is a kept report in the units of today's plan; as it was kept where the plan has
// not changed since.
func restated(s *web.Server, t workflow.Earlier) (json.RawMessage, map[string]string, error) {
	rules := s.Rules()
	if t.Under(rules) == rules.Plan {
		return t.Body, t.Unread, nil
	}
	d, err := web.DraftText(rules, t)
	if err != nil {
		return nil, nil, err
	}
	body, err := json.Marshal(d.Report)
	return body, d.Unread, err
}

// apiSaveDraft keeps a draft. With If-Match it takes the place of that text and of no
// other; without it, of whatever stands.
func apiSaveDraft(s *web.Server, c *fiber.Ctx) error {
	var in workflow.ReportInput
	if err := web.Decode(c, &in); err != nil {
		return err
	}
	a, err := s.Find(c, c.Params("id"))
	if err != nil {
		return err
	}
	basis, err := draftBasis(c)
	if err != nil {
		return err
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	under, err := web.PlanSaid(c)
	if err != nil {
		return err
	}
	call := workflow.Call{Actor: session.From(c).Actor, Received: s.Now()}
	d, err := s.Desk.SaveDraft(c.UserContext(), call, a.ID, workflow.DraftInput{Body: body, Plan: under, Basis: basis})
	if err != nil {
		return err
	}
	return sendDraft(s, c, d)
}

func apiDraft(s *web.Server, c *fiber.Ctx) error {
	a, err := s.Find(c, c.Params("id"))
	if err != nil {
		return err
	}
	d, ok, err := s.Desk.Draft(c.UserContext(), session.From(c).Actor, a)
	if err != nil {
		return err
	}
	if !ok {
		return workflow.Fault(workflow.NotFound, "draft.none")
	}
	return sendDraft(s, c, d)
}

// draftBasis reads which draft a program's is made from; nil when it does not say.
func draftBasis(c *fiber.Ctx) (*workflow.Basis, error) {
	match, err := web.ConditionOf(c, fiber.HeaderIfMatch)
	if err != nil {
		return nil, err
	}
	none, err := web.ConditionOf(c, fiber.HeaderIfNoneMatch)
	if err != nil {
		return nil, err
	}
	switch {
	case none.Any:
		return &workflow.Basis{None: true}, nil
	case !match.Sent():
		return nil, nil
	}
	b := &workflow.Basis{Any: match.Any}
	for _, t := range match.Tags {
		if !t.Weak {
			b.Tags = append(b.Tags, t.Opaque)
		}
	}
	return b, nil
}
