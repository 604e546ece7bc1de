package store

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"duban/store/blob"
	"duban/store/bolt"
	"duban/store/codec"
	"duban/store/journal"
	"duban/store/kv"
	"duban/workflow"
)

// archiveFormat names the form of an archive. A changed form gets another name.
const archiveFormat = "duban-backup/1"

// Names inside an archive. The manifest comes first, so that a reader knows what
// must follow.
const (
	manifestName = "manifest.json"
	databaseName = "duban.db"
)

// Manifest says what an archive holds and where its journal stood.
type Manifest struct {
	Format string         `json:"format"`
	Schema int            `json:"schema"`
	Epoch  string         `json:"epoch"`
	Seq    uint64         `json:"seq"`  // position of the last event
	Head   string         `json:"head"` // its hash, hex
	At     time.Time      `json:"at"`
	Files  []ArchivedFile `json:"files"` // in the archive's order: the database, then evidence
}

// ArchivedFile is one file of an archive.
type ArchivedFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Snapshot is the store as it stood at one position, in a folder of its own that
// Close removes: a copy of the database and links to the evidence. The store goes
// on meanwhile; nothing of it is held.
type Snapshot struct {
	Manifest
	dir string
}

// Snapshot takes one while work goes on. under is the folder it is put in; "" is
// the store's own for unfinished uploads, which a crash leaves to be emptied at
// the next Open. It needs room for a copy of the database there. Missing evidence
// is an error: a backup without it would not be whole.
func (s *Store) Snapshot(ctx context.Context, under string) (_ *Snapshot, err error) {
	if under == "" {
		under = s.files.Uploads()
	}
	if free, size, err := s.o.disk(under); err == nil && s.o.Quota.Left(free, size) < s.file.Size() {
		return nil, journal.Unavailable(CodeFull, fmt.Errorf("a copy of the database needs %d bytes in %s and must leave %d, there are %d",
			s.file.Size(), under, free-s.o.Quota.Left(free, size), free))
	}
	dir, err := os.MkdirTemp(under, "snapshot-")
	if err != nil {
		return nil, diskError(err)
	}
	p := &Snapshot{dir: dir, Manifest: Manifest{Format: archiveFormat, Schema: s.file.Schema(), Epoch: s.Epoch(), At: s.o.Now()}}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	defer s.KeepEvidence()() // between the database's copy and its links
	sums, err := s.copyDatabase(ctx, p)
	if err != nil {
		return nil, diskError(err)
	}
	for _, f := range sums {
		if err := s.linkEvidence(ctx, p, f); err != nil {
			return nil, diskError(err)
		}
	}
	return p, nil
}

// copyDatabase writes the snapshot's database and answers the evidence that its
// rows speak of.
func (s *Store) copyDatabase(ctx context.Context, p *Snapshot) ([]workflow.File, error) {
	f, err := os.OpenFile(filepath.Join(p.dir, databaseName), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	var size int64
	var rows []workflow.File
	err = s.Tables(ctx, func(t kv.Reader) error {
		at, head, err := journal.End(t)
		if err != nil {
			return err
		}
		p.Seq, p.Head = at, head.String()
		if rows, err = journal.Evidence(t); err != nil {
			return err
		}
		size, err = bolt.WriteTo(contextWriter{ctx, io.MultiWriter(faultyWriter{f, s.o.Fault}, sum)}, t)
		return err
	})
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	p.Files = []ArchivedFile{{Name: databaseName, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}}
	return rows, nil
}

// linkEvidence puts one content into the snapshot: by a hard link, or by copying
// where the two folders are on different file systems.
func (s *Store) linkEvidence(ctx context.Context, p *Snapshot, f workflow.File) error {
	from, err := s.files.Path(f.SHA256)
	if err != nil {
		return codec.Damaged(kv.Files, f.ID, err)
	}
	name := "files/" + f.SHA256[:2] + "/" + f.SHA256[2:]
	to := filepath.Join(p.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	p.Files = append(p.Files, ArchivedFile{Name: name, Size: f.Size, SHA256: f.SHA256})
	err = os.Link(from, to)
	if errors.Is(err, fs.ErrNotExist) {
		return &VerifyError{What: "evidence " + f.ID, Reason: from + " is missing"}
	}
	if err == nil {
		return nil
	}
	r, err := os.Open(from) // #nosec G304 -- Path takes nothing but a hex digest
	if err != nil {
		return err
	}
	defer r.Close()                                                     // only read
	w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- below the snapshot's folder, by the same digest
	if err != nil {
		return err
	}
	_, err = io.Copy(w, blob.UntilDone(ctx, r))
	return errors.Join(err, w.Close())
}

// diskError makes want of room a clean Unavailable; nothing was recorded.
func diskError(err error) error {
	if err != nil && blob.Full(err) {
		return journal.Unavailable(CodeFull, err)
	}
	return err
}

type contextWriter struct {
	ctx context.Context
	w   io.Writer
}

func (w contextWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.w.Write(p)
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

// Verify proves the snapshot as Store.Verify proves a store: the chain, the fold
// and the evidence.
func (p *Snapshot) Verify(ctx context.Context, o Options) error {
	o.LockTimeout = time.Second
	s, err := OpenReadOnly(p.dir, o)
	if err != nil {
		return err
	}
	r, err := s.Verify(ctx, nil)
	if err == nil && (r.Events != p.Seq || r.Head.String() != p.Head || r.Epoch != p.Epoch) {
		err = &VerifyError{What: "snapshot", Reason: fmt.Sprintf("it stands at event %d of epoch %s, its manifest says event %d of %s",
			r.Events, r.Epoch, p.Seq, p.Epoch)}
	}
	return errors.Join(err, s.Close())
}

// Close removes the snapshot's folder.
func (p *Snapshot) Close() error { return os.RemoveAll(p.dir) }

// Open reads the snapshot as one archive (tar) of so many bytes: the manifest, the
// database, the evidence. A file that is no longer what the manifest says ends the
// reading with an error. Close ends the reading, not the snapshot.
func (p *Snapshot) Open() (_ io.ReadCloser, size int64, err error) {
	manifest, err := json.MarshalIndent(p.Manifest, "", "  ")
	if err != nil {
		return nil, 0, err
	}
	a := &archive{}
	add := func(f ArchivedFile, open func() (io.ReadCloser, error)) {
		var head bytes.Buffer
		w := tar.NewWriter(&head) // never closed: its end is written once, below
		err = errors.Join(err, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.Name, Size: f.Size, Mode: 0o600, ModTime: p.At.Truncate(time.Second)}))
		pad := (tarBlock - f.Size%tarBlock) % tarBlock
		a.parts = append(a.parts, part{open: inMemory(head.Bytes())}, part{open: open, want: &f}, part{open: inMemory(make([]byte, pad))})
		size += int64(head.Len()) + f.Size + pad
	}
	add(ArchivedFile{Name: manifestName, Size: int64(len(manifest)), SHA256: hexSum(manifest)}, inMemory(manifest))
	for _, f := range p.Files {
		add(f, func() (io.ReadCloser, error) { return os.Open(filepath.Join(p.dir, filepath.FromSlash(f.Name))) })
	}
	a.parts = append(a.parts, part{open: inMemory(make([]byte, 2*tarBlock))})
	return a, size + 2*tarBlock, err
}

// tarBlock is the size to which tar fills every file up.
const tarBlock = 512

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func inMemory(b []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}

// part is a stretch of an archive; one with want must have its size and sum.
type part struct {
	open func() (io.ReadCloser, error)
	want *ArchivedFile
}

// archive reads its parts one after the other, each opened when its turn comes.
type archive struct {
	parts []part
	now   io.ReadCloser
	sum   hash.Hash
	n     int64
}

// Read reads on.
func (a *archive) Read(p []byte) (int, error) {
	for len(a.parts) > 0 {
		if a.now == nil {
			r, err := a.parts[0].open()
			if err != nil {
				return 0, err
			}
			a.now, a.sum, a.n = r, sha256.New(), 0
		}
		n, err := a.now.Read(p)
		a.sum.Write(p[:n])
		a.n += int64(n)
		if errors.Is(err, io.EOF) {
			err = a.next()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.EOF
}

// next leaves a part that has been read to its end.
func (a *archive) next() error {
	want := a.parts[0].want
	err := a.Close()
	if want != nil && (a.n != want.Size || hex.EncodeToString(a.sum.Sum(nil)) != want.SHA256) {
		err = errors.Join(err, &VerifyError{What: want.Name, Reason: "it is not what the manifest says"})
	}
	a.parts = a.parts[1:]
	return err
}

// Close closes the part that is open.
func (a *archive) Close() error {
	if a.now == nil {
		return nil
	}
	err := a.now.Close()
	a.now = nil
	return err
}
