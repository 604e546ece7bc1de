package live

import (
	"context"
	"time"

	"duban/workflow"
)

// Close codes of the contract, besides those of RFC 6455.
const (
	CloseLogin   = 4001 // log in again
	CloseRevoked = 4003 // the screen or token was revoked
	CloseSlow    = 4008 // too slow or silent: reconnect and resume
	CloseRestart = 1012 // the server restarts
)

const (
	closeStopping = 1001
	closeTalk     = 1008
	closeFault    = 1011
)

// Update is one committed event. Positions have no gaps.
//
// Frame and Counts are called by the hub's own goroutines, once per class, and
// must be quick: they encode what is in memory. What they return is kept and
// sent as it is and must be one JSON value each. A panic in one of them closes
// the connections that needed it and nothing else.
type Update struct {
	Seq uint64
	// Frame is the event as the class of readers may see it, with its seq; nil
	// when it may not. Such an event moves the class's cursors silently.
	Frame func(class string) []byte
	// Counts is the board's counts after the event, for a frame whose last event
	// this is. A nil function or value leaves them out.
	Counts func(class string) []byte
}

// Source answers what the ring cannot. Its calls may block; they are made for
// joining screens and for regions, never while pushing events.
type Source interface {
	// Head is the position of the newest durable event.
	Head() uint64
	// Epoch names the journal; positions of another epoch mean nothing here.
	Epoch() string
	// History is up to limit updates after the position; false when that is too
	// far back, and the reader gets a snapshot.
	History(ctx context.Context, after uint64, limit int) ([]Update, bool, error)
	// Snapshot is the board for the class as JSON, and its position.
	Snapshot(ctx context.Context, class string) (seq uint64, board []byte, err error)
	// Regions is a JSON object, region id to HTML, of what changed in the view
	// after the position since (0: everything), and the position it stands at.
	// nil when nothing changed. Calls for all views come one at a time.
	Regions(ctx context.Context, view string, since uint64) (seq uint64, regions []byte, err error)
	// PagesSince is the position before which pages were made for another plan: their readers
	// are told to load them again. 0: none were.
	PagesSince() uint64
	// Now is the plan clock: it is shown, and Reader.Expires is held against it.
	Now() time.Time
}

// Reader is who is connected and what they may be told. The hub never looks at
// Actor; it is there for Recheck.
type Reader struct {
	// Class names a set of readers who see exactly the same of every event. The
	// hub encodes once per class, so there must be few.
	Class string
	// View, when set, asks for rendered regions of that view instead of events.
	// All readers of a view get the same HTML: rights, language and theme that
	// matter must be part of its name. The caller lets only known names pass.
	View string
	// Actor is whose rights these are.
	Actor workflow.Actor
	// Key is the session, token or screen, for Revoke.
	Key string
	// Address is the client's address for Options.MaxPerAddress; empty or a
	// loopback address is not limited.
	Address string
	// Cookie says the browser itself sent the credential, so the Origin header
	// must be there and name this host. Others may have none.
	Cookie bool
	// Wall says that a wall screen reads: it is told what a meeting shows.
	Wall bool
	// Build is what the client says its page is of, Since when it came (plan clock):
	// for the Roster alone.
	Build string
	Since time.Time
	// Expires ends the connection with 4001; zero never.
	Expires time.Time
}
