package account

import (
	"context"
	"slices"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

// Follow moves every account whose unit the plan has replaced by one other to that one:
// people and programs go with their unit, so logins and tokens stay. It answers those
// that were moved. An account whose unit is gone otherwise stays where it is, and acts
// for nobody: see Astray.
func (d *Desk) Follow(ctx context.Context, at time.Time, by workflow.Actor, p *plan.Plan) (moved []Account, err error) {
	if err := mayManage(by); err != nil {
		return nil, err
	}
	left := func(a Account) bool { heir := p.Heir(a.Unit); return heir != "" && heir != a.Unit }
	any := false
	err = d.Store.ViewAccounts(ctx, func(tx Tx) error {
		all, err := tx.Accounts()
		any = slices.ContainsFunc(all, left)
		return err
	})
	if err != nil || !any {
		return nil, err
	}
	err = d.Store.UpdateAccounts(ctx, at, by, func(tx Tx, _ time.Time) ([]workflow.Event, error) {
		moved = nil
		all, err := tx.Accounts()
		if err != nil {
			return nil, err
		}
		var events []workflow.Event
		for _, a := range all {
			if !left(a) {
				continue
			}
			a.Unit = p.Heir(a.Unit)
			if err := tx.PutAccount(a); err != nil {
				return nil, err
			}
			moved, events = append(moved, a), append(events, eventOf(workflow.KindAccountChanged, a)...)
		}
		return events, nil
	})
	return moved, err
}

// Astray reports whether the account can be used and its unit is gone: it has to be
// moved or disabled.
func (a Account) Astray(p *plan.Plan) bool {
	_, there := p.Department(a.Unit)
	return !a.Disabled && a.Unit != plan.OfficeID && !there
}
