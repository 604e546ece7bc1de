package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"duban/store"
	"duban/ui/clamd"
	"duban/workflow"
)

// guarding is how the server is told to guard itself.
type guarding struct {
	tlsCert, tlsKey string // files
	hosts           string
	subdomains      bool
	requireTOTP     string
	adminFrom       string
	headKey         string // file
	secretKey       string // file
	clamd           string // address
	oidc            signingOn
	rate            int // requests a minute of one account
}

func (g *guarding) flags(f *flag.FlagSet) {
	f.StringVar(&g.tlsCert, "tls-cert", "", "PEM `file` with the server's certificate chain: serve https")
	f.StringVar(&g.tlsKey, "tls-key", "", "PEM `file` with the certificate's key")
	f.StringVar(&g.hosts, "host", "", "comma-separated host `names` requests may be for; empty: any")
	f.BoolVar(&g.subdomains, "hsts-subdomains", false, "tell browsers to use https alone for the names below --host too: when all of them do")
	f.StringVar(&g.requireTOTP, "require-totp", "", "comma-separated `roles` that must log in with a second factor")
	f.StringVar(&g.adminFrom, "admin-from", "", "comma-separated `networks` administrators log in and act from; empty: any")
	f.IntVar(&g.rate, "account-rate", 0, "requests one account may send in a minute, for example 3000; 0: any number")
	f.StringVar(&g.headKey, "head-key", "", "PEM `file` of the Ed25519 key that signs the journal's head; made if it is not there")
	f.StringVar(&g.clamd, "clamd", "", "socket or host:port of a ClamAV `daemon` that scans every upload before it is kept; empty: uploads are not scanned")
	f.StringVar(&g.secretKey, "secret-key-file", "", "`file` with the key that second factors are sealed with; made if it is not there; secret.key in the data folder unless named")
	g.oidc.flags(f)
}

// words splits a list between commas or spaces.
func words(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// roles reads --require-totp.
func (g guarding) roles() ([]workflow.UserRole, error) {
	var out []workflow.UserRole
	for _, w := range words(g.requireTOTP) {
		r := workflow.UserRole(w)
		if !slices.Contains(workflow.UserRoles, r) {
			return nil, usage("duban: --require-totp: there is no role %q", w)
		}
		out = append(out, r)
	}
	return out, nil
}

// scanner is the daemon of --clamd; nil without one. One that does not answer yet
// stops nothing: until it does, uploads are refused.
func (g guarding) scanner(ctx context.Context, log *slog.Logger) (*clamd.Scanner, error) {
	if g.clamd == "" {
		log.Info("uploads are not scanned for malware: --clamd names no daemon")
		return nil, nil
	}
	s, err := clamd.New(g.clamd, 0)
	if err != nil {
		return nil, usage("duban: --clamd: %w", err)
	}
	if err := s.Ping(ctx); err != nil {
		log.Error("the malware scanner does not answer: uploads are refused until it does", "clamd", g.clamd, "err", err)
	} else {
		log.Info("uploads are scanned for malware", "clamd", g.clamd)
	}
	return s, nil
}

// keeping is how much evidence the server keeps.
type keeping struct {
	account, unit, total, reserve byteSize
	unused                        int // days; 0: nothing is swept
}

func (k *keeping) flags(f *flag.FlagSet) {
	k.account, k.unit, k.reserve = 2<<30, 8<<30, 512<<20
	f.Var(&k.account, "evidence-per-account", "most `bytes` of evidence of one account, such as 2GiB; 0: any")
	f.Var(&k.unit, "evidence-per-department", "most `bytes` of evidence of one department, or of the office; 0: any")
	f.Var(&k.total, "evidence-total", "most `bytes` of evidence in all; 0: any")
	f.Var(&k.reserve, "evidence-reserve", "`bytes` of the disk that uploads and backups leave free for reports and other acts; 0: none")
	f.IntVar(&k.unused, "evidence-unused-days", 30, "`days` after which evidence that nothing names is deleted; 0: never")
}

func (k *keeping) quota() store.Quota {
	return store.Quota{PerAccount: int64(k.account), PerUnit: int64(k.unit), Total: int64(k.total), Reserve: int64(k.reserve)}
}

// byteSize is a number of them, as 500MB or 2GiB.
type byteSize int64

// String is flag.Value's.
func (b *byteSize) String() string {
	for i, unit := range []string{"GiB", "MiB", "KiB"} {
		if size := byteSize(1) << (30 - 10*i); *b != 0 && *b%size == 0 {
			return strconv.FormatInt(int64(*b/size), 10) + unit
		}
	}
	return strconv.FormatInt(int64(*b), 10)
}

// Set is flag.Value's.
func (b *byteSize) Set(s string) error {
	digits := strings.TrimRight(s, "KMGTiB")
	n, err := strconv.ParseInt(digits, 10, 64)
	size, known := map[string]int64{"": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}[s[len(digits):]]
	if err != nil || !known || n < 0 || n > 1<<50/size {
		return fmt.Errorf("%q is no number of bytes; write 500MB or 2GiB", s)
	}
	*b = byteSize(n * size)
	return nil
}
