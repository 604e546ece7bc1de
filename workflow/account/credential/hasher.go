package credential

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"

	"duban/workflow"
)

// Cost is what one argon2id hash takes.
type Cost struct {
	KiB    uint32 // memory
	Passes uint32
	Lanes  uint8
}

// DefaultCost is OWASP's second argon2id setting (Password Storage Cheat Sheet):
// 19 MiB, two passes, one lane; some 40 ms on the target machine.
var DefaultCost = Cost{KiB: 19 * 1024, Passes: 2, Lanes: 1}

const (
	saltBytes = 16
	hashBytes = 32
	// hashesAtOnce bounds memory and leaves a core for others.
	hashesAtOnce = 2
	// hashesWaiting bounds the queue: at 40 ms a hash the last one waits some
	// three seconds; more than that is refused rather than kept waiting.
	hashesWaiting = 128
	// A stored hash over these is damage, not a setting: it is not computed.
	maxKiB    = 256 * 1024
	maxPasses = 16
)

var errHash = errors.New("password hash is not a PHC argon2id string")

// Hasher hashes and checks passwords with argon2id, two at a time. Passwords are
// taken exactly as received (ASVS 5.0.0 6.2.8): not normalised, trimmed or cut.
type Hasher struct {
	cost    Cost
	random  io.Reader
	slots   chan struct{}
	waiting atomic.Int32
	nobody  string
}

// NewHasher makes a Hasher that draws salts from random, which must be safe for
// concurrent use.
func NewHasher(random io.Reader, cost Cost) *Hasher {
	return &Hasher{
		cost: cost, random: random, slots: make(chan struct{}, hashesAtOnce),
		nobody: phc(cost, make([]byte, saltBytes), make([]byte, hashBytes)),
	}
}

// Hash gives the PHC string of a password. The error is ctx's, login.busy, or the
// random source's.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("no randomness for a salt: %w", err)
	}
	key, err := h.derive(ctx, password, salt, h.cost)
	if err != nil {
		return "", err
	}
	return phc(h.cost, salt, key), nil
}

// Verify reports whether the password is the one hashed, in constant time. An
// empty hash stands for an account that does not exist: it costs the same as a
// real one and is never right.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (bool, error) {
	nobody := hash == ""
	if nobody {
		hash = h.nobody
	}
	cost, salt, want, err := parsePHC(hash)
	if err != nil {
		return false, err
	}
	got, err := h.derive(ctx, password, salt, cost)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && !nobody, nil
}

func (h *Hasher) derive(ctx context.Context, password string, salt []byte, cost Cost) ([]byte, error) {
	if h.waiting.Add(1) > hashesWaiting+hashesAtOnce {
		h.waiting.Add(-1)
		return nil, workflow.Fault(workflow.TooMany, "login.busy", "retry_after", 2)
	}
	defer h.waiting.Add(-1)
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password), salt, cost.Passes, cost.KiB, cost.Lanes, hashBytes), nil
}

func phc(c Cost, salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, c.KiB, c.Passes, c.Lanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

func parsePHC(s string) (c Cost, salt, key []byte, err error) {
	part := strings.Split(s, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &c.KiB, &c.Passes, &c.Lanes); err != nil {
		return c, nil, nil, errHash
	}
	if c.KiB > maxKiB || c.Passes == 0 || c.Passes > maxPasses || c.Lanes == 0 {
		return c, nil, nil, errHash
	}
	b64 := base64.RawStdEncoding.Strict()
	if salt, err = b64.DecodeString(part[4]); err != nil || len(salt) < 8 {
		return c, nil, nil, errHash
	}
	if key, err = b64.DecodeString(part[5]); err != nil || len(key) != hashBytes {
		return c, nil, nil, errHash
	}
	return c, salt, key, nil
}
