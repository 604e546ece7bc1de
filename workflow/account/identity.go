package account

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"duban/workflow"
)

// Identity is a person as an OpenID Connect provider names them. The two together
// are unique and stay as they are; names and addresses do not (OpenID Connect
// Core 1.0, 5.7).
type Identity struct {
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
}

// maxSubject is the longest subject in characters (OpenID Connect Core 1.0, 2).
const maxSubject = 255

// LinkIdentity lets whoever the provider knows under the identity log in to the
// account. Its logins and tokens end, as with a new password. An administrator
// does it: nothing the provider says makes an account or picks one.
//
// Errors: Invalid (identity.subject, identity.taken), NotFound, Forbidden.
func (d *Desk) LinkIdentity(ctx context.Context, at time.Time, by workflow.Actor, name string, id Identity) error {
	id.Subject = strings.TrimSpace(id.Subject)
	if n := utf8.RuneCountInString(id.Subject); n == 0 || n > maxSubject || !utf8.ValidString(id.Subject) ||
		strings.ContainsFunc(id.Subject, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return workflow.BadField("subject", "identity.subject", "max", maxSubject)
	}
	return d.change(ctx, at, by, name, func(tx Tx, a *Account, _ time.Time) (workflow.Kind, error) {
		other, found, err := linked(tx, id)
		if err != nil {
			return "", err
		}
		if found {
			return "", workflow.BadField("subject", "identity.taken", "name", other.Name)
		}
		a.Identity = &id
		return workflow.KindIdentityLinked, nil
	})
}

// UnlinkIdentity takes the identity off the account; its logins and tokens end.
// Error: Refused (identity.none).
func (d *Desk) UnlinkIdentity(ctx context.Context, at time.Time, by workflow.Actor, name string) error {
	return d.change(ctx, at, by, name, func(_ Tx, a *Account, _ time.Time) (workflow.Kind, error) {
		if a.Identity == nil {
			return "", workflow.Refuse("identity.none", "name", a.Name)
		}
		a.Identity = nil
		return workflow.KindIdentityUnlinked, nil
	})
}

// FindIdentity is the account the identity may log in to, also a disabled one.
func (d *Desk) FindIdentity(ctx context.Context, id Identity) (a Account, found bool, err error) {
	err = d.Store.ViewAccounts(ctx, func(tx Tx) (err error) {
		a, found, err = linked(tx, id)
		return err
	})
	return a, found, err
}

func linked(tx Tx, id Identity) (Account, bool, error) {
	all, err := tx.Accounts()
	if err != nil {
		return Account{}, false, err
	}
	for _, a := range all {
		if a.Identity != nil && *a.Identity == id {
			return a, true, nil
		}
	}
	return Account{}, false, nil
}
