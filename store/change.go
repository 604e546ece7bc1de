package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"duban/workflow"
	"duban/workflow/account"
)

const (
	// clockSlack is how far the machine's clock may stand behind the journal
	// before the journal's time is used instead.
	clockSlack = 2 * time.Second
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

// UpdateAccounts implements account.Store. Records without events are written too.
func (s *Store) UpdateAccounts(ctx context.Context, received time.Time, actor workflow.Actor,
	fn func(account.Tx, time.Time) ([]workflow.Event, error)) error {
	return s.do(ctx, func(w *work) error {
		now, recorded := w.times(received)
		events, err := fn(accountTx{w.rows()}, now)
		if err != nil {
			return err
		}
		_, err = w.append(events, actor, now, recorded)
		return err
	})
}

// work is one job's part of the batch it runs in.
type work struct {
	b                 *batch
	undo              []replaced
	decoded           lately
	head              position
	keyedAt           time.Time // when the idempotency key was recorded, zero: there is none
	events            []*kept   // appended
	deleted, redacted bool
	err               error // a put that cannot be written
}

// replaced is what a put has replaced in the batch's overlay.
type replaced struct {
	at  place
	old []byte
	had bool
}

func (w *work) get(in space, key string) []byte {
	if v, ok := w.b.pending[place{in, key}]; ok {
		return v
	}
	return w.b.tx.get(in, key)
}

func (w *work) scan(in space, prefix string, visit func(string, []byte) error) error {
	found := map[string][]byte{}
	for at, v := range w.b.pending {
		if at.in == in && strings.HasPrefix(at.key, prefix) {
			found[at.key] = v
		}
	}
	if len(found) == 0 {
		return w.b.tx.scan(in, prefix, visit)
	}
	err := w.b.tx.scan(in, prefix, func(k string, v []byte) error {
		if _, newer := found[k]; !newer {
			found[k] = v
		}
		return nil
	})
	if err != nil {
		return err
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
	at := place{in, key}
	old, had := w.b.pending[at]
	w.undo = append(w.undo, replaced{at, old, had})
	w.b.pending[at] = v
}

// rollback takes every put of this job out of the batch again.
func (w *work) rollback() {
	for _, r := range slices.Backward(w.undo) {
		if r.had {
			w.b.pending[r.at] = r.old
		} else {
			delete(w.b.pending, r.at)
		}
	}
}

func (w *work) rows() rows { return rows{view{w}, w.put} }

// times answers decide's now and the time to record: received as it is, unless
// the machine's clock stands behind the plan's work so far; recorded never goes
// back behind that.
func (w *work) times(received time.Time) (now, recorded time.Time) {
	machine := w.b.s.now().Round(0)
	highest := w.head.worked
	now, recorded = received.Round(0), machine
	if now.IsZero() {
		now = machine
	}
	back := machine.Before(highest.Add(-clockSlack))
	if w.b.s.clockBack(back, machine, highest); back {
		now = highest
	}
	if recorded.Before(highest) {
		recorded = highest
	}
	return now, recorded
}

func (w *work) change(c workflow.Change) (r workflow.Receipt, err error) {
	if c.Decide == nil && c.Drafts == nil {
		return r, workflow.Fault(workflow.Internal, "store.no_decide")
	}
	now, recorded := w.times(c.Received)
	if c.Key != "" {
		r, found, err := w.repeat(c, recorded)
		if found || err != nil {
			return r, err
		}
	}
	var events []workflow.Event
	if c.Decide != nil {
		if events, err = c.Decide(w.view(), now); err != nil {
			return r, err
		}
	}
	if c.Drafts != nil {
		if err := w.drafts(c.Drafts(w.view(), now)); err != nil {
			return r, err
		}
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
		if v := w.get(inAssignments, c.Subject); v != nil && c.Key != "" {
			if row, err = unseal(inAssignments, c.Subject, v); err != nil {
				return r, err
			}
		}
	}
	if len(events) == 0 {
		return r, nil
	}
	if len(c.Source) > 0 {
		sum := sha256.Sum256(c.Source)
		w.put(inSources, hex.EncodeToString(sum[:]), c.Source)
	}
	if c.Key != "" {
		return r, w.remember(c, recorded, answerRow{Seq: r.Seq, At: now}, row)
	}
	return r, nil
}

// drafts writes unfinished reports.
func (w *work) drafts(ds []workflow.Draft, err error) error {
	for _, d := range ds {
		if err == nil {
			err = w.rows().save(inDrafts, d.Assignment, d)
		}
	}
	return err
}

// append writes the events, their trail and what they fold into.
func (w *work) append(events []workflow.Event, actor workflow.Actor, now, recorded time.Time) ([]workflow.Event, error) {
	if len(events) == 0 {
		return nil, nil
	}
	out := make([]workflow.Event, 0, len(events))
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
	texts := e.Texts
	tail, err := w.sealTexts(&e)
	if err != nil {
		return e, err
	}
	// What is folded and answered is what was stored, byte for byte, so that
	// folding the journal again cannot give anything else.
	prev := w.head.hash
	value, e, err := w.b.encode(prev, e, tail)
	if err != nil {
		return e, err
	}
	if e.Texts, err = storedTexts(texts, tail); err != nil {
		return e, err
	}
	w.put(inEvents, seqKey(e.Seq), value)
	if e.Assignment != "" {
		w.put(inTrail, trailKey(e.Assignment, e.Seq), []byte{})
	}
	w.head.seq, w.head.hash = e.Seq, e.Hash
	if ofWork(e) {
		w.head.worked = e.RecordedAt
		w.noteReal(e.RecordedAt)
	}
	k := &kept{e, len(value)}
	k.event.Texts = maps.Clone(e.Texts) // those of e are the caller's
	w.events = append(w.events, k)
	if err := workflow.Fold(foldRows{w.rows(), w}, e); err != nil {
		return e, err
	}
	return e, w.sideEffects(e)
}

// encode is the record of an event after prev, and the event as it stands in it.
func (b *batch) encode(prev workflow.Hash, e workflow.Event, tail []byte) (value []byte, stored workflow.Event, err error) {
	stored, known := settled(e)
	core := b.s.coding.core[:0]
	if known {
		core, err = encodeEvent(core, &stored)
	} else {
		core, err = json.Marshal(e)
	}
	if err != nil {
		return nil, e, err
	}
	b.s.coding.core = core
	hash := workflow.ChainHash(prev, core)
	value = joinRecord(hash, core, tail)
	if known {
		stored.Hash = hash
	} else if stored, err = (record{hash: hash, core: core}).bare(); err != nil {
		return nil, e, err
	}
	stored.Prev = prev
	return value, stored, nil
}

// sealTexts sets the event's text digest and answers the tail that holds the texts,
// good until the batch's next event.
func (w *work) sealTexts(e *workflow.Event) ([]byte, error) {
	e.TextDigest = ""
	if len(e.Texts) == 0 {
		return nil, nil
	}
	var salt [16]byte
	if _, err := io.ReadFull(w.b.s.random, salt[:]); err != nil {
		return nil, fmt.Errorf("no randomness for a salt: %w", err)
	}
	// The tail is {"salt":"…","texts":…}; what is digested is what stands for … .
	b := append(w.b.s.coding.tail[:0], tailSalt...)
	b = hex.AppendEncode(b, salt[:])
	b = append(b, tailTexts...)
	at := len(b)
	b = appendTexts(b, e.Texts)
	e.TextDigest = tail{Salt: string(b[len(tailSalt) : at-len(tailTexts)]), Texts: b[at:]}.digest()
	w.b.s.coding.tail = append(b, '}')
	return w.b.s.coding.tail, nil
}

// storedTexts is what reading the tail gives: what was given, when JSON changes nothing
// in it.
func storedTexts(given workflow.Texts, tail []byte) (workflow.Texts, error) {
	for k, v := range given {
		if !utf8.ValidString(k) || !utf8.ValidString(v) {
			return record{tail: tail}.texts()
		}
	}
	if len(given) == 0 {
		return nil, nil
	}
	return given, nil
}

// digest is the hex SHA-256 of the salt's hex text and the texts' JSON.
func (t tail) digest() string {
	d := sha256.New()
	io.WriteString(d, t.Salt) // #nosec G104 -- a hash takes every write
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
		w.redacted = true
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
