package office

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
)

// A running office takes orders from whoever may open its socket: a folder of the store that
// only the server's own user may enter.

func socketFolder(data string) string { return filepath.Join(data, "run") }

// SocketFile is where an office on the data folder listens for orders.
func SocketFile(data string) string { return filepath.Join(socketFolder(data), "duban.sock") }

// ears is the socket that orders come through; nil when there is none: the server serves
// all the same, and the commands say that it is running.
func ears(data string, log *slog.Logger) net.Listener {
	ln, err := listenForOrders(data)
	if err != nil {
		log.Warn("no socket for commands: they work when the server is stopped", "err", err)
		return nil
	}
	return ln
}

// hearOrders takes orders until ctx ends.
func hearOrders(ctx context.Context, a *Office, ln net.Listener, log *slog.Logger) error {
	if ln == nil {
		<-ctx.Done()
		return nil
	}
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() }) // takes its file away
	defer stop()
	var open sync.WaitGroup
	defer open.Wait()
	for {
		conn, err := ln.Accept()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			log.Warn("the socket for commands failed", "err", err)
			<-ctx.Done()
			return nil
		}
		open.Go(func() {
			defer conn.Close()
			if err := a.c.Orders(ctx, a, conn); err != nil {
				log.Warn("a command was not answered", "err", err)
			}
		})
	}
}

// listenForOrders makes the socket. A file that a killed server left is removed: the
// store is locked, so nobody else listens.
func listenForOrders(data string) (net.Listener, error) {
	if err := os.MkdirAll(socketFolder(data), 0o700); err != nil {
		return nil, err
	}
	if err := os.Chmod(socketFolder(data), 0o700); err != nil { // #nosec G302 -- a folder needs the bit to be entered; an older folder, or a strange umask
		return nil, err
	}
	if err := os.Remove(SocketFile(data)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	ln, err := net.Listen("unix", SocketFile(data))
	if err != nil {
		return nil, err
	}
	return ln, os.Chmod(SocketFile(data), 0o600)
}
