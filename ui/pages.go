package ui

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/ledger"
)

// kit is what this request's page is built with.
func (s *server) kit(c *fiber.Ctx) page.Kit {
	actor := session.From(c).Actor
	if s.back != nil && actor.Supervises() {
		actor.Role = workflow.Viewer // sees as much and can do nothing
	}
	return page.NewKit(s.printer(c).Lang(), s.o.Rules(), s.o.Now(), actor)
}

// frame is what stands around this request's page. current is the path of its
// entry in the navigation.
func (s *server) frame(c *fiber.Ctx, k page.Kit, current string) page.Frame {
	who := session.From(c)
	f := page.Frame{CSRF: who.CSRF, Path: c.OriginalURL(), Build: s.o.Build, Demo: s.o.Demo, Notice: s.notice(c, k)}
	if s.o.Rehearsal {
		f.Rehearsal = k.P.FullDateTime(s.present().o.Now())
	}
	if at := s.ahead(); !at.IsZero() {
		f.Ahead = k.P.T("ui.ahead", "at", k.P.FullDateTime(at), "now", k.P.FullDateTime(s.present().o.Now()))
	}
	waiting := 0
	s.frameBack(c, k, &f)
	if s.back != nil {
		k.Actor = who.Actor // whose places the navigation leads to
		return k.Frame(f, current, 0)
	}
	if who.Kind == session.BySession {
		f.Live = &page.Live{URL: "/api/v1/live", Seq: s.o.Book.Seq(), Epoch: s.o.Book.Epoch()}
		waiting = s.waiting(who.Actor)
		if who.Actor.Supervises() {
			f.Appeals = len(s.o.Book.OpenAppeals())
		}
	}
	return k.Hats(k.Frame(f, current, waiting), who.Deputy.May, who.Deputy.For, who.Deputy.Until)
}

// waiting counts what waits on the actor's first page: reports a department
// owes; for the office, reports to verify and extensions to decide.
func (s *server) waiting(actor workflow.Actor) int {
	switch {
	case actor.InDepartment():
		c := 0
		for _, i := range s.all(actor, ledger.Query{Department: actor.Unit, States: []workflow.State{workflow.Assigned, workflow.InProgress, workflow.Overdue}}) {
			if s.o.Rules().Plan.Stands(actor.Unit, i.Department.ID) {
				c++
			}
		}
		return c
	case actor.Supervises():
		n := s.o.Book.Needs(s.o.Now())
		return n.ToVerify.Count + n.Extensions.Count
	}
	return 0
}

// current is the present period's assignments that the actor may see, worst first.
func (s *server) current(actor workflow.Actor) []ledger.Item {
	p, ok := s.o.Book.CurrentPeriod(s.o.Now())
	if !ok {
		return nil
	}
	return s.all(actor, ledger.Query{Period: p.ID})
}

// all is every assignment of a query, worst first.
func (s *server) all(actor workflow.Actor, q ledger.Query) []ledger.Item {
	q.Limit, q.Sort = ledger.MaxLimit, ledger.Worst
	var out []ledger.Item
	for {
		items, next, _, err := s.o.Book.Page(q, actor, s.o.Now())
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

// render answers a page.
func render(c *fiber.Ctx, p page.Page) error {
	var b bytes.Buffer
	if err := page.Render(&b, p); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Vary(fiber.HeaderAcceptLanguage, fiber.HeaderCookie)
	return c.Send(b.Bytes())
}

func (s *server) failPage(c *fiber.Ctx, e *workflow.Error, incident string) error {
	k := s.kit(c)
	f := s.frame(c, k, "")
	if e.Field == "asof" && f.LookBack != nil {
		_, f.LookBack.Error = k.P.Error(e)
	}
	return render(c, page.NewFailure(k, f, statusOf(e), e, incident))
}

// key is a fresh idempotency key for the forms of one page: a double click sends
// the same one twice.
func (s *server) key() (string, error) {
	var b [16]byte
	if _, err := s.o.Random.Read(b[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(b[:]), nil
}

// pastedLines are the line and page breaks that text brings along from word processors,
// which nobody can see or delete in a form: they are line breaks here.
var pastedLines = strings.NewReplacer("\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// posted is the form of a request, also a multipart one's fields.
func posted(c *fiber.Ctx) (url.Values, error) {
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

// sent is the form of an act, and what the act carries.
func (s *server) sent(c *fiber.Ctx) (url.Values, workflow.Call, error) {
	form, err := posted(c)
	if err != nil {
		return nil, workflow.Call{}, err
	}
	call, err := s.formCall(c, form, c.Path())
	return form, call, err
}

// formCall is what an act posted by a form carries: the hidden key and version.
func (s *server) formCall(c *fiber.Ctx, form url.Values, act string) (workflow.Call, error) {
	version, err := formVersion(form.Get("version"))
	if err != nil {
		return workflow.Call{}, err
	}
	key := form.Get("key")
	if len(key) > maxKey {
		return workflow.Call{}, workflow.Fault(workflow.Malformed, "idempotency.bad_key", "limit", maxKey)
	}
	body := url.Values{}
	for name, values := range form {
		if name != "csrf" {
			body[name] = values
		}
	}
	return workflow.Call{Actor: session.From(c).Actor, Received: s.o.Now(), Key: key, Version: version,
		Digest: sha256.Sum256([]byte(act + "\n" + body.Encode()))}, nil
}

// back is where to go after an act: a path of ours, never another site's, and never
// one that is no address.
func back(next, otherwise string) string {
	if _, err := url.Parse(next); err == nil && strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "//") && !strings.HasPrefix(next, `/\`) && !strings.ContainsAny(next, "\r\n\t\\") {
		return next
	}
	return otherwise
}

// setLanguage keeps the reader's language for a year.
func (s *server) setLanguage(c *fiber.Ctx) error {
	lang := c.Query("lang")
	if lang != text.English {
		lang = text.Chinese
	}
	s.o.Sessions.SetPreference(c, "lang", lang)
	return c.Redirect(back(c.Query("next"), "/"), fiber.StatusSeeOther)
}

// asks reports whether the form that was posted wants to be asked about before its act is
// done. Only pages' forms do: programs know what they send.
func asks(c *fiber.Ctx) bool {
	return c.Method() == fiber.MethodPost && !strings.HasPrefix(c.Path(), "/api/") && c.Context().PostArgs().Has(page.AskFirst)
}

// confirm asks before the act that a form of ours posted: nothing is done yet.
func (s *server) confirm(c *fiber.Ctx) error {
	form, err := posted(c)
	if err != nil {
		return err
	}
	k := s.kit(c)
	p, ok := page.NewConfirm(k, s.frame(c, k, ""), c.Path(), form, back)
	if !ok {
		return workflow.Fault(workflow.Malformed, "request.malformed")
	}
	return render(c, p)
}
