package ui

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"duban/ui/papers"
)

// theBackup is what the harness's server hands out as its backup; the real archive
// is the store's, and cmd/duban tests both together.
const theBackup = "manifest, database, evidence"

func (w *world) backup(context.Context) (io.ReadCloser, int64, error) {
	return io.NopCloser(strings.NewReader(theBackup)), int64(len(theBackup)), nil
}

// TestBackupExport: the administrator gets the bytes with their length and a name,
// and that they were taken is in the journal.
func TestBackupExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.token("boss")
	before, _ := w.store.Head()
	res := w.as("boss", "GET", "/export/backup.tar", nil, nil)
	if res.status != http.StatusOK || string(res.body) != theBackup || res.header.Get("Content-Length") != "28" ||
		!strings.HasPrefix(res.header.Get("Content-Disposition"), `attachment; filename="duban-`) {
		t.Errorf("%d %q %v", res.status, res.body, res.header)
	}
	if kinds := w.kinds(before); kinds != "exported" {
		t.Errorf("recorded %q", kinds)
	}
}

// noConn is a connection that takes no deadline.
type noConn struct {
	net.Conn
	err error
}

func (c noConn) SetWriteDeadline(time.Time) error { return c.err }

// TestPatient: a connection that cannot get a deadline ends the reading.
func TestPatient(t *testing.T) {
	gone := errors.New("gone")
	p := &papers.Patient{ReadCloser: io.NopCloser(strings.NewReader(theBackup)), Slow: papers.Patience{Conn: noConn{err: gone}, Wall: time.Now}}
	if n, err := p.Read(make([]byte, 8)); n != 0 || !errors.Is(err, gone) {
		t.Errorf("%d %v", n, err)
	}
}
