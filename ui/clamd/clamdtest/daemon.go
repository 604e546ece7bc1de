// Package clamdtest is a ClamAV daemon on loopback, for tests: it knows one virus,
// and misbehaves when it is told to.
package clamdtest

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
)

// EICAR is the test file that every scanner finds (eicar.org), in two parts so that
// none finds this source.
var EICAR = []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`)

// Signature is the name it gives to EICAR.
const Signature = "Eicar-Test-Signature"

// Daemon finds EICAR in a stream.
type Daemon struct {
	Address string

	mu       sync.Mutex
	misdeeds Misdeeds
	scanned  int
	last     []byte
}

// Misdeeds are what a daemon may do wrong. The zero value is honest.
type Misdeeds struct {
	Limit  int           // bytes of a stream it takes; 0: any number
	Reply  string        // instead of the answer, as it is
	Silent chan struct{} // answers when it is closed
	Hangs  bool          // closes after the command, unread
}

// New starts a daemon that ends with the test.
func New(t testing.TB) *Daemon {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return Serve(t, ln)
}

// Serve starts a daemon on the listener.
func Serve(t testing.TB, ln net.Listener) *Daemon {
	t.Helper()
	d := &Daemon{Address: ln.Addr().String()}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer conn.Close()
				d.answer(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		open.Wait()
	})
	return d
}

// Set makes the daemon misbehave from now on.
func (d *Daemon) Set(m Misdeeds) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.misdeeds = m
}

// Seen is how many streams came to their end, and the last of them.
func (d *Daemon) Seen() (int, []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.scanned, d.last
}

func (d *Daemon) answer(conn net.Conn) {
	d.mu.Lock()
	m := d.misdeeds
	d.mu.Unlock()
	command := make([]byte, 0, 16)
	for !bytes.HasSuffix(command, []byte{0}) {
		var b [1]byte
		if _, err := io.ReadFull(conn, b[:]); err != nil || len(command) > 16 {
			return
		}
		command = append(command, b[0])
	}
	reply := "UNKNOWN COMMAND\x00"
	switch string(command) {
	case "zPING\x00":
		reply = "PONG\x00"
	case "zINSTREAM\x00":
		if m.Hangs {
			return
		}
		all, tooLong, err := read(conn, m.Limit)
		switch {
		case err != nil:
			return
		case tooLong:
			reply = "INSTREAM size limit exceeded. ERROR\x00"
		case bytes.Contains(all, EICAR):
			reply = "stream: " + Signature + " FOUND\x00"
		default:
			reply = "stream: OK\x00"
		}
		d.mu.Lock()
		d.scanned, d.last = d.scanned+1, all
		d.mu.Unlock()
	}
	if m.Silent != nil {
		<-m.Silent
	}
	if m.Reply != "" {
		reply = m.Reply
	}
	_, _ = io.WriteString(conn, reply) // a client that is gone fails its own test
}

// read takes a stream, or stops at the first chunk over the limit, as clamd does.
func read(r io.Reader, limit int) (all []byte, tooLong bool, err error) {
	for {
		var size [4]byte
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return nil, false, err
		}
		n := int(binary.BigEndian.Uint32(size[:]))
		if n == 0 {
			return all, false, nil
		}
		if limit > 0 && len(all)+n > limit {
			return nil, true, nil
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, false, err
		}
		all = append(all, b...)
	}
}
