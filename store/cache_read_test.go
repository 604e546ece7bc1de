package store_test

import (
	"reflect"
	"strings"
	"sync"
	"testing"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
)

// What is read again, one by one or as a trail, is what the file holds, also when
// more is read than memory keeps, and a reader's changes are the reader's.
func TestCachedReadsAreTheFile(t *testing.T) {
	dir := t.TempDir()
	s := openIn(t, dir)
	const assignments, each = 300, 5
	text := strings.Repeat("长", 7000) // 300 × 5 × 21 KB: more than memory keeps
	for n := range assignments {
		made := storetest.Assigned(1, "d"+strings.Repeat("x", n))
		events := []workflow.Event{made}
		for range each - 1 {
			events = append(events, storetest.Noted(made.Assignment, text))
		}
		if err := write(s, events...); err != nil {
			t.Fatal(err)
		}
	}
	s = reopened(t, s, dir) // so that nothing comes from what was just written
	all, err := s.Events(bg, 0, assignments*each)
	if err != nil || len(all) != assignments*each {
		t.Fatal(len(all), err)
	}
	for range 2 {
		for i := 0; i < len(all); i += each {
			for range 2 {
				trail, err := s.Trail(bg, all[i].Assignment)
				if err != nil || !reflect.DeepEqual(trail, all[i:i+each]) {
					t.Fatalf("the trail of %s is not the file's, %v", all[i].Assignment, err)
				}
				one, err := s.EventsAt(bg, all[i].Seq+1)
				if err != nil || !reflect.DeepEqual(one, all[i+1:i+2]) {
					t.Fatalf("event %d is not the file's, %v", all[i].Seq+1, err)
				}
				trail[1].Texts["text"], one[0].Texts["text"] = "mine", "mine"
			}
		}
		if kept, most := s.Cached(); kept > most || kept < most/4 {
			t.Fatalf("%d bytes are cached, of %d", kept, most)
		}
	}
}

// A text that was read before its redaction is gone for everybody with the redaction's
// receipt, also beside readers that never pause.
func TestCachedReadsForgetRedactedTexts(t *testing.T) {
	dir := t.TempDir()
	s := openIn(t, dir)
	made := storetest.Assigned(1, "a")
	const secrets = 60
	events := []workflow.Event{made}
	for range secrets {
		events = append(events, storetest.Noted(made.Assignment, "secret"))
	}
	if err := write(s, events...); err != nil {
		t.Fatal(err)
	}
	s = reopened(t, s, dir)
	said := func(seq uint64) bool {
		one, err := s.EventsAt(bg, seq)
		if err != nil {
			t.Error(err)
			return true
		}
		trail, err := s.Trail(bg, made.Assignment)
		if err != nil {
			t.Error(err)
			return true
		}
		return one[0].Texts["text"] == "secret" || trail[seq-1].Texts["text"] == "secret"
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for seq := uint64(2); ; seq++ {
				select {
				case <-stop:
					return
				default:
					said(2 + seq%secrets)
				}
			}
		})
	}
	for seq := uint64(2); seq < 2+secrets; seq++ {
		if !said(seq) {
			t.Errorf("event %d does not say it before", seq)
		}
		if err := write(s, workflow.Event{Kind: workflow.KindTextRedacted, Data: workflow.Data{Redacted: seq}}); err != nil {
			t.Error(err)
		}
		for range 3 {
			if said(seq) {
				t.Errorf("event %d still says it", seq)
			}
		}
	}
	close(stop)
	readers.Wait()
}

func openIn(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(dir, opts())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // again, if it was reopened
	return s
}

func reopened(t *testing.T, s *store.Store, dir string) *store.Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return openIn(t, dir)
}
