package bolt

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// ErrInUse says that another process holds the file.
var ErrInUse = errors.New("the data directory is in use")

// DamagedError says that a file is not what it must be. It is not opened and nothing is
// changed.
type DamagedError struct {
	Path     string
	Reason   string
	Expected int64  // bytes the file must have at least; 0 when that is not the point
	Found    int64  // bytes it has
	Backup   string // the newest copy found beside it, "" if none
}

func (e *DamagedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Path, e.Reason)
	if e.Expected > 0 {
		fmt.Fprintf(&b, " (expected at least %d bytes, found %d)", e.Expected, e.Found)
	}
	b.WriteString("; the file was left as it is")
	if e.Backup != "" {
		fmt.Fprintf(&b, "; the newest copy found is %s", e.Backup)
		if filepath.Ext(e.Backup) == ".tar" {
			fmt.Fprintf(&b, "; to restore it: duban restore %s --data %s --force", e.Backup, filepath.Dir(e.Path))
		}
	} else {
		b.WriteString("; restore it from a backup")
	}
	return b.String()
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
