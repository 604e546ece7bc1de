package live

import (
	"slices"
	"strconv"
	"sync"
	"time"
)

// ShowFor is how long a screen shows what it was told to when nobody says more: a
// meeting that ended without a word does not hold the wall for the rest of the week.
const ShowFor = 2 * time.Hour

// Show is what somebody puts on wall screens during a meeting. It is kept in memory
// alone: a restart ends it, and it is no part of the record.
type Show struct {
	Target
	Paused bool          // the pages do not turn
	By     string        // account; no screen is told
	Since  time.Time     // plan clock
	Left   time.Duration // until it ends by itself, as Showing answers
	until  time.Time     // machine's clock
}

// Target is what is shown: a page of the board, a task in a period, or an indicator.
// With none of them the board goes on as usual.
type Target struct {
	Page      string // its id
	Task      int    // number
	Period    string // id
	Indicator string // id
}

// shows are the orders in force. Its mutex also orders them against hello, so that
// none overtakes it and a screen that joins meanwhile misses none.
type shows struct {
	mu      sync.Mutex
	every   *Show            // for screens without one of their own
	own     map[string]*Show // by Reader.Key
	greeted map[*conn]bool   // pages of the board, on walls and elsewhere, that have had their hello
}

// of is the order for a reader; mu is held.
func (s *shows) of(r Reader) *Show {
	if own, ok := s.own[r.Key]; ok {
		return own
	}
	return s.every
}

// Show tells wall screens what to show, those with the keys or, without any, all of
// them and all that join later. It lasts ShowFor.
func (h *Hub) Show(keys []string, show Show) {
	show.Since, show.until = h.source.Now(), h.wall().Add(ShowFor)
	h.order(keys, &show)
}

// EndShow lets the screens go on by themselves.
func (h *Hub) EndShow(keys []string) { h.order(keys, nil) }

func (h *Hub) order(keys []string, show *Show) {
	s := &h.shows
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(keys) == 0 {
		s.every = show
		clear(s.own)
	}
	for _, key := range keys {
		switch {
		case show != nil:
			if s.own == nil {
				s.own = map[string]*Show{}
			}
			s.own[key] = show
		case s.every != nil:
			s.own[key] = nil // this one alone is free of what all show
		default:
			delete(s.own, key)
		}
	}
	for c := range s.greeted {
		if c.reader.Wall && (len(keys) == 0 || slices.Contains(keys, c.reader.Key)) {
			c.send(showFrame(s.of(c.reader), h.wall()))
		}
	}
}

// Showing is what is being shown: on all screens (nil: nothing) and, by key, on those
// that were told something else; nil there: nothing.
func (h *Hub) Showing() (every *Show, own map[string]*Show) {
	h.shows.mu.Lock()
	defer h.shows.mu.Unlock()
	now := h.wall()
	left := func(s *Show) *Show {
		if s == nil || !now.Before(s.until) {
			return nil
		}
		copied := *s
		copied.Left = s.until.Sub(now)
		return &copied
	}
	own = map[string]*Show{}
	for key, s := range h.shows.own {
		own[key] = left(s)
	}
	return left(h.shows.every), own
}

// Reload makes the screen with the key load its page again, for new settings.
func (h *Hub) Reload(key string) {
	h.shows.mu.Lock()
	defer h.shows.mu.Unlock()
	for c := range h.shows.greeted {
		if c.reader.Key == key {
			c.send(reloadFrame)
		}
	}
}

// expire ends what has lasted ShowFor. Every shard calls it at its sweeps.
func (h *Hub) expire() {
	s := &h.shows
	s.mu.Lock()
	defer s.mu.Unlock()
	now := h.wall()
	old := func(x *Show) bool { return x != nil && !now.Before(x.until) }
	ended := map[string]bool{}
	for key, x := range s.own {
		if old(x) {
			delete(s.own, key)
			ended[key] = true
		}
	}
	every := old(s.every)
	if every {
		s.every = nil
	}
	if !every && len(ended) == 0 {
		return
	}
	for c := range s.greeted {
		if !c.reader.Wall {
			continue
		}
		_, has := s.own[c.reader.Key]
		if ended[c.reader.Key] || every && !has {
			c.send(showFrame(s.of(c.reader), now))
		}
	}
	for key, x := range s.own {
		if x == nil && s.every == nil { // free of what is no more
			delete(s.own, key)
		}
	}
}

// ReloadPages makes every page of the board load again, for a plan that has changed: its
// title, its tasks and its targets stand in the page around the regions.
func (h *Hub) ReloadPages() {
	h.shows.mu.Lock()
	defer h.shows.mu.Unlock()
	for c := range h.shows.greeted {
		if c.reader.View != "" {
			c.send(reloadFrame)
		}
	}
}

// paged reports whether a page of the board reads.
func (r Reader) paged() bool { return r.Wall || r.View != "" }

// greet sends hello and, to a wall, what it is to show; to a page that is of an older plan,
// that it is to be loaded again.
func (h *Hub) greet(c *conn, hello []byte, older bool) {
	if !c.reader.paged() {
		c.send(hello)
		return
	}
	s := &h.shows
	s.mu.Lock()
	defer s.mu.Unlock()
	c.send(hello)
	now := h.wall()
	if x := s.of(c.reader); c.reader.Wall && x != nil && now.Before(x.until) {
		c.send(showFrame(x, now))
	}
	if older {
		c.send(reloadFrame)
	}
	if c.left() {
		return // part has been, or never will be
	}
	if s.greeted == nil {
		s.greeted = map[*conn]bool{}
	}
	s.greeted[c] = true
}

// part takes a screen that has left off the list.
func (s *shows) part(c *conn) {
	if !c.reader.paged() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.greeted, c)
}

// Roster lists who is connected, in no order.
func (h *Hub) Roster() []Reader {
	conns := h.all()
	list := make([]Reader, len(conns))
	for i, c := range conns {
		list[i] = c.reader
	}
	return list
}

func showFrame(s *Show, now time.Time) []byte {
	b := append(begin(120), `{"type":"show","show":`...)
	if s == nil {
		return text(append(b, `null}`...))
	}
	b = append(b, `{"paused":`...)
	b = strconv.AppendBool(b, s.Paused)
	if s.Task != 0 {
		b = append(b, `,"task":`...)
		b = strconv.AppendInt(b, int64(s.Task), 10)
	}
	for _, field := range [][2]string{{"page", s.Page}, {"period", s.Period}, {"indicator", s.Indicator}} {
		if field[1] != "" {
			b = append(appendString(append(b, ','), field[0]), ':')
			b = appendString(b, field[1])
		}
	}
	b = append(b, `},"seconds":`...)
	b = strconv.AppendInt(b, int64(max(0, s.until.Sub(now)/time.Second)), 10)
	return text(append(b, '}'))
}

var reloadFrame = text(append(begin(20), `{"type":"reload"}`...))
