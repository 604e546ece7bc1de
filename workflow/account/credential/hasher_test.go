package credential

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/workflow"
)

var cheap = Cost{KiB: 64, Passes: 1, Lanes: 1}

// The string is from the test suite of the argon2 reference implementation.
func TestVerifyReadsTheReferenceImplementation(t *testing.T) {
	h := NewHasher(rand.Reader, cheap)
	const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for password, want := range map[string]bool{"password": true, "Password": false, "password ": false, "": false} {
		got, err := h.Verify(t.Context(), reference, password)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", password, got, err, want)
		}
	}
}

func TestHashIsSaltedAndTellsItsCost(t *testing.T) {
	h := NewHasher(rand.Reader, DefaultCost)
	one, err := h.Hash(t.Context(), "密码 with spaces")
	if err != nil {
		t.Fatal(err)
	}
	two, err := h.Hash(t.Context(), "密码 with spaces")
	if err != nil {
		t.Fatal(err)
	}
	if one == two {
		t.Error("the same password twice has the same hash")
	}
	if !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("cost: %s", one)
	}
	if ok, err := h.Verify(t.Context(), one, "密码 with spaces"); !ok || err != nil {
		t.Errorf("own hash: %v, %v", ok, err)
	}
}

func TestNobodyCostsTheSameAndIsNeverRight(t *testing.T) {
	h := NewHasher(rand.Reader, DefaultCost)
	cost, salt, key, err := parsePHC(h.nobody)
	if err != nil || cost != DefaultCost || len(salt) != saltBytes || len(key) != hashBytes {
		t.Fatalf("the stand-in differs from a real hash: %+v %d %d %v", cost, len(salt), len(key), err)
	}
	for _, password := range []string{"", "anything"} {
		if ok, err := h.Verify(t.Context(), "", password); ok || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
}

func TestDamagedHashIsAnErrorAndNotComputed(t *testing.T) {
	h := NewHasher(rand.Reader, cheap)
	good, err := h.Hash(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range []string{
		"plain", "$argon2i" + good[9:], strings.Replace(good, "v=19", "v=16", 1), strings.Replace(good, "m=64", "m=4000000000", 1),
		strings.Replace(good, "m=64", "m=99999999999", 1), strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "t=1", "t=4000000", 1),
		strings.Replace(good, "p=1", "p=0", 1), good[:len(good)-4], good + "$", good + "!", strings.Replace(good, "$", "", 1),
	} {
		if ok, err := h.Verify(t.Context(), damaged, "x"); ok || !errors.Is(err, errHash) {
			t.Errorf("%s: %v, %v", damaged, ok, err)
		}
	}
}

func TestTwoHashesAtOnceAndABoundedQueue(t *testing.T) {
	h := NewHasher(rand.Reader, cheap)
	for range hashesAtOnce { // two are being computed
		h.slots <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := h.Verify(ctx, "", "third"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a third ran: %v", err)
	}
	var wait sync.WaitGroup
	results := make(chan error, hashesWaiting+hashesAtOnce)
	for range hashesWaiting + hashesAtOnce {
		wait.Go(func() {
			_, err := h.Verify(t.Context(), "", "queued")
			results <- err
		})
	}
	for h.waiting.Load() < hashesWaiting+hashesAtOnce {
		time.Sleep(time.Millisecond)
	}
	_, err := h.Verify(t.Context(), "", "one too many")
	if e := workflow.AsError(err); e.Kind != workflow.TooMany || e.Code != "login.busy" {
		t.Errorf("over the queue: %v", err)
	}
	for range hashesAtOnce {
		<-h.slots
	}
	wait.Wait()
	close(results)
	for err := range results {
		if err != nil {
			t.Errorf("queued: %v", err)
		}
	}
	if len(h.slots) != 0 || h.waiting.Load() != 0 {
		t.Errorf("not given back: %d slots, %d waiting", len(h.slots), h.waiting.Load())
	}
}

type dry struct{}

func (dry) Read([]byte) (int, error) { return 0, errors.New("dry") }

func TestNoRandomnessIsAnError(t *testing.T) {
	if _, err := NewHasher(dry{}, cheap).Hash(t.Context(), "x"); err == nil {
		t.Error("hashed without a salt")
	}
	if s, err := NewSecret(dry{}); err == nil {
		t.Errorf("a secret out of nothing: %q", s)
	}
	if s, err := OneTimePassword(dry{}); err == nil {
		t.Errorf("a password out of nothing: %q", s)
	}
}

// FuzzPHC holds that a stored hash is read as it was written or refused, so that a
// damaged row is never a password that fits.
func FuzzPHC(f *testing.F) {
	f.Add(phc(Cost{KiB: 64 << 10, Passes: 3, Lanes: 1}, []byte("0123456789abcdef"), []byte("0123456789abcdef0123456789abcdef")))
	for _, s := range []string{"", "$argon2id$v=19$m=65536,t=3,p=1$$", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=-1,t=0,p=0$AAAA$AAAA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		cost, salt, key, err := parsePHC(s)
		if err != nil {
			return
		}
		if len(key) != hashBytes || len(salt) < 8 || cost.KiB > maxKiB || cost.Passes == 0 || cost.Lanes == 0 {
			t.Fatalf("%q is read as %+v, %d bytes of salt, %d of key", s, cost, len(salt), len(key))
		}
	})
}
