package bolt

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"go.etcd.io/bbolt"

	"duban/store/kv"
)

// Notes about the file itself, in kv.Meta.
const (
	KeySchema = "schema" // decimal text: the number of steps that were done
	KeyEpoch  = "epoch"  // hex: names the journal
)

// Step is one version of the schema: what brings a file of the version before to it. The
// list of them is only ever appended to.
type Step struct {
	// Makes are the tables that the version brought.
	Makes []kv.Space
	// Run moves what must be moved, in one transaction with the steps around it and after a
	// copy of the file is safe; nil: nothing.
	Run func(kv.Tx) error
	// AsIs: a file of the version before can be read as it stands.
	AsIs bool
}

// lateSpaces are tables that files of the builds before version 1 was finished do not have.
var lateSpaces = []kv.Space{kv.Assessments}

// schemaOf is the version that the file at the path says it is of, once it is sure that the
// program knows it and that every table and every note about the file itself is there.
func schemaOf(t *bbolt.Tx, path string, steps []Step) (int, error) {
	damaged := func(reason string, args ...any) error {
		return &DamagedError{Path: path, Reason: fmt.Sprintf(reason, args...)}
	}
	about := bucket(t, kv.Meta)
	if about == nil {
		return 0, damaged("there is no meta bucket: not a store of this program")
	}
	said := about.Get([]byte(KeySchema))
	found, err := strconv.Atoi(string(said))
	switch {
	case said == nil:
		return 0, damaged("it does not say of which version it is: the note %q is missing", KeySchema)
	case err != nil || found < 1:
		return 0, damaged("it says that it is of version %q, which is none", said)
	case found > len(steps):
		return 0, &SchemaError{Path: path, Found: found, Known: len(steps)}
	}
	var missing []string
	early := found == 1
	for _, step := range steps[:found] {
		for _, in := range step.Makes {
			if bucket(t, in) == nil {
				missing = append(missing, in.String())
				early = early && slices.Contains(lateSpaces, in)
			}
		}
	}
	switch {
	case len(missing) > 0 && early:
		return 0, &SchemaError{Path: path, Found: found, Known: len(steps), Lacks: missing[0]}
	case len(missing) > 0:
		return 0, damaged("the bucket %q is missing", missing[0])
	}
	if id, err := hex.DecodeString(string(about.Get([]byte(KeyEpoch)))); err != nil || len(id) != 16 {
		return 0, damaged("the name of its journal (epoch) is missing or garbled")
	}
	return found, nil
}

// ReadsAsIs reports whether a file of the version can be read without a migration.
func ReadsAsIs(schema int, steps []Step) bool {
	return schema >= 1 && schema <= len(steps) && !slices.ContainsFunc(steps[schema:], func(s Step) bool { return !s.AsIs })
}

// migrate brings an older file to the newest version, after a copy of it is safe.
func (f *File) migrate() error {
	known := len(f.o.Steps)
	if f.schema == known {
		return nil
	}
	if f.o.ReadOnly {
		if ReadsAsIs(f.schema, f.o.Steps) {
			return nil
		}
		return &SchemaError{Path: f.path, Found: f.schema, Known: known}
	}
	backup, err := f.copyBeside(fmt.Sprintf("backup-before-v%d", known))
	if err != nil {
		return fmt.Errorf("the copy before the migration: %w", err)
	}
	f.o.Log.Info("migrating the store", "from", f.schema, "to", known, "backup", backup)
	if err := f.db.Update(func(t *bbolt.Tx) error { return f.o.migrate(t, f.schema) }); err != nil {
		return err
	}
	f.schema = known
	return nil
}

// migrate does the steps after the given version.
func (o Options) migrate(t *bbolt.Tx, from int) error {
	for i, step := range o.Steps[from:] {
		if err := step.do(t); err != nil {
			return fmt.Errorf("migration %d: %w", from+i+1, err)
		}
	}
	if err := o.Inject("migrate.commit"); err != nil {
		return err
	}
	meta := bucket(t, kv.Meta)
	if meta == nil {
		return errors.New("no step has made the meta bucket")
	}
	return meta.Put([]byte(KeySchema), []byte(strconv.Itoa(len(o.Steps))))
}

func (s Step) do(t *bbolt.Tx) error {
	for _, in := range s.Makes {
		if _, err := t.CreateBucket([]byte(in.String())); err != nil {
			return err
		}
	}
	if s.Run == nil {
		return nil
	}
	return s.Run(&tx{tx: t})
}

// copyBeside makes a durable copy of the file beside it, under the first name that is free
// of the stem, the stem with 2, and so on. What a copy that was cut off has left stands
// under no such name.
func (f *File) copyBeside(stem string) (path string, err error) {
	dir := filepath.Dir(f.path)
	left, _ := filepath.Glob(filepath.Join(dir, "duban-copy-*.db")) // the only error is a bad pattern
	for _, name := range left {
		if err := os.Remove(name); err != nil {
			return "", err
		}
	}
	to, err := os.CreateTemp(dir, "duban-copy-*.db")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.Remove(to.Name())) }()
	err = f.db.View(func(t *bbolt.Tx) error {
		_, err := t.WriteTo(to)
		return err
	})
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		path = filepath.Join(dir, stem+".db")
		if n > 1 {
			path = filepath.Join(dir, fmt.Sprintf("%s-%d.db", stem, n))
		}
		if err := os.Link(to.Name(), path); !errors.Is(err, fs.ErrExist) {
			return path, errors.Join(err, syncDir(dir))
		}
	}
}
