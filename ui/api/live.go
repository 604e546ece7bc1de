package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/live"
	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
)

// brief is a copy of a text a client sent about itself, bounded.
func brief(s string) string {
	return strings.Clone(strings.ToValidUTF8(s[:min(len(s), 64)], ""))
}

// wallBehind is how many events back a wall may go on from that reads events. It is for a
// line that broke for a while: the record from its beginning is no wall's to read.
const wallBehind = 1000

// apiLive opens a websocket for the caller.
func apiLive(s *web.Server, c *fiber.Ctx) error {
	who := session.From(c)
	p := s.Printer(c)
	r := live.Reader{Class: web.ClassOf(p.Lang(), who.Actor), Actor: who.Actor, Key: who.Key,
		Address: s.Sessions.Address(c), Cookie: who.Kind != session.ByToken, Expires: who.Expires,
		Wall: who.Kind == session.ByScreen, Build: brief(c.Query("build")), Since: s.Now()}
	if who.Kind == session.BySession {
		// An open page is not activity, but a page that still listens has a person
		// in front of it until the absolute end; Recheck ends it before if need be.
		r.Expires = time.Time{}
	}
	if until := who.Deputy.Until; !until.IsZero() && (r.Expires.IsZero() || until.Before(r.Expires)) {
		r.Expires = until
	}
	switch c.Query("regions") {
	case "":
	case "board":
		r.View = "board/" + p.Lang()
	default:
		return workflow.BadField("regions", "query.regions")
	}
	var after *uint64
	if q := c.Query("after"); q != "" {
		n, err := strconv.ParseUint(q, 10, 64)
		if err != nil {
			return workflow.BadField("after", "query.after")
		}
		after = &n
	}
	if r.Wall && r.View == "" && after != nil && (*after == 0 || *after+wallBehind < s.Book.Seq()) {
		after = nil
	}
	return s.Hub.Serve(c, r, after, c.Query("epoch"))
}
