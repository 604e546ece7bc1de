package account

import (
	"context"
	"slices"
	"time"

	"duban/workflow"
	"duban/workflow/account/credential"
	"duban/workflow/plan"
)

const (
	// pairingLife is how long a screen's code waits for approval.
	pairingLife = 10 * time.Minute
	// maxWaiting bounds screens that wait, since anyone may ask.
	maxWaiting = 64
	// codeLength is of the code that a screen shows and the office types.
	codeLength = 6
)

// RequestScreen records a screen that asks to be let in: the cookie's secret and
// the code it shows. Nothing is in the journal until somebody approves it.
func (d *Desk) RequestScreen(ctx context.Context, at time.Time, build string) (secret string, p ScreenPass, err error) {
	if secret, err = credential.NewSecret(d.Random); err != nil {
		return "", ScreenPass{}, err
	}
	id, err := credential.PublicID(d.Random)
	if err != nil {
		return "", ScreenPass{}, err
	}
	code, err := credential.PlainCode(d.Random, codeLength)
	if err != nil {
		return "", ScreenPass{}, err
	}
	build = printable(build)
	err = d.Store.UpdateAccounts(ctx, at, screenActor(id), func(tx Tx, now time.Time) ([]workflow.Event, error) {
		all, err := tx.Screens()
		if err != nil {
			return nil, err
		}
		waiting := 0
		for _, s := range all {
			if s.Code == "" {
				continue
			}
			if s.expired(now) {
				if err := tx.DropScreen(s.Digest); err != nil {
					return nil, err
				}
				continue
			}
			// The same code twice is one chance in ten million: the screen asks again.
			if waiting++; s.Code == code || waiting >= maxWaiting {
				return nil, workflow.Fault(workflow.TooMany, "screen.too_many", "retry_after", int(pairingLife.Seconds()))
			}
		}
		p = ScreenPass{ID: id, Digest: credential.Digest(secret), CreatedAt: now, Code: code, Build: build}
		return nil, tx.PutScreen(p)
	})
	if err != nil {
		return "", ScreenPass{}, err
	}
	return secret, p, nil
}

// ApproveScreen lets the screen that shows the code read the board.
func (d *Desk) ApproveScreen(ctx context.Context, at time.Time, by workflow.Actor, code, name string) (p ScreenPass, err error) {
	if err := mayPair(by); err != nil {
		return ScreenPass{}, err
	}
	if name, err = title("name", name); err != nil {
		return ScreenPass{}, err
	}
	code = credential.CleanCode(code)
	err = d.Store.UpdateAccounts(ctx, at, by, func(tx Tx, now time.Time) ([]workflow.Event, error) {
		all, err := tx.Screens()
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(s ScreenPass) bool { return code != "" && s.Code == code && !s.expired(now) })
		if i < 0 {
			return nil, workflow.BadField("code", "screen.code_unknown")
		}
		p = all[i]
		p.Name, p.By, p.Approved, p.Code = name, by.User, true, ""
		return screenEvent(workflow.KindScreenPaired, p), tx.PutScreen(p)
	})
	return p, err
}

// RevokeScreen ends a screen; it must be paired anew.
func (d *Desk) RevokeScreen(ctx context.Context, at time.Time, by workflow.Actor, id string) error {
	err := d.onScreen(ctx, at, by, id, func(p *ScreenPass) workflow.Kind {
		p.Revoked = true
		return workflow.KindScreenRevoked
	})
	if err != nil {
		return err
	}
	d.Ended(ScreenKey(id), EndRevoked)
	return nil
}

func (d *Desk) onScreen(ctx context.Context, at time.Time, by workflow.Actor, id string, act func(*ScreenPass) workflow.Kind) error {
	if err := mayPair(by); err != nil {
		return err
	}
	return d.Store.UpdateAccounts(ctx, at, by, func(tx Tx, _ time.Time) ([]workflow.Event, error) {
		all, err := tx.Screens()
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			if p.ID == id && p.Approved && !p.Revoked {
				kind := act(&p)
				return screenEvent(kind, p), tx.PutScreen(p)
			}
		}
		return nil, workflow.Fault(workflow.NotFound, "screen.not_paired", "id", id)
	})
}

// Screens lists the screens, digests and waiting codes blanked: whoever approves
// a screen must have read its code off the wall.
func (d *Desk) Screens(ctx context.Context, by workflow.Actor) ([]ScreenPass, error) {
	if by.Role != workflow.Auditor {
		if err := mayPair(by); err != nil {
			return nil, err
		}
	}
	var all []ScreenPass
	err := d.Store.ViewAccounts(ctx, func(tx Tx) (err error) {
		all, err = tx.Screens()
		return err
	})
	for i := range all {
		all[i].Digest, all[i].Code = "", ""
	}
	return all, err
}

// AuthenticateScreen finds the screen a cookie's secret belongs to. One that
// still waits is answered with screen.pending, so that it can show its code; the
// others that may not read are screen.revoked and screen.unknown.
func (d *Desk) AuthenticateScreen(ctx context.Context, at time.Time, secret string) (p ScreenPass, err error) {
	var found bool
	err = d.Store.ViewAccounts(ctx, func(tx Tx) (err error) {
		p, found, err = tx.Screen(credential.Digest(secret))
		return err
	})
	switch {
	case err != nil:
		return p, err
	case !found || p.expired(at):
		return ScreenPass{}, workflow.Fault(workflow.Unauthorized, "screen.unknown")
	case p.Revoked:
		return p, workflow.Fault(workflow.Unauthorized, "screen.revoked")
	case !p.Approved:
		return p, workflow.Fault(workflow.Unauthorized, "screen.pending", "pairing_code", p.Code)
	}
	return p, nil
}

// Actor is the screen as a reader of the board.
func (p ScreenPass) Actor() workflow.Actor { return screenActor(p.ID) }

func screenActor(id string) workflow.Actor {
	return workflow.Actor{User: "screen:" + id, Unit: plan.OfficeID, Role: workflow.Screen}
}

// expired is true of a request that nobody approved in time.
func (p ScreenPass) expired(now time.Time) bool {
	return !p.Approved && now.Sub(p.CreatedAt) > pairingLife
}

func mayPair(by workflow.Actor) error {
	switch by.Role {
	case workflow.Admin, workflow.OfficeMan, workflow.Director, workflow.System:
		return nil
	}
	return workflow.Fault(workflow.Forbidden, "screen.office_only")
}

func screenEvent(kind workflow.Kind, p ScreenPass) []workflow.Event {
	return []workflow.Event{{Kind: kind, Data: workflow.Data{
		Account: &workflow.AccountRef{Name: p.Name, Role: workflow.Screen, Token: p.ID}}}}
}
