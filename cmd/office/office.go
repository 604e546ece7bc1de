// Package office is a whole office that serves: a store, the read model, the live hub and the
// web over it, and the clock's work. New binds, Start serves, Stop ends it all in reverse.
// Several offices may run in one process, each on a folder and an address of its own.
//
// Time, randomness, the network's address and what is secret are handed in. Flags, exit codes
// and what a terminal is told are cmd/duban's.
package office

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"sync/atomic"
	"time"

	"duban/cmd/archive"
	"duban/cmd/keys"
	"duban/ui"
	"duban/ui/clamd"
	"duban/ui/live"
	"duban/ui/serve"
	"duban/ui/session"
	"duban/ui/signon"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/ledger"
)

// Config is what an office is told. Place, Addr, Wall and Build are needed; what else is
// zero is off.
type Config struct {
	Place
	Addr  string           // where it listens; port 0 takes a free one
	Wall  func() time.Time // the machine's clock, without Go's monotonic reading
	Build string           // names the running build

	AdminName     string       // the first administrator's; empty: admin
	AdminPassword string       // empty: one is made
	FirstPassword func(string) // is told the one that was made, once

	Proxies      serve.Proxies // whose X-Forwarded-* headers are believed
	AdminFrom    serve.Proxies // where administrators log in and act from; empty: anywhere
	Hosts        []string      // names requests may be for; empty: any
	Subdomains   bool          // browsers use https alone for the names below Hosts too
	Secure       bool          // every browser reaches the server by https
	Rate         int           // requests a minute of one account; 0: any number
	SecondFactor []workflow.UserRole

	Certificate *keys.Certificate
	HeadKey     func() (ed25519.PrivateKey, error) // signs the journal's heads, one a day
	SealFile    string                             // with the key of second factors; empty: in Data
	SignOn      *signon.Provider
	Issuer      string // names SignOn's provider
	Scanner     *clamd.Scanner

	Backups    archive.Schedule
	UnusedDays int  // after which evidence that nothing names is deleted; 0: never
	Demo       bool // sample data: marked on every page, and the clock looks four times a second

	// Orders does what the socket in Data is asked; nil: there is no socket.
	Orders func(context.Context, *Office, net.Conn) error
	// Heavy is told that a job begins which makes much garbage, and what it answers, that it
	// has ended.
	Heavy func() (end func())
}

// Office is one that serves, or is about to: its parts in the order they start, which is the
// reverse of the order they stop.
type Office struct {
	*House
	Book *ledger.Book

	c    Config
	log  *slog.Logger
	feed *web.Feed
	hub  *live.Hub
	who  *session.Manager
	web  *ui.Web
	ln   net.Listener
	head *keys.Heads      // nil: no key
	tars *archive.Backups // nil: none by itself

	work   func(ctx context.Context, n int) error // the clock's: chores
	faults atomic.Int64                           // of the clock's work

	cancel context.CancelFunc // ends the parts; nil before Start
	done   <-chan struct{}    // see Done
	result chan error         // of everything, once

	stopping atomic.Bool // Stop was called
}

// New binds the address, opens and wires everything; nothing runs yet. What is refused
// leaves nothing behind. The office must be ended with Stop.
//
// Errors: those of net.Listen, OpenHouse and the parts.
func New(ctx context.Context, c Config) (_ *Office, err error) {
	a := &Office{c: c, log: c.Log}
	a.work = a.chores
	// The address before the store: where it is taken nothing is made.
	if a.ln, err = net.Listen("tcp", c.Addr); err != nil {
		return nil, &ListenError{err}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.ln.Close())
		}
	}()
	if a.House, err = OpenHouse(ctx, c.Place); err != nil {
		return nil, c.Backups.Remedy(ctx, c.Data, err)
	}
	defer func() {
		if err != nil {
			err = a.House.Close(err)
		}
	}()
	if a.waiting != "" {
		a.log.Warn("the plan file differs from the plan in force and is not applied; see duban plan diff and duban plan apply",
			"file", c.PlanName, "in_force", a.Rules().Plan.Digest, "waiting", a.waiting)
	}
	if at := a.Store.Worked(); at.After(a.Now().Add(time.Minute)) {
		a.log.Warn("the journal is ahead of the clock: what is done is recorded at the journal's time until the clock has caught up; set the machine's clock", "journal", at, "clock", a.Now())
	}
	if err := a.guards(ctx); err != nil {
		return nil, err
	}
	if a.tars, err = archive.NewBackups(c.Backups, a.Store, a.log, c.Now); err != nil {
		return nil, err
	}
	if _, err := a.Accounts.Follow(ctx, a.Now(), account.Console, a.Rules().Plan); err != nil {
		return nil, err
	}
	if _, _, err := a.Desk.EnsurePeriod(ctx, a.Now()); err != nil {
		return nil, err
	}
	if a.Book, err = ledger.New(ctx, a.Store, a.Rules); err != nil {
		return nil, err
	}
	a.inForce.Transferred(a.Book.Transfers)
	a.Book.Before(a.inForce.Loaded)
	if _, err := a.Desk.Do(ctx, a.Now(), a.Book.Chores(a.Now())); err != nil {
		return nil, err
	}
	if err = a.wire(); err != nil {
		return nil, err
	}
	// The password is told once: only when nothing else can be refused.
	if err = a.firstAdmin(ctx); err != nil {
		return nil, errors.Join(err, a.web.Shutdown(ctx))
	}
	return a, nil
}

// ListenError says that the address cannot be listened on.
type ListenError struct{ Err error }

func (e *ListenError) Error() string { return e.Err.Error() }

// Unwrap gives net.Listen's error.
func (e *ListenError) Unwrap() error { return e.Err }

// wire builds the parts on the open house.
func (a *Office) wire() (err error) {
	c := a.c
	a.feed = &web.Feed{Book: a.Book, Rules: a.Rules, Clock: c.Now}
	share := divided(c.Memory)
	a.hub = live.New(a.feed, c.Wall, live.Options{Build: c.Build, Tick: c.quiet(), RingBytes: share.ring})
	a.Book.Observe(a.feed.Pushing(a.hub))
	a.Accounts.OnEnd = func(key string, why account.EndReason) { a.hub.Revoke(key, web.CloseCode(key, why)) }
	a.who = session.New(a.Accounts, c.hour(), session.Options{Secure: c.Secure, Proxies: c.Proxies, AdminFrom: c.AdminFrom, Rate: c.Rate})
	o := web.Options{
		Desk: a.Desk, Book: a.Book, Journal: a.Store, Files: a.Store, Accounts: a.Accounts,
		Sessions: a.who, Hub: a.hub, Feed: a.feed, Rules: a.Rules, Proxies: c.Proxies, Wall: c.Wall, Now: c.Now, Random: c.Random,
		Log: a.log, Build: c.Build, Rehearsal: !c.Real, Worked: a.Store.Worked, Demo: c.Demo, Ready: a.ready,
		Metrics: a.metrics(), Backup: archive.Hot(a.Store), Heavy: c.Heavy, Hosts: c.Hosts, Subdomains: c.Subdomains, SignOn: c.SignOn, Memory: share.web,
	}
	if c.Scanner != nil {
		o.Scanner = c.Scanner
	}
	if c.Certificate != nil {
		o.TLS = c.Certificate.Config()
	}
	if a.head != nil {
		o.Head = a.head.Sign
	}
	if a.web, err = ui.New(o); err != nil {
		bound, done := context.WithTimeout(context.Background(), stopWithin)
		defer done()
		return errors.Join(err, a.hub.Close(bound))
	}
	return nil
}

// guards reads what the office guards itself with.
func (a *Office) guards(ctx context.Context) error {
	c := a.c
	a.Accounts.Wall, a.Accounts.SecondFactor = c.Wall, c.SecondFactor
	seal := c.SealFile
	if seal == "" {
		seal = filepath.Join(c.Data, keys.SealName)
	}
	if err := keys.Seal(ctx, a.Accounts, seal, c.Data, c.Random, a.Now(), a.log); err != nil {
		return err
	}
	if c.HeadKey == nil {
		return nil
	}
	key, err := c.HeadKey()
	a.head = keys.NewHeads(key, filepath.Join(c.Data, "heads"), a.Store, c.Now, a.Rules().Plan.Zone)
	return err
}

// firstAdmin makes the first account and tells its password, once.
func (a *Office) firstAdmin(ctx context.Context) error {
	oneTime, created, err := a.Accounts.EnsureAdmin(ctx, a.Now(), a.c.AdminName, a.c.AdminPassword)
	if err == nil && created && oneTime != "" && a.c.FirstPassword != nil {
		a.c.FirstPassword(oneTime)
	}
	return err
}

// connections is what the listener counts. The metrics ask once while they are
// registered, before there is a web.
func (a *Office) connections() serve.ListenerStats {
	if a.web == nil {
		return serve.ListenerStats{}
	}
	return a.web.Connections()
}

// ready is nil while the store takes writes.
func (a *Office) ready() error {
	if code := a.Store.Stats().ReadOnly; code != "" {
		return workflow.Fault(workflow.Unavailable, code)
	}
	return nil
}

// Addr is where the office listens.
func (a *Office) Addr() net.Addr { return a.ln.Addr() }

// Issuer names the provider people log in through; empty: passwords alone.
func (a *Office) Issuer() string { return a.c.Issuer }

// Unlock forgets an account's failed logins.
func (a *Office) Unlock(name string) { a.who.Unlock(name) }

// RenewCertificate takes the files of the certificate over where they have changed, as the
// clock does each minute.
func (a *Office) RenewCertificate() {
	if a.c.Certificate != nil {
		a.c.Certificate.Renew()
	}
}

// Settle waits until everybody is shown what was recorded up to a position.
func (a *Office) Settle(ctx context.Context, seq uint64) error { return a.Book.Wait(ctx, seq) }
