package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"duban/ui/page"
	"duban/ui/session"
	"duban/workflow"
)

// Trail is the assignment's events up to the row's position, as the actor may
// see them.
func (s *Server) Trail(ctx context.Context, actor workflow.Actor, a workflow.Assignment) ([]workflow.Event, error) {
	return s.TrailBy(ctx, s.Rules(), actor, a)
}

// TrailBy is trail by the rules.
func (s *Server) TrailBy(ctx context.Context, rules workflow.Rules, actor workflow.Actor, a workflow.Assignment) ([]workflow.Event, error) {
	all, err := s.Journal.Trail(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	shown := make([]workflow.Event, 0, len(all))
	for _, e := range all {
		if e.Seq > a.Seq {
			break
		}
		if e, ok := rules.ShowEvent(actor, e); ok {
			shown = append(shown, e)
		}
	}
	return shown, nil
}

// UnknownAssignment is said of one that is not there and of one that the caller may not
// see.
var UnknownAssignment = workflow.Fault(workflow.NotFound, "assignment.unknown", "id", "")

// Find is the assignment when it exists and the caller may see it.
func (s *Server) Find(c *fiber.Ctx, id string) (workflow.Assignment, error) {
	a, ok := s.Book.Assignment(id)
	if !ok || !s.Rules().MaySee(session.From(c).Actor, a) {
		return a, UnknownAssignment
	}
	return a, nil
}

// Number reads a query or path number; fallback when it is absent.
func Number(c *fiber.Ctx, name string, fallback, low, high int) (int, error) {
	q := c.Query(name)
	if q == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(q)
	if err != nil || n < low || n > high {
		return 0, workflow.BadField(name, "query.number", "low", low, "high", high)
	}
	return n, nil
}

// Param reads a query parameter; a repeated one is its values joined by commas.
func Param(c *fiber.Ctx) func(string) string {
	return func(name string) string {
		var all []string
		for _, v := range c.Context().QueryArgs().PeekMulti(name) {
			if len(v) > 0 {
				all = append(all, string(v))
			}
		}
		return strings.Join(all, ",")
	}
}

// Settle waits until the read model has the receipt's events and sets the
// status: created, or read for a repeat.
func (s *Server) Settle(c *fiber.Ctx, r workflow.Receipt) error {
	if err := s.Book.Wait(c.UserContext(), r.Seq); err != nil {
		return err
	}
	if r.Repeated {
		c.Set("Idempotency-Replayed", "true")
	} else if c.Method() == fiber.MethodPost {
		c.Status(fiber.StatusCreated)
	}
	return nil
}

// SetVersion sends the assignment's version as ETag.
func SetVersion(c *fiber.Ctx, a workflow.Assignment) {
	c.Set(fiber.HeaderETag, VersionTag(a))
}

// VersionTag is the ETag of the assignment's version.
func VersionTag(a workflow.Assignment) string { return `"` + strconv.Itoa(a.Version) + `"` }

// Values are the query's parameters.
func Values(c *fiber.Ctx) url.Values {
	v := url.Values{}
	for name, value := range c.Context().QueryArgs().All() {
		v.Add(string(name), string(value))
	}
	return v
}

// Clipped is outside text short enough to quote.
func Clipped(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// Itoa is the number in decimal digits.
func Itoa(n int) string { return strconv.Itoa(n) }

// Retry answers a form that was refused. What its sender can mend (Invalid, Refused,
// TooMany, a plan that has changed, and the kinds of also) is shown by show, with what was typed; anything else
// (rights, a page gone stale, our own faults) is handed on to the page of errors.
func Retry(c *fiber.Ctx, err error, show func(*workflow.Error) error, also ...workflow.ErrorKind) error {
	var e *workflow.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case workflow.TooMany:
		c.Set(fiber.HeaderRetryAfter, RetryAfter(e))
	case workflow.Invalid, workflow.Refused:
	default:
		if !workflow.PlanChanged(err) && !slices.Contains(also, e.Kind) {
			return err
		}
	}
	c.Status(StatusOf(e))
	return show(e)
}

// loggedPath is a request's path as logs may have it: without the secret of a link, in
// whatever form the path was written, and without anything else as long as one.
func loggedPath(c *fiber.Ctx) string {
	path := strings.ToValidUTF8(c.Path(), "\ufffd")
	for range 3 { // %2569 is %69 is i
		plain, err := url.PathUnescape(path)
		if err != nil || plain == path {
			break
		}
		path = plain
	}
	if i := strings.Index(strings.ToLower(path), invited); i >= 0 && i+len(invited) < len(path) {
		path = path[:i+len(invited)] + "/…"
	}
	path = secretRun.ReplaceAllString(path, "…")
	if r := []rune(path); len(r) > maxLogged {
		path = string(r[:maxLogged]) + "…"
	}
	return path
}

// Quoted is an outside file's name as it stands in a sentence that can do without.
func Quoted(name string) string {
	if name = GivenName(name); name == "" {
		return ""
	}
	return " “" + Clipped(name) + "”"
}

// GivenName is a file's name as it was given, fit to quote: the last part of any path,
// without control, bidi and reserved characters. Older browsers and programs write it in
// GBK: what is no UTF-8 and is that is read so.
func GivenName(name string) string {
	if !utf8.ValidString(name) {
		if read, err := simplifiedchinese.GB18030.NewDecoder().String(name); err == nil && !strings.ContainsRune(read, unicode.ReplacementChar) {
			name = read
		}
	}
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>:"/|?*`, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, name)
	return strings.Trim(name, ". ")
}

// secretRun is what may be a secret of ours: a link's, a token's, a session's. Nothing else
// in a path of ours has so many such characters in a row.
var secretRun = regexp.MustCompile(`[A-Za-z0-9_-]{30,}`)

const (
	// invited is in the paths that go on with a secret.
	invited = "invite"
	// maxLogged is the most characters of a path in the log.
	maxLogged = 200
)

// DraftText reads an unfinished report as it was kept, in the units of today's plan.
func DraftText(r workflow.Rules, t workflow.Earlier) (*page.DraftText, error) {
	d := &page.DraftText{Unread: t.Unread, By: t.By, At: t.At, Submitted: t.Submitted}
	err := json.Unmarshal(t.Body, &d.Report)
	d.Restate(t.Under(r), r.Plan)
	return d, err
}
