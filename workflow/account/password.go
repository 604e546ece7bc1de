package account

import (
	"context"
	"errors"
	"time"

	"duban/workflow"
	"duban/workflow/account/credential"
)

// Reset gives an account a one-time password, answered once and kept nowhere;
// its logins and tokens end.
func (d *Desk) Reset(ctx context.Context, at time.Time, by workflow.Actor, name string) (oneTime string, err error) {
	if err := mayManage(by); err != nil {
		return "", err
	}
	if oneTime, err = credential.OneTimePassword(d.Random); err != nil {
		return "", err
	}
	hash, err := d.Hasher.Hash(ctx, oneTime)
	if err != nil {
		return "", err
	}
	err = d.change(ctx, at, by, name, func(_ Tx, a *Account, now time.Time) (workflow.Kind, error) {
		d.setPassword(a, hash, now)
		a.MustChange, a.Failures, a.Link = true, 0, nil
		return workflow.KindPasswordReset, nil
	})
	if err != nil {
		return "", err
	}
	return oneTime, nil
}

// ChangePassword replaces the account's own password; its logins and tokens end,
// this one too. A wrong old password is password.wrong.
func (d *Desk) ChangePassword(ctx context.Context, at time.Time, by workflow.Actor, old, replacement string) error {
	if err := d.Policy.Check("new_password", by.User, replacement); err != nil {
		return err
	}
	if old == replacement {
		return workflow.BadField("new_password", "password.same")
	}
	a, right, err := d.CheckPassword(ctx, by.User, old)
	if err != nil {
		return err
	}
	if !right {
		return workflow.BadField("old_password", "password.wrong")
	}
	if again, err := d.reused(ctx, a.Name, replacement); err != nil {
		return err
	} else if again {
		return workflow.BadField("new_password", "password.reused", "n", d.Policy.History)
	}
	hash, err := d.Hasher.Hash(ctx, replacement)
	if err != nil {
		return err
	}
	checked := a.PasswordHash
	err = d.update(ctx, at, by, a.Name, func(_ Tx, a *Account, now time.Time) (workflow.Kind, error) {
		if a.PasswordHash != checked || a.Disabled {
			return "", errChanged
		}
		d.setPassword(a, hash, now)
		return workflow.KindAccountChanged, nil
	})
	if errors.Is(err, errChanged) {
		return workflow.BadField("old_password", "password.wrong")
	}
	return err
}

// CheckPassword reports whether the password is that of the enabled account. An
// account that is unknown or disabled costs the same time as a wrong password.
func (d *Desk) CheckPassword(ctx context.Context, name, password string) (Account, bool, error) {
	var a Account
	name, ok := CleanName(name)
	if ok {
		err := d.Store.ViewAccounts(ctx, func(tx Tx) (err error) {
			a, _, err = tx.Account(name)
			return err
		})
		if err != nil {
			return Account{}, false, err
		}
	}
	right, err := d.Hasher.Verify(ctx, a.PasswordHash, password)
	return a, right && !a.Disabled, err
}

// setPassword puts another hash in the present one's place and keeps that among
// the past ones, as many as the policy looks at. A one-time password was nobody's
// choice and is not kept. An empty hash takes the password away.
func (d *Desk) setPassword(a *Account, hash string, now time.Time) {
	if a.PasswordHash != "" && !a.MustChange && d.Policy.History > 0 {
		a.Past = append([]string{a.PasswordHash}, a.Past...)
	}
	a.Past = a.Past[:min(len(a.Past), d.Policy.History)]
	a.PasswordHash, a.MustChange = hash, false
	if hash != "" {
		a.PasswordAt = now
	}
}

// reused reports whether the password is one of the account's last, as many as
// the policy looks at, the present one among them. Each costs a hash.
func (d *Desk) reused(ctx context.Context, name, password string) (bool, error) {
	var a Account
	err := d.Store.ViewAccounts(ctx, func(tx Tx) (err error) {
		a, _, err = tx.Account(name)
		return err
	})
	if err != nil {
		return false, err
	}
	last := a.Past
	if a.PasswordHash != "" {
		last = append([]string{a.PasswordHash}, last...)
	}
	for _, hash := range last[:min(len(last), d.Policy.History)] {
		if same, err := d.Hasher.Verify(ctx, hash, password); same || err != nil {
			return same, err
		}
	}
	return false, nil
}
