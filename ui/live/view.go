package live

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// views are the regions somebody looks at. One goroutine renders them, so that
// a slow template delays no event, and one Regions call runs at a time.
type views struct {
	bell    chan struct{}
	refresh atomic.Bool

	mu     sync.Mutex
	byName map[string]*view

	calls  sync.Mutex // held while the source renders
	cached map[viewKey]rendered
	at     uint64 // the hub's head cached is good for
}

type viewKey struct {
	name  string
	since uint64
}

type rendered struct {
	seq   uint64
	frame []byte // nil: nothing changed
}

// view is a chain of deltas: each holds what changed after from, as of to, and
// begins where the one before it ends. Regions are whole, so one that a reader
// has already does no harm.
type view struct {
	name    string
	readers int // under views.mu

	mu     sync.Mutex
	head   uint64
	first  uint64 // number of deltas[0]
	deltas []*delta
}

type delta struct {
	from, to uint64
	frame    []byte
}

// maxDeltas is how far back a view's readers may be.
const maxDeltas = 64

func (vs *views) init() {
	vs.bell = make(chan struct{}, 1)
	vs.byName = map[string]*view{}
	vs.cached = map[viewKey]rendered{}
}

func (vs *views) ring() {
	select {
	case vs.bell <- struct{}{}:
	default:
	}
}

// find counts a reader in on a view that is already looked at.
func (vs *views) find(name string) *view {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	v := vs.byName[name]
	if v != nil {
		v.readers++
	}
	return v
}

// open counts a reader in; a view nobody looked at begins at seq.
func (vs *views) open(name string, seq uint64) *view {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	v := vs.byName[name]
	if v == nil {
		v = &view{name: name, head: seq}
		vs.byName[name] = v
	}
	v.readers++
	return v
}

func (vs *views) leave(v *view) {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	if v.readers--; v.readers == 0 {
		delete(vs.byName, v.name)
	}
}

func (vs *views) all() []*view {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	list := make([]*view, 0, len(vs.byName))
	for _, v := range vs.byName {
		list = append(list, v)
	}
	return list
}

// next is the delta with the number, nil when it is not made yet.
func (v *view) next(number uint64) (d *delta, more bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if number < v.first {
		return nil, false, errBehind
	}
	i := number - v.first
	if i >= uint64(len(v.deltas)) {
		return nil, false, nil
	}
	return v.deltas[i], i+1 < uint64(len(v.deltas)), nil
}

// from is the number of the first delta a reader at seq needs; false when it
// has been dropped. A refresh begins and ends at one position and is sent again
// to who stands there.
func (v *view) from(seq uint64) (number uint64, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	base := v.head
	if len(v.deltas) > 0 {
		base = v.deltas[0].from
	}
	if seq < base {
		return 0, false
	}
	for i, d := range v.deltas {
		if d.to > seq || (d.from == d.to && d.to == seq) {
			return v.first + uint64(i), true
		}
	}
	return v.first + uint64(len(v.deltas)), true
}

func (v *view) add(r rendered) {
	v.mu.Lock()
	defer v.mu.Unlock()
	d := &delta{from: v.head, to: max(v.head, r.seq), frame: r.frame}
	v.head = d.to
	v.deltas = append(v.deltas, d)
	for len(v.deltas) > maxDeltas {
		v.deltas[0] = nil
		v.deltas = v.deltas[1:]
		v.first++
	}
}

func (v *view) position() uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.head
}

// renderViews is the goroutine that makes the deltas.
func (h *Hub) renderViews() {
	defer h.running.Done()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-h.views.bell:
		}
		refresh := h.views.refresh.Swap(false)
		list := h.views.all()
		for _, v := range list {
			h.renderView(v, refresh)
		}
		if len(list) == 0 {
			continue
		}
		for _, s := range h.shards {
			s.ring()
		}
		select {
		case <-h.ctx.Done():
			return
		case <-h.opts.After(h.opts.RegionPause):
		}
	}
}

// renderView brings a view up to the head. On an error its readers keep what
// they have and it is tried again after the pause.
func (h *Hub) renderView(v *view, refresh bool) {
	since := v.position()
	switch {
	case refresh:
		since = 0
	case since >= h.Head():
		return
	}
	ctx, cancel := context.WithTimeout(h.ctx, h.opts.JoinWait)
	defer cancel()
	r, err := h.regions(ctx, v.name, since, refresh)
	if err != nil {
		h.stats.sourceErrors.Add(1)
		if refresh {
			h.views.refresh.Store(true)
		}
		h.views.ring()
		return
	}
	if r.seq > since || refresh {
		v.add(r)
	}
}

// regions asks the source, once per view, since and head of the hub.
func (h *Hub) regions(ctx context.Context, name string, since uint64, anew bool) (rendered, error) {
	vs := &h.views
	vs.calls.Lock()
	defer vs.calls.Unlock()
	if head := h.Head(); head != vs.at || anew {
		clear(vs.cached)
		vs.at = head
	}
	key := viewKey{name, since}
	if r, ok := vs.cached[key]; ok {
		return r, nil
	}
	seq, regions, err := h.askRegions(ctx, name, since)
	if err != nil {
		return rendered{}, err
	}
	r := rendered{seq: seq}
	if len(regions) > len("{}") {
		r.frame = regionsFrame(seq, h.source.Now(), regions)
	}
	if len(vs.cached) < maxDeltas {
		vs.cached[key] = r
	}
	return r, nil
}

func (h *Hub) askRegions(ctx context.Context, name string, since uint64) (seq uint64, regions []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			h.stats.panics.Add(1)
			err = fmt.Errorf("live: rendering %s panicked: %v", name, p)
		}
	}()
	return h.source.Regions(ctx, name, since)
}
