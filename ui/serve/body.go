package serve

import (
	"bytes"
	"errors"
	"io"
	"net"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// maxFields is how many fields a posted form may have: each costs some fifty times the
// two bytes it takes on the wire. The largest form of ours, urging all that is open, has
// one for each assignment.
const maxFields = 10_000

// believed is how much of a declared length gets its room before it has come, in bytes.
const believed = 64 << 10

// body refuses what is declared too large before it is read, and reads what is
// not an upload.
func (g *guard) body(fctx *fasthttp.RequestCtx, declared int) error {
	upload := g.uploadLimit(&fctx.Request.Header)
	switch {
	case declared > g.limit(upload):
		return fiber.ErrRequestEntityTooLarge
	case upload > 0:
		return nil
	}
	stream := fctx.RequestBodyStream()
	if stream == nil {
		return nil
	}
	var b bytes.Buffer
	b.Grow(min(max(0, declared), believed) + bytes.MinRead) // and room to see that it ends
	switch n, err := io.Copy(&b, io.LimitReader(stream, int64(g.cfg.BodyLimit)+1)); {
	case IsTimeout(err):
		return fiber.ErrRequestTimeout
	case err != nil:
		return fiber.NewError(fiber.StatusBadRequest, err.Error())
	case n > int64(g.cfg.BodyLimit):
		return fiber.ErrRequestEntityTooLarge
	case declared >= 0 && n < int64(declared):
		return fiber.NewError(fiber.StatusBadRequest, "the body ends early")
	case bytes.Count(b.Bytes(), []byte("&")) >= maxFields && isForm(fctx.Request.Header.ContentType()):
		return fiber.ErrRequestEntityTooLarge
	}
	fctx.Request.SetBodyRaw(b.Bytes())
	return nil
}

// TakeTime gives the body of an upload the time it needs, until end: who sends it has been
// found to be somebody who may. Before that it has what every request has.
func TakeTime(c *fiber.Ctx) (end func()) {
	g, _ := c.Context().UserValue(guardKey{}).(*guard)
	nc := connOf(c.Context().Conn())
	if g == nil || nc == nil {
		return func() {}
	}
	now := nc.listener.wall()
	nc.slow.Store(&allowance{until: now.Add(g.cfg.UploadTimeout), idle: g.cfg.UploadIdle})
	return func() { nc.slow.Store(nil) }
}

// Upload is the body of a request Config.Upload names, as it arrives. Reading
// more than limit bytes is fiber.ErrRequestEntityTooLarge, also when the client
// declared no length. It ends with the handler.
func Upload(c *fiber.Ctx, limit int64) io.Reader {
	stream := c.Context().RequestBodyStream()
	if stream == nil {
		return bytes.NewReader(c.Request().Body())
	}
	return &limited{r: stream, left: limit, ctx: c.Context()}
}

type limited struct {
	r    io.Reader
	left int64
	ctx  *fasthttp.RequestCtx
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, fiber.ErrRequestEntityTooLarge
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		l.ctx.SetConnectionClose() // whatever the handler answers
		return n + int(l.left), fiber.ErrRequestEntityTooLarge
	}
	if IsTimeout(err) {
		l.ctx.SetConnectionClose()
		return n, fiber.ErrRequestTimeout
	}
	return n, err
}

// isForm is true of what fasthttp takes for a posted form's fields.
func isForm(contentType []byte) bool {
	return bytes.HasPrefix(contentType, []byte(fiber.MIMEApplicationForm))
}

// IsTimeout reports whether an error says that what was read did not come in time.
func IsTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// bodyValue is a field of the posted form and of nothing else. fasthttp would look
// into the address first: then a link could fill in a form, and a password or a
// token would be taken from where logs and histories keep it.
func bodyValue(fctx *fasthttp.RequestCtx, key string) []byte {
	if v := fctx.PostArgs().Peek(key); len(v) > 0 {
		return v
	}
	if f, err := fctx.MultipartForm(); err == nil && len(f.Value[key]) > 0 {
		return []byte(f.Value[key][0])
	}
	return nil
}
