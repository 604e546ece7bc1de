package account

import (
	"slices"
	"time"

	"duban/workflow"
)

// Expire ends a token for good, as revoking it does, and answers the events that say so.
func (t *Token) Expire(a Account) []workflow.Event {
	t.Revoked = true
	return tokenEvent(workflow.KindTokenRevoked, *t, a)
}

// Expire takes delegations and a link that are over at that time from the account, and
// answers the events that say so, and whether there were any.
func (a *Account) Expire(at time.Time) (events []workflow.Event, changed bool) {
	if a.Link != nil && !a.Link.open(at) {
		a.Link, changed = nil, true
	}
	if !slices.ContainsFunc(a.Delegations, func(d Delegation) bool { return d.Over(at) }) {
		return events, changed
	}
	var left []Delegation
	for _, d := range a.Delegations {
		if d.Over(at) {
			events = append(events, delegationEvent(workflow.KindDelegationRevoked, Granted{d, a.Name})...)
		} else {
			left = append(left, d)
		}
	}
	a.Delegations = left
	return events, true
}
