package ui

import (
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"duban/ui/page"
	"duban/ui/session"
	"duban/workflow"
)

// journalRows is how many events one page of the journal shows.
const journalRows = 100

// journalPage shows the record, oldest first from a position, filtered by kind,
// unit and words.
func (s *server) journalPage(c *fiber.Ctx) error {
	k := s.kit(c)
	v := values(c)
	after := uint64(0)
	if q := v.Get("after"); q != "" {
		n, err := strconv.ParseUint(q, 10, 64)
		if err != nil {
			return workflow.BadField("after", "query.after")
		}
		after = n
	}
	in := page.JournalInput{Values: v}
	in.Head, in.Hash = s.o.Journal.Head()
	if after == 0 && v.Get("kind") == "" && v.Get("unit") == "" && v.Get("q") == "" && v.Get("from") != "first" && in.Head > journalRows {
		after = in.Head - journalRows // the newest page first
		in.First = "/journal?from=first"
	}
	keep := func(e workflow.Event) bool {
		return (v.Get("kind") == "" || string(e.Kind) == v.Get("kind")) && (v.Get("unit") == "" || e.Actor.Unit == v.Get("unit")) &&
			(v.Get("q") == "" || e.Assignment == v.Get("q") || e.Actor.User == v.Get("q") || strconv.Itoa(e.Task) == v.Get("q"))
	}
	who, rules := session.From(c).Actor, k.Rules
	for len(in.Events) < journalRows {
		batch, err := s.o.Journal.Events(c.UserContext(), after, 500)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			break
		}
		for _, e := range batch {
			after = e.Seq
			if shown, ok := rules.ShowEvent(who, e); ok && keep(e) {
				if in.Events = append(in.Events, shown); len(in.Events) == journalRows {
					break
				}
			}
		}
	}
	if after < in.Head {
		next := url.Values{}
		for name, values := range v {
			if name != "from" {
				next[name] = values
			}
		}
		next.Set("after", strconv.FormatUint(after, 10))
		in.Next = "/journal?" + next.Encode()
	}
	return render(c, page.NewJournal(k, s.frame(c, k, "/journal"), in))
}
