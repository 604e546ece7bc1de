package session

import (
	"math"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/workflow"
)

// pace bounds how many requests an account may send, by all its logins and tokens
// together: a minute's worth at once, and as many again each minute. What one account
// sends slows nobody else. Screens and who is not logged in are not counted here:
// connections are (ui/serve).
type pace struct {
	rate float64 // a minute; 0: none is counted

	mu      sync.Mutex
	buckets map[string]*bucket
}

// bucket is what an account has left.
type bucket struct {
	left float64
	at   time.Time
}

// maxBuckets is where those that are full again are dropped: they are as good as
// none. Only accounts have buckets, so there are never more than accounts.
const maxBuckets = 1024

// take counts one request, or says after how many seconds there is room for it.
func (p *pace) take(account string, now time.Time) (wait int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.buckets[account]
	if b == nil {
		if len(p.buckets) >= maxBuckets {
			p.sweep(now)
		}
		b = &bucket{p.rate, now}
		p.buckets[account] = b
	}
	p.fill(b, now)
	if b.left < 1 {
		return int(math.Ceil((1 - b.left) * 60 / p.rate))
	}
	b.left--
	return 0
}

// fill adds what has come since; a clock that goes back adds nothing.
func (p *pace) fill(b *bucket, now time.Time) {
	b.left = min(p.rate, b.left+max(0, now.Sub(b.at).Minutes())*p.rate)
	b.at = now
}

func (p *pace) sweep(now time.Time) {
	for account, b := range p.buckets {
		if p.fill(b, now); b.left >= p.rate {
			delete(p.buckets, account)
		}
	}
}

// Pace is the middleware that refuses an account that sends more than
// Options.Rate, after Identify: TooMany (request.too_many) with retry_after.
func (m *Manager) Pace(c *fiber.Ctx) error {
	who := From(c)
	if m.pace.rate <= 0 || who.Kind != BySession && who.Kind != ByToken {
		return c.Next()
	}
	if wait := m.pace.take(who.Actor.User, m.clock()); wait > 0 {
		return workflow.Fault(workflow.TooMany, "request.too_many", "retry_after", wait)
	}
	return c.Next()
}
