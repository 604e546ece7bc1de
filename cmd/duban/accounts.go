package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"slices"
	"time"

	"duban/cmd/office"
	"duban/ui/signon"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/calendar"
)

// user is "duban user …": accounts, at the running server or on a stopped one's store.
func user(ctx context.Context, args []string, e env) error {
	var p place
	var unit, role, passwordFile, issuer, subject string
	f := flags("user", e, func(f *flag.FlagSet) {
		p.flags(f)
		f.StringVar(&unit, "unit", "", "department's name or id, or office")
		f.StringVar(&role, "role", "", "admin, office, director, liaison, signatory, viewer or auditor")
		f.StringVar(&passwordFile, "password-file", "", "`file` with the password in its first line")
		f.StringVar(&subject, "subject", "", "link-oidc: what the provider names the person by, as the login page shows it")
		f.StringVar(&issuer, "oidc-issuer", "", "link-oidc: `address` of the provider, as serve is told it; a running server knows its own")
	})
	rest, err := parse(f, args, e)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return usage("usage: duban user add NAME --unit UNIT --role ROLE --password-file F | list | disable NAME | enable NAME | move NAME --unit UNIT | reset NAME | reset-second-factor NAME… | link-oidc NAME --subject SUBJECT | unlink-oidc NAME")
	}
	if done, err := atServer(ctx, p.data, "user", f, rest, bringSecret(passwordFile), e); done {
		return err
	}
	verb, rest := rest[0], rest[1:]
	switch verb {
	case "add":
		if err := need(rest, 1, "user add NAME --unit UNIT --role ROLE --password-file F"); err != nil {
			return err
		}
		if unit == "" || role == "" || passwordFile == "" {
			return usage("duban: user add needs --unit, --role and --password-file")
		}
		password, err := secretOf(ctx, passwordFile)
		if err != nil {
			return err
		}
		return withHouse(ctx, p, e, func(h *office.House) error {
			_, err := h.Accounts.AddAccount(ctx, h.Now(), account.Console,
				account.NewAccount{Name: rest[0], Unit: unit, Role: workflow.UserRole(role), Password: password})
			if err == nil && h.Accounts.Policy.Check("password", rest[0], password) != nil {
				say(e.err, "duban: warning: the password is weaker than the %s rules ask of people; have it changed\n", h.Accounts.Policy.Name)
			}
			return refused(err)
		})
	case "list":
		return withHouse(ctx, p, e, func(h *office.House) error { return listUsers(ctx, h, e) })
	case "disable", "enable":
		if err := need(rest, 1, "user "+verb+" NAME"); err != nil {
			return err
		}
		return withHouse(ctx, p, e, func(h *office.House) error {
			if verb == "disable" {
				return refused(h.Accounts.Disable(ctx, h.Now(), account.Console, rest[0]))
			}
			return let(ctx, rest[0], refused(h.Accounts.Enable(ctx, h.Now(), account.Console, rest[0])))
		})
	case "move":
		if err := need(rest, 1, "user move NAME --unit UNIT [--role ROLE]"); err != nil {
			return err
		}
		if unit == "" {
			return usage("duban: user move needs --unit")
		}
		return withHouse(ctx, p, e, func(h *office.House) error { return moveUser(ctx, h, rest[0], unit, workflow.UserRole(role)) })
	case "reset":
		if err := need(rest, 1, "user reset NAME"); err != nil {
			return err
		}
		return withHouse(ctx, p, e, func(h *office.House) error {
			oneTime, err := h.Accounts.Reset(ctx, h.Now(), account.Console, rest[0])
			if err != nil {
				return refused(err)
			}
			say(e.out, "one-time password: %s\n", oneTime)
			return let(ctx, rest[0], nil)
		})
	case "link-oidc":
		if err := need(rest, 1, "user link-oidc NAME --subject SUBJECT"); err != nil {
			return err
		}
		if subject == "" {
			return usage("duban: user link-oidc needs --subject")
		}
		return withHouse(ctx, p, e, func(h *office.House) error { return linkIdentity(ctx, h, rest[0], issuer, subject) })
	case "unlink-oidc":
		if err := need(rest, 1, "user unlink-oidc NAME"); err != nil {
			return err
		}
		return withHouse(ctx, p, e, func(h *office.House) error {
			return refused(h.Accounts.UnlinkIdentity(ctx, h.Now(), account.Console, rest[0]))
		})
	case "reset-second-factor":
		if len(rest) == 0 {
			return usage("usage: duban user reset-second-factor NAME…")
		}
		return withHouse(ctx, p, e, func(h *office.House) error {
			for _, name := range rest {
				if err := let(ctx, name, refused(h.Accounts.RemoveTOTP(ctx, h.Now(), account.Console, name))); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
			return nil
		})
	}
	return usage("duban: user %s: want add, list, disable, enable, move, reset, reset-second-factor, link-oidc or unlink-oidc", verb)
}

// moveUser gives an account another unit, and another role unless that is empty.
func moveUser(ctx context.Context, h *office.House, name, unit string, role workflow.UserRole) error {
	all, err := h.Accounts.Accounts(ctx, account.Console)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(a account.Account) bool { return a.Name == name })
	if at < 0 {
		return refused(workflow.Fault(workflow.NotFound, "account.unknown", "name", name))
	}
	role = cmp.Or(role, all[at].Role)
	return refused(h.Accounts.Move(ctx, h.Now(), account.Console, name, unit, role))
}

// let forgets an account's failed logins, after an act that lets it in again.
func let(ctx context.Context, name string, err error) error {
	if s, here := within(ctx); here && err == nil {
		s.office.Unlock(name)
	}
	return err
}

func listUsers(ctx context.Context, h *office.House, e env) error {
	all, err := h.Accounts.Accounts(ctx, account.Console)
	if err != nil {
		return err
	}
	for _, a := range all {
		state := "active"
		if a.Disabled {
			state = "disabled"
		}
		last := "never"
		if a.LastLogin != nil {
			last = a.LastLogin.Format(time.RFC3339)
		}
		if a.Astray(h.Rules().Plan) {
			state = "astray" // its unit is gone: user move, or user disable
		}
		linked := ""
		if a.Identity != nil {
			linked = "\toidc=" + a.Identity.Subject
		}
		say(e.out, "%s\t%s\t%s\t%s\t%s%s\n", a.Name, h.Rules().Plan.Name(a.Unit), a.Role, state, last, linked)
	}
	return nil
}

// token is "duban token …": API tokens, as user.
func token(ctx context.Context, args []string, e env) error {
	var p place
	var as, scope string
	var valid time.Duration
	f := flags("token", e, func(f *flag.FlagSet) {
		p.flags(f)
		f.StringVar(&as, "as", "", "account the token acts as")
		f.StringVar(&scope, "scope", string(account.Act), "read, or act: whatever the account may do")
		f.DurationVar(&valid, "valid", 0, "how long it is good, for example 8760h; 0: until revoked")
	})
	rest, err := parse(f, args, e)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return usage("usage: duban token add NAME --as USER | list | revoke ID")
	}
	if done, err := atServer(ctx, p.data, "token", f, rest, nil, e); done {
		return err
	}
	verb, rest := rest[0], rest[1:]
	switch verb {
	case "add":
		if err := need(rest, 1, "token add NAME --as USER"); err != nil {
			return err
		}
		if as == "" {
			return usage("duban: token add needs --as USER")
		}
		return withHouse(ctx, p, e, func(h *office.House) error {
			var until time.Time
			if valid > 0 {
				until = h.Now().Add(valid)
			}
			made, _, err := h.Accounts.IssueToken(ctx, h.Now(), account.Console,
				account.NewToken{Name: rest[0], Account: as, Scope: account.Scope(scope), Expires: until})
			if err != nil {
				return refused(err)
			}
			say(e.out, "%s\n", made)
			return nil
		})
	case "list":
		return withHouse(ctx, p, e, func(h *office.House) error {
			all, err := h.Accounts.Tokens(ctx, account.Console)
			for _, t := range all {
				used := "never"
				if t.LastUsed != nil {
					used = t.LastUsed.Format(time.RFC3339)
				}
				say(e.out, "%s\t%s\t%s\t%s\tused=%s\trevoked=%t\n", t.ID, t.Name, t.Account, t.Scope, used, t.Revoked)
			}
			return err
		})
	case "revoke":
		if err := need(rest, 1, "token revoke ID"); err != nil {
			return err
		}
		return withHouse(ctx, p, e, func(h *office.House) error {
			return refused(h.Accounts.RevokeToken(ctx, h.Now(), account.Console, rest[0]))
		})
	}
	return usage("duban: token %s: want add, list or revoke", verb)
}

// linkIdentity lets whom the provider knows under the subject log in to the account.
// A running server knows its provider; on a stopped one --oidc-issuer names it.
func linkIdentity(ctx context.Context, h *office.House, name, issuer, subject string) error {
	known := ""
	if s, here := within(ctx); here {
		known = s.office.Issuer()
	}
	switch {
	case known != "" && issuer != "" && issuer != known:
		return usage("duban: --oidc-issuer %s: the server here runs with %s", issuer, known)
	case known != "":
		issuer = known
	case issuer == "":
		return usage("duban: user link-oidc needs --oidc-issuer: no provider is known here")
	}
	if err := signon.SafeAddress(issuer); err != nil {
		return usage("duban: --oidc-issuer: %v", err)
	}
	return refused(h.Accounts.LinkIdentity(ctx, h.Now(), account.Console, name, account.Identity{Issuer: issuer, Subject: subject}))
}

const delegationUsage = "usage: duban delegation grant FOR --to NAME --until YYYY-MM-DD [--from YYYY-MM-DD] | list | revoke ID"

// delegation is "duban delegation …": who may act for whom, as user.
func delegation(ctx context.Context, args []string, e env) error {
	var p place
	var to, from, until string
	f := flags("delegation", e, func(f *flag.FlagSet) {
		p.flags(f)
		f.StringVar(&to, "to", "", "account that may act for the other")
		f.StringVar(&from, "from", "", "first `day`, YYYY-MM-DD; today unless given")
		f.StringVar(&until, "until", "", "last `day`, YYYY-MM-DD")
	})
	rest, err := parse(f, args, e)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return usage(delegationUsage)
	}
	if done, err := atServer(ctx, p.data, "delegation", f, rest, nil, e); done {
		return err
	}
	verb, rest := rest[0], rest[1:]
	switch verb {
	case "grant":
		if err := need(rest, 1, "delegation grant FOR --to NAME --until YYYY-MM-DD [--from YYYY-MM-DD]"); err != nil {
			return err
		}
		if to == "" || until == "" {
			return usage("duban: delegation grant needs --to and --until")
		}
		return withHouse(ctx, p, e, func(h *office.House) error { return grant(ctx, h, rest[0], to, from, until, e) })
	case "list":
		return withHouse(ctx, p, e, func(h *office.House) error { return listDelegations(ctx, h, e) })
	case "revoke":
		if err := need(rest, 1, "delegation revoke ID"); err != nil {
			return err
		}
		return withHouse(ctx, p, e, func(h *office.House) error {
			return refused(h.Accounts.RevokeDelegation(ctx, h.Hour(), account.Console, rest[0]))
		})
	}
	return usage("duban: delegation %s: want grant, list or revoke", verb)
}

// grant lets an account act for another from the beginning of a day to the end of
// one, by the plan's zone, and prints the delegation's id.
func grant(ctx context.Context, h *office.House, name, to, from, until string, e env) error {
	zone, now := h.Rules().Plan.Zone, h.Hour()
	first := calendar.DateOf(now.In(zone))
	if from != "" {
		var err error
		if first, err = calendar.ParseDate(from); err != nil {
			return usage("duban: --from: %v", err)
		}
	}
	last, err := calendar.ParseDate(until)
	if err != nil {
		return usage("duban: --until: %v", err)
	}
	other, ok := account.CleanName(name)
	if !ok {
		other = name // unknown, and said so
	}
	g, err := h.Accounts.Delegate(ctx, now, account.Console, account.NewDelegation{For: other, To: to, From: first.In(zone), Until: last.AddDays(1).In(zone)})
	if err != nil {
		return refused(err)
	}
	say(e.out, "%s\n", g.ID)
	return nil
}

func listDelegations(ctx context.Context, h *office.House, e env) error {
	all, err := h.Accounts.Delegations(ctx, h.Hour(), account.Console)
	zone := h.Rules().Plan.Zone
	for _, g := range all {
		say(e.out, "%s\t%s\tfor %s\t%s\tfrom=%s\tuntil=%s\tby=%s\n", g.ID, g.To, g.For, g.Role,
			g.From.In(zone).Format(time.DateOnly), g.Until.Add(-time.Second).In(zone).Format(time.DateOnly), g.By)
	}
	return err
}
