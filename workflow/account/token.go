package account

import (
	"context"
	"slices"
	"time"

	"duban/workflow"
	"duban/workflow/account/credential"
)

// Scope is what a token may be used for, within the rights of its account.
type Scope string

// The scopes.
const (
	Read Scope = "read" // nothing that changes anything
	Act  Scope = "act"  // whatever the account may do
)

// Scopes lists the scopes, the smallest first.
var Scopes = []Scope{Read, Act}

// tokenPrefix lets secret scanners and people recognise an API token.
const tokenPrefix = "db_"

// NewToken is what IssueToken needs.
type NewToken struct {
	Name    string // for people
	Account string // whose rights it has
	Scope   Scope
	Expires time.Time // zero: until it is revoked or the account changes
}

// AddToken is IssueToken for a token that may do whatever its account may.
func (d *Desk) AddToken(ctx context.Context, at time.Time, by workflow.Actor, name, user string, expires time.Time) (secret string, t Token, err error) {
	return d.IssueToken(ctx, at, by, NewToken{Name: name, Account: user, Scope: Act, Expires: expires})
}

// IssueToken lets a program act as an account. The secret is answered once and
// kept nowhere.
func (d *Desk) IssueToken(ctx context.Context, at time.Time, by workflow.Actor, n NewToken) (secret string, t Token, err error) {
	if err := mayManage(by); err != nil {
		return "", Token{}, err
	}
	if !slices.Contains(Scopes, n.Scope) {
		return "", Token{}, workflow.BadField("scope", "token.scope_unknown", "scope", string(n.Scope))
	}
	expires := n.Expires
	name, err := title("name", n.Name)
	if err != nil {
		return "", Token{}, err
	}
	user, ok := CleanName(n.Account)
	if !ok {
		return "", Token{}, unknown(user)
	}
	if secret, err = credential.NewSecret(d.Random); err != nil {
		return "", Token{}, err
	}
	secret = tokenPrefix + secret
	id, err := credential.PublicID(d.Random)
	if err != nil {
		return "", Token{}, err
	}
	err = d.Store.UpdateAccounts(ctx, at, by, func(tx Tx, now time.Time) ([]workflow.Event, error) {
		a, found, err := tx.Account(user)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, unknown(user)
		}
		if a.Disabled {
			return nil, workflow.Refuse("account.disabled", "name", a.Name)
		}
		t = Token{ID: id, Digest: credential.Digest(secret), Name: name, Account: a.Name, Scope: n.Scope, Generation: a.Generation, CreatedAt: now}
		if !expires.IsZero() {
			if !expires.After(now) {
				return nil, workflow.BadField("expires_at", "token.expires_in_past")
			}
			t.ExpiresAt = &expires
		}
		return tokenEvent(workflow.KindTokenAdded, t, a), tx.PutToken(t)
	})
	if err != nil {
		return "", Token{}, err
	}
	return secret, t, nil
}

// RevokeToken ends the token with that public id. Revoking again is harmless.
func (d *Desk) RevokeToken(ctx context.Context, at time.Time, by workflow.Actor, id string) error {
	if err := mayManage(by); err != nil {
		return err
	}
	err := d.Store.UpdateAccounts(ctx, at, by, func(tx Tx, _ time.Time) ([]workflow.Event, error) {
		all, err := tx.Tokens()
		if err != nil {
			return nil, err
		}
		for _, t := range all {
			if t.ID != id {
				continue
			}
			if t.Revoked {
				return nil, nil
			}
			a, _, err := tx.Account(t.Account)
			if err != nil {
				return nil, err
			}
			t.Revoked = true
			return tokenEvent(workflow.KindTokenRevoked, t, a), tx.PutToken(t)
		}
		return nil, workflow.Fault(workflow.NotFound, "token.unknown", "id", id)
	})
	if err != nil {
		return err
	}
	d.Ended(TokenKey(id), EndRevoked)
	return nil
}

// Tokens lists all tokens without their digests.
func (d *Desk) Tokens(ctx context.Context, by workflow.Actor) ([]Token, error) {
	if by.Role != workflow.Auditor {
		if err := mayManage(by); err != nil {
			return nil, err
		}
	}
	var all []Token
	err := d.Store.ViewAccounts(ctx, func(tx Tx) (err error) {
		all, err = tx.Tokens()
		return err
	})
	for i := range all {
		all[i].Digest = ""
	}
	return all, err
}

// May reports whether the token may be used for something of the scope.
func (t Token) May(s Scope) bool { return s == Read || t.Scope != Read }

// Lives reports whether the token may be used at that time, given its account.
func (t Token) Lives(at time.Time, a Account) bool {
	return !t.Revoked && !a.Disabled && t.Generation == a.Generation && (t.ExpiresAt == nil || at.Before(*t.ExpiresAt))
}

func tokenEvent(kind workflow.Kind, t Token, a Account) []workflow.Event {
	return []workflow.Event{{Kind: kind, Data: workflow.Data{
		Account: &workflow.AccountRef{Name: t.Account, Unit: a.Unit, Role: a.Role, Token: t.ID}}}}
}
