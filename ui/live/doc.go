// Package live pushes the journal to open screens over websockets.
//
// A Hub is fed one committed event at a time (Push) and answers for the rest
// from its Source; it knows neither the store nor the pages. Every screen has a
// cursor, the position up to which it has been told everything it may see. Live
// push and catch-up are the same code: take what follows the cursor from a ring
// of recent events and send it as one frame. Only who is behind the ring asks
// the Source.
//
// # Frames
//
// Text frames, one JSON object each. In every frame seq means: up to here you
// have been told everything. So hello carries the position the stream starts
// from, the resume point or the snapshot's position, and a client that keeps the
// seq of the last frame it read can resume from it whatever that frame was.
//
//	{"type":"hello","seq":N,"epoch":"E","now":"…","build":"…"}       always first
//	{"type":"snapshot","seq":N,"board":{…}}                          when there is nothing to resume from
//	{"type":"events","events":[{"seq":N,…},…],"counts":{…}}          what the reader may see, in order, once
//	{"type":"regions","seq":N,"now":"…","regions":{"id":"html",…}}   instead of the two above, for a Reader with a View
//	{"type":"show","show":{…},"seconds":N}                           to a Wall: what a meeting shows, null for no more
//	{"type":"reload"}                                                to a Wall: its settings changed
//	{"type":"tick","now":"…","seq":N}                                when nothing was sent for Options.Tick
//
// Close codes: 4001 log in again, 4003 revoked, 4008 too slow or no answer
// (reconnect and resume), 1001 stopping, 1012 restart, 1008 too much talk from
// the client, 1011 a fault of ours, for that connection only.
//
// # The write side
//
// Each screen has one owner of its outgoing bytes: conn.put under conn.mu. All
// bytes pass there as whole frames, also those gorilla makes by itself (the 101
// answer, protocol errors, the close for a message over the limit): gorilla gets
// a net.Conn whose Write hands over to the same place. put tries one
// non-blocking write; what the kernel does not take waits in the screen's queue
// and is written by a goroutine that lives as long as the queue is not empty.
// While the queue holds anything nothing is written past it, so a frame is never
// torn by another and order cannot break. After a close frame nothing follows.
//
// A shard is one goroutine that makes the frames for its screens and never
// waits for one: a screen with a queue is passed over, its cursor stays, and its
// next frame carries all it missed. The queue therefore holds at most one data
// frame. A screen whose kernel takes nothing for Options.SlowAfter, or that
// falls behind the ring, is closed with 4008.
//
// The socket is read by one goroutine, which alone closes it.
package live
