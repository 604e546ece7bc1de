// Package memory keeps the tables of package kv in memory: for tests, and for what may be
// lost. Nothing outlives it.
package memory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"duban/store/kv"
)

// entry is a key with its value; neither ever changes.
type entry struct {
	key   string
	value []byte
}

// table is sorted by key. One that readers hold never changes: a transaction that writes
// puts another in its place, or appends behind the end that readers know.
type table []entry

// find is where the key stands, or would stand.
func (t table) find(key string) (int, bool) {
	return slices.BinarySearchFunc(t, key, func(e entry, key string) int { return strings.Compare(e.key, key) })
}

// tables are one state of everything.
type tables [kv.Spaces]table

// Engine is a kv.Engine in memory. The zero Engine is empty and ready.
type Engine struct {
	mu  sync.Mutex // held for a moment, to take the state or to replace it
	now tables
}

var _ kv.Engine = (*Engine)(nil)

// View implements kv.Engine.
func (e *Engine) View(_ context.Context, fn func(kv.Reader) error) error {
	return fn(&tx{tables: e.state()})
}

func (e *Engine) state() tables {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

// Update implements kv.Engine. What fn did is dropped when it fails.
func (e *Engine) Update(fn func(kv.Tx) error) error {
	t := &tx{tables: e.state()}
	if err := fn(t); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = t.tables
	return nil
}

// Check implements kv.Engine: memory can always be written.
func (e *Engine) Check() error { return nil }

// Size implements kv.Engine.
func (e *Engine) Size() (n int64) {
	for _, t := range e.state() {
		for _, row := range t {
			n += int64(len(row.key) + len(row.value))
		}
	}
	return n
}

// Close implements kv.Engine.
func (e *Engine) Close() error { return nil }

// tx is a transaction: a state of its own.
type tx struct {
	tables
	own [kv.Spaces]bool // copied: its rows may be moved
}

// Get implements kv.Reader.
func (t *tx) Get(in kv.Space, key string) ([]byte, error) {
	if i, found := t.tables[in].find(key); found {
		return t.tables[in][i].value, nil
	}
	return nil, nil
}

// Scan implements kv.Reader.
func (t *tx) Scan(in kv.Space, from string, visit func(string, []byte) error) error {
	at, _ := t.tables[in].find(from)
	return ended(t.walk(slices.All(t.tables[in][at:]), visit))
}

// Back implements kv.Reader.
func (t *tx) Back(in kv.Space, before string, visit func(string, []byte) error) error {
	at := len(t.tables[in])
	if before != "" {
		at, _ = t.tables[in].find(before)
	}
	return ended(t.walk(slices.Backward(t.tables[in][:at]), visit))
}

func (t *tx) walk(all func(func(int, entry) bool), visit func(string, []byte) error) error {
	for _, e := range all {
		if err := visit(e.key, e.value); err != nil {
			return err
		}
	}
	return nil
}

func ended(err error) error {
	if errors.Is(err, kv.ErrStop) {
		return nil
	}
	return err
}

// Put implements kv.Tx.
func (t *tx) Put(in kv.Space, key string, value []byte) error {
	e := entry{key, append([]byte{}, value...)}
	i, found := t.tables[in].find(key)
	switch {
	case found:
		t.copy(in)
		t.tables[in][i] = e
	case i == len(t.tables[in]): // behind what readers know
		t.tables[in] = append(t.tables[in], e)
	default:
		t.copy(in)
		t.tables[in] = slices.Insert(t.tables[in], i, e)
	}
	return nil
}

// Delete implements kv.Tx.
func (t *tx) Delete(in kv.Space, key string) error {
	if i, found := t.tables[in].find(key); found {
		t.copy(in)
		t.tables[in] = slices.Delete(t.tables[in], i, i+1)
	}
	return nil
}

// copy makes the table the transaction's own.
func (t *tx) copy(in kv.Space) {
	if !t.own[in] {
		t.own[in], t.tables[in] = true, slices.Clone(t.tables[in])
	}
}
