package workflow_test

import (
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"duban/workflow"
)

func TestHeads(t *testing.T) {
	key := ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", 32)))
	other := ed25519.NewKeyFromSeed([]byte(strings.Repeat("o", 32)))
	at := time.Date(2022, 9, 30, 8, 0, 0, 123, time.FixedZone("", 8*3600))
	head := workflow.NewHead(key, "e1", 42, workflow.Hash{1, 2}, at)
	theirs := workflow.NewHead(other, "e1", 42, workflow.Hash{1, 2}, at)
	if head.Fingerprint() == theirs.Fingerprint() || len(head.Fingerprint()) != 16 {
		t.Errorf("fingerprints %s, %s", head.Fingerprint(), theirs.Fingerprint())
	}
	for name, c := range map[string]struct {
		change func(*workflow.Head)
		good   bool
	}{
		"as signed":         {func(*workflow.Head) {}, true},
		"same instant":      {func(h *workflow.Head) { h.At = h.At.In(time.FixedZone("", 3600)) }, true},
		"another position":  {func(h *workflow.Head) { h.Seq++ }, false},
		"another hash":      {func(h *workflow.Head) { h.Hash = workflow.Hash{9}.String() }, false},
		"another epoch":     {func(h *workflow.Head) { h.Epoch = "e2" }, false},
		"another time":      {func(h *workflow.Head) { h.At = h.At.Add(time.Second) }, false},
		"another key":       {func(h *workflow.Head) { h.PublicKey = theirs.PublicKey }, false},
		"another signature": {func(h *workflow.Head) { h.Signature = theirs.Signature }, false},
		"no signature":      {func(h *workflow.Head) { h.Signature = "" }, false},
		"a key too short":   {func(h *workflow.Head) { h.PublicKey = "AAAA" }, false},
		"line break":        {func(h *workflow.Head) { h.Epoch = "e1\n42" }, false},
	} {
		h := head
		c.change(&h)
		b, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		got, err := workflow.ReadHead(b)
		if (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
		if hash, perr := got.Position(); c.good && (perr != nil || hash != (workflow.Hash{1, 2}) || got.Seq != 42) {
			t.Errorf("%s: %v %v", name, hash, perr)
		}
	}
	short := workflow.Head{Hash: "abcd"}
	if _, err := short.Position(); err == nil {
		t.Error("a hash of two bytes was taken")
	}
	for _, b := range []string{"", "{}", "[]", "null", `{"seq":-1}`} {
		if _, err := workflow.ReadHead([]byte(b)); err == nil {
			t.Errorf("%q was taken for a head", b)
		}
	}
}
