// Package misuse is the error of whoever called the program wrongly: a bad flag, a file that
// is not what it should be, a folder that is in use. It is told apart from a fault of the
// program, since it has an exit code of its own.
package misuse

import "fmt"

// Error is a wrong call.
type Error struct{ error }

// Unwrap lets what is behind the wrong call be asked for: a plan file that is not there
// matters to a fresh store alone.
func (e Error) Unwrap() error { return e.error }

// Errorf is a wrong call in words for the terminal.
func Errorf(format string, args ...any) error { return Error{fmt.Errorf(format, args...)} }
