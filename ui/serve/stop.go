package serve

import (
	"context"
	"errors"
	"sync"

	"github.com/gofiber/fiber/v2"
)

// Stop ends the server: no new connections, open requests are answered,
// websockets are closed by the functions given (Hub.Close), all at the same time.
// What is still open when ctx ends is cut off, and the error says so.
//
// fasthttp's own shutdown knows nothing of hijacked connections and leaves the
// others running when its time is over.
func Stop(ctx context.Context, app *fiber.App, l *Listener, hijacked ...func(context.Context) error) error {
	errs := make([]error, len(hijacked)+2)
	var wg sync.WaitGroup
	wg.Go(func() { errs[len(hijacked)] = app.ShutdownWithContext(ctx) })
	errs[len(hijacked)+1] = l.Close() // also when the app was never started on it
	for i, end := range hijacked {
		wg.Go(func() { errs[i] = end(ctx) })
	}
	wg.Wait()
	l.cutAll()
	return errors.Join(errs...)
}
