package bolt

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"go.etcd.io/bbolt"

	"duban/store/kv"
)

// tx is a bbolt transaction as a kv.Tx. inside is set while bbolt's own code runs: a panic
// then is the file's, any other is the caller's.
type tx struct {
	tx       *bbolt.Tx
	buckets  [kv.Spaces]*bbolt.Bucket
	inside   bool
	key      []byte    // the one at hand: bbolt keeps none
	panicked *kv.Fault // when bbolt has panicked; nothing more is asked of it
}

var _ kv.Tx = (*tx)(nil)

// bucket is the only place that yields a table's bucket; nil when the file lacks it.
func bucket(t *bbolt.Tx, in kv.Space) *bbolt.Bucket { return t.Bucket([]byte(in.String())) }

// bucket is called while inside.
func (t *tx) bucket(in kv.Space) *bbolt.Bucket {
	if t.buckets[in] == nil {
		t.buckets[in] = bucket(t.tx, in)
		if in == kv.Events {
			t.buckets[in].FillPercent = 0.9 // only ever appended to
		}
	}
	return t.buckets[in]
}

func (t *tx) bytes(key string) []byte {
	t.key = append(t.key[:0], key...)
	return t.key
}

// leave turns a panic of bbolt into an error. It is deferred around everything of bbolt's.
func (t *tx) leave(err *error) {
	if !t.inside {
		return
	}
	t.inside = false
	if r := recover(); r != nil {
		t.panicked = panicked(r)
		*err = t.panicked
	}
}

func panicked(r any) *kv.Fault {
	return &kv.Fault{Err: fmt.Errorf("panic: %v\n%s", r, debug.Stack()), Then: kv.Broken}
}

// Get implements kv.Reader.
func (t *tx) Get(in kv.Space, key string) (v []byte, err error) {
	if t.panicked != nil {
		return nil, t.panicked
	}
	t.inside = true
	defer t.leave(&err)
	return t.bucket(in).Get(t.bytes(key)), nil
}

// Scan implements kv.Reader.
func (t *tx) Scan(in kv.Space, from string, visit func(string, []byte) error) error {
	return t.walk(in, visit, func(c *bbolt.Cursor) ([]byte, []byte) { return c.Seek([]byte(from)) }, (*bbolt.Cursor).Next)
}

// Back implements kv.Reader.
func (t *tx) Back(in kv.Space, before string, visit func(string, []byte) error) error {
	return t.walk(in, visit, func(c *bbolt.Cursor) (k, v []byte) {
		if before != "" {
			k, _ = c.Seek([]byte(before))
		}
		if k == nil {
			return c.Last()
		}
		return c.Prev()
	}, (*bbolt.Cursor).Prev)
}

// walk visits what the cursor finds, until visit fails.
func (t *tx) walk(in kv.Space, visit func(string, []byte) error, first, next func(*bbolt.Cursor) ([]byte, []byte)) (err error) {
	if t.panicked != nil {
		return t.panicked
	}
	t.inside = true
	defer t.leave(&err)
	c := t.bucket(in).Cursor()
	for k, v := first(c); k != nil; k, v = next(c) {
		t.inside = false
		if err := visit(string(k), v); err != nil {
			if errors.Is(err, kv.ErrStop) {
				return nil
			}
			return err
		}
		t.inside = true
	}
	return nil
}

// Put implements kv.Tx.
func (t *tx) Put(in kv.Space, key string, value []byte) (err error) {
	if t.panicked != nil {
		return t.panicked
	}
	t.inside = true
	defer t.leave(&err)
	return t.bucket(in).Put(t.bytes(key), value)
}

// Delete implements kv.Tx.
func (t *tx) Delete(in kv.Space, key string) (err error) {
	if t.panicked != nil {
		return t.panicked
	}
	t.inside = true
	defer t.leave(&err)
	return t.bucket(in).Delete(t.bytes(key))
}

// WriteTo copies the whole file as it stands for a Reader that View gave.
func WriteTo(w io.Writer, r kv.Reader) (n int64, err error) {
	t, ok := r.(*tx)
	if !ok {
		return 0, errors.New("bolt: not a transaction of this package")
	}
	return t.tx.WriteTo(w)
}
