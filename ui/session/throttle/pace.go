package throttle

import (
	"math"
	"sync"
	"time"
)

// Pace bounds how many requests an account may send, by all its logins and tokens
// together: a minute's worth at once, and as many again each minute. What one account
// sends slows nobody else. Screens and who is not logged in are not counted here:
// connections are (ui/serve).
type Pace struct {
	rate float64 // a minute; 0: none is counted

	mu      sync.Mutex
	buckets map[string]*bucket
}

// bucket is what an account has left.
type bucket struct {
	left float64
	at   time.Time
}

// NewPace lets every account send rate requests a minute; 0: none is counted.
func NewPace(rate int) *Pace { return &Pace{rate: float64(rate), buckets: map[string]*bucket{}} }

// maxBuckets is where those that are full again are dropped: they are as good as
// none. Only accounts have buckets, so there are never more than accounts.
const maxBuckets = 1024

// Take counts one request, or says after how many seconds there is room for it.
func (p *Pace) Take(account string, now time.Time) (wait int) {
	if p.rate <= 0 {
		return 0
	}
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
func (p *Pace) fill(b *bucket, now time.Time) {
	b.left = min(p.rate, b.left+max(0, now.Sub(b.at).Minutes())*p.rate)
	b.at = now
}

func (p *Pace) sweep(now time.Time) {
	for account, b := range p.buckets {
		if p.fill(b, now); b.left >= p.rate {
			delete(p.buckets, account)
		}
	}
}
