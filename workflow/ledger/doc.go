// Package ledger is the read model: what pages, the board, lists and exports show.
//
// A Book keeps the folded rows of the journal in memory. It is built from one
// consistent Journal.Read and then follows the journal with workflow.Fold, so that
// there is one fold in the program. One goroutine (Run) writes; every reader works
// on an immutable snapshot and waits for nobody:
//
//	snapshot ─ seq, plan, periods, series by indicator, what leads have open
//	         └ shelves, by period ─ chunks of at most 256 rows, by assignment id
//
// A changed row copies its chunk and the two lists above it, never the whole.
//
// Lights, pace and counts are derived from (row, figures, rules, now) when they are
// asked for and never stored. Every light names its cause by code and arguments
// (Causes lists them all); the words stand in ui/text. Nothing here is a sentence
// in a language, and nothing here asks for the time.
//
// Not here: rights to texts (workflow.Rules), scores (workflow/assess), HTTP and
// charts (ui).
package ledger
