package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// Scratch is a folder for what is being made, held as long as it is. Whoever is killed
// leaves it behind, and the next one to make something there removes it.
type Scratch struct {
	Dir string
	own *os.File // holds the lock
}

// NewScratch makes a folder in parent and first removes what others of the prefix have
// left there. The prefix must be one that nobody else uses.
func NewScratch(parent, prefix string) (*Scratch, error) {
	if err := sweepScratch(parent, prefix); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return nil, err
	}
	own, err := os.Open(dir) // #nosec G304 -- the folder made above
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s := &Scratch{dir, own}
	// Where the system has no such locks, nothing is removed by others either.
	if err := syscall.Flock(int(own.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil && !errors.Is(err, errors.ErrUnsupported) { // #nosec G115 -- a descriptor
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close removes the folder.
func (s *Scratch) Close() error { return errors.Join(os.RemoveAll(s.Dir), s.own.Close()) }

// sweepScratch removes what nobody holds any more.
func sweepScratch(parent, prefix string) error {
	found, err := filepath.Glob(filepath.Join(parent, prefix+"*"))
	if err != nil {
		return err
	}
	for _, name := range found {
		left, err := os.Open(name) // #nosec G304 -- a name of ours
		if errors.Is(err, os.ErrNotExist) {
			continue // its owner was quicker
		}
		if err != nil {
			return err
		}
		if syscall.Flock(int(left.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil { // #nosec G115 -- a descriptor
			err = os.RemoveAll(name)
		}
		if err := errors.Join(err, left.Close()); err != nil {
			return err
		}
	}
	return nil
}
