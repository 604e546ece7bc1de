package store

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"time"

	"duban/store/blob"
	"duban/store/bolt"
	"duban/store/journal"
	"duban/store/kv"
)

// ArchiveError says that a file is no archive of this program, or not whole.
type ArchiveError struct {
	What   string // the entry, "" when it is the whole
	Reason string
}

func (e *ArchiveError) Error() string {
	if e.What == "" {
		return "not a whole backup: " + e.Reason
	}
	return fmt.Sprintf("not a whole backup: %s: %s", e.What, e.Reason)
}

// maxManifest bounds what is read before anything is known of the archive:
// 100 bytes for each of a million files and more.
const maxManifest = 256 << 20

// evidenceName is what evidence is called in an archive; nothing else but the
// database may be in one, so no name can lead out of the folder.
var evidenceName = regexp.MustCompile(`^files/[0-9a-f]{2}/[0-9a-f]{62}$`)

// CheckArchive reads an archive to its end and holds every file against the
// manifest. Errors: *ArchiveError, or the reader's own.
func CheckArchive(ctx context.Context, r io.Reader) (Manifest, error) {
	return readArchive(ctx, r, func(ArchivedFile) (io.WriteCloser, error) { return nopWriter{io.Discard}, nil })
}

type nopWriter struct{ io.Writer }

func (nopWriter) Close() error { return nil }

// readArchive reads an archive and hands each file to where sink puts it.
func readArchive(ctx context.Context, r io.Reader, sink func(ArchivedFile) (io.WriteCloser, error)) (m Manifest, err error) {
	t := tar.NewReader(blob.UntilDone(ctx, r))
	h, err := t.Next()
	if err != nil {
		return m, cut("", err)
	}
	if h.Name != manifestName || h.Size > maxManifest {
		return m, &ArchiveError{Reason: "it does not begin with " + manifestName}
	}
	b, err := io.ReadAll(t)
	if err != nil {
		return m, cut(manifestName, err)
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, &ArchiveError{manifestName, err.Error()}
	}
	if m.Format != archiveFormat {
		return m, &ArchiveError{manifestName, fmt.Sprintf("its format is %q, this program reads %q", m.Format, archiveFormat)}
	}
	for i, f := range m.Files {
		if sound := evidenceName.MatchString(f.Name) && f.Name[6:8]+f.Name[9:] == f.SHA256; sound == (i == 0) || (i == 0 && f.Name != databaseName) {
			return m, &ArchiveError{manifestName, fmt.Sprintf("file %d may not be named %q", i+1, f.Name)}
		}
		if err := readEntry(t, f, sink); err != nil {
			return m, err
		}
	}
	if len(m.Files) == 0 {
		return m, &ArchiveError{manifestName, "it lists no database"}
	}
	if h, err := t.Next(); err == nil {
		return m, &ArchiveError{h.Name, "the manifest does not list it"}
	} else if !errors.Is(err, io.EOF) {
		return m, cut("", err)
	}
	return m, nil
}

// readEntry reads the next file, which must be f.
func readEntry(t *tar.Reader, f ArchivedFile, sink func(ArchivedFile) (io.WriteCloser, error)) error {
	h, err := t.Next()
	if err != nil {
		return cut(f.Name, err)
	}
	if h.Name != f.Name || h.Typeflag != tar.TypeReg || h.Size != f.Size {
		return &ArchiveError{f.Name, fmt.Sprintf("found %s of %d bytes, the manifest says %d", h.Name, h.Size, f.Size)}
	}
	w, err := sink(f)
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(sum, w), t)
	if cerr := w.Close(); err != nil || cerr != nil {
		return errors.Join(cut(f.Name, err), cerr)
	}
	if hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		return &ArchiveError{f.Name, "its content has another SHA-256 than the manifest says"}
	}
	return nil
}

// cut names an end that came too soon, or bytes that are no archive.
func cut(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &ArchiveError{what, "it ends too soon"}
	case errors.Is(err, tar.ErrHeader), errors.Is(err, tar.ErrFieldTooLong):
		return &ArchiveError{what, "no tar file, or a damaged one"}
	}
	return err
}

// NotEmptyError says what stands where an archive would be restored.
type NotEmptyError struct {
	Dir     string
	Stands  *Report // the standing store, when it can be read; only position, head and epoch
	Cause   error   // why it cannot
	Archive Manifest
}

// Older reports whether the archive would take back events of the standing store.
func (e *NotEmptyError) Older() bool {
	return e.Stands != nil && (e.Stands.Epoch != e.Archive.Epoch || e.Stands.Events > e.Archive.Seq)
}

func (e *NotEmptyError) Error() string {
	switch {
	case e.Stands == nil && e.Cause != nil:
		return fmt.Sprintf("%s is not empty, and what stands there cannot be read (%v)", e.Dir, e.Cause)
	case e.Stands == nil:
		return e.Dir + " is not empty"
	case e.Stands.Epoch != e.Archive.Epoch:
		return fmt.Sprintf("%s holds another journal: epoch %s with %d events; the backup is of epoch %s with %d",
			e.Dir, e.Stands.Epoch, e.Stands.Events, e.Archive.Epoch, e.Archive.Seq)
	case e.Older():
		return fmt.Sprintf("the backup is older than what stands in %s: %d events against %d, so %d would be taken back",
			e.Dir, e.Archive.Seq, e.Stands.Events, e.Stands.Events-e.Archive.Seq)
	}
	return fmt.Sprintf("%s is not empty: a store with %d events stands there", e.Dir, e.Stands.Events)
}

// Restored says what Restore did.
type Restored struct {
	Manifest
	Epoch string // the new one
	Aside string // folder with what stood there before, "" if nothing did
}

// Restore makes a store in dir of an archive. Everything is unpacked, held against
// the manifest and verified beside its place first; the database takes its name
// last, so a crash never leaves half a store that would open.
//
// The restored store is a new epoch: positions that screens remember from the old
// one mean nothing in it. Logins of the old one are ended.
//
// A folder with anything in it is refused with *NotEmptyError unless force is
// given; then the standing store is moved aside inside dir, never deleted. A store
// that a server holds is refused in any case.
func Restore(ctx context.Context, r io.ReadSeeker, dir string, o Options, force bool) (done Restored, err error) {
	if o, err = o.withDefaults(); err != nil {
		return done, err
	}
	// The archive is judged before the folder is touched.
	m, err := CheckArchive(ctx, r)
	if err != nil {
		return done, err
	}
	if m.Schema > len(versions) {
		return done, &SchemaError{Path: databaseName, Found: m.Schema, Known: len(versions)}
	}
	standing, err := stands(dir, o, m)
	if err != nil || (standing != nil && !force) {
		return done, errors.Join(err, standing.or())
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return done, err
	}
	fresh, err := os.MkdirTemp(dir, "restoring-")
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return done, err
	}
	if m, err = unpack(ctx, r, fresh); err != nil {
		return done, err
	}
	p := &Snapshot{Manifest: m, dir: fresh}
	if done.Epoch, err = p.renew(ctx, o); err != nil {
		return done, err
	}
	done.Manifest = m
	done.Aside, err = p.moveInto(dir, o.Now())
	return done, err
}

// or is the error as an error, nil when there is none.
func (e *NotEmptyError) or() error {
	if e == nil {
		return nil
	}
	return e
}

// stands looks at what is in the folder; nil: nothing.
func stands(dir string, o Options, m Manifest) (*NotEmptyError, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	full := false
	for _, e := range entries {
		full = full || e.Name() != "lost+found" // of a file system of its own
	}
	if !full {
		return nil, nil
	}
	e := &NotEmptyError{Dir: dir, Archive: m}
	if _, err := os.Lstat(filepath.Join(dir, databaseName)); errors.Is(err, fs.ErrNotExist) {
		return e, nil
	}
	s, err := OpenReadOnly(dir, o)
	if errors.Is(err, ErrInUse) {
		return nil, err
	}
	if err != nil {
		e.Cause = err
		return e, nil
	}
	seq, head := s.Head()
	e.Stands = &Report{Events: seq, Head: head, Epoch: s.Epoch()}
	return e, s.Close()
}

// unpack writes the archive's files under dir, durably.
func unpack(ctx context.Context, r io.Reader, dir string) (Manifest, error) {
	folders := map[string]bool{dir: true}
	m, err := readArchive(ctx, r, func(f ArchivedFile) (io.WriteCloser, error) {
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		for d := path.Dir(f.Name); d != "."; d = path.Dir(d) {
			folders[filepath.Join(dir, filepath.FromSlash(d))] = true
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return nil, err
		}
		w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- readArchive refuses names that lead elsewhere
		return syncedFile{w}, err
	})
	for d := range folders {
		err = errors.Join(err, syncDir(d))
	}
	return m, err
}

// syncedFile is durable once closed.
type syncedFile struct{ *os.File }

func (f syncedFile) Close() error { return errors.Join(f.Sync(), f.File.Close()) }

// renew verifies an unpacked store and makes it a new epoch without logins.
func (p *Snapshot) renew(ctx context.Context, o Options) (epoch string, err error) {
	db := filepath.Join(p.dir, databaseName)
	if bolt.ReadsAsIs(p.Schema, steps(o)) { // another is verified once it is migrated
		if err := p.Verify(ctx, o); err != nil {
			return "", err
		}
	}
	file, err := bolt.OpenAsIs(db, o.bolt(false))
	if err != nil {
		return "", err
	}
	err = file.Update(func(tx kv.Tx) (err error) {
		epoch, err = journal.Renew(tx, o.Random)
		return err
	})
	return epoch, errors.Join(err, file.Close())
}

// syncDir makes a change of names durable.
func syncDir(dir string) error {
	d, err := os.Open(dir) // #nosec G304 -- the data folder or one in it
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// moveInto puts the unpacked store in its place, after moving aside what is a
// store's and stands there.
func (p *Snapshot) moveInto(dir string, now time.Time) (aside string, err error) {
	old, err := filepath.Glob(filepath.Join(dir, "backup-before-v*.db"))
	if err != nil {
		return "", err
	}
	for _, name := range []string{databaseName, "duban.pid", "files"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			old = append([]string{filepath.Join(dir, name)}, old...)
		}
	}
	if len(old) > 0 {
		if aside, err = os.MkdirTemp(dir, "replaced-"+now.UTC().Format("20060102T150405Z")+"-"); err != nil {
			return "", err
		}
	}
	for _, from := range old {
		if err := os.Rename(from, filepath.Join(aside, filepath.Base(from))); err != nil {
			return aside, err
		}
	}
	for _, name := range []string{"files", databaseName} { // the database last: with it the store is there
		err := os.Rename(filepath.Join(p.dir, name), filepath.Join(dir, name))
		if err != nil && (name == databaseName || !errors.Is(err, fs.ErrNotExist)) {
			return aside, err
		}
		if err := syncDir(dir); err != nil {
			return aside, err
		}
	}
	return aside, nil
}
