package serve

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Config is what the caller decides; the rest is set by New. Zero values take
// the defaults named.
type Config struct {
	// ErrorHandler answers every refusal and fault. Those of this package, of
	// fasthttp and of the router come as *fiber.Error: only the Code is for
	// callers, the Message is for logs. A panic comes as an error with the stack.
	ErrorHandler fiber.ErrorHandler
	// BodyLimit is the largest body in bytes, of JSON and forms. Default 1 MiB.
	BodyLimit int
	// Upload names the requests whose body is read by their handler with
	// Upload, and the largest body they may declare: 0 for all others. It sees
	// the path as it stands in the request line, before any decoding. It is not asked
	// about GET and HEAD.
	Upload func(method, path string) (limit int)
	// ReadTimeout is how long a request, header and body, may take to arrive (5 s).
	// An upload is begun within it; once its handler takes it, TakeTime gives it
	// UploadTimeout (5 min), and each stretch of it UploadIdle (15 s).
	ReadTimeout, UploadTimeout, UploadIdle time.Duration
	// WriteTimeout is how long a client may take to read an answer (2 min).
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection may wait for its next request (60 s).
	IdleTimeout time.Duration
	// HeaderLimit is the largest request line with headers, in bytes. Default 8 KiB.
	HeaderLimit int
	// Proxies are the reverse proxies whose X-Forwarded-Host and -Proto are
	// believed. Addresses of clients come from Proxies.Client.
	Proxies Proxies
}

func (c Config) filled() Config {
	def(&c.BodyLimit, 1<<20)
	def(&c.HeaderLimit, 8<<10)
	def(&c.ReadTimeout, 5*time.Second)
	def(&c.UploadTimeout, 5*time.Minute)
	def(&c.UploadIdle, 15*time.Second)
	def(&c.WriteTimeout, 2*time.Minute)
	def(&c.IdleTimeout, time.Minute)
	if c.Upload == nil {
		c.Upload = func(string, string) int { return 0 }
	}
	return c
}

func def[T int | time.Duration](v *T, to T) {
	if *v <= 0 {
		*v = to
	}
}

// writeBuffer is what a connection's answers are gathered in, in bytes: an assignment with
// its history mostly goes out in one call of the system then, which is a sixth of what
// reading it costs. Websockets give theirs back.
const writeBuffer = 16 << 10

// New is the Fiber app. Serve it with app.Listener on a Listener of this
// package and end it with Stop.
func New(cfg Config) *fiber.App {
	cfg = cfg.filled()
	app := fiber.New(fiber.Config{
		// Without it strings from the request change under who keeps them.
		Immutable:             true,
		StrictRouting:         true,
		CaseSensitive:         true,
		DisableStartupMessage: true,
		ErrorHandler:          cfg.ErrorHandler,
		ServerHeader:          "",
		BodyLimit:             cfg.BodyLimit,
		ReadBufferSize:        cfg.HeaderLimit,
		WriteBufferSize:       writeBuffer,
		ReadTimeout:           cfg.ReadTimeout,
		WriteTimeout:          cfg.WriteTimeout,
		IdleTimeout:           cfg.IdleTimeout,
		// Streaming calls the handler before the body is there; multipart parsed
		// by the server would read it all first, without any limit.
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		// ProxyHeader stays empty: Fiber believes the first entry of the header,
		// which the client itself writes. See Proxies.Client.
		EnableTrustedProxyCheck: true,
		TrustedProxies:          cfg.Proxies.strings(),
		EnableIPValidation:      true,
	})
	srv := app.Server()
	g := &guard{app: app, cfg: cfg, next: srv.Handler, failed: srv.ErrorHandler}
	srv.Handler = g.handle
	srv.ErrorHandler = g.parseError
	srv.HeaderReceived = g.header
	srv.CloseOnShutdown = true
	srv.SecureErrorLogMessage = true
	srv.FormValueFunc = bodyValue
	return app
}

// guardKey is where a request keeps its guard.
type guardKey struct{}

// guard stands between fasthttp and Fiber.
type guard struct {
	app    *fiber.App
	cfg    Config
	next   fasthttp.RequestHandler
	failed func(*fasthttp.RequestCtx, error)
}

// header looks at a request before its body is. What declares too much or is packed is not
// waited for, nor asked to go on: the body is left unread and handle refuses it, by the
// length and the coding that stand in the raw header.
func (g *guard) header(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	if h.ContentLength() > g.limit(g.uploadLimit(h)) || packed(h) {
		h.SetContentLength(0)
		h.Del(fiber.HeaderExpect)
	}
	return fasthttp.RequestConfig{}
}

// limit is the largest body of a request whose upload limit is given.
func (g *guard) limit(upload int) int {
	if upload > 0 {
		return upload
	}
	return g.cfg.BodyLimit
}

func (g *guard) uploadLimit(h *fasthttp.RequestHeader) int {
	if h.IsGet() || h.IsHead() {
		return 0
	}
	return g.cfg.Upload(string(h.Method()), pathOf(string(h.RequestURI())))
}

func (g *guard) handle(fctx *fasthttp.RequestCtx) {
	defer func() {
		if p := recover(); p != nil {
			g.panicked(fctx, p, debug.Stack())
		}
	}()
	declared, reason := inspect(&fctx.Request.Header)
	if reason != "" {
		g.refuse(fctx, fiber.NewError(fiber.StatusBadRequest, reason))
		return
	}
	if packed(&fctx.Request.Header) {
		fctx.Response.Header.Set(fiber.HeaderAcceptEncoding, identity) // RFC 9110 §15.5.16
		g.refuse(fctx, ErrPacked)
		return
	}
	if !methods[string(fctx.Method())] {
		g.refuse(fctx, fiber.ErrMethodNotAllowed)
		return
	}
	fctx.SetUserValue(guardKey{}, g)
	if err := g.body(fctx, declared); err != nil {
		g.refuse(fctx, err)
		return
	}
	g.next(fctx)
	if fctx.Response.StatusCode() >= fiber.StatusBadRequest && fctx.Request.IsBodyStream() {
		// A refused upload: the rest, or all of it, is still coming.
		lingerOf(fctx.Conn())
		fctx.SetConnectionClose()
	}
}

// methods are those any route may have; Fiber would answer others by itself.
var methods = map[string]bool{
	fiber.MethodGet: true, fiber.MethodHead: true, fiber.MethodPost: true, fiber.MethodPut: true,
	fiber.MethodPatch: true, fiber.MethodDelete: true, fiber.MethodOptions: true,
}

// refuse answers by the app's ErrorHandler and closes the connection: after a
// request that was not understood nothing on it can be trusted.
func (g *guard) refuse(fctx *fasthttp.RequestCtx, err error) {
	lingerOf(fctx.Conn())
	fctx.SetConnectionClose()
	g.answer(fctx, err)
}

func (g *guard) answer(fctx *fasthttp.RequestCtx, err error) {
	c := g.app.AcquireCtx(fctx)
	defer g.app.ReleaseCtx(c)
	if g.app.ErrorHandler(c, err) != nil {
		fctx.SetStatusCode(fasthttp.StatusInternalServerError)
	}
}

// panicked makes a fault of ours out of a panic in any handler, so that it ends
// one request and not the process.
func (g *guard) panicked(fctx *fasthttp.RequestCtx, p any, stack []byte) {
	defer func() {
		if recover() != nil { // in the ErrorHandler itself
			fctx.Response.Reset()
			fctx.SetStatusCode(fasthttp.StatusInternalServerError)
		}
	}()
	fctx.Response.Reset()
	fctx.SetConnectionClose()
	g.answer(fctx, fmt.Errorf("panic: %v\n%s", p, stack))
}

// parseError is fasthttp's: a request it could not read.
func (g *guard) parseError(fctx *fasthttp.RequestCtx, err error) {
	defer func() {
		if p := recover(); p != nil {
			g.panicked(fctx, p, debug.Stack())
		}
	}()
	if c, ok := fctx.Conn().(hearing); ok && !c.heardAny() {
		// A browser's spare connection, never used: an answer would be taken for
		// that of its next request. fasthttp writes one whatever this does.
		connOf(fctx.Conn()).cut()
		return
	}
	if !IsTimeout(err) {
		lingerOf(fctx.Conn())
	}
	g.failed(fctx, err)
}
