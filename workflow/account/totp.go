package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" // #nosec G505 -- what RFC 6238 and every authenticator app use; its collisions do not matter in an HMAC
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"duban/workflow"
	"duban/workflow/account/credential"
)

// TOTP is an account's second factor: codes by the clock (RFC 6238: SHA-1, six
// digits, 30 seconds) and recovery codes for a lost phone.
type TOTP struct {
	// Sealed is the key, base32 as authenticator apps take it, encrypted: unlike
	// every other secret it must be read again, since codes are computed from it.
	Sealed string `json:"sealed,omitempty"`
	// Key is the key as it is, in stores from before it was sealed: see SealKeys.
	Key string    `json:"key,omitempty"`
	At  time.Time `json:"at"` // since when it is asked for
	// Last is the newest 30-second step a code was taken from: no code of it or an
	// earlier one is taken again (RFC 6238, section 5.2).
	Last uint64 `json:"last"`
	// Recovery are the digests of the recovery codes that are not used yet.
	Recovery []string `json:"recovery,omitempty"`
}

// Factor is how a login was confirmed after the password.
type Factor string

// The second factors.
const (
	NoSecond    Factor = ""
	ByTOTP      Factor = "totp"
	ByRecovery  Factor = "recovery_code"
	totpPeriod         = 30 // seconds
	totpDigits         = 6
	totpModulus        = 1_000_000
	// RecoveryCodes is how many recovery codes an account is given.
	RecoveryCodes = 10
	// recoveryLength is in signs of which there are 31: 118 bits, so that a fast
	// hash is enough (ASVS 5.0.0 6.5.2).
	recoveryLength = 24
)

var totpBase = base32.StdEncoding.WithPadding(base32.NoPadding)

// Needs reports whether an account of the role must have a second factor.
func (d *Desk) Needs(role workflow.UserRole) bool { return slices.Contains(d.SecondFactor, role) }

// RealTime is the time codes are computed from: the machine's, which is not the
// plan clock's in a rehearsal.
func (d *Desk) RealTime(plan time.Time) time.Time {
	if d.Wall != nil {
		return d.Wall()
	}
	return plan
}

// SetTOTP puts a key in force when the code comes from it, which proves that the
// phone has it, and answers fresh recovery codes, once. The account's other
// sessions end; keep is the id of the one that asks.
func (d *Desk) SetTOTP(ctx context.Context, at time.Time, by workflow.Actor, keep, key, code string) ([]string, error) {
	plain, digests, err := d.recovery()
	if err != nil {
		return nil, err
	}
	step := totpStep(d.RealTime(at))
	err = d.updateOwn(ctx, at, by, keep, func(a *Account, now time.Time) (*workflow.AccountRef, error) {
		if a.TOTP != nil {
			return nil, workflow.Refuse("totp.already_set")
		}
		t := TOTP{At: now, Recovery: digests}
		if !t.takeCode(key, code, step, d.Policy.Skew) {
			return nil, workflow.BadField("code", "totp.code_wrong")
		}
		sealed, err := d.Sealer.seal(a.Name, key)
		if err != nil {
			return nil, err
		}
		t.Sealed = sealed
		a.TOTP = &t
		return refOf(*a), nil
	})
	if err != nil {
		return nil, err
	}
	return plain, nil
}

// RenewRecovery replaces the recovery codes; a code of now proves who asks.
func (d *Desk) RenewRecovery(ctx context.Context, at time.Time, by workflow.Actor, keep, code string) ([]string, error) {
	plain, digests, err := d.recovery()
	if err != nil {
		return nil, err
	}
	step := totpStep(d.RealTime(at))
	err = d.updateOwn(ctx, at, by, keep, func(a *Account, _ time.Time) (*workflow.AccountRef, error) {
		if a.TOTP == nil {
			return nil, workflow.Refuse("totp.not_set")
		}
		t := *a.TOTP
		key, ok := d.Sealer.open(a.Name, t.Sealed)
		if !ok || !t.takeCode(key, code, step, d.Policy.Skew) {
			return nil, workflow.BadField("code", "totp.code_wrong")
		}
		t.Recovery = digests
		a.TOTP = &t
		ref := refOf(*a)
		ref.Cause = string(ByRecovery)
		return ref, nil
	})
	if err != nil {
		return nil, err
	}
	return plain, nil
}

// RemoveTOTP takes the second factor off an account, for a lost phone without
// recovery codes. Its logins and tokens end; it must be set up anew where it is
// asked for.
func (d *Desk) RemoveTOTP(ctx context.Context, at time.Time, by workflow.Actor, name string) error {
	return d.change(ctx, at, by, name, func(_ Tx, a *Account, _ time.Time) (workflow.Kind, error) {
		if a.TOTP == nil {
			return "", workflow.Refuse("totp.not_set")
		}
		a.TOTP = nil
		return workflow.KindTOTPRemoved, nil
	})
}

// Second reports whether an account has a second factor, and how many recovery
// codes are left.
func (d *Desk) Second(ctx context.Context, name string) (set bool, left int, err error) {
	err = d.Store.ViewAccounts(ctx, func(tx Tx) error {
		a, err := standing(tx, name)
		if err == nil && a.TOTP != nil {
			set, left = true, len(a.TOTP.Recovery)
		}
		return err
	})
	return set, left, err
}

// TakeSecond checks a code against the account's second factor and uses it up:
// call it inside the transaction that puts the account. ok is true without a
// second factor. Where the key cannot be read (Unreadable), recovery codes alone
// are good.
func (d *Desk) TakeSecond(a *Account, code string, at time.Time) (how Factor, ok bool) {
	if a.TOTP == nil {
		return NoSecond, true
	}
	t := *a.TOTP
	key, readable := d.Sealer.open(a.Name, t.Sealed)
	switch {
	case readable && t.takeCode(key, code, totpStep(d.RealTime(at)), d.Policy.Skew):
		how = ByTOTP
	case t.takeRecovery(code):
		how = ByRecovery
	default:
		return NoSecond, false
	}
	a.TOTP = &t
	return how, true
}

// TOTPKey writes 160 bits (RFC 4226, section 4, R6) as authenticator apps take them.
func TOTPKey(bits [20]byte) string { return totpBase.EncodeToString(bits[:]) }

// TOTPURI is what authenticator apps read: from a link, or typed from its parts.
func TOTPURI(issuer, name, key string) string {
	label := url.PathEscape(issuer + ":" + name)
	q := url.Values{"secret": {key}, "issuer": {issuer}}
	return "otpauth://totp/" + label + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

func totpStep(t time.Time) uint64 { return uint64(max(t.Unix(), 0)) / totpPeriod }

// TOTPCode is the code of a key at an instant: what the phone shows. ok is false
// for a key that is none.
func TOTPCode(key string, at time.Time) (code string, ok bool) {
	return totpCode(key, totpStep(at))
}

func totpCode(key string, step uint64) (string, bool) {
	k, err := totpBase.DecodeString(key)
	if err != nil || len(k) == 0 {
		return "", false
	}
	h := hmac.New(sha1.New, k)
	h.Write(binary.BigEndian.AppendUint64(nil, step))
	sum := h.Sum(nil)
	at := sum[len(sum)-1] & 0x0f // dynamic truncation, RFC 4226 section 5.3
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, n%totpModulus), true
}

// takeCode uses up the step the code of the key belongs to: now, or up to skew steps
// before or after.
func (t *TOTP) takeCode(key, code string, now, skew uint64) bool {
	code = strings.NewReplacer(" ", "", "-", "").Replace(code)
	var from uint64
	if now > skew {
		from = now - skew
	}
	taken := false
	for step := from; step <= now+skew; step++ {
		want, ok := totpCode(key, step)
		if ok && step > t.Last && subtle.ConstantTimeCompare([]byte(code), []byte(want)) == 1 && !taken {
			t.Last, taken = step, true
		}
	}
	return taken
}

// takeRecovery uses up a recovery code.
func (t *TOTP) takeRecovery(code string) bool {
	i := slices.Index(t.Recovery, recoveryDigest(code))
	if i < 0 {
		return false
	}
	t.Recovery = slices.Delete(slices.Clone(t.Recovery), i, i+1)
	return true
}

func recoveryDigest(code string) string {
	return credential.Digest("recovery code " + credential.CleanCode(code))
}

// recovery draws recovery codes, in groups of four.
func (d *Desk) recovery() (plain, digests []string, err error) {
	for range RecoveryCodes {
		s, err := credential.PlainCode(d.Random, recoveryLength)
		if err != nil {
			return nil, nil, err
		}
		groups := slices.Collect(slices.Chunk([]byte(s), 4))
		var parts []string
		for _, g := range groups {
			parts = append(parts, string(g))
		}
		plain, digests = append(plain, strings.Join(parts, "-")), append(digests, recoveryDigest(s))
	}
	return plain, digests, nil
}

// standing is an enabled account in a transaction.
func standing(tx Tx, name string) (Account, error) {
	a, found, err := tx.Account(name)
	if err == nil && (!found || a.Disabled) {
		err = unknown(name)
	}
	return a, err
}

// updateOwn is one change of a person's own second factor, recorded as totp_set;
// the other sessions end.
func (d *Desk) updateOwn(ctx context.Context, at time.Time, by workflow.Actor, keep string,
	act func(a *Account, now time.Time) (*workflow.AccountRef, error)) error {
	var dead []string
	err := d.Store.UpdateAccounts(ctx, at, by, func(tx Tx, now time.Time) ([]workflow.Event, error) {
		a, err := standing(tx, by.User)
		if err != nil {
			return nil, err
		}
		ref, err := act(&a, now)
		if err != nil {
			return nil, err
		}
		if dead, err = endOthers(tx, a.Name, keep); err != nil {
			return nil, err
		}
		return []workflow.Event{{Kind: workflow.KindTOTPSet, Data: workflow.Data{Account: ref}}}, tx.PutAccount(a)
	})
	if err != nil {
		return err
	}
	for _, key := range dead {
		d.Ended(key, EndRights)
	}
	return nil
}

// endOthers drops the account's sessions but one.
func endOthers(tx Tx, name, keep string) (dead []string, err error) {
	all, err := tx.Sessions()
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.Account != name || s.ID == keep {
			continue
		}
		dead = append(dead, SessionKey(s.ID))
		if err := tx.DropSession(s.ID); err != nil {
			return nil, err
		}
	}
	return dead, nil
}

func refOf(a Account) *workflow.AccountRef {
	return &workflow.AccountRef{Name: a.Name, Unit: a.Unit, Role: a.Role}
}
