package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
)

// A success belongs to the one answer it was said in. The address a browser is sent on to
// names the act, for its history; what is shown comes from a cookie of that answer alone:
// a link that somebody copies says nothing to whoever follows it, and a reload nothing twice.

// doneNote is an act that was done, on its way to the page that tells of it.
type doneNote struct {
	Act  string            `json:"act"`
	Path string            `json:"path"` // of the page that tells it
	Args map[string]string `json:"args,omitempty"`
}

// Done sends the browser on after an act; the page it comes to tells of the act, with args
// (name, value, …) for its words.
func (s *Server) Done(c *fiber.Ctx, path, act string, args ...string) error {
	u, err := url.Parse(path)
	if err != nil {
		u = &url.URL{Path: "/"}
	}
	q := u.Query()
	q.Set("done", act)
	u.RawQuery = q.Encode()
	note := doneNote{Act: act, Path: u.RequestURI()}
	for i := 0; i+1 < len(args); i += 2 {
		if note.Args == nil {
			note.Args = map[string]string{}
		}
		note.Args[args[i]] = args[i+1]
	}
	body, err := json.Marshal(note)
	if err != nil {
		return err
	}
	if who := session.From(c); who.Kind != session.ByToken {
		s.Sessions.SetNote(c, encoded(body)+"."+encoded(signed(who, body)))
	}
	return c.Redirect(u.String(), fiber.StatusSeeOther)
}

// toldNow is what the last act of this session has to tell on this very page; it is told
// once. A page that a script fetches leaves it to the person's own.
func (s *Server) toldNow(c *fiber.Ctx) (note doneNote, ok bool) {
	if c.Method() != fiber.MethodGet || session.Refreshes(c) {
		return note, false
	}
	text, mac, _ := strings.Cut(s.Sessions.Note(c), ".")
	body, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || !hmac.Equal([]byte(mac), []byte(encoded(signed(session.From(c), body)))) {
		return note, false
	}
	if json.Unmarshal(body, &note) != nil || note.Path != c.OriginalURL() {
		return note, false
	}
	s.Sessions.DropNote(c)
	return note, true
}

// signed binds a note to the session it was made in: who logs in after it in the same
// browser has done nothing.
func signed(who session.Who, body []byte) []byte {
	h := hmac.New(sha256.New, []byte("done "+who.CSRF))
	h.Write(body)
	return h.Sum(nil)
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// notice says what the last act did, or what stands in the way.
func (s *Server) notice(c *fiber.Ctx, k page.Kit) *page.Notice {
	if session.From(c).MustChange && c.Path() != "/password" {
		return &page.Notice{Tone: page.Warn, Text: k.P.T("notice.one_time"),
			Link: &page.Link{Text: k.P.T("newpass.title"), URL: "/password"}}
	}
	note, ok := s.toldNow(c)
	if !ok || !k.P.Has("done."+note.Act) {
		return nil
	}
	args := []any{}
	for name, value := range note.Args {
		args = append(args, name, value)
	}
	return &page.Notice{Tone: page.Good, Text: k.P.T("done."+note.Act, args...)}
}
