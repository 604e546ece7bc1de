package store

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"duban/workflow"
)

func (s *Store) filesDir() string  { return filepath.Join(s.dir, "files") }
func (s *Store) uploadDir() string { return filepath.Join(s.dir, "files", "tmp") }

// blobPath is where content lies. The sum is checked, because it may come from a
// damaged row and becomes a path.
func (s *Store) blobPath(sum string) (string, error) {
	if b, err := hex.DecodeString(sum); err != nil || len(b) != sha256.Size || strings.ToLower(sum) != sum {
		return "", fmt.Errorf("not a SHA-256: %.80q", sum)
	}
	return filepath.Join(s.filesDir(), sum[:2], sum[2:]), nil
}

// prepareFiles makes the directories, drops uploads a crash has left and content
// whose deletion it interrupted.
func (s *Store) prepareFiles() error {
	if err := os.RemoveAll(s.uploadDir()); err != nil {
		return err
	}
	if err := os.MkdirAll(s.uploadDir(), 0o700); err != nil {
		return err
	}
	s.emptyTrash()
	return syncDir(s.dir)
}

// PutFile implements workflow.Files.
func (s *Store) PutFile(ctx context.Context, call workflow.Call, f workflow.File, r io.Reader, limit int64) (_ workflow.File, repeated bool, err error) {
	if err := s.writable(); err != nil {
		return workflow.File{}, false, err
	}
	leave, err := s.admit(ctx, call, min(f.Size, limit))
	if err != nil {
		return workflow.File{}, false, err
	}
	defer leave()
	temp, err := s.upload(ctx, &f, r, limit)
	if temp != "" {
		defer os.Remove(temp) // gone already when it was moved into place
	}
	if err != nil {
		return workflow.File{}, false, err
	}
	var id [15]byte
	if _, err := io.ReadFull(s.random, id[:]); err != nil {
		return workflow.File{}, false, fmt.Errorf("no randomness for a file id: %w", err)
	}
	f.ID = strings.ToLower(base32.StdEncoding.EncodeToString(id[:]))
	s.blobs.RLock() // no content is removed between its arrival and its event
	defer s.blobs.RUnlock()
	change := call.FileChange(f)
	if change.Key != "" {
		// Before the content is kept: a repeat would put back the bytes of a file
		// that was deleted since, and nothing would record that.
		asked := change
		asked.Decide = func(workflow.View, time.Time) ([]workflow.Event, error) { return nil, nil }
		if r, err := s.Change(ctx, asked); err != nil || r.Repeated {
			return s.added(ctx, r, err)
		}
	}
	if err := s.keepBlob(temp, f.SHA256, f.Size); err != nil {
		return workflow.File{}, false, diskError(err)
	}
	receipt, err := s.Change(ctx, change)
	if err != nil || receipt.Repeated { // by another request with the same key, a moment ago
		return s.added(ctx, receipt, err) // the content stays: another upload may share it
	}
	f.Unit, f.User, f.At, f.Seq, f.Gone = call.Actor.Unit, call.Actor.User, receipt.Events[0].At, receipt.Seq, false
	return f, false, nil
}

// added is the file an earlier request with the same key has brought.
func (s *Store) added(ctx context.Context, r workflow.Receipt, err error) (workflow.File, bool, error) {
	if err != nil {
		return workflow.File{}, false, err
	}
	events, err := s.Events(ctx, r.Seq-1, 1)
	if err != nil {
		return workflow.File{}, false, err
	}
	if len(events) == 0 || events[0].Data.File == nil {
		return workflow.File{}, false, damagedRow(inEvents, seqKey(r.Seq), errRecord)
	}
	f, _, err := s.File(ctx, events[0].Data.File.ID)
	return f, true, err
}

// upload writes the bytes to a temporary file, durably, and fills in their sum
// and size. The file's name is answered even on an error, so that it is removed.
func (s *Store) upload(ctx context.Context, f *workflow.File, r io.Reader, limit int64) (string, error) {
	temp, err := os.CreateTemp(s.uploadDir(), "upload-")
	if err != nil {
		return "", diskError(err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(faultyWriter{temp, s.fault}, sum), io.LimitReader(withContext{ctx, r}, limit+1))
	if err == nil && n > limit {
		err = workflow.Fault(workflow.TooLarge, "file.too_large", "limit", limit)
	}
	if err == nil {
		err = s.fault("file.sync")
	}
	if err == nil {
		err = temp.Sync()
	}
	if cerr := temp.Close(); err == nil {
		err = cerr
	}
	f.SHA256, f.Size = hex.EncodeToString(sum.Sum(nil)), n
	return temp.Name(), diskError(err)
}

// keepBlob moves the content to its place, unless it is there already.
func (s *Store) keepBlob(temp, sum string, size int64) error {
	path, err := s.blobPath(sum)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(path); err == nil && info.Size() == size {
		return syncDir(dir) // another upload may have put it there a moment ago
	}
	if err := os.Mkdir(dir, 0o700); err == nil {
		if err := syncDir(s.filesDir()); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := s.fault("file.rename"); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	if err := s.fault("file.sync_dir"); err != nil {
		return err
	}
	return syncDir(dir)
}

// diskError makes want of space a clean Unavailable; nothing was recorded.
func diskError(err error) error {
	if err != nil && spaceFault(err) {
		return unavailable(CodeFull, err)
	}
	return err
}

// withContext ends a slow upload with its request.
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

type faultyWriter struct {
	w     io.Writer
	fault func(string) error
}

func (f faultyWriter) Write(p []byte) (int, error) {
	if err := f.fault("file.write"); err != nil {
		return 0, err
	}
	return f.w.Write(p)
}

// File implements workflow.Files.
func (s *Store) File(ctx context.Context, id string) (f workflow.File, found bool, err error) {
	err = s.read(ctx, func(t *txKV) error {
		v := view{t}
		if f, found, err = v.File(id); err != nil || !found {
			return err
		}
		texts, err := v.Texts(f.Seq)
		f.Name = texts["name"]
		return err
	})
	return f, found && err == nil, err
}

// OpenFile implements workflow.Files.
func (s *Store) OpenFile(ctx context.Context, id string) (io.ReadSeekCloser, workflow.File, error) {
	f, found, err := s.File(ctx, id)
	if err != nil {
		return nil, f, err
	}
	if !found || f.Gone {
		return nil, f, workflow.Fault(workflow.NotFound, "file.unknown")
	}
	path, err := s.blobPath(f.SHA256)
	if err != nil {
		return nil, f, damagedRow(inFiles, id, err)
	}
	r, err := os.Open(path) // #nosec G304 -- blobPath takes nothing but a hex digest
	if err != nil {
		return nil, f, &workflow.Error{Kind: workflow.Internal, Code: "store.damaged", Err: err}
	}
	return r, f, nil
}

// emptyTrash removes content that no living record needs any more. It runs on
// the committer (or before it starts). While an upload is on its way in, which
// waits for the committer, it steps back until after the next commit.
func (s *Store) emptyTrash() {
	if !s.blobs.TryLock() {
		return
	}
	defer s.blobs.Unlock()
	s.trashDue = false
	var gone []string
	err := s.read(context.Background(), func(t *txKV) error {
		if k, _ := t.in(inTrash).Cursor().First(); k == nil {
			return nil
		}
		wanted := map[string]bool{}
		err := t.scan(inFiles, "", func(k string, b []byte) error {
			f, err := decode[workflow.File](inFiles, k, b)
			if !f.Gone {
				wanted[f.SHA256] = true
			}
			return err
		})
		if err != nil {
			return err
		}
		return t.scan(inTrash, "", func(sum string, _ []byte) error {
			if !wanted[sum] {
				gone = append(gone, sum)
			}
			return nil
		})
	})
	for _, sum := range gone {
		if err == nil {
			err = s.removeBlob(sum)
		}
	}
	if err != nil {
		s.log.Error("deleted evidence could not be removed from the disk", "cause", err)
		return
	}
	s.dropTrash = gone
}

func (s *Store) removeBlob(sum string) error {
	path, err := s.blobPath(sum)
	if err != nil {
		return err
	}
	if err := s.fault("file.remove"); err != nil {
		return err
	}
	if err := os.Remove(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
