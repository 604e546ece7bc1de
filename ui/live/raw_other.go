//go:build !linux

package live

import (
	"net"
	"syscall"
)

// rawOf has no way to write without waiting here: every frame goes through the
// screen's queue, which is right and costs a goroutine for each frame.
func rawOf(net.Conn) syscall.RawConn { return nil }

func writeNow(syscall.RawConn, []byte) (int, error) { return 0, errNoSocket }

func linger(net.Conn, syscall.RawConn, int, int) error { return errNoSocket }
