package live

import (
	"runtime"
	"time"
)

// Options are a hub's settings; zero values take the defaults named.
type Options struct {
	// Build is shown in hello.
	Build string
	// Shards is how many goroutines push to screens. Default: one for two processors.
	// With one for each, those that push keep the screens' own requests and the
	// runtime's poller waiting: on two cores two cost 6 % more processor time for
	// 1,000 screens than one, and the median screen heard later.
	Shards int
	// RingEvents and RingBytes bound the ring of recent events: 8192 and 64 MiB
	// of encoded events.
	RingEvents int
	RingBytes  int64
	// FrameEvents and FrameBytes bound one frame: 256 events, and no event is
	// added once it has 256 KiB.
	FrameEvents int
	FrameBytes  int
	// Tick is how long a screen may hear nothing before it gets a tick. Default
	// 5 s, of the contract.
	Tick time.Duration
	// Ping is how often a peer is asked whether it is there (25 s), PongWait how
	// long it may send nothing at all (60 s).
	Ping, PongWait time.Duration
	// SlowAfter is how long a screen's kernel may take nothing while frames wait
	// before it is closed with 4008. Default 5 s.
	SlowAfter time.Duration
	// CloseWait is how long a peer may take to answer a close frame. Default 1 s.
	CloseWait time.Duration
	// JoinWait bounds what the source is asked for one joining screen. Default 10 s.
	JoinWait time.Duration
	// RegionPause is the least time between two renderings of regions; the first
	// after a quiet time is immediate. Default 200 ms.
	RegionPause time.Duration
	// MaxReaders bounds all connections (20,000), MaxPerAddress those of one
	// client address (512); loopback is not counted.
	MaxReaders, MaxPerAddress int
	// Ticker and After are time.NewTicker and time.After, replaceable in tests.
	// The function Ticker returns stops it.
	Ticker func(time.Duration) (<-chan time.Time, func())
	After  func(time.Duration) <-chan time.Time
}

func (o Options) filled() Options {
	def(&o.Shards, max(1, runtime.GOMAXPROCS(0)/2))
	def(&o.RingEvents, 8192)
	def(&o.RingBytes, 64<<20)
	def(&o.FrameEvents, 256)
	def(&o.FrameBytes, 256<<10)
	def(&o.Tick, 5*time.Second)
	def(&o.Ping, 25*time.Second)
	def(&o.PongWait, 60*time.Second)
	def(&o.SlowAfter, 5*time.Second)
	def(&o.CloseWait, time.Second)
	def(&o.JoinWait, 10*time.Second)
	def(&o.RegionPause, 200*time.Millisecond)
	def(&o.MaxReaders, 20000)
	def(&o.MaxPerAddress, 512)
	if o.Ticker == nil {
		o.Ticker = func(d time.Duration) (<-chan time.Time, func()) {
			t := time.NewTicker(d)
			return t.C, t.Stop
		}
	}
	if o.After == nil {
		o.After = time.After
	}
	return o
}

func def[T int | int64 | time.Duration](v *T, to T) {
	if *v <= 0 {
		*v = to
	}
}
