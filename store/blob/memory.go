package blob

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"maps"
	"slices"
	"sync"
)

// Memory is a Store in memory. The zero Memory is empty and ready.
type Memory struct {
	mu   sync.Mutex
	kept map[string][]byte
}

var _ Store = (*Memory)(nil)

// Receive implements Store.
func (m *Memory) Receive(ctx context.Context, r io.Reader, limit int64) (Arrived, error) {
	var b bytes.Buffer
	sum, _, err := receive(ctx, &b, r, limit)
	if err != nil {
		return nil, err
	}
	return held{m, sum, b.Bytes()}, nil
}

// held is an Arrived in memory.
type held struct {
	m     *Memory
	sum   string
	bytes []byte
}

func (h held) Sum() string { return h.sum }
func (h held) Size() int64 { return int64(len(h.bytes)) }
func (h held) Drop()       {}

func (h held) Keep() error {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if h.m.kept == nil {
		h.m.kept = map[string][]byte{}
	}
	h.m.kept[h.sum] = h.bytes
	return nil
}

// Open implements Store.
func (m *Memory) Open(sum string) (io.ReadSeekCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, found := m.kept[sum]
	if !found {
		return nil, &fs.PathError{Op: "open", Path: sum, Err: fs.ErrNotExist}
	}
	return nopCloser{bytes.NewReader(b)}, nil
}

type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }

// Remove implements Store.
func (m *Memory) Remove(sum string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, sum)
	return nil
}

// Sums implements Store.
func (m *Memory) Sums(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.kept)), nil
}
