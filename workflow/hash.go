package workflow

import (
	"crypto/sha256"
	"encoding/hex"
)

// Hash is a link of the journal's chain. It prints as hex.
type Hash [sha256.Size]byte

// String is the hash in hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes the hash in hex.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// ChainHash is the hash of the event whose stored JSON bytes follow prev.
func ChainHash(prev Hash, stored []byte) Hash {
	d := sha256.New()
	d.Write(prev[:])
	d.Write(stored)
	var h Hash
	d.Sum(h[:0])
	return h
}
