package account

import (
	"context"
	"time"
)

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
