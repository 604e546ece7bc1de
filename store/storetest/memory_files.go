package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"duban/workflow"
)

// PutFile implements workflow.Files.
func (m *Memory) PutFile(ctx context.Context, call workflow.Call, f workflow.File, r io.Reader, limit int64) (_ workflow.File, repeated bool, err error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return workflow.File{}, false, err
	}
	if int64(len(b)) > limit {
		return workflow.File{}, false, workflow.Fault(workflow.TooLarge, "file.too_large", "limit", limit)
	}
	sum := sha256.Sum256(b)
	f.SHA256, f.Size = hex.EncodeToString(sum[:]), int64(len(b))
	err = m.update(ctx, func(s *state) error {
		f.ID = fmt.Sprintf("file%d", len(s.events)+1)
		r, err := m.change(s, call.FileChange(f))
		if err != nil {
			return err
		}
		if repeated = r.Repeated; repeated {
			id := s.events[r.Seq-1].Data.File.ID
			f = s.files[id]
		} else {
			s.blobs[f.SHA256] = b
			f = s.files[f.ID]
		}
		f.Name = s.texts[f.Seq]["name"]
		return nil
	})
	if err != nil {
		return workflow.File{}, false, err
	}
	return f, repeated, nil
}

// Room implements workflow.Files: memory has no bounds.
func (m *Memory) Room(context.Context, string, string) (workflow.Room, error) {
	return workflow.Room{Free: 1 << 40}, nil
}

// File implements workflow.Files.
func (m *Memory) File(ctx context.Context, id string) (f workflow.File, found bool, err error) {
	err = m.view(ctx, func(s *state) error {
		f, found = s.files[id]
		f.Name = s.texts[f.Seq]["name"]
		return nil
	})
	return f, found, err
}

// OpenFile implements workflow.Files.
func (m *Memory) OpenFile(ctx context.Context, id string) (r io.ReadSeekCloser, f workflow.File, err error) {
	f, found, err := m.File(ctx, id)
	if err != nil {
		return nil, f, err
	}
	if !found || f.Gone {
		return nil, f, workflow.Fault(workflow.NotFound, "file.unknown")
	}
	err = m.view(ctx, func(s *state) error {
		r = nopCloser{bytes.NewReader(s.blobs[f.SHA256])}
		return nil
	})
	return r, f, err
}

type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }
