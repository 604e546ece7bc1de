package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"
	"time"

	"duban/workflow"
)

// keyLife is how long a repeat is recognised.
const keyLife = 30 * 24 * time.Hour

// answerRow is what a repeat of a keyed change is answered with, before the row
// of its subject.
type answerRow struct {
	Seq uint64    `json:"seq"`
	At  time.Time `json:"at"`
}

const keyHead = 8 + sha256.Size

func (w *work) remember(c workflow.Change, recorded time.Time, a answerRow, row []byte) error {
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	v := binary.BigEndian.AppendUint64(make([]byte, 0, keyHead+1+len(b)+len(row)), uint64(recorded.UnixNano()))
	v = append(v, c.Digest[:]...)
	v = append(binary.AppendUvarint(v, uint64(len(b))), b...)
	w.put(inKeys, c.Key, seal(c.Key, append(v, row...)))
	w.keyedAt = recorded
	return nil
}

// repeat finds the answer to an earlier change with the same key.
func (w *work) repeat(c workflow.Change, now time.Time) (r workflow.Receipt, found bool, err error) {
	if len(c.Key) > maxKey {
		return r, false, workflow.Fault(workflow.Invalid, "idempotency.too_long", "max", maxKey)
	}
	sealed := w.get(inKeys, c.Key)
	if sealed == nil || keyExpired(sealed, now) {
		return r, false, nil
	}
	v, err := unseal(inKeys, c.Key, sealed)
	if err != nil {
		return r, false, err
	}
	if len(v) < keyHead {
		return r, false, damagedRow(inKeys, c.Key, errRecord)
	}
	if string(v[8:keyHead]) != string(c.Digest[:]) {
		return r, false, workflow.Fault(workflow.Invalid, "idempotency.reused")
	}
	n, used := binary.Uvarint(v[keyHead:])
	rest := v[keyHead+max(used, 0):]
	if used <= 0 || n > uint64(len(rest)) {
		return r, false, damagedRow(inKeys, c.Key, errRecord)
	}
	var a answerRow
	err = json.Unmarshal(rest[:n], &a)
	r = workflow.Receipt{Seq: a.Seq, At: a.At, Repeated: true}
	if row := rest[n:]; err == nil && len(row) > 0 {
		err = json.Unmarshal(row, &r.Assignment)
	}
	if err != nil {
		return r, false, damagedRow(inKeys, c.Key, err)
	}
	return r, true, nil
}

func keyExpired(v []byte, now time.Time) bool {
	return len(v) >= 8 && now.UnixNano()-int64(binary.BigEndian.Uint64(v)) > int64(keyLife) // #nosec G115 -- back to what UnixNano gave in remember
}

// trimKeys looks at a few old keys for each new one, going round the bucket, and
// drops those that have expired: a bulk delete would stall the writers.
func (b *batch) trimKeys() error {
	if b.keyed == 0 {
		return nil
	}
	c := b.tx.in(inKeys).Cursor()
	k, v := c.Seek([]byte(b.s.trimFrom))
	var old [][]byte
	for n := 2*b.keyed + 2; n > 0; n-- {
		if k == nil {
			b.s.trimFrom = ""
			break
		}
		if keyExpired(v, b.keyedAt) {
			old = append(old, slices.Clone(k))
		}
		k, v = c.Next()
		b.s.trimFrom = string(k)
	}
	for _, k := range old {
		if err := b.tx.in(inKeys).Delete(k); err != nil {
			return err
		}
	}
	return nil
}
