package papers

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/ledger"
)

// exportLedger hands out the ledger of the same filter as the list: a sheet for
// each period and one for the indicators. That it was taken is recorded.
func exportLedger(s *web.Server, c *fiber.Ctx) error {
	q, err := ledger.ParseQuery(web.Param(c))
	if err != nil {
		return err
	}
	who := session.From(c).Actor
	w := newLedgerWriter(s, c.UserContext(), who, s.Paper(c))
	file, err := w.write(q)
	if err != nil {
		return err
	}
	what, selection := web.Selected(c, "ledger.xlsx", web.LedgerTaken)
	if err := s.Exported(c, what, selection); err != nil {
		return errors.Join(err, file.Close())
	}
	return sendFile(c, file, workbookType, "ledger-"+s.Stamp()+".xlsx")
}

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// sendFile hands out a file from its beginning and closes it.
func sendFile(c *fiber.Ctx, file *os.File, kind, name string) error {
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	return c.SendStream(web.Sending{ReadCloser: file, End: web.KeepReading(c)}, int(size))
}

// exportJournal hands out the journal as JSON Lines: one event a line, as GET
// /api/v1/events shows it, by the filter of the journal's page, up to the head at the
// moment of asking or the instant looked back at.
func exportJournal(s *web.Server, c *fiber.Ctx) error {
	q, err := view.ParseJournal(s, c)
	if err != nil {
		return err
	}
	after, upto, err := view.Span(s, c.UserContext(), q)
	if err != nil {
		return err
	}
	name := "journal.jsonl"
	if s.Back != nil {
		name = "journal-" + s.Stamp() + ".jsonl"
	}
	what, selection := web.Selected(c, "journal.jsonl", web.JournalTaken)
	if err := s.Exported(c, what, selection); err != nil {
		return err
	}
	who, log, ctx, end := session.From(c).Actor, s.Log, c.UserContext(), web.KeepReading(c)
	slow := Patience{Conn: c.Context().Conn(), Wall: s.Wall}
	c.Set(fiber.HeaderContentType, "application/jsonl; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer end()
		var fault error
		written := 0
		reached, err := view.Walk(s, ctx, who, q, after, upto, 0, func(e workflow.Event) bool {
			line, err := json.Marshal(view.NewEventView(e))
			if fault = err; err != nil {
				return false
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				return false
			}
			if written++; written%500 == 0 {
				return slow.more() == nil && w.Flush() == nil
			}
			return true
		})
		switch err = errors.Join(err, fault); {
		case err != nil && ctx.Err() != nil:
			log.Info("journal export left by its client", "after", reached)
		case err != nil:
			log.Error("journal export cut short", "after", reached, "err", err)
		}
	})
	return nil
}
