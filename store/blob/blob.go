// Package blob keeps the contents of evidence, each under the SHA-256 of its bytes: in a
// folder, or in memory for tests.
//
// Not here: what a file is called, whose it is, and when a content may go. The journal says
// so.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
)

// Store keeps contents. Its methods may be called from any goroutine.
type Store interface {
	// Receive takes in the bytes of r; ErrTooLarge when there are more than limit. What has
	// come is dropped again unless it is kept.
	Receive(ctx context.Context, r io.Reader, limit int64) (Arrived, error)
	// Open reads a content; fs.ErrNotExist when there is none.
	Open(sum string) (io.ReadSeekCloser, error)
	// Remove removes a content, durably; one that is not there is no error.
	Remove(sum string) error
	// Sums lists the sums of all contents.
	Sums(ctx context.Context) ([]string, error)
}

// Arrived is a content on its way in.
type Arrived interface {
	Sum() string // hex SHA-256
	Size() int64
	// Keep makes the content durable under its sum. It may be there already.
	Keep() error
	// Drop lets go of what was not kept.
	Drop()
}

// ErrTooLarge ends a Receive.
var ErrTooLarge = errors.New("blob: more bytes than allowed")

// Check refuses what is no sum: it may come from a damaged row and becomes a path.
func Check(sum string) error {
	if b, err := hex.DecodeString(sum); err != nil || len(b) != sha256.Size || strings.ToLower(sum) != sum {
		return fmt.Errorf("not a SHA-256: %.80q", sum)
	}
	return nil
}

// Full reports whether the error says that there is no room for the write.
func Full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) || errors.Is(err, syscall.EDQUOT)
}

// UntilDone ends a slow reading with its request.
func UntilDone(ctx context.Context, r io.Reader) io.Reader { return withContext{ctx, r} }

type withContext struct {
	ctx context.Context
	r   io.Reader
}

func (r withContext) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// receive copies the bytes of r to w and answers their sum and number.
func receive(ctx context.Context, w io.Writer, r io.Reader, limit int64) (sum string, n int64, err error) {
	h := sha256.New()
	n, err = io.Copy(io.MultiWriter(w, h), io.LimitReader(UntilDone(ctx, r), limit+1))
	if err == nil && n > limit {
		err = ErrTooLarge
	}
	return hex.EncodeToString(h.Sum(nil)), n, err
}
