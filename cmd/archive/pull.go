package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"duban/store"
	"duban/workflow"
)

const (
	// prepares is how long a server may take to make its archive before it sends it.
	prepares = 10 * time.Minute
	// stalls is how long an archive that is on its way may stand still.
	stalls = 2 * time.Minute
)

// Puller keeps verified copies of a running server's store in a folder, in another
// house: it asks for the whole archive, unpacks and verifies it as duban verify does,
// and holds it against the newest copy it has, so that a journal that was cut or
// written anew never pushes out the copies that show it.
type Puller struct {
	Dir, From, Token string
	Keep             int
	Client           *http.Client // Client() outside tests
	Log              *slog.Logger
	Now              func() time.Time
}

// Client asks one server, and nobody whom it redirects to: the token goes along.
func Client() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = prepares
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Run makes one copy, or one each time until ctx ends; then one that fails is logged
// and tried again within a minute.
func (p *Puller) Run(ctx context.Context, every time.Duration) error {
	for {
		err := p.once(ctx)
		if every == 0 {
			return err
		}
		wait := every
		if err != nil && ctx.Err() == nil {
			p.Log.Error("no copy was made; it is tried again", "from", p.From, "err", err)
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
func (p *Puller) have() ([]string, error) { return In(p.Dir) }

// once makes one copy and removes those that are too many.
func (p *Puller) once(ctx context.Context) (err error) {
	begin := p.Now()
	have, err := p.have()
	if err != nil {
		return err
	}
	scratch, err := store.NewScratch(p.Dir, ".duban-pull-")
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
	file := File(p.Dir, begin, m.Seq)
	// Link, unlike rename, never replaces a copy; the other name goes above.
	if err := errors.Join(os.Link(tmp.Name(), file), SyncFolder(p.Dir)); err != nil {
		return err
	}
	p.Log.Info("copy made and verified", "from", p.From, "file", file, "seq", m.Seq, "head", m.Head, "evidence", len(m.Files)-1,
		"took_ms", p.Now().Sub(begin).Milliseconds())
	return KeepNewest(append(have, file), p.Keep)
}

// fetch downloads the archive. An answer that ends too soon is an error.
func (p *Puller) fetch(ctx context.Context, to io.Writer) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.From+"/export/backup.tar", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	res, err := p.Client.Do(req)
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
func (p *Puller) prove(ctx context.Context, under, file string, have []string) (m store.Manifest, err error) {
	aside, err := os.MkdirTemp(under, "proof-*")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(aside)) }()
	r, err := os.Open(file) // #nosec G304 -- the file that was just written
	if err != nil {
		return m, err
	}
	o := store.Options{Now: p.Now, Logger: slog.New(slog.DiscardHandler)}
	done, err := store.Restore(ctx, r, aside, o, false)
	if err = errors.Join(err, r.Close()); err != nil {
		return m, err
	}
	if len(have) == 0 {
		return done.Manifest, nil
	}
	before, err := Check(ctx, have[len(have)-1])
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
