package ui

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"sync"

	"duban/store"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/account/accounttest"
	"duban/workflow/account/credential"
	"duban/workflow/plan"
)

// laid are the stores of the worlds before, as their files' contents, by clock and plan.
var laid = struct {
	sync.Mutex
	stores map[string]map[string][]byte
}{stores: map[string]map[string][]byte{}}

// lay puts a store into the world's folder in which the plan is in force and everybody has an
// account. It is made once and copied then: made anew, it would be a third of what a test costs.
func (w *world) lay(inForce *plan.Plan, source []byte) {
	w.t.Helper()
	laid.Lock()
	defer laid.Unlock()
	key := w.clock.now().String() + string(source)
	if laid.stores[key] == nil {
		laid.stores[key] = w.make(inForce, source)
	}
	for name, content := range laid.stores[key] {
		if err := os.WriteFile(filepath.Join(w.dir, name), content, 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
}

// make makes that store, and answers its files.
func (w *world) make(inForce *plan.Plan, source []byte) map[string][]byte {
	w.t.Helper()
	ctx, dir := w.t.Context(), w.t.TempDir()
	s, err := store.Open(dir, store.Options{Now: w.clock.now})
	if err != nil {
		w.t.Fatal(err)
	}
	desk := workflow.NewDesk(s, w.ruled)
	if _, _, err := desk.LoadPlan(ctx, w.clock.now(), inForce, source); err != nil {
		w.t.Fatal(err)
	}
	if _, _, err := desk.EnsurePeriod(ctx, w.clock.now()); err != nil {
		w.t.Fatal(err)
	}
	accounts := w.accountDesk(s)
	for _, p := range people_ {
		if _, err := accounts.AddAccount(ctx, w.clock.now(), account.Console,
			account.NewAccount{Name: p.name, Unit: p.unit, Role: p.role, Password: passwordOf}); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		w.t.Fatal(err)
	}
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue // for evidence, of which there is none yet
		}
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			w.t.Fatal(err)
		}
	}
	return files
}

// accountDesk keeps accounts in a store with a cheap hash: what a good one costs is measured
// elsewhere.
func (w *world) accountDesk(s *store.Store) *account.Desk {
	return &account.Desk{Store: s, Hasher: credential.NewHasher(rand.Reader, credential.Cost{KiB: 8, Passes: 1, Lanes: 1}),
		Random: rand.Reader, Policy: credential.Dengbao, Sealer: accounttest.Sealer(), FindUnit: w.unit}
}
