package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"
)

// Result is one slice of load.
type Result struct {
	PerSecond float64
	P50, P99  time.Duration
	CPU       time.Duration // for each call, by the meter
}

// Meter tells what has been used of the processor so far.
type Meter func() (time.Duration, error)

// Storm lets clients call fn, each without a pause, for the time. The first error
// ends it.
func Storm(ctx context.Context, clients int, d time.Duration, used Meter, fn func(client int) error) (Result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d, context.DeadlineExceeded)
	defer cancel()
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var wg sync.WaitGroup
	before, err := used()
	if err != nil {
		return Result{}, err
	}
	begin := time.Now()
	for c := range clients {
		wg.Go(func() {
			var mine []time.Duration
			var err error
			for ctx.Err() == nil && err == nil {
				start := time.Now()
				if err = fn(c); err == nil {
					mine = append(mine, time.Since(start))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if all = append(all, mine...); err != nil && failed == nil {
				failed = err
				cancel()
			}
		})
	}
	wg.Wait()
	took := time.Since(begin)
	after, err := used()
	if failed = errors.Join(failed, err); failed != nil || len(all) == 0 {
		return Result{}, failed
	}
	slices.Sort(all)
	return Result{PerSecond: float64(len(all)) / took.Seconds(), P50: all[len(all)/2], P99: all[len(all)*99/100],
		CPU: (after - before) / time.Duration(len(all))}, nil
}

// Used is the Meter of this process: of a floor that is called as a function.
func Used() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// Client calls the program under test over loopback. It shares the processor with
// the program, so it does little: fasthttp, with a request and an answer used again.
type Client struct {
	Base  string
	Token map[string]string // by account
	HTTP  *fasthttp.HostClient
}

// NewClient keeps as many connections open as clients need.
func NewClient(base string, clients int) *Client {
	return &Client{Base: base, Token: map[string]string{}, HTTP: &fasthttp.HostClient{Addr: strings.TrimPrefix(base, "http://"),
		MaxConns: clients, ReadTimeout: 5 * time.Minute, MaxIdleConnDuration: 50 * time.Second, StreamResponseBody: true,
		NoDefaultUserAgentHeader: true, DisableHeaderNamesNormalizing: true, DisablePathNormalizing: true}}
}

// Do sends one request as the account and reads the answer; its size is returned.
// Any status but a success is an error. ctx is looked at before it is sent.
func (c *Client) Do(ctx context.Context, as, method, path, body string) (int64, error) {
	return c.Fetch(ctx, as, method, path, body, io.Discard)
}

// Fetch is Do with the answer written to to.
func (c *Client) Fetch(ctx context.Context, as, method, path, body string, to io.Writer) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	req.Header.SetMethod(method)
	req.SetRequestURI(c.Base + path)
	if body != "" {
		req.Header.SetContentType("application/json")
		req.SetBodyString(body)
	}
	if as != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token[as])
	}
	if err := c.HTTP.Do(req, res); err != nil {
		return 0, err
	}
	if code := res.StatusCode(); code >= 300 {
		b, err := io.ReadAll(io.LimitReader(res.BodyStream(), 500))
		return 0, errors.Join(fmt.Errorf("%s %s: %d: %s", method, path, code, b), err)
	}
	n, err := io.Copy(to, res.BodyStream())
	return n, errors.Join(err, res.CloseBodyStream())
}
