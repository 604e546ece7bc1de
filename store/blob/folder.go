package blob

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Folder is a Store in a folder: a content lies in ab/cdef… by its sum, and uploads that are
// not finished in tmp.
type Folder struct {
	dir   string
	fault func(point string) error
}

var _ Store = (*Folder)(nil)

// NewFolder is the store in the folder. fault is asked at named points and may answer an
// error: tests put one there.
func NewFolder(dir string, fault func(point string) error) *Folder { return &Folder{dir, fault} }

// Prepare makes the folders and drops uploads that a crash has left.
func (f *Folder) Prepare() error {
	if err := os.RemoveAll(f.Uploads()); err != nil {
		return err
	}
	if err := os.MkdirAll(f.Uploads(), 0o700); err != nil {
		return err
	}
	return syncDir(filepath.Dir(f.dir))
}

// Uploads is the folder of what is not finished. Prepare empties it.
func (f *Folder) Uploads() string { return filepath.Join(f.dir, "tmp") }

// Path is where a content lies.
func (f *Folder) Path(sum string) (string, error) {
	if err := Check(sum); err != nil {
		return "", err
	}
	return filepath.Join(f.dir, sum[:2], sum[2:]), nil
}

// Open implements Store.
func (f *Folder) Open(sum string) (io.ReadSeekCloser, error) {
	path, err := f.Path(sum)
	if err != nil {
		return nil, err
	}
	return os.Open(path) // #nosec G304 -- Path takes nothing but a hex digest
}

// Remove implements Store.
func (f *Folder) Remove(sum string) error {
	path, err := f.Path(sum)
	if err != nil {
		return err
	}
	if err := f.fault("file.remove"); err != nil {
		return err
	}
	if err := os.Remove(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// Sums implements Store. What is not ours is left out.
func (f *Folder) Sums(ctx context.Context) (all []string, err error) {
	folders, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	for _, folder := range folders {
		if len(folder.Name()) != 2 || !folder.IsDir() {
			continue
		}
		contents, err := os.ReadDir(filepath.Join(f.dir, folder.Name()))
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		for _, content := range contents {
			if sum := folder.Name() + content.Name(); Check(sum) == nil {
				all = append(all, sum)
			}
		}
	}
	return all, nil
}

// Receive implements Store: the bytes go to a temporary file, durably.
func (f *Folder) Receive(ctx context.Context, r io.Reader, limit int64) (Arrived, error) {
	temp, err := os.CreateTemp(f.Uploads(), "upload-")
	if err != nil {
		return nil, err
	}
	a := &upload{f: f, temp: temp.Name()}
	a.sum, a.size, err = receive(ctx, faultyWriter{temp, f.fault}, r, limit)
	if err == nil {
		err = f.fault("file.sync")
	}
	if err == nil {
		err = temp.Sync()
	}
	if cerr := temp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		a.Drop()
		return nil, err
	}
	return a, nil
}

// upload is an Arrived in a temporary file.
type upload struct {
	f         *Folder
	temp, sum string
	size      int64
}

func (a *upload) Sum() string { return a.sum }
func (a *upload) Size() int64 { return a.size }

// Drop removes the temporary file. It is gone already when it was moved into place, and one
// that stays is emptied away by the next Prepare.
func (a *upload) Drop() { _ = os.Remove(a.temp) }

// Keep moves the content to its place, unless it is there already.
func (a *upload) Keep() error {
	path, err := a.f.Path(a.sum)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(path); err == nil && info.Size() == a.size {
		return syncDir(dir) // another upload may have put it there a moment ago
	}
	if err := os.Mkdir(dir, 0o700); err == nil {
		if err := syncDir(a.f.dir); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := a.f.fault("file.rename"); err != nil {
		return err
	}
	if err := os.Rename(a.temp, path); err != nil {
		return err
	}
	if err := a.f.fault("file.sync_dir"); err != nil {
		return err
	}
	return syncDir(dir)
}

// faultyWriter asks for a fault before each write.
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

// syncDir makes a change of names durable.
func syncDir(dir string) error {
	d, err := os.Open(dir) // #nosec G304 -- the data folder or one in it
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
