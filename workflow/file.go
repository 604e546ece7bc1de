package workflow

import (
	"context"
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
	// Seq are filled in) with a file_added event. More than limit bytes: TooLarge
	// file.too_large, and nothing is kept.
	PutFile(ctx context.Context, f File, r io.Reader, limit int64, received time.Time, actor Actor) (File, error)
	// File finds a record.
	File(ctx context.Context, id string) (File, bool, error)
	// OpenFile opens the bytes; NotFound when they are gone.
	OpenFile(ctx context.Context, id string) (io.ReadSeekCloser, File, error)
}
