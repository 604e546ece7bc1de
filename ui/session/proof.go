package session

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/workflow"
	"duban/workflow/account"
)

// ProofLife is how long a login counts as fresh after its owner has proved who it
// is: acts on an account's own locks and keys ask for a fresh one (ASVS 5.0.0
// 7.5.1, 7.5.2), so that a browser left open is not enough for them.
const ProofLife = 5 * time.Minute

var errProof = workflow.BadField(FieldPassword, "proof.wrong")

// The fields of a form that carries a proof.
const (
	FieldPassword = "proof_password"
	FieldCode     = "proof_code"
)

// Proof is how somebody who is logged in shows again who it is: by what the
// account has, see Means.
type Proof struct{ Password, Code string }

// Means is what a proof of an account can be made of: Password and Code together
// where there are both.
type Means struct {
	Password bool
	Code     bool
	SignOn   bool // a fresh login at the provider does too
}

// Fresh reports whether the caller's session has been proved within ProofLife.
func (m *Manager) Fresh(who Who) bool {
	age := m.clock().Sub(who.Proved)
	return who.Kind == BySession && !who.Proved.IsZero() && age >= 0 && age < ProofLife
}

// Means is what the caller can prove itself with.
func (m *Manager) Means(ctx context.Context, who Who) (Means, error) {
	var out Means
	err := m.store.ViewAccounts(ctx, func(tx account.Tx) error {
		a, _, err := tx.Account(who.Self().Actor.User)
		out = Means{Password: a.PasswordHash != "", Code: a.TOTP != nil, SignOn: a.Identity != nil}
		return err
	})
	return out, err
}

// Prove checks a proof of the caller and makes its session fresh. Wrong ones are
// recorded, and count for the lock like failed logins.
//
// Errors: Forbidden (session.needed), Invalid (proof.wrong), TooMany (login.locked),
// Unauthorized (session.ended).
func (m *Manager) Prove(ctx context.Context, who Who, p Proof, in Attempt) error {
	if who.Kind != BySession {
		return workflow.Fault(workflow.Forbidden, "session.needed")
	}
	now := m.clock()
	in.Name = who.Self().Actor.User
	watches, err := m.watches(ctx, in)
	if err != nil {
		return err
	}
	if err := m.admit(ctx, now, watches); err != nil {
		return err
	}
	open := true
	defer func() {
		if open {
			m.throttle.Cancel(watches)
		}
	}()
	a, right, err := m.known(ctx, in.Name, p)
	if err != nil {
		return err
	}
	cause := causePassword
	if right {
		err := m.freshen(ctx, now, who, a, p.Code, in.Address)
		switch {
		case err == nil:
			open = false
			m.throttle.Settle(now, watches, true)
			return nil
		case !errors.Is(err, errWrongCode):
			return err
		}
		cause = causeCode
	}
	open = false
	return m.failed(ctx, now, in, a, watches, login{cause, errProof})
}

// known checks the proof's first factor: the password, or nothing where the account
// has none and a second factor proves it alone.
func (m *Manager) known(ctx context.Context, name string, p Proof) (a account.Account, right bool, err error) {
	err = m.store.ViewAccounts(ctx, func(tx account.Tx) (err error) {
		a, _, err = tx.Account(name)
		return err
	})
	if err != nil || a.PasswordHash == "" {
		return a, a.TOTP != nil, err
	}
	return m.desk.CheckPassword(ctx, name, p.Password)
}

// freshen uses up the code and dates the session's proof.
func (m *Manager) freshen(ctx context.Context, now time.Time, who Who, checked account.Account, code, address string) error {
	return m.store.UpdateAccounts(ctx, now, who.Self().Actor, func(tx account.Tx, _ time.Time) ([]workflow.Event, error) {
		s, found, err := tx.Session(who.digest)
		if err != nil {
			return nil, err
		}
		a, known, err := tx.Account(checked.Name)
		if err != nil {
			return nil, err
		}
		if !found || !known || s.Account != a.Name || a.PasswordHash != checked.PasswordHash || m.over(s, a, now) != "" {
			return nil, errEnded
		}
		how, ok := m.desk.TakeSecond(&a, code, now)
		if !ok {
			return nil, errWrongCode
		}
		s.ProvedAt = &now
		if err := tx.PutSession(s); err != nil {
			return nil, err
		}
		ref := &workflow.AccountRef{Name: a.Name, Unit: a.Unit, Role: a.Role, Address: address, Cause: string(how)}
		return []workflow.Event{{Kind: workflow.KindProved, Data: workflow.Data{Account: ref}}}, tx.PutAccount(a)
	})
}

// ProveBy is Prove for a browser's request.
func (m *Manager) ProveBy(c *fiber.Ctx, p Proof) error {
	return m.Prove(c.UserContext(), From(c), Proof{strings.Clone(p.Password), strings.Clone(p.Code)}, m.attempt(c))
}
