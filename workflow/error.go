package workflow

import (
	"errors"
	"fmt"
)

// ErrorKind sorts errors by what the caller can do about them.
type ErrorKind int

// The kinds. The ui maps each to one HTTP status.
const (
	Internal     ErrorKind = iota // ours: logged with an incident number
	Malformed                     // the request cannot be read at all
	Invalid                       // a field is wrong
	NotFound                      // unknown, or not visible to the caller
	Unauthorized                  // not logged in
	Forbidden                     // visible, but this is not the caller's to do
	Refused                       // the state machine says no
	Stale                         // somebody changed it first
	TooLarge                      // over a stated limit
	Unsupported                   // a content type we do not take
	TooMany                       // slow down
	Unavailable                   // cannot write now; nothing was done
)

// Error is a refusal or a fault: a stable code for programs and the text
// catalogue, arguments for the text, a cause for the log. People never read Err.
type Error struct {
	Kind   ErrorKind
	Code   string         // stable, e.g. "assignment.not_accepted"
	Field  string         // the JSON field at fault, "" if none
	Args   map[string]any // what the text needs
	Fields []*Error       // when several fields are wrong
	Err    error          // cause
}

// Error is for logs, in English.
func (e *Error) Error() string {
	s := e.Code
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	for _, f := range e.Fields {
		s += "; " + f.Error()
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Refuse is an Error of kind Refused.
func Refuse(code string, args ...any) *Error {
	return &Error{Kind: Refused, Code: code, Args: pairs(args)}
}

// Fault is an Error of the kind, about no single field. args are name, value pairs.
func Fault(kind ErrorKind, code string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Args: pairs(args)}
}

// BadField is an Error of kind Invalid about one field.
func BadField(field, code string, args ...any) *Error {
	return &Error{Kind: Invalid, Code: code, Field: field, Args: pairs(args)}
}

// AsError finds the workflow Error in err, or wraps err as Internal.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", Err: err}
}

func pairs(args []any) map[string]any {
	if len(args) == 0 {
		return nil
	}
	m := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[fmt.Sprint(args[i])] = args[i+1]
	}
	return m
}

// faults collects the wrong fields of one command, up to maxFaults of them.
type faults []*Error

// maxFaults bounds an answer to a request that is wrong thousands of times.
const maxFaults = 50

func (f *faults) add(field, code string, args ...any) { f.put(BadField(field, code, args...)) }

func (f *faults) put(e *Error) {
	if len(*f) < maxFaults {
		*f = append(*f, e)
	}
}

// Faults is nil, the one fault, or an Error of kind Invalid that carries all of them.
func Faults(all []*Error) error { return faults(all).err() }

// err is nil, the one fault, or an Error that carries all of them.
func (f faults) err() error {
	switch len(f) {
	case 0:
		return nil
	case 1:
		return f[0]
	}
	return &Error{Kind: Invalid, Code: "fields.invalid", Field: f[0].Field, Args: map[string]any{"count": len(f)}, Fields: f}
}
