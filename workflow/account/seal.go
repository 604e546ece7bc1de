package account

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"duban/workflow"
)

// SealKeySize is the length of a Sealer's key in bytes: AES-256.
const SealKeySize = 32

// Sealer encrypts what must be read again, the keys of second factors, with a key
// that is not in the store: a database file or a backup by itself gives no codes.
// AES-256-GCM with a random nonce (NIST SP 800-38D, 8.2.2: good for far more than
// one sealing for each account) and the account's name as associated data, so
// that one account's key cannot be put in another's place. It is safe for
// concurrent use when its randomness is.
type Sealer struct {
	aead   cipher.AEAD
	random io.Reader
}

// NewSealer makes a Sealer of a secret key.
func NewSealer(key [SealKeySize]byte, random io.Reader) (*Sealer, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &Sealer{aead, random}, nil
}

var (
	errNoSealer = errors.New("there is no key to seal a second factor with")
	sealBase    = base64.RawStdEncoding
)

func sealedFor(account string) []byte { return []byte("duban second factor of " + account) }

// seal encrypts an account's secret.
func (s *Sealer) seal(account, secret string) (string, error) {
	if s == nil {
		return "", errNoSealer
	}
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := io.ReadFull(s.random, nonce); err != nil {
		return "", fmt.Errorf("no randomness for a nonce: %w", err)
	}
	return sealBase.EncodeToString(s.aead.Seal(nonce, nonce, []byte(secret), sealedFor(account))), nil
}

// open is the secret again; ok is false when it was sealed with another key, for
// another account, or changed since.
func (s *Sealer) open(account, sealed string) (secret string, ok bool) {
	b, err := sealBase.DecodeString(sealed)
	if err != nil || s == nil || len(b) < s.aead.NonceSize() {
		return "", false
	}
	n := s.aead.NonceSize()
	plain, err := s.aead.Open(nil, b[:n], b[n:], sealedFor(account))
	return string(plain), err == nil
}

// SealKeys seals the keys that stand in the store as they are, from before there
// were sealed ones, and answers how many. Their bytes may stay in free pages of
// the file and in older backups. It is to be called before codes are taken.
func (d *Desk) SealKeys(ctx context.Context, at time.Time) (n int, err error) {
	open := func(a Account) bool { return a.TOTP != nil && a.TOTP.Key != "" }
	all, err := d.stored(ctx, open)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	err = d.Store.UpdateAccounts(ctx, at, Console, func(tx Tx, _ time.Time) ([]workflow.Event, error) {
		n = 0
		all, err := tx.Accounts()
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			if !open(a) {
				continue
			}
			t := *a.TOTP
			if t.Sealed, err = d.Sealer.seal(a.Name, t.Key); err != nil {
				return nil, err
			}
			t.Key, a.TOTP = "", &t
			if err := tx.PutAccount(a); err != nil {
				return nil, err
			}
			n++
		}
		return nil, nil
	})
	return n, err
}

// Unreadable lists the accounts whose second factor is sealed with another key
// than the desk's: no code of theirs can be taken until that key is back, or the
// second factor is removed and set up anew.
func (d *Desk) Unreadable(ctx context.Context) ([]string, error) {
	all, err := d.stored(ctx, func(a Account) bool {
		if a.TOTP == nil || a.TOTP.Sealed == "" {
			return false
		}
		_, ok := d.Sealer.open(a.Name, a.TOTP.Sealed)
		return !ok
	})
	var names []string
	for _, a := range all {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	return names, err
}

// stored lists the accounts that match, as they are stored.
func (d *Desk) stored(ctx context.Context, match func(Account) bool) (some []Account, err error) {
	err = d.Store.ViewAccounts(ctx, func(tx Tx) error {
		all, err := tx.Accounts()
		some = slices.DeleteFunc(all, func(a Account) bool { return !match(a) })
		return err
	})
	return some, err
}
