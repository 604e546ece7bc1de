// Package demo is the cast of a rehearsal: sample departments and a sample office
// that act on a server through its HTTP interface, as people would.
//
// Nothing here knows the server's insides: a Cast has an address, an API token for
// each unit and the plan's clock. What a unit does with an assignment, and when,
// is its course (course.go), drawn from the seed and the assignment's id alone, so
// that the same seed plays the same piece. What they say is sample.yaml, marked as
// a sample.
package demo
