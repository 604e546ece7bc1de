// Package serve is the ground the pages and the API stand on: a Fiber app with
// every setting that matters chosen (New), a listener that survives running out
// of file descriptors and keeps connections within bounds (Listen), the client's
// address behind proxies (Proxies), and an end within a given time (Stop).
//
// Three layers refuse a bad request. fasthttp (v1.77.0 or later) answers 400 to
// what it cannot parse: two Content-Lengths, two Hosts, malformed lines. The
// guard before Fiber refuses what fasthttp still lets pass and another server on
// the way might read differently: Content-Length beside Transfer-Encoding, bare
// CR or LF, folded lines, a missing Host, a target that names another host; and
// bodies over the limit. Fiber's router does the rest. Whoever refuses, the
// answer is made by the one ErrorHandler, and the connection is closed.
//
// Bodies are streamed, so that nothing is allocated for what a header declares.
// Before a handler runs the guard reads the body whole, up to BodyLimit, into
// bytes of its own: Ctx.Body may be kept. Only the routes Config.Upload names
// read their body themselves, with Upload, after they have checked who asks.
//
// Here is no route, no text and no session.
package serve
