package store

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
)

// A version of the schema is what a program must know to read and write a store without
// losing anything of it. An older program refuses a store of a newer version, so whatever
// an older one would drop in silence raises the version: a bucket, a kind of event, a
// field of an event or of a row. testdata/readers.txt lists them with the version that
// brought them, and a test holds the list against the code
// (docs/adr/0025-the-schema-says-what-a-reader-must-know.md).
type version struct {
	// step brings a store of the version before to this one, in one transaction with all
	// the others, after a copy of the file is safe.
	step func(s *Store, tx *bbolt.Tx) error
	// asIs: a store of the version before can be read as it stands, since the step moves
	// nothing.
	asIs bool
}

// versions are the steps from an empty file to the present schema; version N is the state
// after N of them. The list is only ever appended to, and each step that moves something
// gets a file in testdata made by the version before it.
var versions = []version{
	{step: createSchema},
	// Delegations, sealed keys of second factors, single sign-on, proofs, screens' settings,
	// sign-off, circulars and their template, refused files: programs of version 1 that did
	// not know them wrote the rows anew without them.
	{step: nothingMoves, asIs: true},
}

func nothingMoves(*Store, *bbolt.Tx) error { return nil }

func createSchema(s *Store, tx *bbolt.Tx) error {
	for _, name := range spaceNames {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return err
		}
	}
	var id [16]byte
	if _, err := io.ReadFull(s.random, id[:]); err != nil {
		return fmt.Errorf("no randomness for the epoch: %w", err)
	}
	if err := bucket(tx, inMeta).Put(keyEpoch, []byte(hex.EncodeToString(id[:]))); err != nil {
		return err
	}
	return bucket(tx, inMeta).Put(keyCreated, []byte(s.now().Format(time.RFC3339Nano)))
}

// lateSpaces are buckets that stores of the builds before version 1 was finished do not
// have.
var lateSpaces = []space{inAssessments}

// schemaOf is the version that the file at the path says it is of, once it is sure that
// the program knows it and that every bucket and every note about the file itself is
// there.
func schemaOf(tx *bbolt.Tx, path string) (int, error) {
	damaged := func(reason string, args ...any) error {
		return &DamagedError{Path: path, Reason: fmt.Sprintf(reason, args...)}
	}
	about := bucket(tx, inMeta)
	if about == nil {
		return 0, damaged("there is no meta bucket: not a store of this program")
	}
	said := about.Get(keySchema)
	found, err := strconv.Atoi(string(said))
	switch {
	case said == nil:
		return 0, damaged("it does not say of which version it is: the note %q is missing", keySchema)
	case err != nil || found < 1:
		return 0, damaged("it says that it is of version %q, which is none", said)
	case found > len(versions):
		return 0, &SchemaError{Path: path, Found: found, Known: len(versions)}
	}
	var missing []string
	early := found == 1
	for in, name := range spaceNames {
		if bucket(tx, space(in)) == nil {
			missing = append(missing, name)
			early = early && slices.Contains(lateSpaces, space(in))
		}
	}
	switch {
	case len(missing) > 0 && early:
		return 0, &SchemaError{Path: path, Found: found, Known: len(versions), Lacks: missing[0]}
	case len(missing) > 0:
		return 0, damaged("the bucket %q is missing", missing[0])
	}
	if id, err := hex.DecodeString(string(about.Get(keyEpoch))); err != nil || len(id) != 16 {
		return 0, damaged("the name of its journal (epoch) is missing or garbled")
	}
	return found, nil
}

// SchemaError says that the file was written by another version of the program.
type SchemaError struct {
	Path         string
	Found, Known int
	Lacks        string // the bucket that stores of early builds do not have
}

func (e *SchemaError) Error() string {
	switch {
	case e.Lacks != "":
		return fmt.Sprintf("%s: written by an early build of the program, before its first version was finished: it has no %q, and no later program reads it; "+
			"the file was left as it is; take its journal out with the build that wrote it (GET /export/journal.jsonl) and begin a new data folder with this one", e.Path, e.Lacks)
	case e.Found > e.Known:
		return fmt.Sprintf("%s: written by a newer version of the program: schema %d, this one knows up to %d and would lose what it does not know; "+
			"the file was left as it is; use the newer program, or restore the archive that was made before the upgrade", e.Path, e.Found, e.Known)
	}
	return fmt.Sprintf("%s: schema %d is older than this program's (%d); start the server once to migrate it", e.Path, e.Found, e.Known)
}

// migrate brings an older file to the present schema, after a copy of it is safe.
func (s *Store) migrate() error {
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		s.schema, err = schemaOf(tx, s.path)
		return err
	})
	var bad *DamagedError
	if errors.As(err, &bad) {
		bad.Backup = s.newestBackup()
	}
	known := len(versions)
	if err != nil || s.schema == known {
		return err
	}
	if s.readOnly {
		if readsAsIs(s.schema) {
			return nil
		}
		return &SchemaError{Path: s.path, Found: s.schema, Known: known}
	}
	backup, err := s.copyBeside(fmt.Sprintf("backup-before-v%d", known))
	if err != nil {
		return fmt.Errorf("the copy before the migration: %w", err)
	}
	s.log.Info("migrating the store", "from", s.schema, "to", known, "backup", backup)
	if err := s.db.Update(func(tx *bbolt.Tx) error { return s.migrateTx(tx, s.schema) }); err != nil {
		return err
	}
	s.schema = known
	return nil
}

// readsAsIs reports whether a store of the version can be read without a migration.
func readsAsIs(schema int) bool {
	return schema >= 1 && schema <= len(versions) && !slices.ContainsFunc(versions[schema:], func(v version) bool { return !v.asIs })
}

func (s *Store) migrateTx(tx *bbolt.Tx, from int) error {
	for i, v := range versions[from:] {
		if err := v.step(s, tx); err != nil {
			return fmt.Errorf("migration %d: %w", from+i+1, err)
		}
	}
	if err := s.fault("migrate.commit"); err != nil {
		return err
	}
	meta := bucket(tx, inMeta)
	if meta == nil {
		return errors.New("no step has made the meta bucket")
	}
	return meta.Put(keySchema, []byte(strconv.Itoa(len(versions))))
}
