// Package workflow is the domain: what an assignment is, who may do what to it,
// and what each act records.
//
// One word for each idea (docs/glossary.md). An Assignment is the work of one
// department on one task in one period. A Command asks for a change; Decide
// answers with the Events that record it or an Error that says why not and what
// to do next; Apply folds an Event into the Assignment. Desk is the door: it
// reads what a decision needs, checks rights, and hands Decide to the Journal,
// which writes the events and the folded rows in one transaction.
//
// Decide is pure and may run again. Apply and Fold are pure and total: past
// events are facts, so replay never asks the state machine. Free text never
// enters a folded row: it lives beside its event (Event.Texts) and can be
// redacted there without touching the hash chain or the fold.
//
// Not here: storage (store), HTTP and pages (ui), lights and read models
// (workflow/ledger), the plan file (workflow/plan), days (workflow/calendar).
package workflow
