package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"duban/workflow"
)

const (
	// clockSlack is how far the machine's clock may stand behind the journal
	// before the journal's time is used instead.
	clockSlack = 2 * time.Second
	// keyLife is how long a repeat is recognised.
	keyLife = 30 * 24 * time.Hour
	// maxKey is the longest key of any bucket, in bytes: half of it ids, half of
	// it caution. bbolt's own limit is 32 KiB.
	maxKey = 1024
)

// Change implements workflow.Journal.
func (s *Store) Change(ctx context.Context, c workflow.Change) (workflow.Receipt, error) {
	var r workflow.Receipt
	err := s.do(ctx, func(w *work) (err error) {
		r, err = w.change(c)
		return err
	})
	if err != nil {
		return workflow.Receipt{}, err
	}
	return r, nil
}

// SaveDraft implements workflow.Journal.
func (s *Store) SaveDraft(ctx context.Context, d workflow.Draft) error {
	return s.do(ctx, func(w *work) error {
		if len(d.Body) == 0 {
			w.put(inDrafts, d.Assignment, nil)
			return nil
		}
		return w.rows().save(inDrafts, d.Assignment, d)
	})
}

// work is one job's overlay over the batch it runs in.
type work struct {
	b       *batch
	pending map[place][]byte // nil: to be deleted
	head    position
	keyed   bool
	deleted bool
	err     error // a put that cannot be written
}

func (w *work) get(in space, key string) []byte {
	at := place{in, key}
	if v, ok := w.pending[at]; ok {
		return v
	}
	if v, ok := w.b.pending[at]; ok {
		return v
	}
	return w.b.tx.get(in, key)
}

func (w *work) scan(in space, prefix string, visit func(string, []byte) error) error {
	found := map[string][]byte{}
	err := w.b.tx.scan(in, prefix, func(k string, v []byte) error {
		found[k] = v
		return nil
	})
	if err != nil {
		return err
	}
	for _, over := range []map[place][]byte{w.b.pending, w.pending} {
		for at, v := range over {
			if at.in == in && strings.HasPrefix(at.key, prefix) {
				found[at.key] = v
			}
		}
	}
	keys := make([]string, 0, len(found))
	for k, v := range found {
		if v != nil {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		if err := visit(k, found[k]); err != nil {
			return err
		}
	}
	return nil
}

// put replaces a value; nil deletes it.
func (w *work) put(in space, key string, v []byte) {
	if (key == "" || len(key) > maxKey) && w.err == nil {
		w.err = fmt.Errorf("a key of %s must have 1 to %d bytes, this one has %d", spaceNames[in], maxKey, len(key))
	}
	w.pending[place{in, key}] = v
}

func (w *work) view() view { return view{w} }
func (w *work) rows() rows { return rows{view{w}, w.put} }

// times answers decide's now and the time to record: received as it is, unless
// the machine's clock stands behind the journal; recorded never goes back.
func (w *work) times(received time.Time) (now, recorded time.Time) {
	machine := w.b.s.now().Round(0)
	highest := w.head.recorded
	now, recorded = received.Round(0), machine
	if now.IsZero() {
		now = machine
	}
	if machine.Before(highest.Add(-clockSlack)) {
		w.b.s.stats.clockBack.Add(1)
		w.b.s.clockBack(machine, highest)
		now = highest
	}
	if recorded.Before(highest) {
		recorded = highest
	}
	return now, recorded
}

func (w *work) change(c workflow.Change) (r workflow.Receipt, err error) {
	if c.Decide == nil {
		return r, workflow.Fault(workflow.Internal, "store.no_decide")
	}
	now, recorded := w.times(c.Received)
	if c.Key != "" {
		r, found, err := w.repeat(c, recorded)
		if found || err != nil {
			return r, err
		}
	}
	events, err := c.Decide(w.view(), now)
	if err != nil {
		return r, err
	}
	r.At = now
	if r.Events, err = w.append(events, c.Actor, now, recorded); err != nil {
		return r, err
	}
	r.Seq = w.head.seq
	var row []byte
	if c.Subject != "" {
		if r.Assignment, _, err = w.view().Assignment(c.Subject); err != nil {
			return r, err
		}
		row = w.get(inAssignments, c.Subject)
	}
	if len(events) == 0 {
		return r, nil
	}
	if len(c.Source) > 0 {
		sum := sha256.Sum256(c.Source)
		w.put(inSources, hex.EncodeToString(sum[:]), c.Source)
	}
	if c.Key != "" {
		return r, w.remember(c, recorded, answerRow{Subject: c.Subject, Seq: r.Seq, At: now, Assignment: row})
	}
	return r, nil
}

// append writes the events, their trail and what they fold into.
func (w *work) append(events []workflow.Event, actor workflow.Actor, now, recorded time.Time) ([]workflow.Event, error) {
	var out []workflow.Event
	for _, e := range events {
		if e.At.IsZero() {
			e.At = now
		}
		if e.Actor == (workflow.ActorRef{}) {
			e.Actor = actor.Ref()
		}
		e.RecordedAt = recorded
		stored, err := w.appendOne(e)
		if err != nil {
			return nil, fmt.Errorf("event %s: %w", e.Kind, err)
		}
		out = append(out, stored)
	}
	return out, nil
}

func (w *work) appendOne(e workflow.Event) (workflow.Event, error) {
	if e.Kind == "" {
		return e, workflow.Fault(workflow.Internal, "store.event_without_kind")
	}
	if strings.Contains(e.Assignment, "\x00") {
		return e, workflow.Fault(workflow.Internal, "store.bad_id")
	}
	e.Seq = w.head.seq + 1
	e.At = e.At.Round(0)
	tail, err := w.sealTexts(&e)
	if err != nil {
		return e, err
	}
	core, err := json.Marshal(e)
	if err != nil {
		return e, err
	}
	prev := w.head.hash
	value := joinRecord(workflow.ChainHash(prev, core), core, tail)
	// What is folded and answered is what was stored, byte for byte, so that
	// folding the journal again cannot give anything else.
	r, err := splitRecord(value)
	if err != nil {
		return e, err
	}
	if e, err = r.event(prev); err != nil {
		return e, err
	}
	w.put(inEvents, seqKey(e.Seq), value)
	if e.Assignment != "" {
		w.put(inTrail, trailKey(e.Assignment, e.Seq), []byte{})
	}
	w.head = position{seq: e.Seq, hash: e.Hash, recorded: e.RecordedAt}
	if err := workflow.Fold(w.rows(), e); err != nil {
		return e, err
	}
	return e, w.sideEffects(e)
}

// sealTexts sets the event's text digest and answers the tail that holds the texts.
func (w *work) sealTexts(e *workflow.Event) ([]byte, error) {
	e.TextDigest = ""
	if len(e.Texts) == 0 {
		return nil, nil
	}
	var salt [16]byte
	if _, err := io.ReadFull(w.b.s.random, salt[:]); err != nil {
		return nil, fmt.Errorf("no randomness for a salt: %w", err)
	}
	texts, err := json.Marshal(e.Texts) // keys sorted
	if err != nil {
		return nil, err
	}
	t := tail{Salt: hex.EncodeToString(salt[:]), Texts: texts}
	e.TextDigest = t.digest()
	return json.Marshal(t)
}

// digest is the hex SHA-256 of the salt's hex text and the texts' JSON.
func (t tail) digest() string {
	d := sha256.New()
	io.WriteString(d, t.Salt)
	d.Write(t.Texts)
	return hex.EncodeToString(d.Sum(nil))
}

// sideEffects does what an event means for stored bytes rather than rows: a
// redacted event loses its texts, deleted evidence its content.
func (w *work) sideEffects(e workflow.Event) error {
	switch e.Kind {
	case workflow.KindTextRedacted:
		target := seqKey(e.Data.Redacted)
		v := w.get(inEvents, target)
		if v == nil || e.Data.Redacted >= e.Seq {
			return workflow.Fault(workflow.NotFound, "event.unknown", "seq", e.Data.Redacted)
		}
		r, err := splitRecord(v)
		if err != nil {
			return damagedRow(inEvents, target, err)
		}
		w.put(inEvents, target, joinRecord(r.hash, r.core, nil))
	case workflow.KindFileDeleted:
		if e.Data.File == nil {
			return nil
		}
		f, found, err := w.view().File(e.Data.File.ID)
		if err != nil || !found || f.SHA256 == "" {
			return err
		}
		w.put(inTrash, f.SHA256, []byte{})
		w.deleted = true
	}
	return nil
}

// answerRow is what a repeat of a keyed change is answered with.
type answerRow struct {
	Subject    string          `json:"subject,omitempty"`
	Seq        uint64          `json:"seq"`
	At         time.Time       `json:"at"`
	Assignment json.RawMessage `json:"assignment,omitempty"`
}

const keyHead = 8 + sha256.Size

func (w *work) remember(c workflow.Change, at time.Time, a answerRow) error {
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	v := binary.BigEndian.AppendUint64(make([]byte, 0, keyHead+len(b)), uint64(at.UnixNano()))
	v = append(append(v, c.Digest[:]...), b...)
	w.put(inKeys, c.Key, v)
	w.keyed = true
	return nil
}

// repeat finds the answer to an earlier change with the same key.
func (w *work) repeat(c workflow.Change, now time.Time) (r workflow.Receipt, found bool, err error) {
	if len(c.Key) > maxKey {
		return r, false, workflow.Fault(workflow.Invalid, "idempotency.too_long", "max", maxKey)
	}
	v := w.get(inKeys, c.Key)
	if v == nil || keyExpired(v, now) {
		return r, false, nil
	}
	if len(v) < keyHead {
		return r, false, damagedRow(inKeys, c.Key, errRecord)
	}
	if string(v[8:keyHead]) != string(c.Digest[:]) {
		return r, false, workflow.Fault(workflow.Invalid, "idempotency.reused")
	}
	a, err := decode[answerRow](inKeys, c.Key, v[keyHead:])
	if err != nil {
		return r, false, err
	}
	r = workflow.Receipt{Seq: a.Seq, At: a.At, Repeated: true}
	if len(a.Assignment) > 0 {
		r.Assignment, err = decode[workflow.Assignment](inKeys, c.Key, a.Assignment)
	}
	return r, err == nil, err
}

func keyExpired(v []byte, now time.Time) bool {
	return len(v) >= 8 && now.UnixNano()-int64(binary.BigEndian.Uint64(v)) > int64(keyLife)
}

// trimKeys looks at a few old keys for each new one, going round the bucket, and
// drops those that have expired: a bulk delete would stall the writers.
func (b *batch) trimKeys() error {
	if b.keyed == 0 {
		return nil
	}
	now := b.head.recorded
	c := b.tx.in(inKeys).Cursor()
	k, v := c.Seek([]byte(b.s.trimFrom))
	var old [][]byte
	for n := 2*b.keyed + 2; n > 0; n-- {
		if k == nil {
			b.s.trimFrom = ""
			break
		}
		if keyExpired(v, now) {
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
