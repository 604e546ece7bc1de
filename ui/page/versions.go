package page

// Versions is what changed between two filed versions of a report.
type Versions struct {
	Frame
	Crumbs []Link
	Action string   // where the choice of two versions goes
	Choose []Select // from, to
	From   Version
	To     Version
	Parts  []DiffPart // what changed, in the report's order
	Same   []string   // headings of what did not
}

// DiffPart is one heading of a report that changed: a text in pieces, or lines
// each with what stood there and what stands there now.
type DiffPart struct {
	Title  string
	Pieces []Piece
	Rows   []DiffRow
}

// Piece is a run of text that both versions have, or one of them only.
type Piece struct {
	Kind string // same, del, ins
	Text string
}

// DiffRow is one line of a table in both versions; empty where it was not.
type DiffRow struct{ Title, Old, New string }
