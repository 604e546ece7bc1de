package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"duban/store"
	"duban/ui/signon"
	"duban/workflow"
)

const (
	// prepares is how long a server may take to make its archive before it sends it.
	prepares = 10 * time.Minute
	// stalls is how long an archive that is on its way may stand still.
	stalls = 2 * time.Minute
)

// puller keeps verified copies of a running server's store in a folder, in another
// house: it asks for the whole archive, unpacks and verifies it as duban verify does,
// and holds it against the newest copy it has, so that a journal that was cut or
// written anew never pushes out the copies that show it.
type puller struct {
	dir, from, token string
	keep             int
	client           *http.Client
	log              *slog.Logger
	now              func() time.Time
}

// pull is "duban pull DIR --from URL --token-file F [--every 15m] [--keep 96]".
func pull(ctx context.Context, args []string, e env) error {
	var from, tokenFile string
	var every time.Duration
	var keep int
	f := flags("pull", e, func(f *flag.FlagSet) {
		f.StringVar(&from, "from", "", "`address` of the server: https, or this machine's own")
		f.StringVar(&tokenFile, "token-file", "", "`file` with an administrator's token in its first line")
		f.DurationVar(&every, "every", 0, "`time` between two copies; 0: one, and end")
		f.IntVar(&keep, "keep", 96, "how `many` copies are kept")
	})
	rest, err := parse(f, args, e)
	if err == nil {
		err = need(rest, 1, "pull DIR --from URL --token-file F [--every 15m] [--keep 96]")
	}
	if err != nil {
		return err
	}
	if from == "" || tokenFile == "" {
		return usage("duban: pull needs --from and --token-file")
	}
	if keep < 1 || every < 0 || every > 0 && every < time.Minute {
		return usage("duban: --every %v, --keep %d: want a minute or more, or 0 for once, and 1 or more", every, keep)
	}
	from = strings.TrimRight(from, "/")
	if err := signon.SafeAddress(from); err != nil {
		return usage("duban: --from %s: %v", from, err)
	}
	p := &puller{dir: rest[0], from: from, keep: keep, now: wall, client: pullClient(),
		log: slog.New(slog.NewJSONHandler(e.err, nil))}
	if p.token, err = secret(tokenFile); err != nil {
		return err
	}
	if err := os.MkdirAll(p.dir, 0o700); err != nil { // #nosec G703 -- the operator's own folder
		return usage("duban: %v", err)
	}
	return p.run(ctx, every)
}

// pullClient asks one server, and nobody whom it redirects to: the token goes along.
func pullClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = prepares
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// run makes one copy, or one each time until ctx ends; then one that fails is logged
// and tried again within a minute.
func (p *puller) run(ctx context.Context, every time.Duration) error {
	for {
		err := p.once(ctx)
		if every == 0 {
			return err
		}
		wait := every
		if err != nil && ctx.Err() == nil {
			p.log.Error("no copy was made; it is tried again", "from", p.from, "err", err)
			wait = min(every, time.Minute)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// have are the copies in the folder, oldest first.
func (p *puller) have() ([]string, error) { return archivesIn(p.dir) }

// once makes one copy and removes those that are too many.
func (p *puller) once(ctx context.Context) (err error) {
	begin := p.now()
	have, err := p.have()
	if err != nil {
		return err
	}
	scratch, err := store.NewScratch(p.dir, ".duban-pull-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	tmp, err := os.CreateTemp(scratch.Dir, "archive-*")
	if err != nil {
		return err
	}
	if err := errors.Join(p.fetch(ctx, tmp), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	m, err := p.prove(ctx, scratch.Dir, tmp.Name(), have)
	if err != nil {
		return err
	}
	file := archiveFile(p.dir, begin, m.Seq)
	// Link, unlike rename, never replaces a copy; the other name goes above.
	if err := errors.Join(os.Link(tmp.Name(), file), syncFolder(p.dir)); err != nil {
		return err
	}
	p.log.Info("copy made and verified", "from", p.from, "file", file, "seq", m.Seq, "head", m.Head, "evidence", len(m.Files)-1,
		"took_ms", p.now().Sub(begin).Milliseconds())
	return keepNewest(append(have, file), p.keep)
}

// fetch downloads the archive. An answer that ends too soon is an error.
func (p *puller) fetch(ctx context.Context, to io.Writer) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.from+"/export/backup.tar", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	res, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if res.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(io.LimitReader(res.Body, 2000)) // only to say more
		return fmt.Errorf("the server answers %s: %s", res.Status, b)
	}
	late := time.AfterFunc(stalls, func() { cancel(fmt.Errorf("nothing came for %v", stalls)) })
	defer late.Stop()
	_, err = io.Copy(to, moving{res.Body, late})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	return err
}

// moving puts off what is to happen when a reader stands still.
type moving struct {
	io.Reader
	late *time.Timer
}

func (m moving) Read(b []byte) (int, error) {
	n, err := m.Reader.Read(b)
	if n > 0 {
		m.late.Reset(stalls)
	}
	return n, err
}

// prove unpacks the archive aside, verifies it, and holds it against the newest copy.
func (p *puller) prove(ctx context.Context, under, file string, have []string) (m store.Manifest, err error) {
	aside, err := os.MkdirTemp(under, "proof-*")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(aside)) }()
	r, err := os.Open(file) // #nosec G304 -- the file that was just written
	if err != nil {
		return m, err
	}
	o := store.Options{Now: p.now, Logger: slog.New(slog.DiscardHandler)}
	done, err := store.Restore(ctx, r, aside, o, false)
	if err = errors.Join(err, r.Close()); err != nil {
		return m, err
	}
	if len(have) == 0 {
		return done.Manifest, nil
	}
	before, err := checkArchive(ctx, have[len(have)-1])
	if err != nil {
		return m, fmt.Errorf("the newest copy here is damaged; move it away: %w", err)
	}
	hash, err := workflow.Head{Hash: before.Head}.Position()
	if err != nil {
		return m, err
	}
	s, err := store.OpenReadOnly(aside, o)
	if err != nil {
		return m, err
	}
	if err := errors.Join(s.VerifyHead(ctx, before.Seq, hash), s.Close()); err != nil {
		return m, fmt.Errorf("the server's journal no longer contains what %s holds: keep that file, and look into it; to begin anew use another folder: %w", have[len(have)-1], err)
	}
	return done.Manifest, nil
}
