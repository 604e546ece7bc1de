package store

import (
	"duban/store/bolt"
	"duban/store/journal"
	"duban/store/kv"
)

// A version of the schema is what a program must know to read and write a store without
// losing anything of it. An older program refuses a store of a newer version, so whatever
// an older one would drop in silence raises the version: a table, a kind of event, a
// field of an event or of a row. testdata/readers.txt lists them with the version that
// brought them, and a test holds the list against the code
// (docs/adr/0025-the-schema-says-what-a-reader-must-know.md).
type version struct {
	makes []kv.Space // tables that it brought
	// step brings a store of the version before to this one, in one transaction with all
	// the others, after a copy of the file is safe; nil: nothing moves.
	step func(o Options, tx kv.Tx) error
	// asIs: a store of the version before can be read as it stands, since the step moves
	// nothing.
	asIs bool
}

// versions are the steps from an empty file to the present schema; version N is the state
// after N of them. The list is only ever appended to, and each step that moves something
// gets a file in testdata made by the version before it.
var versions = []version{
	{makes: firstTables, step: func(o Options, tx kv.Tx) error { return journal.Begin(tx, o.Random, o.Now()) }},
	// Delegations, sealed keys of second factors, single sign-on, proofs, screens' settings,
	// sign-off, circulars and their template, refused files: programs of version 1 that did
	// not know them wrote the rows anew without them.
	{asIs: true},
}

// firstTables are those of version 1.
var firstTables = []kv.Space{kv.Meta, kv.Events, kv.Trail, kv.Assignments, kv.Periods, kv.Series, kv.Plan, kv.Files, kv.Keys, kv.Drafts,
	kv.Accounts, kv.Sessions, kv.Tokens, kv.Screens, kv.Sources, kv.Trash, kv.Assessments}

// steps are the versions as the file wants them.
func steps(o Options) (all []bolt.Step) {
	for _, v := range versions {
		step := bolt.Step{Makes: v.makes, AsIs: v.asIs}
		if v.step != nil {
			step.Run = func(tx kv.Tx) error { return v.step(o, tx) }
		}
		all = append(all, step)
	}
	return all
}
