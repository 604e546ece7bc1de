package office

import (
	"context"
	"errors"
	"time"

	"duban/store"
	"duban/workflow"
)

// stopWithin bounds the whole of a stop (contract: 10 s at most).
const stopWithin = 10 * time.Second

// Start serves until Stop. When ctx ends, or a part fails that the office cannot serve
// without, Done says so and the caller stops it. Once only.
func (a *Office) Start(ctx context.Context) {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	over, end := context.WithCancel(ctx)
	a.done, a.result = over.Done(), make(chan error, 1)
	a.cancel = func() { cancel(); end() }
	parts := []func() error{
		func() error { return a.Book.Run(inner) },
		func() error { return a.keepTime(inner) },
		func() error { return a.web.Serve(a.ln) },
	}
	if a.c.Orders != nil {
		orders := ears(a.c.Data, a.log) // before anybody is answered: who sees the server up may send some
		parts = append(parts, func() error { return hearOrders(inner, a, orders, a.log) })
	}
	failed := make(chan error, len(parts))
	for _, part := range parts {
		go func() { failed <- part() }()
	}
	go a.attend(inner, failed, len(parts), end)
	a.log.Info("serving", "addr", a.ln.Addr().String(), "data", a.c.Data, "plan", a.Rules().Plan.ID, "build", a.c.Build)
}

// Done is closed when the context of Start has ended, or a part that the office cannot serve
// without: Stop says which.
func (a *Office) Done() <-chan struct{} { return a.done }

// Stop ends the parts in reverse: no new requests, screens told (1001), open requests ended,
// the clock and the read model, a backup that runs, the store. It takes ten seconds at most,
// or until ctx ends. It answers what has failed since New. Once only; without a Start it takes back what
// New has opened.
func (a *Office) Stop(ctx context.Context) error {
	a.stopping.Store(true)
	bound, done := context.WithTimeout(ctx, stopWithin)
	defer done()
	err := a.web.Shutdown(bound)
	if a.cancel == nil {
		return errors.Join(err, a.ln.Close(), a.Store.Close())
	}
	a.cancel()
	err = errors.Join(<-a.result, err)
	if a.tars != nil {
		a.tars.Wait()
	}
	err = errors.Join(err, a.Store.Close())
	a.log.Info("stopped")
	return err
}

// attend waits for every part and answers what failed before Stop, or while stopping. A store
// that has stopped ends nothing: what is known is still shown, and whoever asks for more is told.
func (a *Office) attend(ctx context.Context, failed <-chan error, parts int, end func()) {
	var all error
	for range parts {
		err := <-failed
		if err == nil && ctx.Err() == nil && !a.stopping.Load() {
			err = errors.New("a part of the server ended by itself")
		}
		if err == nil {
			continue
		}
		all = errors.Join(all, err)
		switch {
		case workflow.AsError(err).Code == store.CodeStopped:
			a.log.Error("the store has stopped; what can be read is answered until a restart", "err", err)
		case !a.stopping.Load():
			a.log.Error("stopping", "err", err)
			end()
		}
	}
	a.result <- all
}
