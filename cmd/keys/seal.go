package keys

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"duban/cmd/archive"
	"duban/cmd/misuse"
	"duban/workflow/account"
)

// SealName is the key file in the data folder when no other is named. It is
// no part of a backup: whoever gets an archive or the database alone has no codes.
const SealName = "secret.key"

// privateFile reads a file with a secret that only its owner may read; what others
// can read is refused. Errors: fs.ErrNotExist as it is, otherwise a usage error.
func privateFile(flag, file string) ([]byte, error) {
	b, err := os.ReadFile(file) // #nosec G304 -- the operator's own file
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, misuse.Errorf("duban: %s: %v", flag, err)
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, misuse.Errorf("duban: %s: %v", flag, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, misuse.Errorf("duban: %s: others may read %s (%v); take their rights away: chmod 600", flag, file, info.Mode().Perm())
	}
	return b, nil
}

// Seal gives the accounts the key that second factors are sealed with, and seals
// what stands open. A key that does not open what is sealed already is refused
// before anything is written: nobody could log in with a code, and what is sealed
// from then on would need another key.
func Seal(ctx context.Context, accounts *account.Desk, file, data string, random io.Reader, now time.Time, log *slog.Logger) error {
	key, err := sealKey(file)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	if !missing {
		if accounts.Sealer, err = account.NewSealer(key, random); err != nil {
			return err
		}
	}
	lost, err := accounts.Unreadable(ctx)
	if err != nil {
		return err
	}
	if len(lost) > 0 {
		is := "is not the right one"
		if missing {
			is = "is not there"
		}
		return misuse.Errorf("duban: the key file %s %s: the second factors of these accounts are sealed with another key: %s\n"+
			"put the right file back, or name it with --secret-key-file; if it is lost, remove them, to be set up anew:\n"+
			"duban user reset-second-factor %s --data %s", file, is, strings.Join(lost, ", "), strings.Join(lost, " "), data)
	}
	if missing {
		if key, err = newSealKey(file, random); err != nil {
			return err
		}
		if accounts.Sealer, err = account.NewSealer(key, random); err != nil {
			return err
		}
		log.Info("made the key that second factors are sealed with; keep a copy apart from the backups, which do not contain it", "file", file)
	}
	n, err := accounts.SealKeys(ctx, now)
	if n > 0 {
		log.Info("sealed the keys of second factors that stood open; older backups still have them open", "accounts", n)
	}
	return err
}

// sealKey reads a key file: 32 bytes in base64, as openssl rand -base64 32 writes them.
func sealKey(file string) (key [account.SealKeySize]byte, err error) {
	b, err := privateFile("--secret-key-file", file)
	if err != nil {
		return key, err
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(raw) != len(key) {
		return key, misuse.Errorf("duban: --secret-key-file: %s is no key: want %d bytes in base64, in one line", file, len(key))
	}
	return [account.SealKeySize]byte(raw), nil
}

func newSealKey(file string, random io.Reader) (key [account.SealKeySize]byte, err error) {
	if _, err := io.ReadFull(random, key[:]); err != nil {
		return key, fmt.Errorf("no randomness for a key: %w", err)
	}
	if err := writeNew(file, []byte(base64.StdEncoding.EncodeToString(key[:])+"\n"), 0o600); err != nil {
		return key, misuse.Errorf("duban: --secret-key-file: %v", err)
	}
	return key, archive.SyncFolder(filepath.Dir(file))
}
