package main

import "time"

// pace is how a rehearsal's plan clock runs. The zero pace is a server's own.
type pace struct {
	demo  bool             // sample data
	speed float64          // plan seconds in a real one; 0: 1
	fast  func() time.Time // the plan clock; nil: the one of --now
}

// time is the plan clock.
func (p place) time() func() time.Time {
	if p.fast != nil {
		return p.fast
	}
	return p.now.clock()
}

// people is the clock of what lasts for people's sake, such as a login: the plan's,
// but the machine's where the plan's runs fast.
func (p place) people(plan func() time.Time) func() time.Time {
	if p.demo {
		return wall
	}
	return plan
}

// rehearses reports whether the plan clock does not show real time.
func (p place) rehearses() bool { return p.demo || !p.now.IsZero() }

// tick is how often the clock looks.
func (p pace) tick() time.Duration {
	if p.demo {
		return 250 * time.Millisecond
	}
	return tick
}

// quiet is how often a screen that has nothing to hear is told the time; 0: as the
// contract has it.
func (p pace) quiet() time.Duration {
	if p.demo {
		return time.Second
	}
	return 0
}
