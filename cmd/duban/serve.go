package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"flag"
	"log/slog"
	"strings"
	"syscall"
	"time"

	"duban/cmd/archive"
	"duban/cmd/keys"
	"duban/cmd/office"
	"duban/ui/serve"
)

// settings are what serve is told.
type settings struct {
	place
	guarding
	backups archive.Schedule
	keeping
	memory        byteSize
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
	f.StringVar(&s.backups.Dir, "backup-dir", "", "`folder` for backups the server makes by itself, best on another disk; empty: it makes none")
	f.DurationVar(&s.backups.Every, "backup-every", 24*time.Hour, "`time` between two of them")
	f.IntVar(&s.backups.Keep, "backup-keep", 7, "how `many` of them are kept")
	s.keeping.flags(f)
	f.Var(&s.memory, "memory", "`bytes` that all caches take together at most, such as 96MiB; 0: 224 MiB, and more for looking back on a large store")
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
	a, err := newOffice(ctx, s, slog.New(slog.NewJSONHandler(e.err, &slog.HandlerOptions{Level: s.logLevel})), e)
	if err != nil {
		return err
	}
	defer keepTidy(ctx, e.getenv)()
	return serveUntil(ctx, a)
}

// serveUntil serves until ctx ends or the office cannot go on.
func serveUntil(ctx context.Context, a *office.Office) error {
	a.Start(ctx)
	<-a.Done()
	return a.Stop(context.WithoutCancel(ctx))
}

// newOffice is the office that the flags describe, bound and not yet serving.
func newOffice(ctx context.Context, s settings, log *slog.Logger, e env) (*office.Office, error) {
	c, err := s.config(ctx, log, e)
	if err != nil {
		return nil, err
	}
	a, err := office.New(ctx, c)
	var taken *office.ListenError
	if errors.As(err, &taken) {
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, usage("duban: --addr: %w: stop what serves there, or choose another with --addr", err)
		}
		return nil, usage("duban: --addr: %w", err)
	}
	return a, refused(s.refusal(err))
}

// config reads the flags' files and makes what they name.
func (s settings) config(ctx context.Context, log *slog.Logger, e env) (c office.Config, err error) {
	if c.Place, err = s.where(log, s.quota()); err != nil {
		return c, err
	}
	if c.Proxies, err = serve.ParseProxies(strings.FieldsFunc(s.proxies, func(r rune) bool { return r == ',' || r == ' ' })); err != nil {
		return c, usage("duban: --trusted-proxies: %w", err)
	}
	if c.AdminFrom, err = serve.ParseProxies(words(s.adminFrom)); err != nil {
		return c, usage("duban: --admin-from: %w", err)
	}
	if s.adminPassword != "" {
		if c.AdminPassword, err = secret(s.adminPassword); err != nil {
			return c, err
		}
	}
	if s.memory != 0 && s.memory < office.LeastMemory {
		return c, usage("duban: --memory %s: want %d bytes or more, or 0", s.memory.String(), office.LeastMemory)
	}
	c.Memory = int(s.memory)
	c.Addr, c.Wall, c.Build, c.Demo = s.addr, wall, build(), s.demo
	c.AdminName, c.FirstPassword = s.adminName, func(made string) { say(e.out, "admin password: %s\n", made) }
	c.Hosts, c.Subdomains, c.Secure, c.Rate = words(s.hosts), s.subdomains, s.secure, s.rate
	c.SealFile, c.Backups, c.UnusedDays = s.secretKey, s.backups, s.unused
	c.Orders, c.Heavy = obey, tuneCollector(e.getenv).begin
	if c.SecondFactor, err = s.roles(); err != nil {
		return c, err
	}
	if c.Scanner, err = s.scanner(ctx, log); err != nil {
		return c, err
	}
	if c.SignOn, err = s.oidc.provider(c.Hosts); err != nil {
		return c, err
	}
	c.Issuer = s.oidc.issuer
	if s.headKey != "" {
		c.HeadKey = func() (ed25519.PrivateKey, error) { return keys.HeadKey(s.headKey, rand.Reader) }
	}
	c.Certificate, err = keys.ReadCertificate(s.tlsCert, s.tlsKey, log)
	return c, err
}

func wall() time.Time { return time.Now().Round(0) }
