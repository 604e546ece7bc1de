package store

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"duban/workflow"
)

// plain writes rows, plain events and texts as encoding/json writes them, byte for
// byte: what quick reads. Every act writes an event, its texts and a row, and the
// reflection in encoding/json is most of what that costs. Verify folds the journal
// and encodes every row with encoding/json, so it holds what is written here against it.
type plain struct {
	b     []byte
	bad   bool // a time without a JSON form: encoding/json says what is wrong
	comma bool // a field has been written in the object at hand
}

func (p *plain) field(name string) {
	if p.comma {
		p.b = append(p.b, ',')
	}
	p.comma = true
	p.b = append(p.b, name...)
}

func (p *plain) open() {
	p.b = append(p.b, '{')
	p.comma = false
}

func (p *plain) close() {
	p.b = append(p.b, '}')
	p.comma = true
}

func (p *plain) text(name, s string) {
	p.field(name)
	p.b = appendText(p.b, s)
}

// the fields that are left out when they are empty

func (p *plain) someText(name, s string) {
	if s != "" {
		p.text(name, s)
	}
}

func (p *plain) someInt(name string, n int) {
	if n != 0 {
		p.int(name, n)
	}
}

func (p *plain) yes(name string, set bool) {
	if set {
		p.field(name)
		p.b = append(p.b, "true"...)
	}
}

func (p *plain) instant(name string, t *time.Time) {
	if t != nil {
		p.time(name, *t)
	}
}

func (p *plain) int(name string, n int) {
	p.field(name)
	p.b = strconv.AppendInt(p.b, int64(n), 10)
}

func (p *plain) number(name string, n uint64) {
	p.field(name)
	p.b = strconv.AppendUint(p.b, n, 10)
}

func (p *plain) time(name string, t time.Time) {
	p.field(name)
	p.b = append(p.b, '"')
	b, err := t.AppendText(p.b)
	if err != nil {
		p.bad = true
		return
	}
	p.b = append(b, '"')
}

// plainList writes a list that is left out when it is empty.
func plainList[T any](p *plain, name string, all []T, item func(*T)) {
	if len(all) == 0 {
		return
	}
	p.field(name)
	p.b = append(p.b, '[')
	for i := range all {
		if i > 0 {
			p.b = append(p.b, ',')
		}
		item(&all[i])
	}
	p.b = append(p.b, ']')
	p.comma = true
}

// escapes are the bytes that encoding/json does not write as they are.
var escapes = func() (all [256]bool) {
	for c := range 0x20 {
		all[c] = true
	}
	for _, c := range `"\<>&` {
		all[c] = true
	}
	return all
}()

// appendText writes a string; the few with an escape in them are left to
// encoding/json.
func appendText(b []byte, s string) []byte {
	ascii := true
	for i := range len(s) {
		c := s[i]
		if escapes[c] || c == 0xe2 && i+2 < len(s) && s[i+1] == 0x80 && s[i+2]&^1 == 0xa8 { // U+2028, U+2029
			return appendEscaped(b, s)
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	if !ascii && !utf8.ValidString(s) {
		return appendEscaped(b, s)
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func appendEscaped(b []byte, s string) []byte {
	text, _ := json.Marshal(s) // a string always has a JSON form
	return append(b, text...)
}

// appendTexts writes an event's texts, keys sorted.
func appendTexts(b []byte, texts workflow.Texts) []byte {
	var few [16]string
	keys := few[:0]
	for k := range texts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	p := plain{b: b}
	p.open()
	for _, k := range keys {
		p.field("")
		p.b = append(appendText(p.b, k), ':')
		p.b = appendText(p.b, texts[k])
	}
	p.close()
	return p.b
}

// encodeAssignment is the row's JSON, in buf's memory if it has room.
func encodeAssignment(buf []byte, a *workflow.Assignment) ([]byte, error) {
	p := plain{b: buf}
	p.assignment(a)
	if p.bad || len(a.Extensions) > 0 {
		return json.Marshal(a)
	}
	return p.b, nil
}

// encodeEvent is the event's JSON without its texts; e is one that settled knows.
func encodeEvent(buf []byte, e *workflow.Event) ([]byte, error) {
	p := plain{b: buf}
	p.event(e)
	if p.bad {
		return json.Marshal(e)
	}
	return p.b, nil
}
