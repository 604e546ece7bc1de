package office

import "duban/ui/web"

// DefaultMemory is the budget of the caches, in bytes, where none is given.
const DefaultMemory = 224 << 20

// LeastMemory is the smallest budget that makes sense: a large answer fits its share.
const LeastMemory = 14 << 20

// shares are how the caches' one budget is divided, in fourteenths. They are all there is that
// grows with use and may be forgotten: the read model is the record itself.
//
//   - journal: decoded events (two thirds) and the rows that acts change
//   - answers: what was answered to lists, pages and programs
//   - events: events as JSON
//   - ring: encoded events for screens that come back
//   - past: states of the read model that somebody looked back at
var shares = struct{ journal, answers, events, ring, past int }{3, 2, 1, 4, 4}

// memory is the budget in shares.
type memory struct {
	journal int
	web     web.Memory
	ring    int64
}

// divided is the budget in shares. Without one the states of the past have what the read model
// gives them, so that a large store is looked back at as quickly as a small one.
func divided(budget int) memory {
	given := budget != 0
	if !given {
		budget = DefaultMemory
	}
	part := func(n int) int { return budget / 14 * n }
	m := memory{journal: part(shares.journal), ring: int64(part(shares.ring)), web: web.Memory{Answers: part(shares.answers), Events: part(shares.events)}}
	if given {
		m.web.Past = part(shares.past)
	}
	return m
}

// Remembered is about how many bytes all caches take together; the rows that acts change are
// counted at their bound.
func (a *Office) Remembered() int {
	events, _ := a.Store.Cached()
	return events + divided(a.c.Memory).journal/3 + a.web.Remembered() + int(a.hub.Stats().RingBytes)
}
