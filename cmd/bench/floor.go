// Package bench measures the program beside floors that do the bare work only, in
// the same run, so that a busy or slow machine moves both.
//
// The program is a process of its own, as an operator starts it, and so is the floor
// that serves: what they use of processor and memory is read from outside, and the
// load is no part of it. The floors are a bbolt file with a group commit, Fiber that
// sends ready bytes, and a gorilla broadcast. The package also generates large stores.
//
// Not here: goals, and what was measured once (docs/performance.md).
package bench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// Floor is the least a durable report costs: one goroutine that puts a row, an
// event and an index key for each waiting caller into one bbolt transaction.
type Floor struct {
	db   *bbolt.DB
	jobs chan floorJob
	done sync.WaitGroup
	seq  uint64
}

type floorJob struct {
	client int
	done   chan error
}

// What one report writes, in bytes, as the store writes it.
const (
	rowBytes   = 600
	eventBytes = 1000
)

var floorBuckets = [][]byte{[]byte("rows"), []byte("events"), []byte("index")}

// NewFloor opens the floor's file, which must not be there.
func NewFloor(file string) (*Floor, error) {
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{InitialMmapSize: 1 << 30, FreelistType: bbolt.FreelistMapType, NoStatistics: true})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, n := range floorBuckets {
			if _, err := tx.CreateBucket(n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	f := &Floor{db: db, jobs: make(chan floorJob, 1024)}
	f.done.Go(f.run)
	return f, nil
}

// Close ends the floor. No Put may be under way.
func (f *Floor) Close() error {
	close(f.jobs)
	f.done.Wait()
	return f.db.Close()
}

// Put writes one report durably.
func (f *Floor) Put(client int) error {
	j := floorJob{client, make(chan error, 1)}
	f.jobs <- j
	return <-j.done
}

// Row is a row that Put wrote, for reading.
func (f *Floor) Row(client int) (row []byte, err error) {
	err = f.db.View(func(tx *bbolt.Tx) error {
		row = append(row, tx.Bucket(floorBuckets[0]).Get(floorID(client))...)
		return nil
	})
	return row, err
}

func floorID(client int) []byte { return fmt.Appendf(nil, "2022Q3-%02d-lead-scjg", client) }

// run commits what waits. After a commit that several shared it waits a quarter of
// the commit's time for as many again, as the store does.
func (f *Floor) run() {
	last, wait := 0, time.Duration(0)
	for j := range f.jobs {
		batch := f.collect([]floorJob{j}, last, wait)
		start := time.Now()
		err := f.db.Update(func(tx *bbolt.Tx) error { return f.put(tx, batch) })
		last, wait = len(batch), min(time.Since(start)/4, 2*time.Millisecond)
		for _, j := range batch {
			j.done <- err
		}
	}
}

func (f *Floor) collect(batch []floorJob, last int, wait time.Duration) []floorJob {
	deadline := time.After(wait)
	for len(batch) < 256 {
		select {
		case j, ok := <-f.jobs:
			if !ok {
				return batch
			}
			batch = append(batch, j)
			continue
		default:
		}
		if last < 2 || len(batch) >= last {
			break
		}
		select {
		case j, ok := <-f.jobs:
			if !ok {
				return batch
			}
			batch = append(batch, j)
		case <-deadline:
			return batch
		}
	}
	return batch
}

func (f *Floor) put(tx *bbolt.Tx, batch []floorJob) error {
	row, event := make([]byte, rowBytes), make([]byte, eventBytes)
	for _, j := range batch {
		f.seq++
		k, id := binary.BigEndian.AppendUint64(nil, f.seq), floorID(j.client)
		err := errors.Join(tx.Bucket(floorBuckets[0]).Put(id, row), tx.Bucket(floorBuckets[1]).Put(k, event),
			tx.Bucket(floorBuckets[2]).Put(append(id, k...), nil))
		if err != nil {
			return err
		}
	}
	return nil
}
