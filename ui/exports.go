package ui

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
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
	w := s.newLedgerWriter(c.UserContext(), who, s.printer(c))
	file, err := w.write(q)
	if err != nil {
		return err
	}
	if err := s.exported(c, "ledger.xlsx?"+string(c.Context().QueryArgs().QueryString())); err != nil {
		return errors.Join(err, file.Close())
	}
	return sendFile(c, file, workbookType, "ledger-"+w.now.Format("20060102")+".xlsx")
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
	return c.SendStream(file, int(size))
}

func (s *server) exported(c *fiber.Ctx, what string) error {
	call, err := s.call(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	call.Key = "" // taking a file twice is two takings
	return s.o.Desk.Exported(c.UserContext(), call, what)
}

// exportJournal hands out the journal as JSON Lines: one event a line, as GET
// /api/v1/events shows it, up to the head at the moment of asking.
func (s *server) exportJournal(c *fiber.Ctx) error {
	if err := s.exported(c, "journal.jsonl"); err != nil {
		return err
	}
	head, _ := s.o.Journal.Head()
	who, rules := session.From(c).Actor, s.o.Rules()
	c.Set(fiber.HeaderContentType, "application/jsonl; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="journal.jsonl"`)
	log := s.o.Log
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		// The request's own context is gone by now; a client that left ends this by
		// the failing write.
		for after := uint64(0); after < head; {
			events, err := s.o.Journal.Events(context.Background(), after, 500)
			if err != nil || len(events) == 0 {
				log.Error("journal export cut short", "after", after, "err", err)
				return
			}
			for _, e := range events {
				after = e.Seq
				shown, ok := rules.ShowEvent(who, e)
				if !ok || e.Seq > head {
					continue
				}
				line, err := json.Marshal(newEventView(shown))
				if err != nil {
					log.Error("journal export cut short", "seq", e.Seq, "err", err)
					return
				}
				if _, err := w.Write(append(line, '\n')); err != nil {
					return
				}
			}
			if w.Flush() != nil {
				return
			}
		}
	})
	return nil
}
