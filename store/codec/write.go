package codec

import (
	"encoding/json"
	"slices"

	"duban/workflow"
	"duban/workflow/jot"
)

// writer writes rows, events of plain fields and texts as encoding/json writes them, byte
// for byte: it is reader's counterpart. Every act writes an event, its texts and a row, and the
// reflection in encoding/json was most of what that cost. Verify folds the journal
// and encodes every row with encoding/json, so it holds what is written here against it.
type writer struct{ jot.Writer }

func writerIn(buf []byte) writer { return writer{jot.Writer{B: buf}} }

// appendTexts writes an event's texts, keys sorted.
func appendTexts(b []byte, texts workflow.Texts) []byte {
	var few [16]string
	keys := few[:0]
	for k := range texts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	p := writerIn(b)
	p.Open()
	for _, k := range keys {
		p.Field("")
		p.B = append(jot.AppendText(p.B, k), ':')
		p.B = jot.AppendText(p.B, texts[k])
	}
	p.Close()
	return p.B
}

// Assignment is the row's JSON, in the memory of buf if it has room.
func Assignment(buf []byte, a *workflow.Assignment) ([]byte, error) {
	p := writerIn(buf)
	p.assignment(a)
	if p.Bad {
		return json.Marshal(a)
	}
	return p.B, nil
}

// encodeEvent is the event's JSON without its texts; e is one that normal has made.
func encodeEvent(buf []byte, e *workflow.Event) ([]byte, error) {
	p := writerIn(buf)
	p.event(e)
	if p.Bad {
		return json.Marshal(e)
	}
	return p.B, nil
}

// EncodeEvent is the event's JSON without its texts, in the memory of buf if it has room,
// and the event as decoding that JSON gives it: times and lists may come back otherwise
// than they went in.
func EncodeEvent(buf []byte, e workflow.Event) (core []byte, stored workflow.Event, err error) {
	stored, known := normal(e)
	if known {
		core, err = encodeEvent(buf, &stored)
		return core, stored, err
	}
	if core, err = json.Marshal(e); err != nil {
		return nil, e, err
	}
	stored, err = Record{Core: core}.Bare(nil)
	return core, stored, err
}
