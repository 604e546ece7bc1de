package store

import (
	"duban/store/bolt"
	"duban/store/journal"
	"duban/store/proof"
)

// What the rooms below tell, under the names that those who open a store know.
type (
	// Quota bounds the evidence that is kept.
	Quota = journal.Quota
	// Stats counts what the store has done since it was opened.
	Stats = journal.Stats
	// Report is what Verify found in order.
	Report = proof.Report
	// VerifyError is the first thing that does not hold.
	VerifyError = proof.Error
	// DamagedError says that a file is not what it must be.
	DamagedError = bolt.DamagedError
	// SchemaError says that the file was written by another version of the program.
	SchemaError = bolt.SchemaError
	// Compacted is what Compact did.
	Compacted = bolt.Compacted
)

// Codes of the store's Unavailable errors.
const (
	CodeFull     = journal.CodeFull     // no space; nothing was done; later writes may succeed
	CodeFailed   = journal.CodeFailed   // the change could not be prepared; nothing was done
	CodeUnknown  = journal.CodeUnknown  // the disk failed at the sync: done or not, a restart tells
	CodeReadOnly = journal.CodeReadOnly // no more writes until a restart
	CodeStopped  = journal.CodeStopped  // the store itself failed; neither reads nor writes
	CodeClosed   = journal.CodeClosed   // Close was called
)

// ErrInUse is what errors.Is finds in an InUseError.
var ErrInUse = bolt.ErrInUse

// CommitBounds are the upper bounds, in seconds, of Stats.CommitTimes.
var CommitBounds = journal.CommitBounds
