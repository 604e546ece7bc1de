package workflow

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Head is a signed word on where the journal stood. A chain cannot show by itself
// that its end was cut off or that it was written anew from the start; whoever
// keeps a head elsewhere can: the journal must contain it for ever.
type Head struct {
	Epoch     string    `json:"epoch"`
	Seq       uint64    `json:"seq"`
	Hash      string    `json:"hash"` // of event Seq, hex
	At        time.Time `json:"at"`   // when it was signed
	PublicKey string    `json:"public_key"`
	Signature string    `json:"signature"` // Ed25519 over Signed, base64
}

// NewHead signs a position of the journal.
func NewHead(key ed25519.PrivateKey, epoch string, seq uint64, hash Hash, at time.Time) Head {
	h := Head{Epoch: epoch, Seq: seq, Hash: hash.String(), At: at.UTC().Truncate(time.Second),
		PublicKey: base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))}
	h.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, h.Signed()))
	return h
}

// Signed are the bytes under the signature: a line for what it is and one for each
// field, so that any tool can make them.
func (h Head) Signed() []byte {
	return fmt.Appendf(nil, "duban head 1\n%s\n%d\n%s\n%s\n", h.Epoch, h.Seq, h.Hash, h.At.UTC().Format(time.RFC3339))
}

// ReadHead reads a head file and checks its signature by the key that stands in
// it. Whose key that is only the reader can know: compare Fingerprint.
func ReadHead(b []byte) (Head, error) {
	var h Head
	if err := json.Unmarshal(b, &h); err != nil {
		return Head{}, fmt.Errorf("it is no head file: %w", err)
	}
	key, err1 := base64.StdEncoding.DecodeString(h.PublicKey)
	sig, err2 := base64.StdEncoding.DecodeString(h.Signature)
	if err1 != nil || err2 != nil || len(key) != ed25519.PublicKeySize {
		return Head{}, errors.New("its key or signature is garbled")
	}
	if !ed25519.Verify(key, h.Signed(), sig) {
		return Head{}, errors.New("its signature does not fit what it says: it was changed after it was signed")
	}
	if _, err := h.Position(); err != nil {
		return Head{}, err
	}
	return h, nil
}

// Position is the hash the journal must have at Seq.
func (h Head) Position() (Hash, error) {
	var hash Hash
	b, err := hex.DecodeString(h.Hash)
	if err != nil || copy(hash[:], b) != len(hash) || len(b) != len(hash) {
		return Hash{}, errors.New("its hash is not 64 hex digits")
	}
	return hash, nil
}

// Fingerprint is the short form of the signing key, to compare by eye.
func (h Head) Fingerprint() string {
	key, err := base64.StdEncoding.DecodeString(h.PublicKey)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}
