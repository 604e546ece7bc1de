package store

import (
	"encoding/json"
	"slices"

	"duban/workflow"
	"duban/workflow/jot"
)

// plain writes rows, plain events and texts as encoding/json writes them, byte for
// byte: what quick reads. Every act writes an event, its texts and a row, and the
// reflection in encoding/json was most of what that cost. Verify folds the journal
// and encodes every row with encoding/json, so it holds what is written here against it.
type plain struct{ jot.Writer }

func plainIn(buf []byte) plain { return plain{jot.Writer{B: buf}} }

// appendTexts writes an event's texts, keys sorted.
func appendTexts(b []byte, texts workflow.Texts) []byte {
	var few [16]string
	keys := few[:0]
	for k := range texts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	p := plainIn(b)
	p.Open()
	for _, k := range keys {
		p.Field("")
		p.B = append(jot.AppendText(p.B, k), ':')
		p.B = jot.AppendText(p.B, texts[k])
	}
	p.Close()
	return p.B
}

// encodeAssignment is the row's JSON, in buf's memory if it has room.
func encodeAssignment(buf []byte, a *workflow.Assignment) ([]byte, error) {
	p := plainIn(buf)
	p.assignment(a)
	if p.Bad {
		return json.Marshal(a)
	}
	return p.B, nil
}

// encodeEvent is the event's JSON without its texts; e is one that settled knows.
func encodeEvent(buf []byte, e *workflow.Event) ([]byte, error) {
	p := plainIn(buf)
	p.event(e)
	if p.Bad {
		return json.Marshal(e)
	}
	return p.B, nil
}

// coding is memory for what the committer encodes next, and copies from there.
type coding struct{ core, tail []byte }

// mostCoding is what of it is kept from one batch to the next; an ordinary report
// takes some KB.
const mostCoding = 256 << 10

func (c *coding) trim() {
	if cap(c.core)+cap(c.tail) > mostCoding {
		*c = coding{}
	}
}
