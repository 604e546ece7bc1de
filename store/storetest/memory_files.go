package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"duban/workflow"
)

// PutFile implements workflow.Files.
func (m *Memory) PutFile(ctx context.Context, f workflow.File, r io.Reader, limit int64,
	received time.Time, actor workflow.Actor) (workflow.File, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return workflow.File{}, err
	}
	if int64(len(b)) > limit {
		return workflow.File{}, workflow.Fault(workflow.TooLarge, "file.too_large", "limit", limit)
	}
	sum := sha256.Sum256(b)
	f.SHA256, f.Size, f.Unit, f.User, f.Gone = hex.EncodeToString(sum[:]), int64(len(b)), actor.Unit, actor.User, false
	err = m.update(ctx, func(s *state) error {
		now, recorded := s.times(m.now(), received)
		f.ID = fmt.Sprintf("file%d", len(s.events)+1)
		e := workflow.Event{Kind: workflow.KindFileAdded, Data: workflow.Data{
			File: &workflow.FileRef{ID: f.ID, SHA256: f.SHA256, Size: f.Size, Type: f.Type}}}
		if f.Name != "" {
			e.Texts = workflow.Texts{"name": f.Name}
		}
		s.blobs[f.SHA256] = b
		events, err := s.append([]workflow.Event{e}, actor, now, recorded)
		if err == nil {
			f.At, f.Seq = events[0].At, events[0].Seq
		}
		return err
	})
	if err != nil {
		return workflow.File{}, err
	}
	return f, nil
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
