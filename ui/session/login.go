package session

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"duban/ui/session/throttle"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/account/credential"
)

// Attempt is a try to log in.
type Attempt struct {
	Name, Password string
	Code           string // of the second factor, or a recovery code; "" if none
	Ticket         string // stands for Name and Password in a second step
	Address        string // the client's, see Manager.Address
	Agent          string // its User-Agent
	Device         string // the secret of its device cookie, "" if none
	Replaces       string // the secret of the session cookie it came with, which ends

	confirmed bool        // the session it replaces had the second factor
	via       account.Via // how the first factor was given
	asked     bool        // the provider asked the person, just now
}

// Login is a good login: secrets for cookies, and what to show.
type Login struct {
	Secret   string
	Device   string
	Who      Who
	Failures int        // failed logins recorded since the last good one
	Before   *time.Time // the last good one
	Second   account.Factor
}

var (
	errFailed = workflow.Fault(workflow.Unauthorized, "login.failed")
	errRaced  = errors.New("the account changed while its password was checked")
)

// Causes of a failed login, as recorded for the admin; never told to the caller.
const (
	causeUnknown  = "unknown_name"
	causePassword = "wrong_password"
	causeDisabled = "disabled"
	causeLocked   = "locked"
	causeCode     = "wrong_code"
	causeUnlinked = "unlinked" // a provider's word for somebody no account is linked to
	causeInvalid  = "invalid"  // a provider's answer that proves nobody
	causeAddress  = "address"  // an administrator, from an address that is not of AdminFrom
	causeSum      = "sum"      // several failures, not told one by one
)

// Login checks name and password and opens a session. An unknown name, a wrong
// password and a disabled account get the same answer, login.failed, after the
// same time. Too many failures: login.locked with retry_after in seconds. Where a
// second factor is missing: login.code_required (Ticket), or login.code_wrong,
// which counts as a failure. An administrator from elsewhere than Options.AdminFrom
// gets login.admin_from once the password is right, before the code.
func (m *Manager) Login(ctx context.Context, in Attempt) (Login, error) {
	now := m.clock()
	watches, err := m.watches(ctx, in)
	if err != nil {
		return Login{}, err
	}
	if err := m.admit(ctx, now, watches); err != nil {
		return Login{}, err
	}
	open := true // also on a panic, or those who wait for the outcome would wait for ever
	defer func() {
		if open {
			m.throttle.Cancel(watches)
		}
	}()
	a, right, err := m.first(ctx, now, &in)
	if err != nil {
		return Login{}, err
	}
	failure := login{causePassword, errFailed}
	if right {
		if !m.mayComeFrom(a.Role, in.Address) {
			return Login{}, m.refuse(ctx, now, in, a, login{causeAddress, errAdminFrom})
		}
		if a.TOTP != nil && in.Code == "" {
			return Login{}, m.askCode(now, a, in.via)
		}
		l, err := m.open(ctx, now, in, a)
		switch {
		case err == nil:
			open = false
			m.throttle.Settle(now, watches, true)
			return l, nil
		case errors.Is(err, errWrongCode):
			failure = login{causeCode, errWrongCode}
		case !errors.Is(err, errRaced):
			return l, err
		}
	}
	open = false
	return Login{}, m.failed(ctx, now, in, a, watches, failure)
}

// login is how a failed one is recorded, and what its caller is told.
type login struct {
	cause  string
	answer error
}

// admit is nil, login.locked, or ctx's error.
func (m *Manager) admit(ctx context.Context, now time.Time, watches []throttle.Watch) error {
	wait, err := m.throttle.Admit(ctx, now, watches)
	if err != nil || wait <= 0 {
		return err
	}
	seconds := int(math.Ceil(wait.Seconds()))
	return workflow.Fault(workflow.TooMany, "login.locked", "retry_after", seconds, "minutes", (seconds+59)/60)
}

// watches are the counts this attempt falls under. A browser or an address the
// account has logged in from before is bound by its own count alone, so that no
// stranger's failures keep the account's owner out.
func (m *Manager) watches(ctx context.Context, in Attempt) ([]throttle.Watch, error) {
	address := throttle.Network(in.Address)
	name, ok := account.CleanName(in.Name)
	if !ok {
		name = "?"
	}
	pair := throttle.Pair.Of("pair " + name + " " + address)
	var a account.Account
	if ok {
		err := m.store.ViewAccounts(ctx, func(tx account.Tx) (err error) {
			a, _, err = tx.Account(name)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	digest := credential.Digest(in.Device)
	for _, d := range a.Devices {
		if in.Device != "" && d.Digest == digest {
			return []throttle.Watch{throttle.Pair.Of("device " + name + " " + digest)}, nil
		}
	}
	for _, d := range a.Devices {
		if throttle.Network(d.Address) == address {
			return []throttle.Watch{pair}, nil
		}
	}
	return []throttle.Watch{pair, throttle.Address.Of("address " + address), throttle.Account.Of("account " + name)}, nil
}

// failed counts and perhaps records a failure. The answer is login.failed, or why
// the record could not be written.
func (m *Manager) failed(ctx context.Context, now time.Time, in Attempt, a account.Account, watches []throttle.Watch, f login) error {
	n, isLocked := m.throttle.Settle(now, watches, false)
	m.stats.failures.Add(1)
	if isLocked {
		m.stats.locks.Add(1)
	}
	if n == 0 || !m.failures.Take(now, n) {
		return f.answer
	}
	cause := f.cause
	switch {
	case isLocked:
		cause = causeLocked
	case a.Name == "":
		cause = causeUnknown
	case a.Disabled:
		cause = causeDisabled
	}
	err := m.store.UpdateAccounts(ctx, now, workflow.Clock, func(tx account.Tx, now time.Time) ([]workflow.Event, error) {
		event := failureEvent(n, &workflow.AccountRef{Name: a.Name, Unit: a.Unit, Role: a.Role, Address: in.Address, Cause: cause, Via: string(in.via)})
		if a.Name == "" {
			return event, nil
		}
		a, found, err := tx.Account(a.Name)
		if err != nil || !found {
			return event, err
		}
		a.Failures += n
		a.LastFailure = &now
		return event, tx.PutAccount(a)
	})
	if err != nil {
		m.failures.Keep(n)
		return err
	}
	return f.answer
}

func failureEvent(n int, ref *workflow.AccountRef) []workflow.Event {
	return []workflow.Event{{Kind: workflow.KindLoginFailed, Data: workflow.Data{N: n, Account: ref}}}
}

// open writes the new session, ends the one it replaces, and remembers the device.
func (m *Manager) open(ctx context.Context, now time.Time, in Attempt, checked account.Account) (Login, error) {
	secret, err := credential.NewSecret(m.desk.Random)
	if err != nil {
		return Login{}, err
	}
	csrf, err := credential.NewSecret(m.desk.Random)
	if err != nil {
		return Login{}, err
	}
	device := in.Device
	if len(device) != len(secret) {
		if device, err = credential.NewSecret(m.desk.Random); err != nil {
			return Login{}, err
		}
	}
	s := account.Session{ID: credential.Digest(secret), Account: checked.Name, CSRF: csrf, CreatedAt: now, SeenAt: now,
		Address: in.Address, Agent: agent(in.Agent), Via: in.via}
	l := Login{Secret: secret, Device: device}
	var ended []string
	err = m.store.UpdateAccounts(ctx, now, checked.Actor(), func(tx account.Tx, _ time.Time) ([]workflow.Event, error) {
		a, found, err := tx.Account(checked.Name)
		if err != nil {
			return nil, err
		}
		if !found || a.Disabled || a.PasswordHash != checked.PasswordHash || in.via != account.ViaPassword && a.Generation != checked.Generation {
			return nil, errRaced
		}
		var confirmed bool
		if l.Second, confirmed = m.desk.TakeSecond(&a, in.Code, now); !confirmed && !in.confirmed {
			return nil, errWrongCode
		}
		if ended, err = makeWay(tx, a.Name, in.Replaces); err != nil {
			return nil, err
		}
		l.Failures, l.Before = a.Failures, a.LastLogin
		a.Failures, a.LastLogin = 0, &now
		a.Devices = remember(a.Devices, account.Device{Digest: credential.Digest(device), Address: in.Address, SeenAt: now})
		s.Generation = a.Generation
		if in.via == account.ViaPassword || l.Second != account.NoSecond || in.asked {
			s.ProvedAt = &now
		}
		if err := tx.PutSession(s); err != nil {
			return nil, err
		}
		h := &holder{session: s, account: a}
		if err := h.lookUp(tx); err != nil {
			return nil, err
		}
		l.Who = m.whoOf(h, now, now)
		ref := &workflow.AccountRef{Name: a.Name, Unit: a.Unit, Role: a.Role, Address: in.Address, Cause: string(l.Second), Via: string(in.via)}
		return []workflow.Event{{Kind: workflow.KindLoggedIn, Data: workflow.Data{Account: ref}}}, tx.PutAccount(a)
	})
	if err != nil {
		return Login{}, err
	}
	for _, key := range ended {
		m.ended(key, account.EndReplaced)
	}
	m.touch(l.Who.Key, now)
	return l, nil
}

// makeWay ends the session a login replaces, and the account's oldest ones when it
// has too many.
func makeWay(tx account.Tx, name, replaces string) (ended []string, err error) {
	all, err := tx.Sessions()
	if err != nil {
		return nil, err
	}
	old := ""
	if replaces != "" {
		old = credential.Digest(replaces)
	}
	var mine []account.Session
	drop := func(s account.Session) error {
		ended = append(ended, account.SessionKey(s.ID))
		return tx.DropSession(s.ID)
	}
	for _, s := range all {
		switch {
		case s.ID == old:
			if err := drop(s); err != nil {
				return nil, err
			}
		case s.Account == name:
			mine = append(mine, s)
		}
	}
	slices.SortFunc(mine, func(a, b account.Session) int { return a.SeenAt.Compare(b.SeenAt) })
	for len(mine) >= maxSessions {
		if err := drop(mine[0]); err != nil {
			return nil, err
		}
		mine = mine[1:]
	}
	return ended, nil
}

func remember(devices []account.Device, d account.Device) []account.Device {
	out := []account.Device{d}
	for _, old := range devices {
		if old.Digest != d.Digest && len(out) < account.MaxDevices {
			out = append(out, old)
		}
	}
	return out
}

// agent keeps what may be shown of a User-Agent.
func agent(s string) string {
	const most = 200
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, s)
	for utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most])
	}
	return s
}

// ChangePassword replaces the caller's own password. All its sessions and tokens
// end, and a new session takes this one's place. Guessing the old password is
// slowed like a login.
func (m *Manager) ChangePassword(ctx context.Context, who Who, old, replacement string, in Attempt) (Login, error) {
	if who.Kind != BySession {
		return Login{}, workflow.Fault(workflow.Forbidden, "session.needed")
	}
	now := m.clock()
	watches := []throttle.Watch{throttle.Pair.Of("change " + who.Actor.User)}
	if err := m.admit(ctx, now, watches); err != nil {
		return Login{}, err
	}
	settle := m.throttle.Cancel
	defer func() { settle(watches) }()
	err := m.desk.ChangePassword(ctx, now, who.Actor, old, replacement)
	if e := (*workflow.Error)(nil); errors.As(err, &e) && e.Code == "password.wrong" {
		settle = func(w []throttle.Watch) { m.throttle.Count(now, w) }
	}
	if err != nil {
		return Login{}, err
	}
	in.Name, in.Password, in.confirmed = who.Actor.User, replacement, true
	a, right, err := m.desk.CheckPassword(ctx, in.Name, in.Password)
	if err != nil {
		return Login{}, err
	}
	if !right { // reset or disabled in between
		return Login{}, errEnded
	}
	return m.open(ctx, now, in, a)
}

// Unlock forgets failed logins on an account, after an admin has reset or enabled it.
func (m *Manager) Unlock(name string) {
	if name, ok := account.CleanName(name); ok {
		m.throttle.Unlock(name)
	}
}
