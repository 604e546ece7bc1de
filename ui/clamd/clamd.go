// Package clamd asks a ClamAV daemon whether bytes are malware, over its INSTREAM
// command (clamd(8)). The daemon is the operator's, on a Unix socket or a TCP port;
// it is told nothing but the bytes.
//
// Whatever is not a clear answer is an error: bytes that could not be scanned must
// not pass for clean.
package clamd

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"
)

// Within bounds one scan, from connecting to the answer.
const Within = 30 * time.Second

const (
	// chunk is how many bytes go at once.
	chunk = 64 << 10
	// maxReply bounds the daemon's answer; signatures' names are short.
	maxReply = 1 << 10
)

// ErrLimit says that the daemon takes no file so large (its StreamMaxLength).
var ErrLimit = errors.New("clamd: the file is larger than its StreamMaxLength")

// Scanner asks one daemon. It is safe for concurrent use.
type Scanner struct {
	network, address string
	within           time.Duration

	scanned, found, failed atomic.Int64
}

// Stats are what a Scanner has counted since it was made.
type Stats struct{ Scanned, Found, Failed int64 }

// New makes a Scanner of an address: the path of a Unix socket, or host:port. It
// sends nothing. within bounds one scan; 0: Within.
func New(address string, within time.Duration) (*Scanner, error) {
	s := &Scanner{network: "tcp", address: address, within: within}
	if s.within <= 0 {
		s.within = Within
	}
	if strings.HasPrefix(address, "/") {
		s.network = "unix"
		return s, nil
	}
	if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" {
		return nil, fmt.Errorf("%q is neither the path of a socket nor host:port", address)
	}
	return s, nil
}

// Address is where the daemon is.
func (s *Scanner) Address() string { return s.address }

// Stats are the counts.
func (s *Scanner) Stats() Stats {
	return Stats{s.scanned.Load(), s.found.Load(), s.failed.Load()}
}

// Ping reports whether the daemon answers.
func (s *Scanner) Ping(ctx context.Context) error {
	reply, err := s.ask(ctx, func(w io.Writer) error {
		_, err := io.WriteString(w, "zPING\x00")
		return err
	})
	if err == nil && reply != "PONG" {
		err = fmt.Errorf("clamd: answers %q to a ping", reply)
	}
	return err
}

// Scan answers the name of the malware found in r, "" for none.
func (s *Scanner) Scan(ctx context.Context, r io.Reader) (name string, err error) {
	s.scanned.Add(1)
	defer func() {
		if err != nil {
			s.failed.Add(1)
		} else if name != "" {
			s.found.Add(1)
		}
	}()
	reply, err := s.ask(ctx, func(w io.Writer) error { return stream(w, r) })
	if err != nil {
		return "", err
	}
	return verdict(reply)
}

// verdict reads "stream: OK", "stream: NAME FOUND" or "… ERROR".
func verdict(reply string) (name string, err error) {
	said := strings.TrimPrefix(reply, "stream: ")
	switch {
	case said == "OK" && said != reply:
		return "", nil
	case strings.HasSuffix(said, " FOUND") && said != reply:
		return strings.TrimSuffix(said, " FOUND"), nil
	case strings.Contains(reply, "size limit exceeded"):
		return "", ErrLimit
	}
	return "", fmt.Errorf("clamd: answers %q", reply)
}

// sourceError is a fault of the bytes' own reader, not of the daemon.
type sourceError struct{ error }

// stream sends the bytes in chunks, each behind its length; an empty one ends.
func stream(w io.Writer, r io.Reader) error {
	if _, err := io.WriteString(w, "zINSTREAM\x00"); err != nil {
		return err
	}
	buf := make([]byte, 4+chunk)
	for {
		n, err := io.ReadFull(r, buf[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(buf, uint32(n)) // #nosec G115 -- at most chunk
			if _, err := w.Write(buf[:4+n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			_, err := w.Write(make([]byte, 4))
			return err
		case err != nil:
			return sourceError{err}
		}
	}
}

// ask sends one command and reads its answer, up to the NUL that ends it. A daemon
// that has had enough answers before everything is sent and closes: what it said
// counts, not that the rest could not be sent.
func (s *Scanner) ask(ctx context.Context, send func(io.Writer) error) (string, error) {
	ctx, done := context.WithTimeout(ctx, s.within)
	defer done()
	var d net.Dialer
	conn, err := d.DialContext(ctx, s.network, s.address)
	if err != nil {
		return "", fmt.Errorf("clamd: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // wakes what waits
	defer stop()
	sent := send(conn)
	if e := (sourceError{}); errors.As(sent, &e) {
		return "", e.error
	}
	reply, err := readReply(conn)
	switch {
	case err == nil:
		return reply, nil
	case ctx.Err() != nil:
		return "", fmt.Errorf("clamd: no answer: %w", ctx.Err())
	}
	return "", fmt.Errorf("clamd: %w", errors.Join(sent, err))
}

func readReply(r io.Reader) (string, error) {
	reply := make([]byte, 0, 64)
	for len(reply) < maxReply {
		var b [128]byte
		n, err := r.Read(b[:])
		if i := bytes.IndexByte(b[:n], 0); i >= 0 {
			return string(append(reply, b[:i]...)), nil
		}
		reply = append(reply, b[:n]...)
		if err != nil {
			return "", fmt.Errorf("half an answer, %q: %w", reply, err)
		}
	}
	return "", errors.New("an answer without end")
}
