package account

import (
	"context"
	"time"

	"duban/workflow"
)

// Invite adds an account with a one-time password, answered once and kept
// nowhere, which only serves to set a password of one's own.
func (d *Desk) Invite(ctx context.Context, at time.Time, by workflow.Actor, n NewAccount) (oneTime string, err error) {
	if oneTime, err = oneTimePassword(d.Random); err != nil {
		return "", err
	}
	n.Password, n.MustChange = oneTime, true
	if _, err = d.AddAccount(ctx, at, by, n); err != nil {
		return "", err
	}
	return oneTime, nil
}
