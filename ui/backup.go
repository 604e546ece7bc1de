package ui

import (
	"io"
	"net"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
)

// exportBackup streams the whole store as one archive to who keeps the system.
// That it was taken is recorded first, so the backup itself tells of it.
func (s *server) exportBackup(c *fiber.Ctx) error {
	if err := s.exported(c, "backup.tar"); err != nil {
		return err
	}
	r, size, err := s.o.Backup(c.UserContext())
	if err != nil {
		return err
	}
	seq, _ := s.o.Journal.Head()
	c.Set(fiber.HeaderContentType, "application/x-tar")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="duban-`+s.o.Wall().UTC().Format("20060102T150405Z")+"-"+strconv.FormatUint(seq, 10)+`.tar"`)
	// The length is announced: a client sees when less arrives.
	return c.SendStream(&patient{ReadCloser: r, conn: c.Context().Conn(), wall: s.o.Wall}, int(size))
}

// patience is how long a reader of a long answer may take for each stretch of it;
// the whole may take as long as it needs.
const patience = 2 * time.Minute

// patient moves the connection's deadline on with every stretch that is read.
type patient struct {
	io.ReadCloser
	conn net.Conn
	wall func() time.Time
}

// Read reads the next stretch.
func (p *patient) Read(b []byte) (int, error) {
	if err := p.conn.SetWriteDeadline(p.wall().Add(patience)); err != nil {
		return 0, err
	}
	return p.ReadCloser.Read(b)
}
