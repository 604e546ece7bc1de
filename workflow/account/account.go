// Package account is who may log in and how it is kept: accounts, sessions, API
// tokens and screens. Rights are not here: workflow says what a role may do.
//
// Secrets are not stored: passwords as argon2id hashes, session, token, screen
// and link secrets as SHA-256 (they are 256 random bits, so a fast hash is
// enough). The one exception is the key of a second factor, which is stored
// encrypted (Sealer).
package account

import (
	"context"
	"time"

	"duban/workflow"
)

// Account is a person who may log in.
type Account struct {
	Name         string            `json:"name"` // login name
	Unit         string            `json:"unit"` // department id, or plan.OfficeID
	Role         workflow.UserRole `json:"role"`
	PasswordHash string            `json:"password_hash"` // PHC string, argon2id
	PasswordAt   time.Time         `json:"password_at"`
	Past         []string          `json:"past,omitempty"`        // hashes of earlier passwords, newest first
	MustChange   bool              `json:"must_change,omitempty"` // a one-time password: change it at the next login
	CreatedAt    time.Time         `json:"created_at"`
	Disabled     bool              `json:"disabled,omitempty"`
	LastLogin    *time.Time        `json:"last_login,omitempty"`
	Failures     int               `json:"failures,omitempty"` // failed logins since the last good one
	LastFailure  *time.Time        `json:"last_failure,omitempty"`
	Generation   int               `json:"generation"` // raised by reset, disable and password change: older sessions and sockets end
	// Devices are the browsers this account last logged in from, newest first, at
	// most MaxDevices. They have their own count of failures, so that guessing
	// from elsewhere cannot keep the account's owner out.
	Devices []Device `json:"devices,omitempty"`
	TOTP    *TOTP    `json:"totp,omitempty"` // nil: no second factor
	Link    *Link    `json:"link,omitempty"` // a one-time link to set the password
	// Delegations let this account act for others; those that are over are dropped
	// when the next one comes.
	Delegations []Delegation `json:"delegations,omitempty"`
	// Identity is who may log in through a provider; nil: nobody.
	Identity *Identity `json:"identity,omitempty"`
}

// MaxDevices is how many devices an account remembers.
const MaxDevices = 8

// Device is a browser that has logged in to an account before. Knowing it gives
// no rights: a password is still needed.
type Device struct {
	Digest  string    `json:"digest"` // hex SHA-256 of the device cookie's secret
	Address string    `json:"address"`
	SeenAt  time.Time `json:"seen_at"`
}

// Actor is the account acting for itself.
func (a Account) Actor() workflow.Actor {
	return workflow.Actor{User: a.Name, Unit: a.Unit, Role: a.Role}
}

// Via is how a login gave its first factor.
type Via string

// The ways.
const (
	ViaPassword Via = ""
	ViaProvider Via = "oidc" // a provider said who it is
)

// Session is one login in one browser.
type Session struct {
	ID         string    `json:"id"` // hex SHA-256 of the cookie's secret
	Account    string    `json:"account"`
	Generation int       `json:"generation"`
	CSRF       string    `json:"csrf"`
	CreatedAt  time.Time `json:"created_at"`
	SeenAt     time.Time `json:"seen_at"` // written at most once a minute
	Address    string    `json:"address"`
	Agent      string    `json:"agent"`
	OnBehalf   string    `json:"on_behalf,omitempty"` // the account it acts for, by delegation
	Via        Via       `json:"via,omitempty"`       // how the first factor was given
	// ProvedAt is when its owner last proved to be who it is; nil: unknown, or by a
	// provider's word alone, which it may give unasked.
	ProvedAt *time.Time `json:"proved_at,omitempty"`
}

// Token lets a program act as an account.
type Token struct {
	ID         string     `json:"id"`     // public, short
	Digest     string     `json:"digest"` // hex SHA-256 of the secret
	Name       string     `json:"name"`
	Account    string     `json:"account"`
	Scope      Scope      `json:"scope,omitempty"` // empty: issued before there were scopes, Act
	Generation int        `json:"generation"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty"`
	LastUsed   *time.Time `json:"last_used,omitempty"` // written at most once a minute
	Revoked    bool       `json:"revoked,omitempty"`
}

// ScreenPass lets one wall screen read the board.
type ScreenPass struct {
	ID        string     `json:"id"`
	Digest    string     `json:"digest"` // hex SHA-256 of the cookie's secret
	Name      string     `json:"name"`
	CreatedAt time.Time  `json:"created_at"`
	Approved  bool       `json:"approved"`
	By        string     `json:"by,omitempty"`   // who approved it
	Code      string     `json:"code,omitempty"` // pairing code while it waits
	Build     string     `json:"build,omitempty"`
	SeenAt    *time.Time `json:"seen_at,omitempty"`
	Revoked   bool       `json:"revoked,omitempty"`

	Settings ScreenSettings `json:"settings,omitzero"`
}

// Store keeps accounts. Update is one transaction with the journal's, so that a
// change and its event stand or fall together.
type Store interface {
	ViewAccounts(ctx context.Context, fn func(Tx) error) error
	// UpdateAccounts runs fn, writes what it put and the events it returned.
	// An error from fn changes nothing. fn may run again.
	UpdateAccounts(ctx context.Context, received time.Time, actor workflow.Actor, fn func(tx Tx, now time.Time) ([]workflow.Event, error)) error
}

// Tx reads and writes account records. A missing record is found=false. In
// ViewAccounts the Put and Drop methods return an error.
type Tx interface {
	Account(name string) (Account, bool, error)
	Accounts() ([]Account, error)
	PutAccount(Account) error

	Session(id string) (Session, bool, error)
	Sessions() ([]Session, error)
	PutSession(Session) error
	DropSession(id string) error

	Token(digest string) (Token, bool, error)
	Tokens() ([]Token, error)
	PutToken(Token) error

	Screen(digest string) (ScreenPass, bool, error)
	Screens() ([]ScreenPass, error)
	PutScreen(ScreenPass) error
	DropScreen(digest string) error
}
