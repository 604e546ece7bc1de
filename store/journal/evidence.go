package journal

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"duban/store/blob"
	"duban/store/codec"
	"duban/store/kv"
	"duban/store/proof"
	"duban/workflow"
)

// PutFile implements workflow.Files.
func (j *Journal) PutFile(ctx context.Context, call workflow.Call, f workflow.File, r io.Reader, limit int64) (_ workflow.File, repeated bool, err error) {
	if err := j.writable(); err != nil {
		return workflow.File{}, false, err
	}
	leave, err := j.admit(ctx, call, min(f.Size, limit))
	if err != nil {
		return workflow.File{}, false, err
	}
	defer leave()
	content, err := j.contents.Receive(ctx, r, limit)
	if errors.Is(err, blob.ErrTooLarge) {
		err = workflow.Fault(workflow.TooLarge, "file.too_large", "limit", limit)
	}
	if err != nil {
		return workflow.File{}, false, diskError(err)
	}
	defer content.Drop()
	f.SHA256, f.Size = content.Sum(), content.Size()
	var id [15]byte
	if _, err := io.ReadFull(j.random, id[:]); err != nil {
		return workflow.File{}, false, fmt.Errorf("no randomness for a file id: %w", err)
	}
	f.ID = strings.ToLower(base32.StdEncoding.EncodeToString(id[:]))
	j.blobs.RLock() // no content is removed between its arrival and its event
	defer j.blobs.RUnlock()
	change := call.FileChange(f)
	if change.Key != "" {
		// Before the content is kept: a repeat would put back the bytes of a file
		// that was deleted since, and nothing would record that.
		asked := change
		asked.Decide = func(workflow.View, time.Time) ([]workflow.Event, error) { return nil, nil }
		if r, err := j.Change(ctx, asked); err != nil || r.Repeated {
			return j.added(ctx, r, err)
		}
	}
	if err := content.Keep(); err != nil {
		return workflow.File{}, false, diskError(err)
	}
	receipt, err := j.Change(ctx, change)
	if err != nil || receipt.Repeated { // by another request with the same key, a moment ago
		return j.added(ctx, receipt, err) // the content stays: another upload may share it
	}
	f.Unit, f.User, f.At, f.Seq, f.Gone = call.Actor.Unit, call.Actor.User, receipt.Events[0].At, receipt.Seq, false
	return f, false, nil
}

// added is the file an earlier request with the same key has brought.
func (j *Journal) added(ctx context.Context, r workflow.Receipt, err error) (workflow.File, bool, error) {
	if err != nil {
		return workflow.File{}, false, err
	}
	events, err := j.Events(ctx, r.Seq-1, 1)
	if err != nil {
		return workflow.File{}, false, err
	}
	if len(events) == 0 || events[0].Data.File == nil {
		return workflow.File{}, false, codec.Damaged(kv.Events, codec.SeqKey(r.Seq), codec.ErrRecord)
	}
	f, _, err := j.File(ctx, events[0].Data.File.ID)
	return f, true, err
}

// diskError makes want of space a clean Unavailable; nothing was recorded.
func diskError(err error) error {
	if err != nil && blob.Full(err) {
		return Unavailable(CodeFull, err)
	}
	return err
}

// File implements workflow.Files.
func (j *Journal) File(ctx context.Context, id string) (f workflow.File, found bool, err error) {
	err = j.read(ctx, func(t kv.Reader) error {
		v := view{tables{t}}
		if f, found, err = v.File(id); err != nil || !found {
			return err
		}
		texts, err := v.Texts(f.Seq)
		f.Name = texts["name"]
		return err
	})
	return f, found && err == nil, err
}

// OpenFile implements workflow.Files.
func (j *Journal) OpenFile(ctx context.Context, id string) (io.ReadSeekCloser, workflow.File, error) {
	f, found, err := j.File(ctx, id)
	if err != nil {
		return nil, f, err
	}
	if !found || f.Gone {
		return nil, f, workflow.Fault(workflow.NotFound, "file.unknown")
	}
	r, err := j.contents.Open(f.SHA256)
	if err != nil {
		return nil, f, codec.Damaged(kv.Files, id, err)
	}
	return r, f, nil
}

// emptyTrash removes content that no living record needs any more. It runs on
// the committer (or before it starts). While an upload is on its way in, which
// waits for the committer, it steps back until after the next commit.
func (j *Journal) emptyTrash() {
	if !j.blobs.TryLock() {
		return
	}
	defer j.blobs.Unlock()
	j.trashDue = false
	var gone []string
	err := j.read(context.Background(), func(t kv.Reader) error {
		if err := t.Scan(kv.Trash, "", func(sum string, _ []byte) error {
			gone = append(gone, sum)
			return nil
		}); err != nil || len(gone) == 0 {
			return err
		}
		wanted, err := wantedContents(t)
		gone = slices.DeleteFunc(gone, func(sum string) bool { return wanted[sum] })
		return err
	})
	for _, sum := range gone {
		if err == nil {
			err = j.contents.Remove(sum)
		}
	}
	if err != nil {
		j.log.Error("deleted evidence could not be removed from the disk", "cause", err)
		return
	}
	j.dropTrash = gone
}

// KeepEvidence lets no content be removed until the answered function is called.
func (j *Journal) KeepEvidence() (letGo func()) {
	j.blobs.RLock()
	return j.blobs.RUnlock
}

// wantedContents are the sums that a record of evidence names which is not deleted.
func wantedContents(t kv.Reader) (map[string]bool, error) {
	wanted := map[string]bool{}
	err := eachFile(t, func(f workflow.File) {
		if !f.Gone {
			wanted[f.SHA256] = true
		}
	})
	return wanted, err
}

// eachFile hands every record of evidence, without its name, to do.
func eachFile(t kv.Reader, do func(workflow.File)) error {
	return t.Scan(kv.Files, "", func(k string, b []byte) error {
		f, err := codec.Row[workflow.File](kv.Files, k, b)
		if err == nil {
			do(f)
		}
		return err
	})
}

// Evidence lists the records of evidence that is not deleted, one for each content, in the
// order of their sums.
func Evidence(t kv.Reader) ([]workflow.File, error) {
	bySum := map[string]workflow.File{}
	err := eachFile(t, func(f workflow.File) {
		if !f.Gone {
			bySum[f.SHA256] = f
		}
	})
	return slices.SortedFunc(maps.Values(bySum), func(a, b workflow.File) int { return strings.Compare(a.SHA256, b.SHA256) }), err
}

// Verify holds everything against what it must be: proof.Tables, and every piece of
// evidence. It answers a *proof.Error for the first thing that does not hold.
func (j *Journal) Verify(ctx context.Context, progress func(done, total uint64)) (r proof.Report, err error) {
	var files []workflow.File
	err = j.read(ctx, func(t kv.Reader) error {
		if r, err = proof.Tables(ctx, t, progress); err != nil {
			return err
		}
		files, err = Evidence(t)
		return err
	})
	r.Epoch = j.epoch
	if err != nil {
		return proof.Report{}, err
	}
	for _, f := range files { // no transaction is held meanwhile
		if err := proof.Content(ctx, j.contents, f); err != nil {
			if now, found, ferr := j.File(ctx, f.ID); ferr == nil && found && now.Gone {
				continue // deleted while we looked
			}
			return r, err
		}
		r.Files++
		r.FileBytes += f.Size
	}
	return r, nil
}

// VerifyHead compares the journal with a head known from elsewhere. Meant to follow a
// Verify.
func (j *Journal) VerifyHead(ctx context.Context, seq uint64, hash workflow.Hash) error {
	return j.read(ctx, func(t kv.Reader) error { return proof.Head(t, seq, hash) })
}
