package office

import (
	"context"
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
)

// The bounds of one page of the journal.
const (
	journalRows = 100    // events shown
	journalScan = 20_000 // events looked at; a rare thing is looked for page by page
	CheckMost   = 20_000 // events whose chain one check works out
)

// journalPage shows the record, the newest first; from start=first, or after a position,
// as it was written.
func journalPage(s *web.Server, c *fiber.Ctx) error {
	k, v := s.Kit(c), web.Values(c)
	q, err := view.ParseJournal(s, c)
	if err != nil {
		return err
	}
	in := page.JournalInput{Values: v, Periods: s.Book.Periods()}
	in.Head, in.Hash = s.Journal.Head()
	after, upto, err := view.Span(s, c.UserContext(), q)
	if err != nil {
		return err
	}
	actor := session.From(c).Actor
	take := func(e workflow.Event) bool {
		in.Events = append(in.Events, e)
		return len(in.Events) < journalRows
	}
	if in.Oldest = q.After > 0 || v.Get("start") == "first"; in.Oldest {
		last, err := view.Walk(s, c.UserContext(), actor, q, after, upto, journalScan, take)
		if err != nil {
			return err
		}
		if in.First = journalURL(v, "start", "newest"); last < upto {
			in.Next, in.Reached = journalURL(v, "after", strconv.FormatUint(last, 10)), last
		}
	} else {
		if q.Before > 0 {
			in.First, upto = journalURL(v, "start", "newest"), min(upto, q.Before-1)
		} else {
			in.First = journalURL(v, "start", "first")
		}
		last, err := view.WalkBack(s, c.UserContext(), actor, q, after, upto, journalScan, take)
		if err != nil {
			return err
		}
		if last > after {
			in.Next, in.Reached = journalURL(v, "before", strconv.FormatUint(last+1, 10)), last+1
		}
	}
	if q.Assignment != "" {
		if a, ok := s.Book.Assignment(q.Assignment); ok {
			i := s.Book.Item(a, k.Now)
			in.Followed = &i
		}
	}
	if v.Get("check") != "" && len(in.Events) > 0 {
		r, err := Recount(s, c.UserContext(), in.Lowest(), in.Highest())
		if err != nil {
			return err
		}
		in.Check = &r
	}
	return web.Render(c, page.NewJournal(k, s.Frame(c, k, "/journal"), in))
}

// journalURL is the page of the same filter with one parameter more.
func journalURL(v map[string][]string, name, value string) string {
	next := map[string][]string{}
	for n, all := range v {
		if n != "start" && n != "check" && n != "after" && n != "before" {
			next[n] = all
		}
	}
	next[name] = []string{value}
	return "/journal?" + url.Values(next).Encode()
}

// Recount works the hashes of the events from first to last out anew, from their stored
// bytes.
func Recount(s *web.Server, ctx context.Context, first, last uint64) (page.JournalCheck, error) {
	r := page.JournalCheck{First: first, Last: last, Range: last - first + 1}
	if r.Range > CheckMost {
		return r, nil
	}
	for after := first - 1; after < last; {
		links, err := s.Chain.Links(ctx, after, int(min(500, last-after)))
		if err != nil || len(links) == 0 {
			return r, err
		}
		for _, l := range links {
			if workflow.ChainHash(l.Prev, l.Stored) != l.Hash || r.Counted > 0 && l.Prev != r.Hash {
				r.Broken = l.Seq
				return r, nil
			}
			r.Hash, after = l.Hash, l.Seq
			r.Counted++
		}
	}
	return r, nil
}

// LinkView is an event as it lies in the journal, for who works its hash out.
type LinkView struct {
	Seq    uint64 `json:"seq"`
	Prev   string `json:"prev"`
	Stored string `json:"stored"` // the bytes under the hash
	Hash   string `json:"hash"`
}

// journalLinks hands out stored events to the page's own script, which works the
// hashes out in the reader's browser. No free text is among these bytes.
func journalLinks(s *web.Server, c *fiber.Ctx) error {
	limit, err := web.Number(c, "limit", 500, 1, 500)
	if err != nil {
		return err
	}
	after, err := strconv.ParseUint(c.Query("after", "0"), 10, 64)
	if err != nil {
		return workflow.BadField("after", "query.after")
	}
	links, err := s.Chain.Links(c.UserContext(), after, limit)
	if err != nil {
		return err
	}
	out := make([]LinkView, len(links))
	for i, l := range links {
		out[i] = LinkView{l.Seq, l.Prev.String(), string(l.Stored), l.Hash.String()}
	}
	return c.JSON(out)
}
