package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"duban/workflow"
	"duban/workflow/account/credential"
)

// A delegation lets one account act for a colleague of the same unit for some
// days (product rules, section 7): rights are those of the one acted for, both
// names stand in every event. It is kept with the account that may act. It does
// not chain, because a delegation gives rights to acts of the plan and never to
// delegate; and it never gives an admin's or auditor's rights, nor is given to
// them, because they watch over those who do the work.

const (
	// LongestDelegation is the longest span: a standing arrangement is another
	// account or another role, not a delegation.
	LongestDelegation = 92 * 24 * time.Hour
	// maxDelegations bounds what one account may hold at a time.
	maxDelegations = 20
)

// Delegation lets the account that holds it act for another.
type Delegation struct {
	ID  string `json:"id"`
	For string `json:"for"` // the account acted for
	// Unit and Role are the place of the account acted for when it was granted: a
	// new place is not what was delegated, and ends it.
	Unit  string            `json:"unit"`
	Role  workflow.UserRole `json:"role"`
	From  time.Time         `json:"from"`
	Until time.Time         `json:"until"` // the first instant after it
	By    string            `json:"by"`    // who granted it
	At    time.Time         `json:"at"`
}

// Lives reports whether the holder may act for the other account at that time.
func (d Delegation) Lives(at time.Time, holder, other Account) bool {
	return d.For == other.Name && !at.Before(d.From) && at.Before(d.Until) && !holder.Disabled && !other.Disabled &&
		d.Unit == other.Unit && d.Role == other.Role && colleagues(other, holder)
}

// Over reports whether the delegation has no time left.
func (d Delegation) Over(at time.Time) bool { return !at.Before(d.Until) }

// Actor is the holder acting for the account.
func (d Delegation) Actor(holder Account) workflow.Actor {
	return workflow.Actor{User: holder.Name, Unit: d.Unit, Role: d.Role, OnBehalf: d.For}
}

// colleagues are two people of one unit who both do the office's work, or both
// the department's.
func colleagues(a, b Account) bool {
	return a.Name != b.Name && a.Unit == b.Unit && a.Role.Works() && b.Role.Works() &&
		a.Actor().Supervises() == b.Actor().Supervises()
}

// Granted is a delegation with the account that holds it.
type Granted struct {
	Delegation
	To string
}

// NewDelegation is what Delegate needs: To may act for For.
type NewDelegation struct {
	For, To     string
	From, Until time.Time // Until is the first instant after it
}

// Delegate lets a colleague act for an account: one's own, or any as an admin.
//
// Errors: Forbidden (delegation.no_chain, delegation.own_only), Invalid
// (delegation.backwards, delegation.past, delegation.too_long,
// delegation.not_colleague), Refused (delegation.role, delegation.already,
// delegation.too_many), NotFound (account.unknown).
func (d *Desk) Delegate(ctx context.Context, at time.Time, by workflow.Actor, n NewDelegation) (Granted, error) {
	if err := mayDelegate(by, n.For); err != nil {
		return Granted{}, err
	}
	var f faults
	switch {
	case !n.Until.After(n.From):
		f.add("until", "delegation.backwards")
	case !n.Until.After(at):
		f.add("until", "delegation.past")
	case n.Until.Sub(n.From) > LongestDelegation:
		f.add("until", "delegation.too_long", "days", int(LongestDelegation.Hours()/24))
	}
	to, ok := CleanName(n.To)
	if !ok {
		f.add("to", "delegation.not_colleague", "name", printable(to))
	}
	if err := f.err(); err != nil {
		return Granted{}, err
	}
	id, err := credential.PublicID(d.Random)
	if err != nil {
		return Granted{}, err
	}
	var g Granted
	err = d.Store.UpdateAccounts(ctx, at, by, func(tx Tx, now time.Time) ([]workflow.Event, error) {
		other, found, err := tx.Account(n.For)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, unknown(n.For)
		}
		if !other.Role.Works() {
			return nil, workflow.Refuse("delegation.role", "role", other.Role)
		}
		holder, found, err := tx.Account(to)
		if err != nil {
			return nil, err
		}
		if !found || holder.Disabled || !colleagues(other, holder) {
			return nil, workflow.BadField("to", "delegation.not_colleague", "name", to)
		}
		g = Granted{Delegation{ID: id, For: other.Name, Unit: other.Unit, Role: other.Role, From: n.From, Until: n.Until, By: by.User, At: now}, holder.Name}
		if holder.Delegations, err = with(holder.Delegations, g.Delegation, now); err != nil {
			return nil, err
		}
		return delegationEvent(workflow.KindDelegationGranted, g), tx.PutAccount(holder)
	})
	return g, err
}

// with adds a delegation to those that are not over.
func with(held []Delegation, added Delegation, now time.Time) ([]Delegation, error) {
	left := slices.DeleteFunc(slices.Clone(held), func(d Delegation) bool { return d.Over(now) })
	for _, d := range left {
		if d.For == added.For && d.From.Before(added.Until) && added.From.Before(d.Until) {
			return nil, workflow.Refuse("delegation.already", "name", d.For, "until", d.Until.Add(-time.Second))
		}
	}
	if len(left) >= maxDelegations {
		return nil, workflow.Refuse("delegation.too_many", "max", maxDelegations)
	}
	return append(left, added), nil
}

// RevokeDelegation ends a delegation at once, with the sockets that use it. The
// one acted for, the one who acts, and an admin may.
//
// Errors: NotFound (delegation.unknown), also of those one has no part in.
func (d *Desk) RevokeDelegation(ctx context.Context, at time.Time, by workflow.Actor, id string) error {
	var dead []string
	err := d.Store.UpdateAccounts(ctx, at, by, func(tx Tx, _ time.Time) ([]workflow.Event, error) {
		all, err := tx.Accounts()
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			n := slices.IndexFunc(a.Delegations, func(x Delegation) bool { return x.ID == id })
			if n < 0 {
				continue
			}
			g := Granted{a.Delegations[n], a.Name}
			if mayManage(by) != nil && by.User != g.For && by.User != g.To {
				break
			}
			a.Delegations = slices.Delete(slices.Clone(a.Delegations), n, n+1)
			if dead, err = acting(tx, a, g.For); err != nil {
				return nil, err
			}
			return delegationEvent(workflow.KindDelegationRevoked, g), tx.PutAccount(a)
		}
		return nil, workflow.Fault(workflow.NotFound, "delegation.unknown")
	})
	if err != nil {
		return err
	}
	for _, key := range dead {
		d.Ended(key, EndRights)
	}
	return nil
}

// Delegations lists the delegations that are not over: all for an admin, to others
// those they gave or hold; by the account acted for, then by time.
func (d *Desk) Delegations(ctx context.Context, at time.Time, by workflow.Actor) ([]Granted, error) {
	var list []Granted
	err := d.Store.ViewAccounts(ctx, func(tx Tx) error {
		all, err := tx.Accounts()
		for _, a := range all {
			for _, x := range a.Delegations {
				if !x.Over(at) && (mayManage(by) == nil || by.User == x.For || by.User == a.Name) {
					list = append(list, Granted{x, a.Name})
				}
			}
		}
		return err
	})
	slices.SortFunc(list, func(a, b Granted) int {
		if c := strings.Compare(a.For, b.For); c != 0 {
			return c
		}
		return a.From.Compare(b.From)
	})
	return list, err
}

// Colleagues lists the names of those to whom the actor's own work can be
// delegated; to an admin all who do the plan's work.
func (d *Desk) Colleagues(ctx context.Context, by workflow.Actor) ([]Account, error) {
	self := Account{Name: by.User, Unit: by.Unit, Role: by.Role}
	var list []Account
	err := d.Store.ViewAccounts(ctx, func(tx Tx) error {
		all, err := tx.Accounts()
		for _, a := range all {
			if !a.Disabled && (colleagues(self, a) || mayManage(by) == nil && a.Role.Works()) {
				list = append(list, Account{Name: a.Name, Unit: a.Unit, Role: a.Role})
			}
		}
		return err
	})
	return list, err
}

// mayDelegate: one's own work, or anybody's as an admin; never what is only lent.
func mayDelegate(by workflow.Actor, name string) error {
	switch {
	case by.OnBehalf != "":
		return workflow.Fault(workflow.Forbidden, "delegation.no_chain")
	case by.User == name || mayManage(by) == nil:
		return nil
	}
	return workflow.Fault(workflow.Forbidden, "delegation.own_only")
}

// acting lists the keys of what may have sockets open in which a acts for other:
// sessions switched to it, and tokens, which say so with each request.
func acting(tx Tx, a Account, other string) (keys []string, err error) {
	sessions, err := tx.Sessions()
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		if s.Account == a.Name && s.OnBehalf == other {
			keys = append(keys, SessionKey(s.ID))
		}
	}
	tokens, err := tx.Tokens()
	for _, t := range tokens {
		if t.Account == a.Name && !t.Revoked {
			keys = append(keys, TokenKey(t.ID))
		}
	}
	return keys, err
}

// actingFor lists such keys of all who hold a delegation from the account.
func actingFor(tx Tx, other string) (keys []string, err error) {
	all, err := tx.Accounts()
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if !slices.ContainsFunc(a.Delegations, func(d Delegation) bool { return d.For == other }) {
			continue
		}
		more, err := acting(tx, a, other)
		if err != nil {
			return nil, err
		}
		keys = append(keys, more...)
	}
	return keys, nil
}

func delegationEvent(kind workflow.Kind, g Granted) []workflow.Event {
	return []workflow.Event{{Kind: kind, Data: workflow.Data{
		Account:    &workflow.AccountRef{Name: g.For, Unit: g.Unit, Role: g.Role},
		Delegation: &workflow.DelegationRef{ID: g.ID, To: g.To, From: g.From, Until: g.Until}}}}
}
