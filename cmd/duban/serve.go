package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"duban/store"
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

// settings are what serve is told.
type settings struct {
	place
	guarding
	backing
	keeping
	addr          string
	adminPassword string // file
	adminName     string // empty: admin
	proxies       string
	secure        bool
	logLevel      slog.Level
}

func (s *settings) flags(f *flag.FlagSet) {
	s.place.flags(f)
	s.guarding.flags(f)
	s.backing.flags(f)
	s.keeping.flags(f)
	f.StringVar(&s.addr, "addr", "127.0.0.1:8080", "`address` to serve on")
	f.StringVar(&s.adminPassword, "admin-password-file", "", "`file` with the first admin's password; otherwise one is made and printed once")
	f.StringVar(&s.adminName, "admin-name", "", "the first admin's login `name`; admin unless given")
	f.StringVar(&s.proxies, "trusted-proxies", "", "comma-separated `networks` whose X-Forwarded-* headers are believed")
	f.BoolVar(&s.secure, "secure", false, "every browser reaches the server by https")
	f.TextVar(&s.logLevel, "log-level", slog.LevelInfo, "debug, info, warn or error")
}

// runServe is "duban serve": it runs until the context ends or something fails that
// it cannot serve without.
func runServe(ctx context.Context, args []string, e env) error {
	var s settings
	rest, err := parse(flags("serve", e, s.flags), args, e)
	if err == nil {
		err = need(rest, 0, "serve [flags]")
	}
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(e.err, &slog.HandlerOptions{Level: s.logLevel}))
	a, err := newApp(ctx, s, log, e)
	if err != nil {
		return err
	}
	return a.run(ctx)
}

// app is the running program: its parts in the order they start, which is the
// reverse of the order they stop.
type app struct {
	s    settings
	log  *slog.Logger
	h    *house
	book *ledger.Book
	feed *web.Feed
	hub  *live.Hub
	who  *session.Manager
	web  *ui.Web
	ln   net.Listener
	cert *certificate     // nil: plain http
	sso  *signon.Provider // nil: passwords alone
	head *heads           // nil: no key
	scan *clamd.Scanner   // nil: uploads are not scanned
	tars *backups         // nil: none by itself
	mem  *collector

	work   func(ctx context.Context, n int) error // the clock's: chores
	faults atomic.Int64                           // of the clock's work
}

// newApp binds the address, opens and wires everything; nothing runs yet. A start that is
// refused leaves nothing behind.
func newApp(ctx context.Context, s settings, log *slog.Logger, e env) (_ *app, err error) {
	proxies, err := serve.ParseProxies(strings.FieldsFunc(s.proxies, func(r rune) bool { return r == ',' || r == ' ' }))
	if err != nil {
		return nil, usage("duban: --trusted-proxies: %w", err)
	}
	adminFrom, err := serve.ParseProxies(words(s.adminFrom))
	if err != nil {
		return nil, usage("duban: --admin-from: %w", err)
	}
	password := ""
	if s.adminPassword != "" {
		if password, err = secret(s.adminPassword); err != nil {
			return nil, err
		}
	}
	a := &app{s: s, log: log, mem: tuneCollector(e.getenv)}
	a.work = a.chores
	// The address before the store: where it is taken nothing is made.
	if a.ln, err = net.Listen("tcp", s.addr); err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, usage("duban: --addr: %w: stop what serves there, or choose another with --addr", err)
		}
		return nil, usage("duban: --addr: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.ln.Close())
		}
	}()
	if a.h, err = s.open(ctx, log, s.quota()); err != nil {
		return nil, s.remedy(ctx, s.data, err)
	}
	defer func() {
		if err != nil {
			err = a.h.close(err)
		}
	}()
	if a.h.waiting != "" {
		log.Warn("the plan file differs from the plan in force and is not applied; see duban plan diff and duban plan apply",
			"file", s.plan, "in_force", a.h.rules().Plan.Digest, "waiting", a.h.waiting)
	}
	if at := a.h.store.Worked(); at.After(a.h.now().Add(time.Minute)) {
		log.Warn("the journal is ahead of the clock: what is done is recorded at the journal's time until the clock has caught up; set the machine's clock", "journal", at, "clock", a.h.now())
	}
	if err := a.guards(ctx); err != nil {
		return nil, err
	}
	if a.tars, err = newBackups(s.backing, a.h.store, log, a.h.now); err != nil {
		return nil, err
	}
	if _, err := a.h.accounts.Follow(ctx, a.h.now(), account.Console, a.h.rules().Plan); err != nil {
		return nil, err
	}
	if _, _, err := a.h.desk.EnsurePeriod(ctx, a.h.now()); err != nil {
		return nil, err
	}
	if a.book, err = ledger.New(ctx, a.h.store, a.h.rules); err != nil {
		return nil, err
	}
	a.h.inForce.Transferred(a.book.Transfers)
	a.book.Before(a.h.inForce.Loaded)
	a.h.settled = a.book.Wait
	if _, err := a.h.desk.Do(ctx, a.h.now(), a.book.Chores(a.h.now())); err != nil {
		return nil, err
	}
	if err = a.wire(proxies, adminFrom); err != nil {
		return nil, err
	}
	// The password is shown once: only when nothing else can be refused.
	if err = a.firstAdmin(ctx, password, e); err != nil {
		return nil, err
	}
	return a, nil
}

// wire builds the parts on the open house.
func (a *app) wire(proxies, adminFrom serve.Proxies) (err error) {
	a.feed = &web.Feed{Book: a.book, Rules: a.h.rules, Clock: a.h.now}
	a.hub = live.New(a.feed, wall, live.Options{Build: build(), Tick: a.s.quiet()})
	a.book.Observe(a.feed.Pushing(a.hub))
	a.h.accounts.OnEnd = func(key string, why account.EndReason) { a.hub.Revoke(key, web.CloseCode(key, why)) }
	a.h.people = a.s.people(a.h.now)
	a.h.issuer = a.s.oidc.issuer
	a.who = session.New(a.h.accounts, a.h.people, session.Options{Secure: a.s.secure, Proxies: proxies, AdminFrom: adminFrom, Rate: a.s.guarding.rate})
	a.h.unlock = a.who.Unlock
	o := web.Options{
		Desk: a.h.desk, Book: a.book, Journal: a.h.store, Files: a.h.store, Accounts: a.h.accounts,
		Sessions: a.who, Hub: a.hub, Feed: a.feed, Rules: a.h.rules, Proxies: proxies, Wall: wall, Now: a.h.now, Random: rand.Reader,
		Log: a.log, Build: build(), Rehearsal: a.s.rehearses(), Worked: a.h.store.Worked, Demo: a.s.demo, Ready: a.ready,
		Metrics: metrics(a.h.store, a.hub, a.book, a.tars, a.scan, a.who, a.connections, &a.faults), Backup: hot(a.h.store), Heavy: a.mem.begin, Hosts: words(a.s.hosts), Subdomains: a.s.subdomains, SignOn: a.sso,
	}
	if a.scan != nil {
		o.Scanner = a.scan
	}
	if a.cert != nil {
		o.TLS = a.cert.config()
	}
	if a.head != nil {
		o.Head = a.head.sign
	}
	a.web, err = ui.New(o)
	return err
}

// connections is what the listener counts. The metrics ask once while they are
// registered, before there is a web.
func (a *app) connections() serve.ListenerStats {
	if a.web == nil {
		return serve.ListenerStats{}
	}
	return a.web.Connections()
}

// guards reads what the server guards itself with.
func (a *app) guards(ctx context.Context) (err error) {
	a.h.accounts.Wall = wall
	if a.h.accounts.SecondFactor, err = a.s.roles(); err != nil {
		return err
	}
	if err := a.seal(ctx); err != nil {
		return err
	}
	if a.scan, err = a.s.scanner(ctx, a.log); err != nil {
		return err
	}
	if a.sso, err = a.s.oidc.provider(words(a.s.hosts)); err != nil {
		return err
	}
	if a.cert, err = a.s.tls(a.log); err != nil || a.s.headKey == "" {
		return err
	}
	key, err := headKey(a.s.headKey, rand.Reader)
	a.head = &heads{key: key, dir: filepath.Join(a.s.data, "heads"), store: a.h.store, now: a.h.now, zone: a.h.rules().Plan.Zone}
	return err
}

// ready is nil while the store takes writes.
func (a *app) ready() error {
	if code := a.h.store.Stats().ReadOnly; code != "" {
		return workflow.Fault(workflow.Unavailable, code)
	}
	return nil
}

func wall() time.Time { return time.Now().Round(0) }

// firstAdmin makes the first account and prints its password, once.
func (a *app) firstAdmin(ctx context.Context, password string, e env) error {
	oneTime, created, err := a.h.accounts.EnsureAdmin(ctx, a.h.now(), a.s.adminName, password)
	if err != nil {
		return refused(err)
	}
	if created && oneTime != "" {
		say(e.out, "admin password: %s\n", oneTime)
	}
	return nil
}

// stopWithin bounds the whole of a stop (contract: 10 s at most).
const stopWithin = 10 * time.Second

// run serves until ctx ends, then stops the parts in reverse: no new requests,
// screens told (1001), open requests ended, the read model, the store.
func (a *app) run(ctx context.Context) error {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	failed := make(chan error, 4)
	go func() { failed <- a.book.Run(inner) }()
	go func() { failed <- a.keepTime(inner) }()
	orders := ears(a.s.data, a.log) // before anybody is answered: who sees the server up may send some
	go func() { failed <- hearOrders(inner, a.h, orders, a.log) }()
	go func() { failed <- a.web.Serve(a.ln) }()
	a.log.Info("serving", "addr", a.ln.Addr().String(), "data", a.s.data, "plan", a.h.rules().Plan.ID, "build", build())

	left, err := a.attend(ctx, failed, 4)
	bound, done := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer done()
	err = errors.Join(err, a.web.Shutdown(bound))
	cancel()
	for ; left > 0; left-- {
		err = errors.Join(err, <-failed)
	}
	if a.tars != nil {
		a.tars.wait()
	}
	err = errors.Join(err, a.h.store.Close())
	a.log.Info("stopped")
	return err
}

// attend waits until ctx ends or one of the parts does, and answers why and how many are
// left. A store that has stopped ends nothing: what is known is still shown, and whoever
// asks for more is told.
func (a *app) attend(ctx context.Context, failed <-chan error, parts int) (left int, err error) {
	for left = parts; ; {
		select {
		case <-ctx.Done():
			return left, err
		case ended := <-failed:
			left--
			if ended != nil && workflow.AsError(ended).Code == store.CodeStopped {
				a.log.Error("the store has stopped; what can be read is answered until a restart", "err", ended)
				err = errors.Join(err, ended)
				continue
			}
			if ended == nil {
				ended = errors.New("a part of the server ended by itself")
			}
			a.log.Error("stopping", "err", ended)
			return left, errors.Join(err, ended)
		}
	}
}

// tick is how often the clock looks; a jump of the wall clock is seen within it.
const tick = time.Second

// keepTime does what time alone does: expire, remind, open the next period, end
// sessions, look again at the rights of open sockets.
func (a *app) keepTime(ctx context.Context) error {
	t := time.NewTicker(a.s.tick())
	defer t.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if err := a.guarded(ctx, n); err != nil && ctx.Err() == nil {
			a.faults.Add(1)
			a.log.Error("the clock's work failed; it is tried again", "err", err)
		}
	}
}

// guarded makes an error of a panic in the clock's work: what is due comes again
// with the next tick, and the server goes on meanwhile. In the store a panic has
// stopped the store by then, which it says itself.
func (a *app) guarded(ctx context.Context, n int) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return a.work(ctx, n)
}

func (a *app) chores(ctx context.Context, n int) error {
	now := a.h.now()
	_, err := a.h.desk.Do(ctx, now, a.book.Chores(now))
	if n%10 == 0 {
		_, _, opened := a.h.desk.EnsurePeriod(ctx, now)
		err = errors.Join(err, opened)
	}
	if a.head != nil {
		err = errors.Join(err, a.head.daily())
	}
	if a.tars != nil {
		a.tars.due(ctx, wall())
	}
	if n%60 == 0 && a.cert != nil {
		a.cert.renew()
	}
	if n%60 == 0 || a.s.demo {
		a.hub.Refresh() // what changes on the wall by time alone
	}
	if n%5 == 0 {
		err = errors.Join(err, a.who.Sweep(ctx))
	}
	if n%sweepEvery == sweepEvery-1 {
		err = errors.Join(err, sweepEvidence(ctx, a.h.store, a.h.desk, now, a.s.unused, a.log))
	}
	return err
}
