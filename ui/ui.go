// Package ui is the face to people and programs: the Fiber app with its routes,
// handlers and the one error answer.
//
// A handler reads the request, calls one method of the domain (workflow.Desk) or
// the read model (ledger.Book), and answers. Rights, rules and wording are not
// decided here: rights stand in workflow, words in ui/text, looks in ui/page and
// ui/static, logins in ui/session, sockets in ui/live.
//
// Every route is a row: of routes.go, of the pages' routes, or of the domain's table of
// acts. The OpenAPI description, the registration
// and the rights tests read the same rows.
package ui

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"duban/ui/api"
	"duban/ui/serve"
	"duban/ui/session"
	"duban/ui/strictjson"
	"duban/ui/upload"
	"duban/ui/web"
	"duban/workflow"
)

// Web is the app with everything mounted, ready to serve.
type Web struct {
	app *fiber.App
	o   web.Options
	s   *web.Server

	mu      sync.Mutex
	ln      *serve.Listener
	stopped bool
}

// New builds the app.
func New(o web.Options) (*Web, error) {
	spec, err := api.Describe(described)
	if err != nil {
		return nil, err
	}
	sources, ok := o.Journal.(workflow.Sources)
	if !ok {
		return nil, errors.New("ui: the journal must give back plan files, for assessments")
	}
	chain, ok := o.Journal.(workflow.Chain)
	if !ok {
		return nil, errors.New("ui: the journal must give back its stored events, for auditors")
	}
	s := web.NewServer(o, spec, sources, chain)
	app := serve.New(serve.Config{ErrorHandler: s.Fail, BodyLimit: strictjson.MaxJSON, Upload: web.UploadLimit, Proxies: o.Proxies})
	app.Use(s.Headers, s.CheckHost, o.Sessions.Identify, o.Sessions.Pace)
	for _, r := range routes {
		if r.Brings != nil { // before the forms' token is looked for, which stands in the body
			app.Add(r.Method, r.Path, upload.TakeUpload(s, r))
		}
		if r.Entry {
			app.Add(r.Method, r.Path, guard(s, r))
		}
	}
	app.Use(o.Sessions.CheckCSRF)
	for _, r := range routes {
		if !r.Entry {
			app.Add(r.Method, r.Path, guard(s, r))
			if r.Method == fiber.MethodGet {
				app.Add(fiber.MethodHead, r.Path, guard(s, r))
			}
		}
	}
	app.Use(noRoute)
	return &Web{app: app, o: o, s: s}, nil
}

// noRoute refuses what no route answers. Which methods an address takes is told to
// those who may use one of them (405 with Allow); to others there is nothing.
func noRoute(c *fiber.Ctx) error {
	who, exact := session.From(c), fiber.Config{CaseSensitive: true, StrictRouting: true}
	var allow []string
	for _, r := range routes {
		if !r.Access.Admits(who) || !fiber.RoutePatternMatch(c.Path(), r.Path, exact) {
			continue
		}
		allow = append(allow, r.Method)
		if r.Method == fiber.MethodGet && !r.Entry {
			allow = append(allow, fiber.MethodHead)
		}
	}
	if len(allow) == 0 || slices.Contains(allow, c.Method()) {
		return workflow.Fault(workflow.NotFound, "not_found")
	}
	c.Set(fiber.HeaderAllow, strings.Join(allow, ", "))
	return workflow.Fault(workflow.Malformed, "request.method")
}

// Remembered is about how many bytes are kept of what was answered.
func (w *Web) Remembered() int { return w.s.Remembered() }

// Serve answers on the listener, within limits, until Shutdown. Once only. After
// a Shutdown it closes the listener and returns.
func (w *Web) Serve(ln net.Listener) error {
	limited, err := w.limit(ln)
	if err != nil || limited == nil {
		return err
	}
	if w.o.TLS != nil {
		return w.app.Listener(serve.Secure(limited, w.o.TLS))
	}
	return w.app.Listener(limited)
}

// limit keeps the listener for Shutdown, which may come first; then it is nil.
func (w *Web) limit(ln net.Listener) (*serve.Listener, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return nil, ln.Close()
	}
	w.ln = serve.Listen(ln, w.o.Wall, serve.Limits{Exempt: w.o.Proxies})
	return w.ln, nil
}

// Connections is what the listener counts; zeros before Serve.
func (w *Web) Connections() serve.ListenerStats {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ln == nil {
		return serve.ListenerStats{}
	}
	return w.ln.Stats()
}

// Shutdown takes no new requests, tells the screens (1001), and waits for open
// requests until ctx ends; what is left then is cut off.
func (w *Web) Shutdown(ctx context.Context) error {
	w.mu.Lock()
	ln := w.ln
	w.stopped = true
	w.mu.Unlock()
	if ln == nil {
		return w.o.Hub.Close(ctx)
	}
	return serve.Stop(ctx, w.app, ln, w.o.Hub.Close)
}

// guard lets a request through to its handler when who sends it may use the
// route at all; what they may do there is the domain's to say. A one-time
// password may look and change nothing but itself, and a role that needs a second
// factor does nothing before it is set up. A token's scope is enforced here and nowhere
// else: reading is GET and HEAD, which change nothing.
func guard(s *web.Server, r web.Route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Locals(web.AsofKey{}, r.Asof)
		if open, err := s.Admit(c, r); !open {
			return err
		}
		if r.Self {
			session.AsSelf(c)
		}
		if r.Fresh != nil {
			if open, err := s.Proved(c, r); !open {
				return err
			}
		}
		if web.Asks(c) {
			return s.Confirm(c)
		}
		back := c.Query("asof") != "" && session.From(c).Kind != session.Nobody
		switch {
		case r.Long && c.Method() == fiber.MethodHead:
			// What it would cost to know the length is not spent on that alone, and
			// nothing is handed out that would be recorded.
			return c.SendStatus(fiber.StatusOK)
		case r.Long && back:
			return s.ReadLong(c, func(c *fiber.Ctx) error { return s.LookBack(c, r) })
		case r.Long:
			return s.ReadLong(c, func(c *fiber.Ctx) error { return r.Do(s, c) })
		case back:
			return s.InTurn(c, func(c *fiber.Ctx) error {
				return s.Watched(c, func(c *fiber.Ctx) error { return s.LookBack(c, r) })
			})
		}
		return s.InTurn(c, func(c *fiber.Ctx) error { return r.Do(s, c) })
	}
}
