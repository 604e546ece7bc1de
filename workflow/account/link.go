package account

import (
	"context"
	"time"

	"duban/workflow"
	"duban/workflow/account/credential"
)

// LinkLife is how long a one-time link may be used.
const LinkLife = 72 * time.Hour

// Link lets whoever holds its secret set the account's password, once.
type Link struct {
	Digest string    `json:"digest"` // hex SHA-256 of the secret
	Until  time.Time `json:"until"`
}

// open reports whether the link may still be used.
func (l *Link) open(now time.Time) bool { return l != nil && now.Before(l.Until) }

var errLink = workflow.Fault(workflow.NotFound, "link.unknown")

// InviteByLink adds an account without a password and answers the secret of the
// link its owner sets one with. The secret is answered once and kept nowhere.
func (d *Desk) InviteByLink(ctx context.Context, at time.Time, by workflow.Actor, n NewAccount) (secret string, until time.Time, err error) {
	if secret, err = credential.NewSecret(d.Random); err != nil {
		return "", time.Time{}, err
	}
	name, unit, err := d.mayAdd(by, n)
	if err != nil {
		return "", time.Time{}, err
	}
	err = d.Store.UpdateAccounts(ctx, at, by, func(tx Tx, now time.Time) ([]workflow.Event, error) {
		if err := free(tx, name); err != nil {
			return nil, err
		}
		until = now.Add(LinkLife)
		a := Account{Name: name, Unit: unit, Role: n.Role, CreatedAt: now, Link: &Link{credential.Digest(secret), until}}
		return append(eventOf(workflow.KindAccountAdded, a), eventOf(workflow.KindLinkIssued, a)...), tx.PutAccount(a)
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return secret, until, nil
}

// ResetByLink takes an account's password away and answers the secret of a link
// to set another. Its logins and tokens end at once; a second factor stays. Links
// given before are void.
func (d *Desk) ResetByLink(ctx context.Context, at time.Time, by workflow.Actor, name string) (secret string, until time.Time, err error) {
	if secret, err = credential.NewSecret(d.Random); err != nil {
		return "", time.Time{}, err
	}
	err = d.change(ctx, at, by, name, func(_ Tx, a *Account, now time.Time) (workflow.Kind, error) {
		if a.Disabled {
			return "", workflow.Refuse("link.disabled", "name", a.Name)
		}
		until = now.Add(LinkLife)
		d.setPassword(a, "", now)
		a.Failures = 0
		a.Link = &Link{credential.Digest(secret), until}
		return workflow.KindPasswordReset, nil
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return secret, until, nil
}

// FindLink answers the account a link's secret belongs to, link.unknown when it
// was used, is too old, was replaced, or never was.
func (d *Desk) FindLink(ctx context.Context, at time.Time, secret string) (a Account, err error) {
	err = d.Store.ViewAccounts(ctx, func(tx Tx) error {
		a, err = byLink(tx, secret, at)
		return err
	})
	if err != nil {
		return Account{}, err
	}
	a.PasswordHash, a.Past, a.TOTP, a.Devices = "", nil, nil, nil
	return a, nil
}

// UseLink sets the account's password by a link, which is void from then on, and
// answers the account's name.
func (d *Desk) UseLink(ctx context.Context, at time.Time, secret, password string) (name string, err error) {
	a, err := d.FindLink(ctx, at, secret)
	if err != nil {
		return "", err
	}
	if err := d.Policy.Check("password", a.Name, password); err != nil {
		return "", err
	}
	if again, err := d.reused(ctx, a.Name, password); err != nil {
		return "", err
	} else if again {
		return "", workflow.BadField("password", "password.reused", "n", d.Policy.History)
	}
	hash, err := d.Hasher.Hash(ctx, password)
	if err != nil {
		return "", err
	}
	err = d.update(ctx, at, a.Actor(), a.Name, func(tx Tx, a *Account, now time.Time) (workflow.Kind, error) {
		if found, err := byLink(tx, secret, now); err != nil || found.Name != a.Name {
			return "", errLink
		}
		d.setPassword(a, hash, now)
		a.Link = nil
		return workflow.KindLinkUsed, nil
	})
	return a.Name, err
}

func byLink(tx Tx, secret string, now time.Time) (Account, error) {
	all, err := tx.Accounts()
	if err != nil {
		return Account{}, err
	}
	digest := credential.Digest(secret)
	for _, a := range all {
		if a.Link.open(now) && a.Link.Digest == digest && !a.Disabled {
			return a, nil
		}
	}
	return Account{}, errLink
}
