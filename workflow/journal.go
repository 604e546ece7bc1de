package workflow

import (
	"context"
	"iter"
	"time"
)

// Journal is where events are kept and rows are folded; the seam for an engine.
// store/journal is the one engine, over a file or over memory; store/storetest is the
// suite that both pass.
//
// Everything told by a Journal is durable. Positions (Seq) start at 1 and have
// no gaps.
type Journal interface {
	// Change runs decide on a consistent view and, in the same transaction,
	// writes the events it answers, the rows they fold into and the idempotency
	// key. decide must be pure: it may run again, and runs side by side with
	// nothing. An error from decide changes nothing and is returned as it is.
	// No events is not an error: no event is written, and no key.
	Change(ctx context.Context, c Change) (Receipt, error)

	// Read calls fn with one consistent view and the position it stands at. fn
	// must not wait for anything: an open read holds pages back.
	Read(ctx context.Context, fn func(v ReadView) error) error

	// Events lists up to limit events after the position, with texts.
	Events(ctx context.Context, after uint64, limit int) ([]Event, error)

	// EventsAt gives the events at the positions, in the order asked for, with texts. A
	// position where there is none is NotFound event.unknown.
	EventsAt(ctx context.Context, seqs ...uint64) ([]Event, error)

	// Redactions is raised with every redaction, before its receipt: what was made of
	// texts that were read while it stood otherwise may say what is gone. A number of
	// this process alone.
	Redactions() uint64

	// Trail lists the events of one assignment in order, with texts.
	Trail(ctx context.Context, assignment string) ([]Event, error)

	// Follow yields every event after the position, waiting for new ones, until
	// ctx ends (then it yields ctx's error and stops).
	Follow(ctx context.Context, after uint64) iter.Seq2[Event, error]

	// Head is the position and hash of the newest durable event.
	Head() (uint64, Hash)

	// Epoch names this journal for ever; positions of one epoch mean nothing in
	// another. A restored backup is a new epoch.
	Epoch() string

	// Draft is a department's unfinished report: private, replaced as it is typed, not
	// an event. A missing draft is the zero Draft. Change.Drafts writes them.
	Draft(ctx context.Context, assignment string) (Draft, error)
}

// ReadView is a View that also lists whole buckets, for building read models.
type ReadView interface {
	View
	// Position is the event the rows stand at.
	Position() uint64
	AllAssignments() iter.Seq2[Assignment, error]
	AllSeries() iter.Seq2[Series, error]
	// Event is the event at the position, NotFound event.unknown when there is none.
	// Unlike Journal.Events it keeps nothing for the next who asks: it is for who reads
	// many events once.
	Event(seq uint64) (Event, error)
	// LastOf is the newest event of the assignment up to the position that is of one of
	// the kinds; false when there is none.
	LastOf(assignment string, upto uint64, kinds ...Kind) (Event, bool, error)
}

// Change is one request to the journal.
type Change struct {
	// Key makes a repeat harmless: the same Key with the same Digest returns the
	// first Receipt with Repeated set; with another Digest it is refused with
	// idempotency.reused. Empty: no such promise. The caller scopes it to the actor.
	Key    string
	Digest [32]byte
	// Subject is the assignment whose row the Receipt carries, if any.
	Subject string
	// Received is when the request arrived; decide gets it as now, or the highest
	// time the journal has seen when the machine's clock has gone back since.
	Received time.Time
	Actor    Actor
	// Source is the file a plan_loaded event speaks of. It is kept in the same
	// transaction under its SHA-256; see Sources. Empty otherwise.
	Source []byte
	// Decide answers the events; nil only where Drafts is not.
	Decide func(v View, now time.Time) ([]Event, error)
	// Drafts answers the unfinished reports that are kept in the same transaction, on the
	// view that Decide had and after it; nil: none changes. They are written whether or
	// not there are events. An error from it changes nothing, as one from Decide.
	Drafts func(v View, now time.Time) ([]Draft, error)
}

// Sources gives back the plan files that Changes brought.
type Sources interface {
	// PlanSource finds a file by the hex SHA-256 of its bytes (plan.Plan.Digest).
	PlanSource(ctx context.Context, digest string) ([]byte, bool, error)
	// PlanVersions are the versions that were put in force, in the order of their events.
	PlanVersions(ctx context.Context) ([]PlanVersion, error)
}

// Chain gives back events as they lie in the journal, for whoever wants to work their
// hashes out anew.
type Chain interface {
	// Links lists up to limit events after the position. Nothing about them was checked.
	Links(ctx context.Context, after uint64, limit int) ([]Link, error)
}

// Link is a stored event: Hash should be ChainHash(Prev, Stored).
type Link struct {
	Seq    uint64
	Prev   Hash   // of the event before, as it is stored
	Stored []byte // the JSON under the hash; free texts are not in it
	Hash   Hash
}

// Receipt says what a Change wrote.
type Receipt struct {
	Events     []Event    // as written; nil for a repeat
	Seq        uint64     // position of the last one
	Assignment Assignment // Subject after the last one (for a repeat: as it was then)
	At         time.Time  // decide's now
	Repeated   bool
}
