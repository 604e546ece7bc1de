package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/workflow"
	"duban/workflow/account"
)

// SHA256 is the hex digest of a text.
func SHA256(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func testDrafts(t *testing.T, f *fixture) {
	if d, err := f.Draft(bg, "a"); err != nil || !reflect.DeepEqual(d, workflow.Draft{}) {
		t.Fatalf("missing draft: %+v %v", d, err)
	}
	save := func(ds ...workflow.Draft) error {
		_, err := f.Change(bg, workflow.Change{Received: Start, Actor: office,
			Drafts: func(workflow.View, time.Time) ([]workflow.Draft, error) { return ds, nil }})
		return err
	}
	for n, body := range []string{`{"progress":"half"}`, `{"progress":"whole"}`} {
		d := workflow.Draft{Assignment: "a", Reports: 1, Version: n + 1, By: "li", At: Start, Window: "w", Body: []byte(body),
			Unread: map[string]string{"figure.G1.1.value": "abc"}, Earlier: []workflow.Earlier{{By: "wu", At: Start, Body: []byte("{}")}}}
		if err := save(d); err != nil {
			t.Fatal(err)
		}
		got, err := f.Draft(bg, "a")
		if got.At = got.At.In(Start.Location()); err != nil || !got.At.Equal(Start) || !got.Earlier[0].At.Equal(Start) {
			t.Fatalf("%+v %v", got, err)
		}
		got.At, got.Earlier[0].At = Start, Start
		if !reflect.DeepEqual(got, d) {
			t.Fatalf("%+v, want %+v", got, d)
		}
	}
	if err := save(workflow.Draft{Assignment: "b", Body: []byte("{}")}, workflow.Draft{Body: []byte("{}")}); err == nil {
		t.Error("a draft of nothing was saved")
	}
	if d, err := f.Draft(bg, "b"); err != nil || d.Assignment != "" {
		t.Errorf("one of several drafts was saved though another was not: %+v %v", d, err)
	}
	// What is decided sees the draft that stands; a refusal leaves it.
	refused := workflow.Refuse("signing.not_submitted")
	_, err := f.Change(bg, workflow.Change{Received: Start, Actor: office, Drafts: func(v workflow.View, _ time.Time) ([]workflow.Draft, error) {
		d, err := v.Draft("a")
		if err != nil || d.Version != 2 {
			t.Errorf("the change sees %+v, %v", d, err)
		}
		d.By = "nobody"
		return []workflow.Draft{d}, refused
	}})
	if d, _ := f.Draft(bg, "a"); !errors.Is(err, refused) || d.By != "li" {
		t.Errorf("%v; the draft is %+v", err, d)
	}
	if seq, _ := f.Head(); seq != 0 {
		t.Fatal("a draft became an event")
	}
	// Drafts that come with a change stand or fall with its events.
	for _, refused := range []error{workflow.Refuse("assignment.verified"), nil} {
		c := workflow.Change{Received: Start, Actor: office,
			Decide: func(workflow.View, time.Time) ([]workflow.Event, error) {
				return []workflow.Event{Assigned(1, "scjg")}, refused
			},
			Drafts: func(workflow.View, time.Time) ([]workflow.Draft, error) {
				return []workflow.Draft{{Assignment: "a", By: "wang", Body: []byte(`{}`)}}, nil
			}}
		if _, err := f.Change(bg, c); !errors.Is(err, refused) {
			t.Fatal(err)
		}
		if d, err := f.Draft(bg, "a"); err != nil || (d.By == "wang") != (refused == nil) {
			t.Fatalf("after %v the draft is %+v, %v", refused, d, err)
		}
	}
}

func testAccounts(t *testing.T, f *fixture) {
	update := func(fn func(tx account.Tx) error) {
		t.Helper()
		err := f.UpdateAccounts(bg, f.clock.Now(), office, func(tx account.Tx, _ time.Time) ([]workflow.Event, error) {
			return nil, fn(tx)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx account.Tx) error {
		return errors.Join(
			tx.PutAccount(account.Account{Name: "li", Unit: "scjg", CreatedAt: Start}),
			tx.PutAccount(account.Account{Name: "admin", Role: workflow.Admin}),
			tx.PutSession(account.Session{ID: "s1", Account: "li"}), tx.PutSession(account.Session{ID: "s2", Account: "li"}),
			tx.PutToken(account.Token{Digest: "d1", Name: "driver"}),
			tx.PutScreen(account.ScreenPass{Digest: "c1", Name: "hall"}), tx.PutScreen(account.ScreenPass{Digest: "c2"}))
	})
	update(func(tx account.Tx) error {
		li, found, err := tx.Account("li")
		if !found || err != nil {
			t.Fatalf("li: %v %v", found, err)
		}
		li.Generation++
		err = errors.Join(tx.PutAccount(li), tx.DropSession("s1"), tx.DropScreen("c2"), tx.DropSession("none"))
		if _, found, _ := tx.Session("s1"); found {
			t.Error("a dropped session is still seen in its transaction")
		}
		if all, _ := tx.Sessions(); len(all) != 1 {
			t.Errorf("%d sessions in the transaction", len(all))
		}
		return err
	})
	f.viewAccounts(t)
}

// viewAccounts looks at what testAccounts has left, and that looking cannot write.
func (f *fixture) viewAccounts(t *testing.T) {
	err := f.ViewAccounts(bg, func(tx account.Tx) error {
		people, err1 := tx.Accounts()
		sessions, err2 := tx.Sessions()
		tokens, err3 := tx.Tokens()
		screens, err4 := tx.Screens()
		if len(people) != 2 || people[1].Generation != 1 || !people[1].CreatedAt.Equal(Start) || len(sessions) != 1 ||
			sessions[0].ID != "s2" || len(tokens) != 1 || len(screens) != 1 || screens[0].Name != "hall" {
			t.Errorf("%+v %+v %+v %+v", people, sessions, tokens, screens)
		}
		token, found, err5 := tx.Token("d1")
		if !found || token.Name != "driver" {
			t.Errorf("token %+v %v", token, found)
		}
		if _, found, _ := tx.Screen("c2"); found {
			t.Error("a dropped screen is back")
		}
		for _, put := range []error{tx.PutAccount(people[0]), tx.PutSession(sessions[0]), tx.DropSession("s2"),
			tx.PutToken(token), tx.PutScreen(screens[0]), tx.DropScreen("c1")} {
			if put == nil {
				t.Error("ViewAccounts wrote")
			}
		}
		return errors.Join(err1, err2, err3, err4, err5)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func testAccountEvents(t *testing.T, f *fixture) {
	added := func(name string) workflow.Event {
		return workflow.Event{Kind: workflow.KindAccountAdded, Data: workflow.Data{Account: &workflow.AccountRef{Name: name}}}
	}
	put := func(name string, err error, events ...workflow.Event) error {
		return f.UpdateAccounts(bg, f.clock.Now(), office, func(tx account.Tx, now time.Time) ([]workflow.Event, error) {
			if perr := tx.PutAccount(account.Account{Name: name, CreatedAt: now}); perr != nil {
				return nil, perr
			}
			return events, err
		})
	}
	if err := put("li", nil, added("li")); err != nil {
		t.Fatal(err)
	}
	refusal := workflow.Refuse("no")
	if err := put("zhao", refusal, added("zhao")); err != error(refusal) {
		t.Fatalf("refusal came back as %v", err)
	}
	if err := put("qian", nil, added("qian"), workflow.Event{}); err == nil { // the event cannot be written
		t.Fatal("an event without a kind was taken")
	}
	err := f.ViewAccounts(bg, func(tx account.Tx) error {
		people, err := tx.Accounts()
		if len(people) != 1 || people[0].Name != "li" {
			t.Errorf("accounts %+v", people)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	events, err := f.Events(bg, 0, 10)
	if err != nil || len(events) != 1 || events[0].Data.Account.Name != "li" || events[0].Actor != office.Ref() {
		t.Fatalf("events %+v %v", events, err)
	}
}

func (f *fixture) put(t testing.TB, name, content string) workflow.File {
	t.Helper()
	got, _, err := f.PutFile(bg, workflow.Call{Received: f.clock.Now(), Actor: liaise}, workflow.File{Name: name, Type: "text/plain"}, strings.NewReader(content), 1<<10)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (f *fixture) content(t testing.TB, id string) string {
	t.Helper()
	r, _, err := f.OpenFile(bg, id)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func testFiles(t *testing.T, f *fixture) {
	a, b := f.put(t, "a.txt", "evidence"), f.put(t, "b.txt", "evidence")
	if a.ID == b.ID || a.SHA256 != SHA256("evidence") || b.SHA256 != a.SHA256 || a.Size != 8 || a.Unit != "scjg" || a.User != "li" || a.Seq != 1 {
		t.Fatalf("%+v %+v", a, b)
	}
	for _, want := range []workflow.File{a, b} {
		got, found, err := f.File(bg, want.ID)
		if err != nil || !found || !got.At.Equal(want.At) {
			t.Fatalf("%+v %v %v", got, found, err)
		}
		if got.At = want.At; !reflect.DeepEqual(got, want) {
			t.Fatalf("told %+v, kept %+v", want, got)
		}
		if c := f.content(t, want.ID); c != "evidence" {
			t.Fatalf("content %q", c)
		}
	}
	events, err := f.Events(bg, 0, 10)
	if err != nil || len(events) != 2 || events[1].Kind != workflow.KindFileAdded || events[1].Texts["name"] != "b.txt" || events[1].Data.File.ID != b.ID {
		t.Fatalf("%+v %v", events, err)
	}
	if _, found, err := f.File(bg, "none"); found || err != nil {
		t.Fatalf("unknown file: %v %v", found, err)
	}
	_, _, err = f.OpenFile(bg, "none")
	wantCode(t, err, workflow.NotFound, "file.unknown")

	call := workflow.Call{Received: Start, Actor: liaise}
	exact := bytes.Repeat([]byte("x"), 100)
	if _, _, err := f.PutFile(bg, call, workflow.File{}, bytes.NewReader(exact), 100); err != nil {
		t.Fatalf("a file of exactly the limit: %v", err)
	}
	_, _, err = f.PutFile(bg, call, workflow.File{}, bytes.NewReader(append(exact, 'x')), 100)
	wantCode(t, err, workflow.TooLarge, "file.too_large")
	broken := errors.New("the client went away")
	if _, _, err := f.PutFile(bg, call, workflow.File{}, io.MultiReader(bytes.NewReader(exact), failing{broken}), 1000); !errors.Is(err, broken) {
		t.Fatalf("a broken upload: %v", err)
	}
	if seq, _ := f.Head(); seq != 3 {
		t.Fatalf("failed uploads left events: head %d", seq)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func testFileDeleted(t *testing.T, f *fixture) {
	a, b, c := f.put(t, "a", "shared"), f.put(t, "b", "shared"), f.put(t, "c", "own")
	gone := func(x workflow.File) {
		f.do(t, deleted(x))
		got, found, err := f.File(bg, x.ID)
		if err != nil || !found || !got.Gone || got.SHA256 != x.SHA256 {
			t.Fatalf("%+v %v %v", got, found, err)
		}
		_, _, err = f.OpenFile(bg, x.ID)
		wantCode(t, err, workflow.NotFound, "file.unknown")
	}
	gone(c)
	gone(a)
	if got := f.content(t, b.ID); got != "shared" {
		t.Fatalf("the other record's content is %q", got)
	}
	gone(b)
	again := f.put(t, "a", "shared") // the same content after it was deleted
	if got := f.content(t, again.ID); got != "shared" {
		t.Fatalf("content %q", got)
	}
	var wg sync.WaitGroup // uploads and deletions of one content at once
	for range 8 {
		wg.Go(func() {
			x, _, err := f.PutFile(context.Background(), workflow.Call{Received: Start, Actor: liaise}, workflow.File{}, strings.NewReader("contested"), 100)
			if err != nil {
				t.Error(err)
				return
			}
			_, err = f.Change(bg, workflow.Change{Decide: just(workflow.Event{Kind: workflow.KindFileDeleted,
				Data: workflow.Data{File: &workflow.FileRef{ID: x.ID, SHA256: x.SHA256}}})})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := f.content(t, f.put(t, "a", "contested").ID); got != "contested" {
		t.Fatalf("content %q", got)
	}
}

// testFileKeys: the same key with the same file brings the first one back, also
// when it was deleted since, and then its content stays away.
func testFileKeys(t *testing.T, f *fixture) {
	call := workflow.Call{Received: Start, Actor: liaise, Key: "k", Digest: [32]byte{1}}
	put := func(call workflow.Call, name, content string) (workflow.File, bool, error) {
		return f.PutFile(bg, call, workflow.File{Name: name, Type: "text/plain"}, strings.NewReader(content), 100)
	}
	first, repeated, err := put(call, "a", "keyed")
	if err != nil || repeated {
		t.Fatalf("%v %v", repeated, err)
	}
	again, repeated, err := put(call, "a", "keyed")
	again.At = first.At // the same instant, in whatever zone
	if err != nil || !repeated || !reflect.DeepEqual(again, first) {
		t.Fatalf("the first %+v\nagain %v %+v %v", first, repeated, again, err)
	}
	act := call
	act.Digest[0]++
	for name, do := range map[string]func() (workflow.File, bool, error){
		"another act":     func() (workflow.File, bool, error) { return put(act, "a", "keyed") },
		"another name":    func() (workflow.File, bool, error) { return put(call, "b", "keyed") },
		"another content": func() (workflow.File, bool, error) { return put(call, "a", "other") },
	} {
		_, _, err := do()
		t.Log(name)
		wantCode(t, err, workflow.Invalid, "idempotency.reused")
	}
	someone := call
	someone.Actor.User = "wang"
	if x, repeated, err := put(someone, "a", "keyed"); err != nil || repeated || x.ID == first.ID {
		t.Fatalf("another's key: %+v %v %v", x, repeated, err)
	} else {
		f.do(t, deleted(x))
	}
	f.do(t, deleted(first))
	head, _ := f.Head()
	again, repeated, err = put(call, "a", "keyed")
	if err != nil || !repeated || again.ID != first.ID || !again.Gone {
		t.Fatalf("after it was deleted: %+v %v %v", again, repeated, err)
	}
	if now, _ := f.Head(); now != head {
		t.Fatalf("a repeat wrote %d events", now-head)
	}
	var wg sync.WaitGroup // one key many times at once is one file
	ids := make(chan string, 20)
	storm := call
	storm.Key = "storm"
	for range cap(ids) {
		wg.Go(func() {
			x, _, err := f.PutFile(context.Background(), storm, workflow.File{}, strings.NewReader("storm"), 100)
			if err != nil {
				t.Error(err)
			}
			ids <- x.ID
		})
	}
	wg.Wait()
	close(ids)
	one := <-ids
	for id := range ids {
		if id != one {
			t.Fatalf("one key brought %s and %s", one, id)
		}
	}
	if now, _ := f.Head(); now != head+1 {
		t.Fatalf("one key wrote %d events", now-head)
	}
}

func deleted(f workflow.File) workflow.Event {
	return workflow.Event{Kind: workflow.KindFileDeleted, Data: workflow.Data{File: &workflow.FileRef{ID: f.ID, SHA256: f.SHA256, Size: f.Size, Type: f.Type}}}
}
