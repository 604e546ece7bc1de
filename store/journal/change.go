package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"duban/store/codec"
	"duban/store/kv"
	"duban/workflow"
	"duban/workflow/account"
)

const (
	// clockSlack is how far the machine's clock may stand behind the journal
	// before the journal's time is used instead.
	clockSlack = 2 * time.Second
	// maxKey is the longest key of any table, in bytes: half of it ids, half of
	// it caution. bbolt takes 32 KiB.
	maxKey = 1024
)

// Change implements workflow.Journal.
func (j *Journal) Change(ctx context.Context, c workflow.Change) (workflow.Receipt, error) {
	var r workflow.Receipt
	err := j.do(ctx, func(w *work) (err error) {
		r, err = w.change(c)
		return err
	})
	if err != nil {
		return workflow.Receipt{}, err
	}
	return r, nil
}

// UpdateAccounts implements account.Store. Records without events are written too.
func (j *Journal) UpdateAccounts(ctx context.Context, received time.Time, actor workflow.Actor,
	fn func(account.Tx, time.Time) ([]workflow.Event, error)) error {
	return j.do(ctx, func(w *work) error {
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
	decoded           decodedRows
	head              position
	keyedAt           time.Time    // when the idempotency key was recorded, zero: there is none
	events            []*readEvent // appended
	deleted, redacted bool
	err               error // a put that cannot be written
}

// replaced is what a put has replaced in the batch's overlay.
type replaced struct {
	at  place
	old []byte
	had bool
}

func (w *work) get(in kv.Space, key string) ([]byte, error) {
	if v, ok := w.b.pending[place{in, key}]; ok {
		return v, nil
	}
	return w.b.tx.Get(in, key)
}

func (w *work) scan(in kv.Space, prefix string, visit func(string, []byte) error) error {
	found := map[string][]byte{}
	for at, v := range w.b.pending {
		if at.in == in && strings.HasPrefix(at.key, prefix) {
			found[at.key] = v
		}
	}
	if len(found) == 0 {
		return kv.ScanPrefix(w.b.tx, in, prefix, visit)
	}
	err := kv.ScanPrefix(w.b.tx, in, prefix, func(k string, v []byte) error {
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
func (w *work) put(in kv.Space, key string, v []byte) {
	if (key == "" || len(key) > maxKey) && w.err == nil {
		w.err = fmt.Errorf("a key of %s must have 1 to %d bytes, this one has %d", in, maxKey, len(key))
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
	machine := w.b.j.now().Round(0)
	highest := w.head.worked
	now, recorded = received.Round(0), machine
	if now.IsZero() {
		now = machine
	}
	back := machine.Before(highest.Add(-clockSlack))
	if w.b.j.clockBack(back, machine, highest); back {
		now = highest
	}
	if recorded.Before(highest) {
		recorded = highest
	}
	return now, recorded
}

// clockBack counts the jobs that meet a clock behind the journal, and warns once
// each time it falls behind.
func (j *Journal) clockBack(back bool, machine, highest time.Time) {
	if back {
		j.stats.clockBack.Add(1)
		if !j.clockWarned {
			j.log.Warn("the machine's clock stands behind the journal", "clock", machine, "journal", highest)
		}
	}
	j.clockWarned = back
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
		if c.Key != "" {
			if row, err = w.stored(c.Subject); err != nil {
				return r, err
			}
		}
	}
	if len(events) == 0 {
		return r, nil
	}
	if len(c.Source) > 0 {
		sum := sha256.Sum256(c.Source)
		w.put(kv.Sources, hex.EncodeToString(sum[:]), c.Source)
	}
	if c.Key != "" {
		return r, w.remember(c, recorded, answerRow{Seq: r.Seq, At: now}, row)
	}
	return r, nil
}

// stored is the assignment's row as it is written, nil when there is none.
func (w *work) stored(id string) ([]byte, error) {
	v, err := w.get(kv.Assignments, id)
	if v == nil || err != nil {
		return nil, err
	}
	return codec.Unseal(kv.Assignments, id, v)
}

// drafts writes unfinished reports.
func (w *work) drafts(ds []workflow.Draft, err error) error {
	for _, d := range ds {
		if err == nil {
			err = w.rows().save(kv.Drafts, d.Assignment, d)
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
	// From here on e is the event as its stored bytes give it. Folding the journal
	// again then gives the same rows.
	prev := w.head.hash
	value, e, err := w.b.encode(prev, e, tail)
	if err != nil {
		return e, err
	}
	if e.Texts, err = codec.StoredTexts(texts, tail); err != nil {
		return e, err
	}
	w.put(kv.Events, codec.SeqKey(e.Seq), value)
	if e.Assignment != "" {
		w.put(kv.Trail, codec.TrailKey(e.Assignment, e.Seq), []byte{})
	}
	w.head.seq, w.head.hash = e.Seq, e.Hash
	if ofWork(e) {
		w.head.worked = e.RecordedAt
		if err := w.noteReal(e.RecordedAt); err != nil {
			return e, err
		}
	}
	cached := &readEvent{e, len(value)}
	cached.event.Texts = maps.Clone(e.Texts) // those of e are the caller's
	w.events = append(w.events, cached)
	if err := workflow.Fold(foldRows{w.rows(), w}, e); err != nil {
		return e, err
	}
	return e, w.sideEffects(e)
}

// encode is the record of an event after prev, and the event as it stands in it.
func (b *batch) encode(prev workflow.Hash, e workflow.Event, tail []byte) (value []byte, stored workflow.Event, err error) {
	core, stored, err := codec.EncodeEvent(b.j.buffers.core[:0], e)
	if err != nil {
		return nil, e, err
	}
	b.j.buffers.core = core
	stored.Prev, stored.Hash = prev, workflow.ChainHash(prev, core)
	return codec.Record{Hash: stored.Hash, Core: core, Tail: tail}.Join(), stored, nil
}

// sealTexts sets the event's text digest and answers the tail that holds the texts,
// good until the batch's next event.
func (w *work) sealTexts(e *workflow.Event) ([]byte, error) {
	e.TextDigest = ""
	if len(e.Texts) == 0 {
		return nil, nil
	}
	var salt [16]byte
	if _, err := io.ReadFull(w.b.j.random, salt[:]); err != nil {
		return nil, fmt.Errorf("no randomness for a salt: %w", err)
	}
	buffers := &w.b.j.buffers
	buffers.tail, e.TextDigest = codec.AppendTail(buffers.tail[:0], salt, e.Texts)
	return buffers.tail, nil
}

// buffers are memory for what the committer encodes next, and copies from there.
type buffers struct{ core, tail []byte }

// mostBuffers is how much of it stays from one batch to the next; an ordinary report
// takes some KB.
const mostBuffers = 256 << 10

func (b *buffers) trim() {
	if cap(b.core)+cap(b.tail) > mostBuffers {
		*b = buffers{}
	}
}

// sideEffects does what an event means for stored bytes rather than rows: a
// redacted event loses its texts, deleted evidence its content.
func (w *work) sideEffects(e workflow.Event) error {
	switch e.Kind {
	case workflow.KindTextRedacted:
		target := codec.SeqKey(e.Data.Redacted)
		v, err := w.get(kv.Events, target)
		if err != nil {
			return err
		}
		if v == nil || e.Data.Redacted >= e.Seq {
			return workflow.Fault(workflow.NotFound, "event.unknown", "seq", e.Data.Redacted)
		}
		r, err := codec.Split(v)
		if err != nil {
			return codec.Damaged(kv.Events, target, err)
		}
		r.Tail = nil
		w.put(kv.Events, target, r.Join())
		w.redacted = true
	case workflow.KindFileDeleted:
		if e.Data.File == nil {
			return nil
		}
		f, found, err := w.view().File(e.Data.File.ID)
		if err != nil || !found || f.SHA256 == "" {
			return err
		}
		w.put(kv.Trash, f.SHA256, []byte{})
		w.deleted = true
	}
	return nil
}
