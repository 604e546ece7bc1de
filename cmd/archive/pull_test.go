package archive

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
)

// source is a server that hands out what it is told to.
type source struct {
	*httptest.Server
	answer func(http.ResponseWriter)
	asked  int
}

func newSource(t *testing.T) *source {
	s := &source{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked++
		if r.URL.Path != "/export/backup.tar" || r.Header.Get("Authorization") != "Bearer the token" {
			http.Error(w, "nobody", http.StatusUnauthorized)
			return
		}
		s.answer(w)
	}))
	t.Cleanup(s.Close)
	return s
}

func whole(b []byte) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { _, _ = w.Write(b) }
}

// archived is the store's archive.
func archived(t *testing.T, s *store.Store) []byte {
	t.Helper()
	r, _, err := Hot(s)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func note(t *testing.T, s *store.Store, n int) {
	t.Helper()
	_, err := s.Change(t.Context(), workflow.Change{Received: storetest.Start, Decide: func(workflow.View, time.Time) ([]workflow.Event, error) {
		return []workflow.Event{storetest.Assigned(n, "scjg")}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPull: a copy is kept when it is whole, verifies, and contains what was kept
// before; else nothing here changes.
func TestPull(t *testing.T) {
	s, other := storetest.New(t), storetest.New(t)
	note(t, s, 1)
	first := archived(t, s)
	note(t, s, 2)
	second := archived(t, s)
	note(t, other, 3)
	note(t, other, 4)
	note(t, other, 5)
	strange := archived(t, other)
	from := newSource(t)
	at := storetest.Start
	p := &Puller{Dir: t.TempDir(), From: from.URL, Token: "the token", Keep: 2, Client: Client(), Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { at = at.Add(time.Second); return at }}
	holds := func(n int, last []byte) {
		t.Helper()
		have, err := p.have()
		if err != nil || len(have) != n {
			t.Fatalf("%q, %v", have, err)
		}
		if b, err := os.ReadFile(have[n-1]); err != nil || !bytes.Equal(b, last) {
			t.Errorf("the newest is another (%v)", err)
		}
		if left, _ := filepath.Glob(filepath.Join(p.Dir, ".duban-*")); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	}
	get := func(answer func(http.ResponseWriter)) error { from.answer = answer; return p.once(t.Context()) }
	if err := get(whole(first)); err != nil {
		t.Fatal(err)
	}
	holds(1, first)
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		says   string
	}{
		"refused":        {func(w http.ResponseWriter) { http.Error(w, "no", http.StatusForbidden) }, "403"},
		"sent elsewhere": {func(w http.ResponseWriter) { w.Header().Set("Location", "/other"); w.WriteHeader(http.StatusFound) }, "302"},
		"cut, and said so": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "99999999")
			_, _ = w.Write(second)
		}, "EOF"},
		"cut in silence":  {whole(second[:len(second)/2]), "ends too soon"},
		"a byte changed":  {whole(changed(second)), "SHA-256"},
		"another journal": {whole(strange), "no longer contains"},
		"empty":           {whole(nil), "ends too soon"},
	} {
		if err := get(c.answer); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		holds(1, first)
	}
	if err := get(whole(second)); err != nil {
		t.Fatal(err)
	}
	holds(2, second)
	if err := get(whole(first)); err == nil || !strings.Contains(err.Error(), "no longer contains") {
		t.Errorf("an older copy put back at the source: %v", err)
	}
	holds(2, second)
	note(t, s, 6)
	third := archived(t, s)
	if err := get(whole(third)); err != nil {
		t.Fatal(err)
	}
	holds(2, third) // the first is one too many
	if r, err := os.Open(mustHave(t, p)); err != nil {
		t.Error(err)
	} else {
		again := filepath.Join(t.TempDir(), "again")
		if done, err := store.Restore(t.Context(), r, again, store.Options{Now: time.Now}, false); err != nil || done.Seq != 3 {
			t.Errorf("restored: %+v, %v", done, err)
		}
		r.Close()
	}
}

func mustHave(t *testing.T, p *Puller) string {
	t.Helper()
	have, err := p.have()
	if err != nil || len(have) == 0 {
		t.Fatal(err)
	}
	return have[len(have)-1]
}

// changed is the archive with one byte of its database changed.
func changed(b []byte) []byte {
	out := bytes.Clone(b)
	out[len(out)/2] ^= 1
	return out
}

// TestPullGoesOn: with a time between copies a failure is tried again, and a signal
// ends it cleanly.
func TestPullGoesOn(t *testing.T) {
	s := storetest.New(t)
	note(t, s, 1)
	b := archived(t, s)
	from := newSource(t)
	ctx, cancel := context.WithCancel(t.Context())
	from.answer = func(w http.ResponseWriter) {
		_, _ = w.Write(b)
		time.AfterFunc(500*time.Millisecond, cancel)
	}
	var log bytes.Buffer
	p := &Puller{Dir: t.TempDir(), From: from.URL, Token: "the token", Keep: 1, Client: Client(), Log: slog.New(slog.NewJSONHandler(&log, nil)), Now: func() time.Time { return time.Now().Round(0) }}
	if err := p.Run(ctx, time.Hour); err != nil || from.asked != 1 || !strings.Contains(log.String(), "copy made") {
		t.Errorf("%v, asked %d, %s", err, from.asked, log.String())
	}
	ctx, cancel = context.WithCancel(t.Context())
	from.answer = func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusInternalServerError)
		time.AfterFunc(500*time.Millisecond, cancel)
	}
	if err := p.Run(ctx, time.Hour); err != nil || !strings.Contains(log.String(), "tried again") {
		t.Errorf("%v, %s", err, log.String())
	}
	if strings.Contains(log.String(), "the token") {
		t.Error("the log has the token")
	}
}
