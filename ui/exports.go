package ui

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/ledger"
)

// exportLedger hands out the ledger of the same filter as the list: a sheet for
// each period and one for the indicators. That it was taken is recorded.
func (s *server) exportLedger(c *fiber.Ctx) error {
	q, err := ledger.ParseQuery(param(c))
	if err != nil {
		return err
	}
	who := session.From(c).Actor
	w := s.newLedgerWriter(c.UserContext(), who, s.paper(c))
	file, err := w.write(q)
	if err != nil {
		return err
	}
	what, selection := selected(c, "ledger.xlsx", ledgerTaken)
	if err := s.exported(c, what, selection); err != nil {
		return errors.Join(err, file.Close())
	}
	return sendFile(c, file, workbookType, "ledger-"+s.stamp()+".xlsx")
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
	return c.SendStream(sending{file, keepReading(c)}, int(size))
}

// exportJournal hands out the journal as JSON Lines: one event a line, as GET
// /api/v1/events shows it, by the filter of the journal's page, up to the head at the
// moment of asking or the instant looked back at.
func (s *server) exportJournal(c *fiber.Ctx) error {
	q, err := s.parseJournal(c)
	if err != nil {
		return err
	}
	after, upto, err := s.span(c.UserContext(), q)
	if err != nil {
		return err
	}
	name := "journal.jsonl"
	if s.back != nil {
		name = "journal-" + s.stamp() + ".jsonl"
	}
	what, selection := selected(c, "journal.jsonl", journalTaken)
	if err := s.exported(c, what, selection); err != nil {
		return err
	}
	who, log, ctx, end := session.From(c).Actor, s.o.Log, c.UserContext(), keepReading(c)
	slow := patience{conn: c.Context().Conn(), wall: s.o.Wall}
	c.Set(fiber.HeaderContentType, "application/jsonl; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer end()
		var fault error
		written := 0
		reached, err := s.walk(ctx, who, q, after, upto, 0, func(e workflow.Event) bool {
			line, err := json.Marshal(newEventView(e))
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
