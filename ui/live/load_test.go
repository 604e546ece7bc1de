package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"duban/store/storetest"
)

// Every drop point of 1,000 events on 20 screens: wherever a client is cut off and comes back
// with the position it knows, it has each event once, in order.
func TestResumeAtEveryDropPoint(t *testing.T) {
	events, clients := uint64(1000), 20
	if testing.Short() {
		events = 200
	}
	r := newRig(t, Options{RingEvents: 100, FrameEvents: 16}) // most resumes meet the history
	pushed := make(chan struct{})
	go func() {
		defer close(pushed)
		for range events {
			r.src.commit(r.hub, 1)
			time.Sleep(time.Millisecond)
		}
	}()
	var wg sync.WaitGroup
	errs := make(chan error, clients)
	for n := range clients {
		wg.Go(func() { errs <- r.dropping(events, n) })
	}
	wg.Wait()
	<-pushed
	for range clients {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// dropping reads all events, hanging up after each: as soon as it has seen the
// event, or after reading one frame more than it uses.
func (r *rig) dropping(events uint64, n int) error {
	var at uint64
	for at < events {
		c, _, err := r.try(after(at), nil)
		if err != nil {
			return err
		}
		goal := at + 1
		for at < goal {
			f, err := c.next()
			if websocket.IsCloseError(err, CloseSlow) {
				break // the ring went by: come back and resume, as the contract says
			}
			if err != nil {
				return err
			}
			if f.Type == "snapshot" {
				return fmt.Errorf("client %d: a snapshot at %d", n, at)
			}
			if f.Type == "hello" && f.Seq != at {
				return fmt.Errorf("client %d: hello at %d, asked for %d", n, f.Seq, at)
			}
			for _, e := range f.Events {
				if e.Seq != at+1 {
					return fmt.Errorf("client %d: event %d follows %d", n, e.Seq, at)
				}
				if at = e.Seq; at == goal && n%2 == 0 {
					break // the rest of the frame is lost with the connection
				}
			}
		}
		_ = c.Close()
	}
	return nil
}

// 200 screens and 2,000 events pushed by a feeder under load: every event once
// and in order on every screen.
func TestExactlyOnceInOrder(t *testing.T) {
	const screens, events = 200, 2000
	r := newRig(t, Options{})
	var ready, done sync.WaitGroup
	errs := make(chan error, screens)
	for n := range screens {
		ready.Add(1)
		done.Go(func() { errs <- r.watch(n, events, ready.Done) })
	}
	ready.Wait()
	var noise sync.WaitGroup
	stop := make(chan struct{})
	for range 2 { // others come and go meanwhile
		noise.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if c, _, err := r.try("", nil); err == nil {
					_ = c.Close()
				}
			}
		})
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for left := events; left > 0; {
		n := min(left, 1+rnd.IntN(8))
		r.src.commit(r.hub, n)
		left -= n
		if rnd.IntN(4) == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	done.Wait()
	close(stop)
	noise.Wait()
	for range screens {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if s := r.hub.Stats(); s.Slow != 0 || s.Panics != 0 || s.Deliveries < screens*events {
		t.Errorf("%+v", s)
	}
}

func (r *rig) watch(n int, events uint64, ready func()) error {
	c, _, err := r.try("", nil)
	if err != nil {
		ready()
		return err
	}
	defer func() { _ = c.Close() }()
	hello, err := c.next()
	ready()
	if err != nil {
		return err
	}
	for at := hello.Seq; at < events; {
		f, err := c.next()
		if err != nil {
			return fmt.Errorf("screen %d at %d: %w", n, at, err)
		}
		for _, e := range f.Events {
			if e.Seq != at+1 {
				return fmt.Errorf("screen %d: event %d follows %d", n, e.Seq, at)
			}
			at = e.Seq
		}
	}
	return nil
}

// A screen that never reads is closed with 4008, and the others do not notice.
func TestAScreenThatNeverReads(t *testing.T) {
	const healthy, slowAfter = 20, 4 * time.Second
	r := newRig(t, Options{SlowAfter: slowAfter, RingEvents: 1 << 20})
	dead := r.deaf()
	type arrival struct {
		seq uint64
		at  time.Time
	}
	var done sync.WaitGroup
	arrivals := make([][]arrival, healthy)
	stop := uint64(1 << 62)
	var mu sync.Mutex
	for n := range healthy {
		c := r.dial("")
		c.want("hello")
		done.Go(func() {
			for {
				f, err := c.next()
				if err != nil {
					t.Errorf("healthy screen %d: %v", n, err)
					return
				}
				now := time.Now()
				for _, e := range f.Events {
					arrivals[n] = append(arrivals[n], arrival{e.Seq, now})
				}
				mu.Lock()
				end := f.Seq >= stop || len(arrivals[n]) > 0 && arrivals[n][len(arrivals[n])-1].seq >= stop
				mu.Unlock()
				if end {
					return
				}
			}
		})
	}
	var sent []time.Time
	for began := time.Now(); r.hub.Stats().Slow == 0; {
		if time.Since(began) > storetest.Patience {
			t.Fatal("never closed")
		}
		many := 20
		if r.hub.Stats().QueuedFor > 0 {
			many = 1 // the dead one's buffer is full
		}
		for range many {
			sent = append(sent, time.Now())
			r.src.commit(r.hub, 1)
		}
		time.Sleep(2 * time.Millisecond)
	}
	mu.Lock()
	stop = uint64(len(sent) + 1)
	mu.Unlock()
	sent = append(sent, time.Now())
	r.src.commit(r.hub, 1)
	done.Wait()
	// Whoever waited for the dead screen would have waited for all of slowAfter.
	late := 0
	for n := range healthy {
		if len(arrivals[n]) != len(sent) {
			t.Fatalf("screen %d got %d of %d events", n, len(arrivals[n]), len(sent))
		}
		for _, a := range arrivals[n] {
			if a.at.Sub(sent[a.seq-1]) > slowAfter/2 {
				late++
			}
		}
	}
	if total := healthy * len(sent); late > total/100 {
		t.Errorf("%d of %d deliveries took over %v beside a screen that never reads", late, total, slowAfter/2)
	}
	eventually(t, "the dead screen leaves", func() bool { return r.hub.Stats().Connections == healthy })
	// Should it read after all, it learns why.
	if code := dead.code(); code != CloseSlow {
		t.Errorf("closed with %d", code)
	}
}

// deaf is a screen with a small receive buffer that reads nothing yet.
func (r *rig) deaf() *client {
	r.t.Helper()
	d := websocket.Dialer{NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return nc, nc.(*net.TCPConn).SetReadBuffer(4096)
	}}
	ws, _, err := d.Dial("ws://"+r.addr+"/live", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = ws.Close() })
	return &client{ws, r.t}
}

// stuff pushes events until the deaf screen's kernel takes no more, then lets
// its receive buffer grow, so that reading on is quick.
func (r *rig) stuff(c *client) {
	r.t.Helper()
	eventually(r.t, "a queue", func() bool {
		r.src.commit(r.hub, 100)
		return r.hub.Stats().QueuedFor > 0
	})
	if err := c.NetConn().(*net.TCPConn).SetReadBuffer(1 << 20); err != nil {
		r.t.Fatal(err)
	}
}

// What a slow screen misses waits in the ring, not in its queue, and it catches
// up when it reads again in time.
func TestASlowScreenCatchesUp(t *testing.T) {
	r := newRig(t, Options{RingEvents: 1 << 20, SlowAfter: time.Hour})
	c := r.deaf()
	r.stuff(c)
	r.src.commit(r.hub, 20000)
	if s := r.hub.Stats(); s.QueuedBytes > 256*200 {
		t.Errorf("%d bytes wait for one screen", s.QueuedBytes)
	}
	head := r.src.Head()
	hello := c.want("hello")
	if s := c.want("snapshot"); s.Seq != hello.Seq {
		t.Fatalf("snapshot at %d, hello at %d", s.Seq, hello.Seq)
	}
	for at := hello.Seq; at < head; {
		for _, e := range c.want("events").Events {
			if e.Seq != at+1 {
				t.Fatalf("event %d follows %d", e.Seq, at)
			}
			at = e.Seq
		}
	}
}

// A screen that reads too slowly to keep up falls out of the ring and is told to
// come back.
func TestBehindTheRing(t *testing.T) {
	r := newRig(t, Options{RingEvents: 500, SlowAfter: time.Hour})
	c := r.deaf()
	r.stuff(c)
	r.src.commit(r.hub, 2000)
	if code := c.code(); code != CloseSlow {
		t.Errorf("closed with %d", code)
	}
}
