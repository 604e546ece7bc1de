package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"time"

	"duban/store/codec"
	"duban/store/kv"
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
	w.put(kv.Keys, c.Key, codec.Seal(c.Key, append(v, row...)))
	w.keyedAt = recorded
	return nil
}

// repeat finds the answer to an earlier change with the same key.
func (w *work) repeat(c workflow.Change, now time.Time) (r workflow.Receipt, found bool, err error) {
	if len(c.Key) > maxKey {
		return r, false, workflow.Fault(workflow.Invalid, "idempotency.too_long", "max", maxKey)
	}
	sealed, err := w.get(kv.Keys, c.Key)
	if err != nil {
		return r, false, err
	}
	if sealed == nil || keyExpired(sealed, now) {
		return r, false, nil
	}
	v, err := codec.Unseal(kv.Keys, c.Key, sealed)
	if err != nil {
		return r, false, err
	}
	if len(v) < keyHead {
		return r, false, codec.Damaged(kv.Keys, c.Key, codec.ErrRecord)
	}
	if string(v[8:keyHead]) != string(c.Digest[:]) {
		return r, false, workflow.Fault(workflow.Invalid, "idempotency.reused")
	}
	n, used := binary.Uvarint(v[keyHead:])
	rest := v[keyHead+max(used, 0):]
	if used <= 0 || n > uint64(len(rest)) {
		return r, false, codec.Damaged(kv.Keys, c.Key, codec.ErrRecord)
	}
	var a answerRow
	err = json.Unmarshal(rest[:n], &a)
	r = workflow.Receipt{Seq: a.Seq, At: a.At, Repeated: true}
	if row := rest[n:]; err == nil && len(row) > 0 {
		err = json.Unmarshal(row, &r.Assignment)
	}
	if err != nil {
		return r, false, codec.Damaged(kv.Keys, c.Key, err)
	}
	return r, true, nil
}

func keyExpired(v []byte, now time.Time) bool {
	return len(v) >= 8 && now.UnixNano()-int64(binary.BigEndian.Uint64(v)) > int64(keyLife) // #nosec G115 -- back to what UnixNano gave in remember
}

// trimKeys looks at a few old keys for each new one, going round the table, and drops
// those that have expired: a bulk delete would stall the writers.
func (b *batch) trimKeys() error {
	if b.keyed == 0 {
		return nil
	}
	left, from := 2*b.keyed+2, b.j.trimFrom
	b.j.trimFrom = "" // at the end it begins anew
	var old []string
	err := b.tx.Scan(kv.Keys, from, func(k string, v []byte) error {
		if left == 0 {
			b.j.trimFrom = k
			return kv.ErrStop
		}
		left--
		if keyExpired(v, b.keyedAt) {
			old = append(old, k)
		}
		return nil
	})
	for _, k := range old {
		if err == nil {
			err = b.tx.Delete(kv.Keys, k)
		}
	}
	return err
}
