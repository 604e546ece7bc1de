package workflow

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"time"
)

// File is a piece of evidence: its record, not its bytes.
type File struct {
	ID     string    `json:"id"`
	SHA256 string    `json:"sha256"` // of the bytes; stays when they are deleted
	Size   int64     `json:"size"`   // bytes
	Type   string    `json:"type"`   // media type found in the content
	Name   string    `json:"name"`   // cleaned name for showing: the text "name" of its event, not part of the folded row
	Unit   string    `json:"unit"`   // who uploaded it
	User   string    `json:"user"`
	At     time.Time `json:"at"`
	Seq    uint64    `json:"seq"`
	Gone   bool      `json:"gone,omitempty"`    // deleted: the hash remains
	UsedBy []string  `json:"used_by,omitempty"` // assignments whose reports name it as evidence
}

// Files keeps the bytes of evidence beside the journal, stored once per content.
type Files interface {
	// PutFile stores the bytes durably, then records f (ID, SHA256, Size, At and
	// Seq are filled in) with a file_added event (Call.FileChange). More than limit
	// bytes: TooLarge file.too_large, and nothing is kept. When the call's key was
	// used before for the same file, that file is answered, as it is now, with
	// repeated; nothing is kept, also when it was deleted since. Size is what it is
	// announced to have; without room for it: Refused file.quota_account,
	// file.quota_unit, Unavailable file.quota_total, file.no_room.
	PutFile(ctx context.Context, call Call, f File, r io.Reader, limit int64) (_ File, repeated bool, err error)
	// Room is what evidence takes and may take, of an account and a unit.
	Room(ctx context.Context, account, unit string) (Room, error)
	// File finds a record.
	File(ctx context.Context, id string) (File, bool, error)
	// OpenFile opens the bytes; NotFound when they are gone.
	OpenFile(ctx context.Context, id string) (io.ReadSeekCloser, File, error)
}

// Room is what evidence takes and may take, in bytes. A bound of zero is none.
type Room struct {
	Account, AccountMost int64
	Unit, UnitMost       int64
	Total, TotalMost     int64
	Free                 int64 // on the disk, without what is kept free for acts
}

// Left is how many bytes may still be brought.
func (r Room) Left() int64 {
	left := r.Free
	for _, b := range [][2]int64{{r.Account, r.AccountMost}, {r.Unit, r.UnitMost}, {r.Total, r.TotalMost}} {
		if b[1] > 0 {
			left = min(left, b[1]-b[0])
		}
	}
	return max(0, left)
}

// FileChange is the change that records a piece of evidence whose bytes are kept:
// ID, SHA256 and Size are known. Its digest is of the call's and of name, type and
// content: the bytes of the request differ between repeats, because a form's
// boundary is drawn anew each time.
func (c Call) FileChange(f File) Change {
	ch := c.change("")
	ch.Digest = sha256.Sum256(fmt.Appendf(c.Digest[:], "%q %q %s", f.Name, f.Type, f.SHA256))
	ch.Decide = func(View, time.Time) ([]Event, error) {
		e := Event{Kind: KindFileAdded, Data: Data{File: &FileRef{ID: f.ID, SHA256: f.SHA256, Size: f.Size, Type: f.Type}}}
		if f.Name != "" {
			e.Texts = Texts{"name": f.Name}
		}
		return []Event{e}, nil
	}
	return ch
}
