// Package keys holds the secrets of a server: the key that signs the journal's heads, the key
// that second factors are sealed with, and its certificate.
package keys

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"duban/cmd/misuse"
	"duban/store"
	"duban/workflow"
)

const pemKey = "PRIVATE KEY"

// HeadKey reads the key that signs heads, and makes it when the file is not there.
// A key that others on the machine can read is refused: what it signs would prove
// nothing.
func HeadKey(file string, random io.Reader) (ed25519.PrivateKey, error) {
	b, err := privateFile("--head-key", file)
	if errors.Is(err, fs.ErrNotExist) {
		return newHeadKey(file, random)
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != pemKey {
		return nil, misuse.Errorf("duban: --head-key: %s is no PEM private key", file)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, misuse.Errorf("duban: --head-key: %s: %v", file, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, misuse.Errorf("duban: --head-key: %s is not an Ed25519 key", file)
	}
	return key, nil
}

func newHeadKey(file string, random io.Reader) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(random)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := writeNew(file, pem.EncodeToMemory(&pem.Block{Type: pemKey, Bytes: der}), 0o600); err != nil {
		return nil, misuse.Errorf("duban: --head-key: %v", err)
	}
	return key, nil
}

// writeNew writes a file that is not there yet, whole or not at all.
func writeNew(file string, b []byte, mode fs.FileMode) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".duban-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(tmp.Name())) }()
	_, err = tmp.Write(b)
	if err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Link(tmp.Name(), file) // unlike a rename it never replaces one
}

// Heads writes a signed head a day into DIR/heads, to be fetched and kept
// elsewhere.
type Heads struct {
	key   ed25519.PrivateKey
	dir   string
	store *store.Store
	now   func() time.Time
	zone  *time.Location
	day   string // the last day that has its file
}

// NewHeads signs with the key the heads of a store, in the days of a zone.
func NewHeads(key ed25519.PrivateKey, dir string, s *store.Store, now func() time.Time, zone *time.Location) *Heads {
	return &Heads{key: key, dir: dir, store: s, now: now, zone: zone}
}

// Sign signs where the journal stands at present.
func (h *Heads) Sign() ([]byte, error) {
	seq, hash := h.store.Head()
	b, err := json.MarshalIndent(workflow.NewHead(h.key, h.store.Epoch(), seq, hash, h.now()), "", "  ")
	return append(b, '\n'), err
}

// Daily writes today's head if it is not there. The file is never replaced.
func (h *Heads) Daily() error {
	day := h.now().In(h.zone).Format(time.DateOnly)
	if day == h.day {
		return nil
	}
	if err := os.MkdirAll(h.dir, 0o755); err != nil { // #nosec G301 -- heads are to be fetched by others, and hold no secret
		return err
	}
	b, err := h.Sign()
	if err != nil {
		return err
	}
	err = writeNew(filepath.Join(h.dir, day+".json"), b, 0o644)
	if err == nil || errors.Is(err, fs.ErrExist) {
		h.day = day
		return nil
	}
	return fmt.Errorf("today's head: %w", err)
}
