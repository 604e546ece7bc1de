package office

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"duban/cmd/misuse"
)

// traces is what stood where a store is to be, before anything was opened there: a start
// that is refused leaves the place as it found it.
type traces struct {
	data   string
	folder bool            // the folder was there
	above  string          // the highest folder over it that was not; empty: all were
	store  bool            // and a database in it: nothing there is ours to clear
	names  map[string]bool // what else was in the folder
}

// tracesAt looks at a data folder before it is opened.
func tracesAt(data string) (traces, error) {
	t := traces{data: data, names: map[string]bool{}}
	all, err := os.ReadDir(data)
	if errors.Is(err, fs.ErrNotExist) {
		for up := filepath.Dir(data); up != filepath.Dir(up); up = filepath.Dir(up) {
			if _, err := os.Lstat(up); !errors.Is(err, fs.ErrNotExist) {
				break
			}
			t.above = up
		}
		return t, nil
	}
	if err != nil {
		return t, misuse.Errorf("duban: --data: %v", err)
	}
	t.folder = true
	for _, e := range all {
		t.names[e.Name()] = true
		t.store = t.store || e.Name() == "duban.db"
	}
	return t, nil
}

// HasStore reports whether a store's database is in the folder.
func HasStore(data string) (bool, error) {
	t, err := tracesAt(data)
	return t.store, err
}

// clear takes away the fresh store that a refused start has made, and its folder if that
// was not there. The store must be closed.
func (t traces) clear() error {
	if t.store {
		return nil
	}
	all, err := os.ReadDir(t.data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range all {
		if !t.names[e.Name()] {
			err = errors.Join(err, os.RemoveAll(filepath.Join(t.data, e.Name())))
		}
	}
	if err != nil || t.folder {
		return err
	}
	for up := t.data; err == nil; up = filepath.Dir(up) {
		if err = os.Remove(up); t.above == "" || up == t.above {
			break
		}
	}
	return err
}
