// Package kv is the seam between the journal and what keeps its bytes: tables of keys and
// values in key order, read and written in transactions.
//
// An engine knows nothing of events, rows or rights. store/journal is everything above the
// seam; store/bolt keeps the tables in a file, and store/memory in memory. storetest holds
// all of it to the same suite.
package kv

import (
	"context"
	"errors"
	"strings"
)

// Space names a table.
type Space byte

// The tables. Package store says what stands in each.
const (
	Meta Space = iota
	Events
	Trail
	Assignments
	Periods
	Series
	Plan
	Files
	Keys
	Drafts
	Accounts
	Sessions
	Tokens
	Screens
	Sources
	Trash
	Assessments
	Spaces // how many there are
)

// names are those of a file's buckets: they stand in every store and never change.
var names = [Spaces]string{"meta", "events", "trail", "assignments", "periods", "series", "plan", "files",
	"keys", "drafts", "accounts", "sessions", "tokens", "screens", "sources", "trash",
	"assessments"}

// String is the table's name.
func (s Space) String() string { return names[s] }

// ErrStop ends a scan early: the scan then answers no error.
var ErrStop = errors.New("kv: enough was seen")

// Reader reads the tables as they stood at one instant. The bytes that it hands out are
// only good until its transaction ends, and must not be changed; keys are copies.
type Reader interface {
	// Get is the value under the key, nil when there is none.
	Get(in Space, key string) ([]byte, error)
	// Scan visits the keys from the given one on, in order, until visit fails.
	Scan(in Space, from string, visit func(key string, value []byte) error) error
	// Back visits the keys before the given one, the last first, until visit fails. ""
	// stands for the end of the table.
	Back(in Space, before string, visit func(key string, value []byte) error) error
}

// Tx also writes. It sees what it has written. A value that was put must not be changed
// until the transaction has ended.
type Tx interface {
	Reader
	Put(in Space, key string, value []byte) error
	// Delete removes the key; one that is not there is no error.
	Delete(in Space, key string) error
}

// Engine keeps the tables. View may be called from any goroutine, and beside Update; one
// goroutine at a time calls Update.
type Engine interface {
	// View runs fn on one consistent state.
	View(ctx context.Context, fn func(Reader) error) error
	// Update runs fn and makes durable what it has written. An error from fn is answered
	// as it is, and nothing was written. Any other error is a *Fault. The caller is not
	// asked whether it still waits: what was begun is brought to its end.
	Update(fn func(Tx) error) error
	// Check looks whether the engine may still write; a *Fault says why not.
	Check() error
	// Size is how many bytes the tables take.
	Size() int64
	Close() error
}

// State is what an engine still does after a fault.
type State byte

// The states.
const (
	Serves    State = iota // the next transaction may succeed
	ReadsOnly              // it writes no more until it is opened again
	Broken                 // its own code has failed: it neither writes nor reads
)

// Fault is an error of the engine itself.
type Fault struct {
	Err error
	// Then is what the engine still does.
	Then State
	// Unknown: what was to be written may stand or not; opening again tells. Otherwise
	// nothing was written.
	Unknown bool
	// Full: there was no room for it.
	Full bool
}

func (f *Fault) Error() string { return f.Err.Error() }

// Unwrap is the cause.
func (f *Fault) Unwrap() error { return f.Err }

// AsFault finds the engine's fault in an error, nil when it is not one.
func AsFault(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// ScanPrefix visits the keys that begin with the prefix, in order, until visit fails.
func ScanPrefix(r Reader, in Space, prefix string, visit func(key string, value []byte) error) error {
	if prefix == "" {
		return r.Scan(in, "", visit)
	}
	return r.Scan(in, prefix, func(k string, v []byte) error {
		if !strings.HasPrefix(k, prefix) {
			return ErrStop
		}
		return visit(k, v)
	})
}
