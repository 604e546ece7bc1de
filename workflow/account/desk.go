package account

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"duban/workflow"
	"duban/workflow/account/credential"
	"duban/workflow/plan"
)

// Desk is what can be done to accounts. Each act writes its event in the same
// transaction as the record. Set the fields before first use.
type Desk struct {
	Store  Store
	Hasher *credential.Hasher
	Random io.Reader // safe for concurrent use
	Policy credential.Policy
	Sealer *Sealer // of second factors; nil: none can be set up, and no code is taken
	// FindUnit resolves a unit's name or id to its id.
	FindUnit func(nameOrID string) (id string, found bool)
	// SecondFactor are the roles that must have a second factor.
	SecondFactor []workflow.UserRole
	// Wall is the machine's clock, for codes by the clock; nil: the time of each call.
	Wall func() time.Time
	// OnEnd hears, after the commit, of every login, token or screen that is dead
	// from now on, so that its open sockets can be closed at once. May be nil.
	OnEnd func(key string, reason EndReason)
}

// EndReason says why a login, token or screen ended.
type EndReason string

// The reasons.
const (
	EndLogout   EndReason = "logout"
	EndIdle     EndReason = "idle"
	EndAge      EndReason = "age"      // older than the longest session
	EndReplaced EndReason = "replaced" // a new login in the same browser, or too many logins
	EndRights   EndReason = "rights"   // password, role, unit or state of the account changed
	EndRevoked  EndReason = "revoked"
)

// Keys name what is authorised, for OnEnd and the live hub.
func SessionKey(id string) string { return "session/" + id }

// TokenKey names a token by its public id.
func TokenKey(id string) string { return "token/" + id }

// ScreenKey names a screen by its public id.
func ScreenKey(id string) string { return "screen/" + id }

// Console is the actor of the command line on the server's own machine: whoever
// can run it holds the store already.
var Console = workflow.Actor{User: "console", Unit: "system", Role: workflow.System}

// NewAccount is what AddAccount needs.
type NewAccount struct {
	Name       string
	Unit       string // a department's name or id, or plan.OfficeID
	Role       workflow.UserRole
	Password   string
	MustChange bool // the password is for one login only
}

// AddAccount adds an account. Faults of fields come all at once.
func (d *Desk) AddAccount(ctx context.Context, at time.Time, by workflow.Actor, n NewAccount) (Account, error) {
	name, unit, err := d.mayAdd(by, n)
	if e := workflow.AsError(err); err != nil && e.Kind != workflow.Invalid {
		return Account{}, err
	}
	var f faults
	f.join(err)
	if by == Console {
		f.join(d.Policy.CheckGiven("password", n.Password))
	} else {
		f.join(d.Policy.Check("password", name, n.Password))
	}
	if err := f.err(); err != nil {
		return Account{}, err
	}
	hash, err := d.Hasher.Hash(ctx, n.Password)
	if err != nil {
		return Account{}, err
	}
	var added Account
	err = d.Store.UpdateAccounts(ctx, at, by, func(tx Tx, now time.Time) ([]workflow.Event, error) {
		if err := free(tx, name); err != nil {
			return nil, err
		}
		added = Account{Name: name, Unit: unit, Role: n.Role, PasswordHash: hash, PasswordAt: now, CreatedAt: now, MustChange: n.MustChange}
		return eventOf(workflow.KindAccountAdded, added), tx.PutAccount(added)
	})
	return added, err
}

// mayAdd checks who adds an account, and its name and place.
func (d *Desk) mayAdd(by workflow.Actor, n NewAccount) (name, unit string, err error) {
	if err := mayManage(by); err != nil {
		return "", "", err
	}
	var f faults
	name, ok := CleanName(n.Name)
	if !ok {
		f.add("name", nameFault(name), "max", MaxName)
	} else if slices.Contains(reserved, alike(name)) {
		f.add("name", "account.name_taken", "name", name)
	}
	unit, err = d.place(n.Unit, n.Role)
	f.join(err)
	return name, unit, f.err()
}

func free(tx Tx, name string) error {
	all, err := tx.Accounts()
	if err != nil {
		return err
	}
	for _, a := range all {
		if alike(a.Name) == alike(name) {
			return workflow.BadField("name", "account.name_taken", "name", a.Name)
		}
	}
	return nil
}

// Move gives an account another unit or role; its logins and tokens end.
func (d *Desk) Move(ctx context.Context, at time.Time, by workflow.Actor, name, unit string, role workflow.UserRole) error {
	id, err := d.place(unit, role)
	if err != nil {
		return err
	}
	return d.change(ctx, at, by, name, func(tx Tx, a *Account, _ time.Time) (workflow.Kind, error) {
		if role != workflow.Admin {
			if err := notLastAdmin(tx, *a); err != nil {
				return "", err
			}
		}
		a.Unit, a.Role = id, role
		return workflow.KindAccountChanged, nil
	})
}

// Disable shuts an account out at once. The last enabled admin cannot be.
func (d *Desk) Disable(ctx context.Context, at time.Time, by workflow.Actor, name string) error {
	return d.change(ctx, at, by, name, func(tx Tx, a *Account, _ time.Time) (workflow.Kind, error) {
		if a.Disabled {
			return "", workflow.Refuse("account.already_disabled", "name", a.Name)
		}
		if err := notLastAdmin(tx, *a); err != nil {
			return "", err
		}
		a.Disabled = true
		return workflow.KindAccountDisabled, nil
	})
}

// Enable lets a disabled account in again, with the password it had. What was
// logged in or issued before stays dead.
func (d *Desk) Enable(ctx context.Context, at time.Time, by workflow.Actor, name string) error {
	return d.change(ctx, at, by, name, func(_ Tx, a *Account, _ time.Time) (workflow.Kind, error) {
		if !a.Disabled {
			return "", workflow.Refuse("account.not_disabled", "name", a.Name)
		}
		a.Disabled, a.Failures = false, 0
		return workflow.KindAccountEnabled, nil
	})
}

// change is one act on one account that ends everything issued before it.
func (d *Desk) change(ctx context.Context, at time.Time, by workflow.Actor, name string,
	act func(tx Tx, a *Account, now time.Time) (workflow.Kind, error)) error {
	if err := mayManage(by); err != nil {
		return err
	}
	return d.update(ctx, at, by, name, act)
}

// update is change without the question whether by may manage accounts.
func (d *Desk) update(ctx context.Context, at time.Time, by workflow.Actor, name string,
	act func(tx Tx, a *Account, now time.Time) (workflow.Kind, error)) error {
	name, ok := CleanName(name)
	if !ok {
		return unknown(name)
	}
	var dead []string
	err := d.Store.UpdateAccounts(ctx, at, by, func(tx Tx, now time.Time) ([]workflow.Event, error) {
		a, found, err := tx.Account(name)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, unknown(name)
		}
		kind, err := act(tx, &a, now)
		if err != nil {
			return nil, err
		}
		a.Generation++
		if dead, err = endAll(tx, a); err != nil {
			return nil, err
		}
		lent, err := actingFor(tx, a.Name)
		if err != nil {
			return nil, err
		}
		dead = append(dead, lent...)
		return eventOf(kind, a), tx.PutAccount(a)
	})
	if err != nil {
		return err
	}
	for _, key := range dead {
		d.Ended(key, EndRights)
	}
	return nil
}

// endAll drops the account's sessions and lists the keys of all that its new
// generation has made void. Tokens stay on the list, dead, for the record.
func endAll(tx Tx, a Account) (dead []string, err error) {
	sessions, err := tx.Sessions()
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		if s.Account != a.Name {
			continue
		}
		dead = append(dead, SessionKey(s.ID))
		if err := tx.DropSession(s.ID); err != nil {
			return nil, err
		}
	}
	tokens, err := tx.Tokens()
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		if t.Account == a.Name && !t.Revoked && t.Generation == a.Generation-1 {
			dead = append(dead, TokenKey(t.ID))
		}
	}
	return dead, nil
}

// Ended tells OnEnd, if anyone listens.
func (d *Desk) Ended(key string, reason EndReason) {
	if d.OnEnd != nil {
		d.OnEnd(key, reason)
	}
}

// EnsureAdmin makes the named account, "admin" for an empty name, in a store that has no administrator yet;
// other accounts may be there, added from the command line before the first
// start. An empty password is replaced by a one-time password, which is answered
// and kept nowhere. created is false when there was an administrator already.
func (d *Desk) EnsureAdmin(ctx context.Context, at time.Time, name, password string) (oneTime string, created bool, err error) {
	var admin bool
	err = d.Store.ViewAccounts(ctx, func(tx Tx) error {
		all, err := tx.Accounts()
		admin = slices.ContainsFunc(all, func(a Account) bool { return a.Role == workflow.Admin })
		return err
	})
	if err != nil || admin {
		return "", false, err
	}
	if name == "" {
		name = "admin"
	}
	n := NewAccount{Name: name, Unit: plan.OfficeID, Role: workflow.Admin, Password: password}
	if password == "" {
		if oneTime, err = credential.OneTimePassword(d.Random); err != nil {
			return "", false, err
		}
		n.Password, n.MustChange = oneTime, true
	}
	if _, err := d.AddAccount(ctx, at, Console, n); err != nil {
		return "", false, err
	}
	return oneTime, true, nil
}

// Accounts lists all accounts, hashes blanked, for those who may read about people.
func (d *Desk) Accounts(ctx context.Context, by workflow.Actor) ([]Account, error) {
	if by.Role != workflow.Auditor && by.Role != workflow.Director {
		if err := mayManage(by); err != nil {
			return nil, err
		}
	}
	var all []Account
	err := d.Store.ViewAccounts(ctx, func(tx Tx) (err error) {
		all, err = tx.Accounts()
		return err
	})
	for i := range all {
		all[i].PasswordHash, all[i].Past, all[i].Devices = "", nil, nil
		if all[i].Link != nil {
			all[i].Link = &Link{Until: all[i].Link.Until}
		}
		if all[i].TOTP != nil {
			all[i].TOTP = &TOTP{At: all[i].TOTP.At}
		}
	}
	slices.SortFunc(all, func(a, b Account) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}

func notLastAdmin(tx Tx, a Account) error {
	if a.Role != workflow.Admin || a.Disabled {
		return nil
	}
	all, err := tx.Accounts()
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.Role == workflow.Admin && !other.Disabled && other.Name != a.Name {
			return nil
		}
	}
	return workflow.Refuse("account.last_admin", "name", a.Name)
}

func mayManage(by workflow.Actor) error {
	if by.Role == workflow.Admin || by.Role == workflow.System {
		return nil
	}
	return workflow.Fault(workflow.Forbidden, "account.admin_only")
}

func unknown(name string) error {
	return workflow.Fault(workflow.NotFound, "account.unknown", "name", name)
}

func eventOf(kind workflow.Kind, a Account) []workflow.Event {
	return []workflow.Event{{Kind: kind, Data: workflow.Data{
		Account: &workflow.AccountRef{Name: a.Name, Unit: a.Unit, Role: a.Role}}}}
}

// errChanged makes a check be done again: the password changed under it.
var errChanged = errors.New("the account changed meanwhile")

// faults collects the wrong fields of one request.
type faults []*workflow.Error

func (f *faults) add(field, code string, args ...any) {
	*f = append(*f, workflow.BadField(field, code, args...))
}

// join adds the faults an error carries.
func (f *faults) join(err error) {
	if err == nil {
		return
	}
	e := workflow.AsError(err)
	if len(e.Fields) > 0 {
		*f = append(*f, e.Fields...)
		return
	}
	*f = append(*f, e)
}

func (f faults) err() error { return workflow.Faults(f) }
