// Package codec turns events and rows into the bytes that stand in a store, and back.
//
// What is under a hash may not change by a byte, so everything is written as encoding/json
// writes it. What every act reads and writes has code of its own, without reflection
// (docs/adr/0024-json-without-reflection.md); tests hold it against encoding/json field by
// field. A new field of an event or a row is taught to read_rows.go, write_rows.go and, for
// an event's data, normal.go.
//
// Not here: which event follows which, and where the bytes are kept.
package codec

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"duban/store/kv"
	"duban/workflow"
)

// SeqKey is the key of the event at the position. Keys of events are in journal order.
func SeqKey(seq uint64) string {
	var k [8]byte
	binary.BigEndian.PutUint64(k[:], seq)
	return string(k[:])
}

// TrailPrefix is how the keys of an assignment's trail begin; a SeqKey follows.
func TrailPrefix(assignment string) string { return assignment + "\x00" }

// TrailKey says that the event belongs to the assignment.
func TrailKey(assignment string, seq uint64) string { return TrailPrefix(assignment) + SeqKey(seq) }

// ErrRecord is the cause when bytes have not even the form of a record.
var ErrRecord = errors.New("the record is cut or garbled")

// Record is a stored event taken apart. It shares the memory of the value.
type Record struct {
	Hash workflow.Hash
	Core []byte // the JSON under the hash
	Tail []byte // the texts with their salt; empty when there are none, or no more
}

// Split takes a stored value apart.
func Split(v []byte) (r Record, err error) {
	if len(v) < len(r.Hash)+1 {
		return r, ErrRecord
	}
	copy(r.Hash[:], v)
	n, used := binary.Uvarint(v[len(r.Hash):])
	rest := v[len(r.Hash)+max(used, 0):]
	if used <= 0 || n > uint64(len(rest)) {
		return r, ErrRecord
	}
	r.Core, r.Tail = rest[:n], rest[n:]
	return r, nil
}

// Join puts a value together, in memory of its own.
func (r Record) Join() []byte {
	v := make([]byte, 0, len(r.Hash)+binary.MaxVarintLen32+len(r.Core)+len(r.Tail))
	v = append(v, r.Hash[:]...)
	v = binary.AppendUvarint(v, uint64(len(r.Core)))
	v = append(v, r.Core...)
	return append(v, r.Tail...)
}

// Bare decodes the event without its texts and the hash before it. Texts that many events
// have in common are shared through names; with nil each event has its own.
func (r Record) Bare(names map[string]string) (e workflow.Event, err error) {
	err = unmarshal(r.Core, &e, names)
	e.Hash = r.Hash
	return e, err
}

// Event decodes the event with its texts; prev is the hash of the one before.
func (r Record) Event(prev workflow.Hash, names map[string]string) (e workflow.Event, err error) {
	if e, err = r.Bare(names); err != nil {
		return e, err
	}
	e.Prev = prev
	e.Texts, err = r.Texts()
	return e, err
}

// Kind is the event's kind alone, false when it does not stand where we write it.
func (r Record) Kind() (workflow.Kind, bool) {
	q := reader{b: r.Core}
	q.need('{')
	q.must(`"seq":`)
	q.number()
	q.must(`"at":`)
	q.quoted()
	q.must(`"recorded_at":`)
	q.quoted()
	q.must(`"kind":`)
	kind := q.quoted()
	return workflow.Kind(kind), !q.bad
}

// Event decodes a stored event and holds it against its key, its hash and the one before.
// names is as for Record.Bare.
func Event(key string, v []byte, prev workflow.Hash, names map[string]string) (e workflow.Event, err error) {
	r, err := Split(v)
	if err == nil && workflow.ChainHash(prev, r.Core) != r.Hash {
		err = errors.New("its hash does not follow from its content and the event before it")
	}
	if err == nil {
		e, err = r.Event(prev, names)
	}
	if err == nil && len(r.Tail) > 0 {
		err = r.CheckTexts(e.TextDigest)
	}
	if err == nil && SeqKey(e.Seq) != key {
		err = ErrRecord
	}
	if err != nil {
		return e, Damaged(kv.Events, key, err)
	}
	return e, nil
}

// HashAt is the hash of the event at the position; zeros before the first.
func HashAt(from kv.Reader, seq uint64) (h workflow.Hash, err error) {
	if seq == 0 {
		return h, nil
	}
	v, err := from.Get(kv.Events, SeqKey(seq))
	if err != nil {
		return h, err
	}
	r, err := Split(v)
	if err != nil {
		return h, Damaged(kv.Events, SeqKey(seq), err)
	}
	return r.Hash, nil
}

// tail is an event's free text. Texts keeps the bytes that were digested.
type tail struct {
	Salt  string          `json:"salt"`
	Texts json.RawMessage `json:"texts"`
}

// How a tail begins, and what stands between its salt and its texts.
const (
	tailSalt  = `{"salt":"`
	tailTexts = `","texts":`
)

// digest is the hex SHA-256 of the salt's hex text and the texts' JSON.
func (t tail) digest() string {
	d := sha256.New()
	d.Write([]byte(t.Salt)) // #nosec G104 -- a hash takes every write
	d.Write(t.Texts)
	return hex.EncodeToString(d.Sum(nil))
}

// AppendTail writes {"salt":"…","texts":…} and answers the digest of salt and texts.
func AppendTail(b []byte, salt [16]byte, texts workflow.Texts) (written []byte, digest string) {
	b = append(b, tailSalt...)
	from := len(b)
	b = hex.AppendEncode(b, salt[:])
	to := len(b)
	b = append(b, tailTexts...)
	at := len(b)
	b = appendTexts(b, texts)
	digest = tail{Salt: string(b[from:to]), Texts: b[at:]}.digest()
	return append(b, '}'), digest
}

// StoredTexts is what reading the tail gives: the given texts, when JSON changes nothing in
// them.
func StoredTexts(given workflow.Texts, tail []byte) (workflow.Texts, error) {
	for k, v := range given {
		if !utf8.ValidString(k) || !utf8.ValidString(v) {
			return Record{Tail: tail}.Texts()
		}
	}
	if len(given) == 0 {
		return nil, nil
	}
	return given, nil
}

// CheckTexts compares the texts that are there with the digest in the core.
func (r Record) CheckTexts(want string) error {
	t, err := r.splitTail()
	if err != nil {
		return fmt.Errorf("its texts cannot be read: %w", err)
	}
	if t.digest() != want {
		return errors.New("its texts are not the ones it was written with")
	}
	return nil
}

// splitTail takes a tail apart. One that looks as AppendTail writes it is cut rather than
// parsed: every read of an event passes here, and the digest says whether the bytes are
// right.
func (r Record) splitTail() (t tail, err error) {
	const saltLen = 32
	if b, ok := bytes.CutPrefix(r.Tail, []byte(tailSalt)); ok && len(b) > saltLen {
		if rest, ok := bytes.CutPrefix(b[saltLen:], []byte(tailTexts)); ok && len(rest) > 0 {
			return tail{Salt: string(b[:saltLen]), Texts: rest[:len(rest)-1]}, nil
		}
	}
	err = json.Unmarshal(r.Tail, &t)
	return t, err
}

// Texts are the event's free texts; nil when it has none, or none any more.
func (r Record) Texts() (workflow.Texts, error) {
	if len(r.Tail) == 0 {
		return nil, nil
	}
	t, err := r.splitTail()
	if err != nil {
		return nil, err
	}
	var texts workflow.Texts
	err = unmarshal(t.Texts, &texts, nil)
	return texts, err
}
