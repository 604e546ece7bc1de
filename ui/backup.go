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
	end, err := s.heavy.take(c.UserContext()) // each needs room for a copy of the database
	if err != nil {
		return err
	}
	defer end()
	if err := s.exported(c, "backup.tar", ""); err != nil {
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
	return c.SendStream(&patient{ReadCloser: sending{r, keepReading(c)}, slow: patience{conn: c.Context().Conn(), wall: s.o.Wall}}, int(size))
}

// stretchTime is how long a reader of a long answer may take for each stretch of it;
// the whole may take as long as it needs.
const stretchTime = 2 * time.Minute

// patience gives the reader of a long answer time for one stretch after the other.
type patience struct {
	conn net.Conn
	wall func() time.Time
}

// more moves the connection's deadline on.
func (p patience) more() error { return p.conn.SetWriteDeadline(p.wall().Add(stretchTime)) }

// patient is patient with every stretch that is read.
type patient struct {
	io.ReadCloser
	slow patience
}

// Read reads the next stretch.
func (p *patient) Read(b []byte) (int, error) {
	if err := p.slow.more(); err != nil {
		return 0, err
	}
	return p.ReadCloser.Read(b)
}
