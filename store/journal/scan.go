package journal

import (
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"
	"sync"

	"duban/store/codec"
	"duban/store/kv"
	"duban/workflow"
)

// stretchRows is how many rows travel together to a decoder.
const stretchRows = 256

// stretch is a few rows in a row on their way through a decoder. The bytes lie in
// the transaction, which stays open until the scan has ended.
type stretch[T any] struct {
	keys   []string
	values [][]byte
	rows   []T
	err    error // of the row after the last of rows
	ready  chan struct{}
}

// all yields every row of a table in key order, until the first that cannot be
// read. The caller's goroutine walks the table and takes the rows. Other goroutines,
// one a processor, decode a bounded number of rows ahead of it. All of them end with
// the scan.
func all[T any](from source, in kv.Space) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		d := decoders[T]{in: in, queue: make(chan *stretch[T], runtime.GOMAXPROCS(0))}
		defer d.stop()
		next, waiting := &stretch[T]{}, []*stretch[T]{}
		give := func(s *stretch[T]) bool {
			<-s.ready
			for _, row := range s.rows {
				if !yield(row, nil) {
					return false
				}
			}
			if s.err != nil {
				var none T
				yield(none, s.err)
			}
			return s.err == nil
		}
		left := false // by the caller, or at a row that cannot be read
		err := from.scan(in, "", func(k string, b []byte) error {
			next.keys, next.values = append(next.keys, k), append(next.values, b)
			if len(next.keys) < stretchRows {
				return nil
			}
			d.send(next)
			waiting, next = append(waiting, next), &stretch[T]{}
			if len(waiting) > 2*cap(d.queue) {
				if !give(waiting[0]) {
					left = true
					return kv.ErrStop
				}
				waiting = waiting[1:]
			}
			return nil
		})
		if left {
			return
		}
		if err != nil {
			next.err = err
		}
		next.ready = make(chan struct{})
		next.decode(in, nil) // the rest, or all of a short list
		for _, s := range append(waiting, next) {
			if !give(s) {
				return
			}
		}
	}
}

// decoders are the goroutines of one scan. They start with the first stretch.
type decoders[T any] struct {
	in      kv.Space
	queue   chan *stretch[T]
	running sync.WaitGroup
	started bool
}

func (d *decoders[T]) send(s *stretch[T]) {
	if !d.started {
		d.started = true
		for range cap(d.queue) {
			d.running.Go(func() {
				names := map[string]string{}
				for s := range d.queue {
					s.decode(d.in, names)
				}
			})
		}
	}
	s.ready = make(chan struct{})
	d.queue <- s
}

func (d *decoders[T]) stop() {
	close(d.queue)
	d.running.Wait()
}

// decode reads the rows. A damaged page under the bytes is an error, as in
// Store.read.
func (s *stretch[T]) decode(in kv.Space, names map[string]string) {
	defer close(s.ready)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			s.err = &workflow.Error{Kind: workflow.Internal, Code: "store.damaged", Err: fmt.Errorf("panic while reading: %v", r)}
		}
	}()
	s.rows = make([]T, 0, len(s.keys))
	for i, k := range s.keys {
		s.rows = s.rows[:i+1]
		if err := codec.RowInto(in, k, s.values[i], &s.rows[i], names); err != nil {
			s.rows, s.err = s.rows[:i], err
			return
		}
	}
}
