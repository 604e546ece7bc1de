package papers

import (
	"io"
	"net"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/web"
)

// exportBackup streams the whole store as one archive to who keeps the system.
// That it was taken is recorded first, so the backup itself tells of it.
func exportBackup(s *web.Server, c *fiber.Ctx) error {
	end, err := s.Heavy.Take(c.UserContext()) // each needs room for a copy of the database
	if err != nil {
		return err
	}
	defer end()
	if err := s.Exported(c, "backup.tar", ""); err != nil {
		return err
	}
	r, size, err := s.Backup(c.UserContext())
	if err != nil {
		return err
	}
	seq, _ := s.Journal.Head()
	c.Set(fiber.HeaderContentType, "application/x-tar")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="duban-`+s.Wall().UTC().Format("20060102T150405Z")+"-"+strconv.FormatUint(seq, 10)+`.tar"`)
	// The length is announced: a client sees when less arrives.
	return c.SendStream(&Patient{ReadCloser: web.Sending{ReadCloser: r, End: web.KeepReading(c)}, Slow: Patience{Conn: c.Context().Conn(), Wall: s.Wall}}, int(size))
}

// stretchTime is how long a reader of a long answer may take for each stretch of it;
// the whole may take as long as it needs.
const stretchTime = 2 * time.Minute

// Patience gives the reader of a long answer time for one stretch after the other.
type Patience struct {
	Conn net.Conn
	Wall func() time.Time
}

// more moves the connection's deadline on.
func (p Patience) more() error { return p.Conn.SetWriteDeadline(p.Wall().Add(stretchTime)) }

// Patient is patient with every stretch that is read.
type Patient struct {
	io.ReadCloser
	Slow Patience
}

// Read reads the next stretch.
func (p *Patient) Read(b []byte) (int, error) {
	if err := p.Slow.more(); err != nil {
		return 0, err
	}
	return p.ReadCloser.Read(b)
}
