package session

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session/throttle"
	"duban/workflow"
	"duban/workflow/account"
)

var (
	// errCode asks for the second factor: the password was right. Detail.Ticket
	// stands in the password's place for the next step.
	errCode      = workflow.Fault(workflow.Unauthorized, "login.code_required")
	errWrongCode = workflow.Fault(workflow.Unauthorized, "login.code_wrong")
	errTicket    = workflow.Fault(workflow.Unauthorized, "login.ticket_ended")
)

// ticketLife is how long somebody may look for the phone.
const ticketLife = 5 * time.Minute

// ticketKey makes tickets that only this process takes: nothing is stored for a
// login that is half done.
func (m *Manager) ticketKey() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.key == nil {
		key := make([]byte, sha256.Size)
		if _, err := io.ReadFull(m.desk.Random, key); err != nil {
			return nil, err
		}
		m.key = key
	}
	return m.key, nil
}

// ticket says that the account's first factor, its password of now or a provider's
// word, was given before until. It dies with the password and the account's
// generation.
func (m *Manager) ticket(a account.Account, via account.Via, until time.Time) (string, error) {
	key, err := m.ticketKey()
	if err != nil {
		return "", err
	}
	end := binary.BigEndian.AppendUint64(nil, uint64(until.Unix())) // #nosec G115 -- seconds since 1970 of a moment to come
	end = append(end, via...)
	mac := ticketMAC(key, a, end)
	b64 := base64.RawURLEncoding
	return b64.EncodeToString([]byte(a.Name)) + "." + b64.EncodeToString(end) + "." + b64.EncodeToString(mac), nil
}

func ticketMAC(key []byte, a account.Account, end []byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range []string{a.Name, a.PasswordHash, string(end)} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		io.WriteString(h, part) // #nosec G104 -- a hash takes every write
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(a.Generation))) // #nosec G115 -- only counts up from 0
	return h.Sum(nil)
}

// ticketName is the account name a ticket claims, "" when it is no ticket.
func ticketName(ticket string) string {
	name, _, _ := strings.Cut(ticket, ".")
	b, err := base64.RawURLEncoding.DecodeString(name)
	if err != nil || len(ticket) > 1024 {
		return ""
	}
	return string(b)
}

// redeem answers the account whose first factor the ticket stands for, and how
// that was given.
func (m *Manager) redeem(ctx context.Context, ticket string, now time.Time) (a account.Account, via account.Via, ok bool, err error) {
	key, err := m.ticketKey()
	if err != nil {
		return a, via, false, err
	}
	part := strings.Split(ticket, ".")
	if len(part) != 3 {
		return a, via, false, nil
	}
	end, err1 := base64.RawURLEncoding.DecodeString(part[1])
	mac, err2 := base64.RawURLEncoding.DecodeString(part[2])
	if err1 != nil || err2 != nil || len(end) < 8 {
		return a, via, false, nil
	}
	err = m.store.ViewAccounts(ctx, func(tx account.Tx) (err error) {
		a, _, err = tx.Account(ticketName(ticket))
		return err
	})
	if err != nil || a.Name == "" || a.Disabled {
		return a, via, false, err
	}
	alive := now.Unix() <= int64(binary.BigEndian.Uint64(end)) // #nosec G115 -- an end of ours: the MAC below covers it
	return a, account.Via(end[8:]), hmac.Equal(mac, ticketMAC(key, a, end)) && alive, nil
}

// first checks what comes before the second factor: name and password, or the
// ticket that stands for them or for a provider's word, which is noted in the attempt.
func (m *Manager) first(ctx context.Context, now time.Time, in *Attempt) (account.Account, bool, error) {
	if in.Ticket == "" {
		return m.desk.CheckPassword(ctx, in.Name, in.Password)
	}
	a, via, ok, err := m.redeem(ctx, in.Ticket, now)
	if err == nil && !ok {
		err = errTicket
	}
	in.via = via
	return a, ok, err
}

// askCode is the answer to a right first factor without a code: login.code_required
// with a ticket for the next step. The attempt is neither good nor failed.
func (m *Manager) askCode(now time.Time, a account.Account, via account.Via) error {
	t, err := m.ticket(a, via, now.Add(ticketLife))
	if err != nil {
		return err
	}
	e := *errCode
	e.Args = map[string]any{"ticket": t}
	return &e
}

// Ticket is what stands for the password in the second step of a login, when err
// asks for it.
func Ticket(err error) (string, bool) {
	var e *workflow.Error
	if !errors.As(err, &e) || e.Code != errCode.Code {
		return "", false
	}
	t, ok := e.Args["ticket"].(string)
	return t, ok
}

// SignInCode is SignIn with the code of a second factor, "" for none.
func (m *Manager) SignInCode(c *fiber.Ctx, name, password, code string) (Login, error) {
	in := m.attempt(c)
	in.Name, in.Password, in.Code = strings.Clone(name), strings.Clone(password), strings.Clone(code)
	return m.signIn(c, in)
}

// SignInTicket is the second step of a login: the ticket of the first, and a code.
func (m *Manager) SignInTicket(c *fiber.Ctx, ticket, code string) (Login, error) {
	in := m.attempt(c)
	in.Ticket, in.Code = strings.Clone(ticket), strings.Clone(code)
	in.Name = ticketName(in.Ticket)
	return m.signIn(c, in)
}

func (m *Manager) signIn(c *fiber.Ctx, in Attempt) (Login, error) {
	l, err := m.Login(c.UserContext(), in)
	if err != nil {
		return Login{}, err
	}
	m.setLogin(c, l)
	return l, nil
}

// NewKey is the key a session offers for a second factor, the same each time it
// asks: nothing is stored before the phone has proved that it has it, and no other
// session ever sees it. A restart draws another.
func (m *Manager) NewKey(who Who) (string, error) {
	key, err := m.ticketKey()
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, key)
	io.WriteString(h, "second factor of session "+who.SessionID()) // #nosec G104 -- a hash takes every write
	return account.TOTPKey([20]byte(h.Sum(nil)[:20])), nil
}

// SessionID is the id under which the caller's own session is listed, "" for
// anybody who has none.
func (w Who) SessionID() string {
	if w.Kind != BySession {
		return ""
	}
	return w.digest
}

// SetSecond puts the key NewKey offers in force when the code comes from it, and
// answers recovery codes. Guessing is slowed like a login.
func (m *Manager) SetSecond(ctx context.Context, who Who, code string) ([]string, error) {
	key, err := m.NewKey(who)
	if err != nil {
		return nil, err
	}
	return m.slowly(ctx, who, func(now time.Time) ([]string, error) {
		return m.desk.SetTOTP(ctx, now, who.Actor, who.SessionID(), key, code)
	})
}

// RenewRecovery replaces the caller's recovery codes; a code of now proves who asks.
func (m *Manager) RenewRecovery(ctx context.Context, who Who, code string) ([]string, error) {
	return m.slowly(ctx, who, func(now time.Time) ([]string, error) {
		return m.desk.RenewRecovery(ctx, now, who.Actor, who.SessionID(), code)
	})
}

// slowly counts wrong codes as a login counts wrong passwords.
func (m *Manager) slowly(ctx context.Context, who Who, do func(now time.Time) ([]string, error)) ([]string, error) {
	now := m.clock()
	watches := []throttle.Watch{throttle.Pair.Of("change " + who.Actor.User)}
	if err := m.admit(ctx, now, watches); err != nil {
		return nil, err
	}
	settle := m.throttle.Cancel
	defer func() { settle(watches) }()
	codes, err := do(now)
	if e := (*workflow.Error)(nil); errors.As(err, &e) && e.Code == "totp.code_wrong" {
		settle = func(w []throttle.Watch) { m.throttle.Count(now, w) }
	}
	return codes, err
}
