package storetest

import (
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"duban/store/blob"
	"duban/store/journal"
	"duban/store/kv"
	"duban/store/memory"
)

// Memory is the journal over tables in memory: what a store.Store is over a file. Nothing
// outlives it. Salts and ids are the same in every run.
type Memory struct{ *journal.Journal }

// NewMemory is an empty engine, to be closed; now is its machine's clock.
func NewMemory(now func() time.Time) *Memory {
	tables, random := &memory.Engine{}, &sameBytes{from: rand.NewChaCha8([32]byte{})}
	err := tables.Update(func(tx kv.Tx) error { return journal.Begin(tx, random, now()) })
	if err != nil {
		panic(err) // memory refuses nothing
	}
	j, err := journal.Open(tables, &blob.Memory{}, journal.Options{Now: now, Random: random})
	if err != nil {
		panic(err) // as above
	}
	return &Memory{j}
}

// sameBytes are random bytes that are the same in every run, for several goroutines.
type sameBytes struct {
	mu   sync.Mutex
	from io.Reader
}

func (b *sameBytes) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.from.Read(p)
}
