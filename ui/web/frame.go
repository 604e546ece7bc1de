package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/strictjson"
	"duban/workflow"
	"duban/workflow/ledger"
)

// Kit is what this request's page is built with.
func (s *Server) Kit(c *fiber.Ctx) page.Kit {
	actor := session.From(c).Actor
	if s.Back != nil && actor.Supervises() {
		actor.Role = workflow.Viewer // sees as much and can do nothing
	}
	return page.NewKit(s.Printer(c).Lang(), s.Rules(), s.Now(), actor)
}

// Frame is what stands around this request's page. current is the path of its
// entry in the navigation.
func (s *Server) Frame(c *fiber.Ctx, k page.Kit, current string) page.Frame {
	who := session.From(c)
	f := page.Frame{CSRF: who.CSRF, Path: c.OriginalURL(), Build: s.Build, Demo: s.Demo, Notice: s.notice(c, k)}
	if s.Rehearsal {
		f.Rehearsal = k.P.FullDateTime(s.Present().Now())
	}
	if at := s.ahead(); !at.IsZero() {
		f.Ahead = k.P.T("ui.ahead", "at", k.P.FullDateTime(at), "now", k.P.FullDateTime(s.Present().Now()))
	}
	waiting := 0
	s.frameBack(c, k, &f)
	if s.Back != nil {
		k.Actor = who.Actor // whose places the navigation leads to
		return k.Frame(f, current, 0)
	}
	if who.Kind == session.BySession {
		f.Live = &page.Live{URL: "/api/v1/live", Seq: s.Book.Seq(), Epoch: s.Book.Epoch()}
		waiting = s.waiting(who.Actor)
		if who.Actor.Supervises() {
			f.Appeals = len(s.Book.OpenAppeals())
		}
	}
	return k.Hats(k.Frame(f, current, waiting), who.Deputy.May, who.Deputy.For, who.Deputy.Until)
}

// waiting counts what waits on the actor's first page: reports a department
// owes; for the office, reports to verify and extensions to decide.
func (s *Server) waiting(actor workflow.Actor) int {
	switch {
	case actor.InDepartment():
		c := 0
		for _, i := range s.All(actor, ledger.Query{Department: actor.Unit, States: []workflow.State{workflow.Assigned, workflow.InProgress, workflow.Overdue}}) {
			if s.Rules().Plan.Stands(actor.Unit, i.Department.ID) {
				c++
			}
		}
		return c
	case actor.Supervises():
		n := s.Book.Needs(s.Now())
		return n.ToVerify.Count + n.Extensions.Count
	}
	return 0
}

// Current is the present period's assignments that the actor may see, worst first.
func (s *Server) Current(actor workflow.Actor) []ledger.Item {
	p, ok := s.Book.CurrentPeriod(s.Now())
	if !ok {
		return nil
	}
	return s.All(actor, ledger.Query{Period: p.ID})
}

// All is every assignment of a query, worst first.
func (s *Server) All(actor workflow.Actor, q ledger.Query) []ledger.Item {
	q.Limit, q.Sort = ledger.MaxLimit, ledger.Worst
	var out []ledger.Item
	for {
		items, next, _, err := s.Book.Page(q, actor, s.Now())
		if err != nil {
			return out // only a malformed query is an error, and these are ours
		}
		out = append(out, items...)
		if next == "" {
			return out
		}
		q.After = next
	}
}

// Render answers a page.
func Render(c *fiber.Ctx, p page.Page) error {
	var b bytes.Buffer
	if err := page.Render(&b, p); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Vary(fiber.HeaderAcceptLanguage, fiber.HeaderCookie)
	return c.Send(b.Bytes())
}

func (s *Server) failPage(c *fiber.Ctx, e *workflow.Error, incident string) error {
	k := s.Kit(c)
	f := s.Frame(c, k, "")
	if e.Field == "asof" && f.LookBack != nil {
		_, f.LookBack.Error = k.P.Error(e)
	}
	return Render(c, page.NewFailure(k, f, StatusOf(e), e, incident))
}

// Key is a fresh idempotency key for the forms of one page: a double click sends
// the same one twice. It begins as the digest of the plan that the page shows, so that each
// form says what plan it was filled in under.
func (s *Server) Key(k page.Kit) (string, error) {
	var b [16]byte
	if _, err := s.Random.Read(b[:]); err != nil {
		return "", err
	}
	return k.Rules.Plan.Digest[:planShown] + planMark + hex.EncodeToString(b[:]), nil
}

const (
	planMark  = "." // after the digest in a page's key
	planShown = 16  // characters of it
)

// PlanOf is the beginning of the digest of the plan that a form's page showed; empty when
// its key does not say.
func PlanOf(form url.Values) string {
	digest, _, ok := strings.Cut(form.Get("key"), planMark)
	if !ok || len(digest) != planShown {
		return ""
	}
	return digest
}

// pastedLines are the line and page breaks that text brings along from word processors,
// which nobody can see or delete in a form: they are line breaks here.
var pastedLines = strings.NewReplacer("\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// Posted is the form of a request, also a multipart one's fields.
func Posted(c *fiber.Ctx) (url.Values, error) {
	v := url.Values{}
	if strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
		m, err := c.MultipartForm()
		if err != nil {
			return nil, &workflow.Error{Kind: workflow.Malformed, Code: "request.malformed", Err: err}
		}
		for name, values := range m.Value {
			for _, value := range values {
				v.Add(name, pastedLines.Replace(value))
			}
		}
		return v, nil
	}
	for name, value := range c.Context().PostArgs().All() {
		v.Add(string(name), pastedLines.Replace(string(value)))
	}
	return v, nil
}

// Sent is the form of an act, and what the act carries.
func (s *Server) Sent(c *fiber.Ctx) (url.Values, workflow.Call, error) {
	form, err := Posted(c)
	if err != nil {
		return nil, workflow.Call{}, err
	}
	call, err := s.FormCall(c, form, c.Path())
	return form, call, err
}

// FormCall is what an act posted by a form carries: the hidden key and version.
func (s *Server) FormCall(c *fiber.Ctx, form url.Values, act string) (workflow.Call, error) {
	version, err := FormVersion(form.Get("version"))
	if err != nil {
		return workflow.Call{}, err
	}
	key := form.Get("key")
	if len(key) > strictjson.MaxKey {
		return workflow.Call{}, workflow.Fault(workflow.Malformed, "idempotency.bad_key", "limit", strictjson.MaxKey)
	}
	body := url.Values{}
	for name, values := range form {
		if name != "csrf" {
			body[name] = values
		}
	}
	return workflow.Call{Actor: session.From(c).Actor, Received: s.Now(), Key: key, Version: version, Plan: PlanOf(form),
		Digest: sha256.Sum256([]byte(act + "\n" + body.Encode()))}, nil
}

// Back is where to go after an act: a path of ours, never another site's, and never
// one that is no address.
func Back(next, otherwise string) string {
	if _, err := url.Parse(next); err == nil && strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "//") && !strings.HasPrefix(next, `/\`) && !strings.ContainsAny(next, "\r\n\t\\") {
		return next
	}
	return otherwise
}

// Asks reports whether the form that was posted wants to be asked about before its act is
// done. Only pages' forms do: programs know what they send.
func Asks(c *fiber.Ctx) bool {
	return c.Method() == fiber.MethodPost && !strings.HasPrefix(c.Path(), "/api/") && c.Context().PostArgs().Has(page.AskFirst)
}

// Confirm asks before the act that a form of ours posted: nothing is done yet.
func (s *Server) Confirm(c *fiber.Ctx) error {
	form, err := Posted(c)
	if err != nil {
		return err
	}
	k := s.Kit(c)
	p, ok := page.NewConfirm(k, s.Frame(c, k, ""), c.Path(), form, Back)
	if !ok {
		return workflow.Fault(workflow.Malformed, "request.malformed")
	}
	return Render(c, p)
}
