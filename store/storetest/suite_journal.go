package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"duban/workflow"
	"duban/workflow/plan"
)

func testKeys(t *testing.T, f *fixture) {
	id := f.do(t, Assigned(1, "scjg")).Assignment.ID
	calls := 0
	change := workflow.Change{Key: "li:7", Digest: [32]byte{7}, Subject: id, Received: f.clock.Now(),
		Decide: func(workflow.View, time.Time) ([]workflow.Event, error) {
			calls++
			return []workflow.Event{Noted(id, "once")}, nil
		}}
	first, err := f.Change(bg, change)
	if err != nil {
		t.Fatal(err)
	}
	f.do(t, Noted(id, "later"))
	change.Received = f.clock.Now()
	again, err := f.Change(bg, change)
	if err != nil || calls != 1 {
		t.Fatalf("repeat: %v, decided %d times", err, calls)
	}
	if !again.Repeated || again.Events != nil || again.Seq != first.Seq || !again.At.Equal(first.At) ||
		!reflect.DeepEqual(again.Assignment, first.Assignment) {
		t.Fatalf("first %+v\nrepeat %+v", first, again)
	}
	change.Digest[0]++
	_, err = f.Change(bg, change)
	wantCode(t, err, workflow.Invalid, "idempotency.reused")
	change.Key = "li:8"
	if r, err := f.Change(bg, change); err != nil || r.Repeated {
		t.Fatalf("another key: %+v %v", r, err)
	}
	change.Key = ""
	for range 2 {
		if r, err := f.Change(bg, change); err != nil || r.Repeated {
			t.Fatalf("no key: %+v %v", r, err)
		}
	}
	// The same key many times at once writes once.
	var wg sync.WaitGroup
	before, _ := f.Head()
	change.Key = "storm"
	for range 20 {
		wg.Go(func() {
			if _, err := f.Change(bg, change); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if after, _ := f.Head(); after != before+1 {
		t.Fatalf("one key wrote %d events", after-before)
	}
}

func testKeyLife(t *testing.T, f *fixture) {
	change := workflow.Change{Key: "old", Decide: just(exported("x"))}
	write := func(want bool) {
		t.Helper()
		change.Received = f.clock.Now()
		if r, err := f.Change(bg, change); err != nil || r.Repeated != want {
			t.Fatalf("repeated=%v, want %v, %v", r.Repeated, want, err)
		}
	}
	write(false)
	f.clock.Add(29 * 24 * time.Hour)
	write(true)
	f.clock.Add(2 * 24 * time.Hour)
	write(false)
	write(true)
}

func testNoEvents(t *testing.T, f *fixture) {
	id := f.do(t, Assigned(1, "scjg")).Assignment.ID
	r, err := f.Change(bg, workflow.Change{Key: "k", Subject: id, Decide: just(), Source: []byte("x")})
	if err != nil || r.Events != nil || r.Seq != 1 || r.Repeated || r.Assignment.ID != id {
		t.Fatalf("%+v %v", r, err)
	}
	if r, err := f.Change(bg, workflow.Change{Key: "k", Digest: [32]byte{1}, Decide: just()}); err != nil || r.Repeated {
		t.Fatalf("the key was kept: %+v %v", r, err)
	}
}

// testLinks: the stored bytes of every event give its hash with the one before, hold no free
// text, and are the same after a redaction.
func testLinks(t *testing.T, f *fixture) {
	spoken := exported("x")
	spoken.Texts = workflow.Texts{"reason": "不在其中"}
	r, err := f.Change(bg, workflow.Change{Decide: just(exported("a"), spoken, exported("b"))})
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.Links(bg, 0, 100)
	if err != nil || uint64(len(all)) != r.Seq {
		t.Fatalf("%d links, %v", len(all), err)
	}
	var prev workflow.Hash
	for i, l := range all {
		if l.Seq != uint64(i+1) || l.Prev != prev || workflow.ChainHash(prev, l.Stored) != l.Hash || bytes.Contains(l.Stored, []byte("不在其中")) {
			t.Fatalf("link %d: %+v", i+1, l)
		}
		prev = l.Hash
	}
	if _, head := f.Head(); prev != head {
		t.Fatalf("the last link is %s, the head %s", prev, head)
	}
	if some, err := f.Links(bg, r.Seq-2, 1); err != nil || len(some) != 1 || some[0].Hash != all[r.Seq-2].Hash {
		t.Fatalf("one link: %+v %v", some, err)
	}
	if none, err := f.Links(bg, r.Seq, 5); err != nil || len(none) != 0 {
		t.Fatalf("after the end: %+v %v", none, err)
	}
}

func testTime(t *testing.T, f *fixture) {
	// An account made at the machine's real time does not hold a rehearsal's clock.
	f.clock.Set(Start.Add(1000 * time.Hour))
	if _, err := f.Change(bg, workflow.Change{Received: f.clock.Now(), Decide: just(exported("account"))}); err != nil {
		t.Fatal(err)
	}
	work := exported("x")
	work.Period = "2022Q3"
	at := func(received time.Time) (now time.Time, e workflow.Event) {
		t.Helper()
		r, err := f.Change(bg, workflow.Change{Received: received, Decide: just(work)})
		if err != nil {
			t.Fatal(err)
		}
		return r.At, r.Events[0]
	}
	f.clock.Set(Start.Add(time.Hour))
	_, first := at(Start.Add(time.Hour))

	f.clock.Set(Start.Add(time.Hour - time.Second)) // within the slack
	small := Start.Add(time.Hour - time.Second)
	now, e := at(small)
	if !now.Equal(small) || e.RecordedAt.Before(first.RecordedAt) {
		t.Fatalf("a second back: now %s, recorded %s after %s", now, e.RecordedAt, first.RecordedAt)
	}
	f.clock.Set(Start) // an hour back
	now, e = at(Start)
	if !now.Equal(e.RecordedAt) || e.RecordedAt.Before(first.RecordedAt) || !e.At.Equal(now) {
		t.Fatalf("an hour back: now %s, at %s, recorded %s after %s", now, e.At, e.RecordedAt, first.RecordedAt)
	}
	f.clock.Set(Start.Add(2 * time.Hour)) // a request that waited is stamped at its receipt
	waited := Start.Add(2*time.Hour - 30*time.Second)
	if now, _ = at(waited); !now.Equal(waited) {
		t.Fatalf("a request that waited got %s, received %s", now, waited)
	}
	if now, _ = at(time.Time{}); now.Before(Start.Add(2 * time.Hour)) {
		t.Fatalf("no receipt: %s", now)
	}
	events, err := f.Events(bg, 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	for i := range events[1:] {
		if events[i+1].RecordedAt.Before(events[i].RecordedAt) {
			t.Fatalf("recorded %s after %s", events[i+1].RecordedAt, events[i].RecordedAt)
		}
	}
}

// testFollow lets 16 writers write while 8 readers follow from different places.
func testFollow(t *testing.T, f *fixture) {
	const writers, each = 16, 40
	for i := range 5 {
		f.do(t, Assigned(i, "scjg"))
	}
	const last = 5 + writers*each
	var wg sync.WaitGroup
	for r := range 8 {
		wg.Go(func() {
			after := uint64(r) // #nosec G115 -- one of 0 to 7
			for e, err := range f.Follow(bg, after) {
				if err != nil || e.Seq != after+1 {
					t.Errorf("reader %d: after %d came %d, %v", r, after, e.Seq, err)
					return
				}
				if head, _ := f.Head(); head < e.Seq {
					t.Errorf("reader %d: event %d before it was durable (%d)", r, e.Seq, head)
				}
				if after = e.Seq; after == last {
					return
				}
			}
		})
	}
	for w := range writers {
		wg.Go(func() {
			for n := range each {
				id := Assigned(w%5, "scjg").Assignment
				if _, err := f.Change(bg, workflow.Change{Decide: just(Noted(id, fmt.Sprint(w, n)))}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func testFollowEnds(t *testing.T, f *fixture) {
	f.do(t, Assigned(1, "scjg"))
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	var got []error
	for e, err := range f.Follow(ctx, 0) {
		if got = append(got, err); e.Seq == 1 {
			cancel()
		}
	}
	if len(got) != 2 || got[0] != nil || !errors.Is(got[1], context.Canceled) {
		t.Fatalf("follow yielded %v", got)
	}
	done := make(chan error, 1)
	go func() {
		for _, err := range f.Follow(bg, 1) {
			done <- err
		}
	}()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, <-done, workflow.Unavailable, "store.closed")
}

func testTrail(t *testing.T, f *fixture) {
	a, b := Assigned(1, "a"), Assigned(1, "ab") // one id is the beginning of the other
	f.do(t, a, b)
	for i := range 6 {
		f.do(t, Noted([]string{a.Assignment, b.Assignment}[i%2], fmt.Sprint(i)))
	}
	all, err := f.Events(bg, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{a.Assignment, b.Assignment, "none", ""} {
		var want []workflow.Event
		for _, e := range all {
			if e.Assignment == id && id != "" {
				want = append(want, e)
			}
		}
		got, err := f.Trail(bg, id)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("trail of %q: %+v, %v", id, got, err)
		}
	}
}

func testRedaction(t *testing.T, f *fixture) {
	id := f.do(t, Assigned(1, "scjg")).Assignment.ID
	named := f.do(t, Noted(id, "a person's name")).Events[0]
	other := f.do(t, Noted(id, "kept")).Events[0]
	if named.TextDigest == "" || named.Texts["text"] != "a person's name" {
		t.Fatalf("%+v", named)
	}
	redact := workflow.Event{Kind: workflow.KindTextRedacted, Data: workflow.Data{Redacted: named.Seq}}
	f.do(t, redact)
	f.do(t, redact) // twice does no harm
	same := f.do(t, Noted(id, "gone at once"), workflow.Event{Kind: workflow.KindTextRedacted, Data: workflow.Data{Redacted: 6}})
	if same.Seq != 7 {
		t.Fatalf("seq %d", same.Seq)
	}
	events, err := f.Events(bg, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		switch e.Seq {
		case named.Seq, 6:
			if e.Texts != nil || e.TextDigest == "" {
				t.Errorf("event %d still has texts %v, digest %q", e.Seq, e.Texts, e.TextDigest)
			}
			if e.Seq == named.Seq && e.Hash != named.Hash {
				t.Error("the redaction changed the hash")
			}
		case other.Seq:
			if e.Texts["text"] != "kept" {
				t.Errorf("event %d lost its texts", e.Seq)
			}
		}
	}
	err = f.Read(bg, func(v workflow.ReadView) error {
		gone, err := v.Texts(named.Seq)
		kept, err2 := v.Texts(other.Seq)
		if gone != nil || kept["text"] != "kept" {
			t.Errorf("texts %v and %v", gone, kept)
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, seq := range []uint64{0, 99} {
		_, err = f.Change(bg, workflow.Change{Decide: just(workflow.Event{Kind: workflow.KindTextRedacted, Data: workflow.Data{Redacted: seq}})})
		wantCode(t, err, workflow.NotFound, "event.unknown")
	}
}

func testSource(t *testing.T, f *fixture) {
	loaded := workflow.Event{Kind: workflow.KindPlanLoaded, Data: workflow.Data{Plan: &workflow.PlanRef{ID: "p", Digest: SHA256("plan")}}}
	if _, err := f.Change(bg, workflow.Change{Source: []byte("plan"), Decide: just(loaded)}); err != nil {
		t.Fatal(err)
	}
	b, found, err := f.PlanSource(bg, SHA256("plan"))
	if err != nil || !found || string(b) != "plan" {
		t.Fatalf("%q %v %v", b, found, err)
	}
	if _, found, err := f.PlanSource(bg, SHA256("other")); found || err != nil {
		t.Fatalf("unknown source: %v %v", found, err)
	}
	refused := workflow.Change{Source: []byte("bad"), Decide: func(workflow.View, time.Time) ([]workflow.Event, error) {
		return nil, workflow.Refuse("no")
	}}
	if _, err := f.Change(bg, refused); err == nil {
		t.Fatal("not refused")
	}
	if _, found, _ := f.PlanSource(bg, SHA256("bad")); found {
		t.Fatal("a refused change left its source")
	}
}

func testReadView(t *testing.T, f *fixture) {
	figure := &workflow.Figure{Indicator: "G1.1", Value: plan.MustNumber("12.5")}
	f.do(t, Assigned(2, "b"), Assigned(1, "a"), Assigned(3, "c"),
		workflow.Event{Kind: workflow.KindFigureFiled, Data: workflow.Data{Indicator: "G1.1", Figure: figure}})
	err := f.Read(bg, func(v workflow.ReadView) error {
		if v.Position() != 4 {
			t.Errorf("position %d", v.Position())
		}
		var ids []int
		for a, err := range v.AllAssignments() {
			if err != nil {
				return err
			}
			ids = append(ids, a.Task)
		}
		if !reflect.DeepEqual(ids, []int{1, 2, 3}) {
			t.Errorf("assignments %v", ids)
		}
		for range v.AllAssignments() {
			break // an early end must not upset the engine
		}
		n := 0
		for s, err := range v.AllSeries() {
			if n++; err != nil || s.Indicator != "G1.1" || len(s.Points) != 1 || s.Points[0].Value.String() != "12.5" {
				t.Errorf("series %+v %v", s, err)
			}
		}
		if n != 1 {
			t.Errorf("%d series", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wrong := errors.New("from fn")
	if err := f.Read(bg, func(workflow.ReadView) error { return wrong }); !errors.Is(err, wrong) {
		t.Fatalf("error of fn came back as %v", err)
	}
}

// testSharing changes what the engine handed out and looks whether it minds.
func testSharing(t *testing.T, f *fixture) {
	id := f.do(t, Assigned(1, "scjg")).Assignment.ID
	urged := workflow.Event{Kind: workflow.KindUrged, Assignment: id, Data: workflow.Data{N: 1}, Texts: workflow.Texts{"text": "hurry"}}
	r := f.do(t, urged)
	r.Assignment.Urges[0].N = 99
	r.Events[0].Texts["text"] = "changed"
	urged.Texts["text"] = "changed"
	_, err := f.Change(bg, workflow.Change{Decide: func(v workflow.View, _ time.Time) ([]workflow.Event, error) {
		a, _, err := v.Assignment(id)
		a.Urges[0].N = 98
		texts, _ := v.Texts(2)
		texts["text"] = "changed"
		return []workflow.Event{Noted(id, "x")}, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	newest, err := f.Events(bg, 1, 1)
	if err != nil || len(newest) != 1 {
		t.Fatalf("%+v %v", newest, err)
	}
	newest[0].Texts["text"] = "changed"
	if newest, err = f.Events(bg, 1, 1); err != nil || newest[0].Texts["text"] != "hurry" {
		t.Fatalf("%+v %v", newest, err)
	}
	a, _ := f.row(t, id)
	events, err := f.Trail(bg, id)
	if err != nil || a.Urges[0].N != 1 || events[1].Texts["text"] != "hurry" {
		t.Fatalf("%+v %+v %v", a.Urges, events, err)
	}
}

func testClosed(t *testing.T, f *fixture) {
	f.do(t, Assigned(1, "scjg"))
	for range 2 {
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := f.Change(bg, workflow.Change{Decide: just(exported("x"))})
	wantCode(t, err, workflow.Unavailable, "store.closed")
	wantCode(t, f.Read(bg, func(workflow.ReadView) error { return nil }), workflow.Unavailable, "store.closed")
	_, err = f.Events(bg, 0, 1)
	wantCode(t, err, workflow.Unavailable, "store.closed")
}

func testContext(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(bg)
	cancel()
	_, err := f.Change(ctx, workflow.Change{Decide: just(exported("x"))})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("change: %v", err)
	}
	if err := f.Read(ctx, func(workflow.ReadView) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Fatalf("read: %v", err)
	}
	if seq, _ := f.Head(); seq != 0 {
		t.Fatal("a cancelled change was written")
	}
}
