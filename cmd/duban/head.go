package main

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"duban/store"
	"duban/workflow"
)

const pemKey = "PRIVATE KEY"

// headKey reads the key that signs heads, and makes it when the file is not there.
// A key that others on the machine can read is refused: what it signs would prove
// nothing.
func headKey(file string, random io.Reader) (ed25519.PrivateKey, error) {
	b, err := privateFile("--head-key", file)
	if errors.Is(err, fs.ErrNotExist) {
		return newHeadKey(file, random)
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != pemKey {
		return nil, usage("duban: --head-key: %s is no PEM private key", file)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, usage("duban: --head-key: %s: %v", file, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, usage("duban: --head-key: %s is not an Ed25519 key", file)
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
		return nil, usage("duban: --head-key: %v", err)
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

// heads writes a signed head a day into DIR/heads, to be fetched and kept
// elsewhere.
type heads struct {
	key   ed25519.PrivateKey
	dir   string
	store *store.Store
	now   func() time.Time
	zone  *time.Location
	day   string // the last day that has its file
}

// now signs where the journal stands at present.
func (h *heads) sign() ([]byte, error) {
	seq, hash := h.store.Head()
	b, err := json.MarshalIndent(workflow.NewHead(h.key, h.store.Epoch(), seq, hash, h.now()), "", "  ")
	return append(b, '\n'), err
}

// daily writes today's head if it is not there. The file is never replaced.
func (h *heads) daily() error {
	day := h.now().In(h.zone).Format(time.DateOnly)
	if day == h.day {
		return nil
	}
	if err := os.MkdirAll(h.dir, 0o755); err != nil { // #nosec G301 -- heads are to be fetched by others, and hold no secret
		return err
	}
	b, err := h.sign()
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

// verify is "duban verify": the journal's proof, and with --head that the journal
// still contains what was signed then.
func verify(ctx context.Context, args []string, e env) error {
	var p place
	var file, signer string
	f := flags("verify", e, func(f *flag.FlagSet) {
		p.flags(f)
		f.StringVar(&file, "head", "", "signed head `file` that was kept elsewhere")
		f.StringVar(&signer, "head-signer", "", "`fingerprint` of the key that must have signed it")
	})
	rest, err := parse(f, args, e)
	if err == nil {
		err = need(rest, 0, "verify --data DIR [--head FILE]")
	}
	if err != nil {
		return err
	}
	var head workflow.Head
	if file != "" {
		if head, err = readHead(file, signer); err != nil {
			return err
		}
	}
	s, err := store.OpenReadOnly(p.data, store.Options{Now: p.now.clock(), Logger: quiet(e)})
	if err != nil {
		return inUse(err)
	}
	report, err := s.Verify(ctx, nil)
	if err == nil && file != "" {
		err = sameHead(ctx, s, head, e)
	}
	if err == nil {
		say(e.out, "events %d\nhead %s\nassignments %d\nok\n", report.Events, report.Head, report.Assignments)
	}
	return errors.Join(err, s.Close())
}

// readHead reads a head file whose signature holds; signer may name whose it must be.
func readHead(file, signer string) (workflow.Head, error) {
	b, err := os.ReadFile(file) // #nosec G304 -- the operator's own file
	if err != nil {
		return workflow.Head{}, usage("duban: --head: %v", err)
	}
	head, err := workflow.ReadHead(b)
	if err != nil {
		return head, fmt.Errorf("%s: %w", file, err)
	}
	if signer != "" && signer != head.Fingerprint() {
		return head, fmt.Errorf("%s: it is signed by %s, not by %s", file, head.Fingerprint(), signer)
	}
	return head, nil
}

// sameHead proves that the journal contains the head.
func sameHead(ctx context.Context, s *store.Store, head workflow.Head, e env) error {
	hash, err := head.Position()
	if err != nil {
		return err
	}
	if err := s.VerifyHead(ctx, head.Seq, hash); err != nil {
		return err
	}
	say(e.out, "contains event %d as signed at %s by %s\n", head.Seq, head.At.Format(time.RFC3339), head.Fingerprint())
	if head.Epoch != s.Epoch() {
		say(e.out, "the head is of epoch %s, this store of %s: a restored copy that goes on from the same journal\n", head.Epoch, s.Epoch())
	}
	return nil
}
