// Package jot writes JSON as encoding/json writes our structs, byte for byte, without
// reflection: for what is written with every act and answered to every call. Who uses
// it holds what is written against encoding/json in a test, field by field.
//
// Not here: which fields there are, and reading.
package jot

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

// Writer appends to B. The zero Writer is ready; B may be memory to write into.
//
// A field's name is given as it stands in JSON, with quotes and colon: `"id":`.
// The methods whose names begin with Some leave an empty value out, as omitempty.
type Writer struct {
	B   []byte
	Bad bool // a value had no JSON form: let encoding/json say why

	comma bool // a field has been written in the object at hand
}

// Field begins a field; its value is to follow.
func (w *Writer) Field(name string) {
	if w.comma {
		w.B = append(w.B, ',')
	}
	w.comma = true
	w.B = append(w.B, name...)
}

// Open begins an object.
func (w *Writer) Open() {
	w.B = append(w.B, '{')
	w.comma = false
}

// Close ends it.
func (w *Writer) Close() {
	w.B = append(w.B, '}')
	w.comma = true
}

// Text writes a string.
func (w *Writer) Text(name, s string) {
	w.Field(name)
	w.B = AppendText(w.B, s)
}

// SomeText writes a string unless it is empty.
func (w *Writer) SomeText(name, s string) {
	if s != "" {
		w.Text(name, s)
	}
}

// Int writes a whole number.
func (w *Writer) Int(name string, n int) {
	w.Field(name)
	w.B = strconv.AppendInt(w.B, int64(n), 10)
}

// SomeInt writes a whole number unless it is 0.
func (w *Writer) SomeInt(name string, n int) {
	if n != 0 {
		w.Int(name, n)
	}
}

// Seq writes a position.
func (w *Writer) Seq(name string, n uint64) {
	w.Field(name)
	w.B = strconv.AppendUint(w.B, n, 10)
}

// Bool writes true or false.
func (w *Writer) Bool(name string, set bool) {
	w.Field(name)
	w.B = strconv.AppendBool(w.B, set)
}

// SomeBool writes true, or nothing.
func (w *Writer) SomeBool(name string, set bool) {
	if set {
		w.Bool(name, set)
	}
}

// Time writes an instant.
func (w *Writer) Time(name string, t time.Time) {
	w.Field(name)
	w.B = append(w.B, '"')
	b, err := t.AppendText(w.B)
	if err != nil {
		w.Bad = true
		return
	}
	w.B = append(b, '"')
}

// TimeOrNull writes an instant, null for nil.
func (w *Writer) TimeOrNull(name string, t *time.Time) {
	if t == nil {
		w.Null(name)
	} else {
		w.Time(name, *t)
	}
}

// SomeTime writes an instant unless it is nil.
func (w *Writer) SomeTime(name string, t *time.Time) {
	if t != nil {
		w.Time(name, *t)
	}
}

// Null writes null.
func (w *Writer) Null(name string) {
	w.Field(name)
	w.B = append(w.B, "null"...)
}

// Other leaves a value that is not worth code of its own to encoding/json.
func (w *Writer) Other(name string, v any) {
	w.Field(name)
	b, err := json.Marshal(v)
	if err != nil {
		w.Bad = true
	}
	w.B = append(w.B, b...)
}

// Array writes an array, null for nil; item writes one of it.
func Array[T any](w *Writer, name string, all []T, item func(*T)) {
	if all == nil {
		w.Null(name)
		return
	}
	w.Field(name)
	w.B = append(w.B, '[')
	for i := range all {
		if i > 0 {
			w.B = append(w.B, ',')
		}
		item(&all[i])
	}
	w.B = append(w.B, ']')
	w.comma = true
}

// SomeArray writes an array unless it is empty.
func SomeArray[T any](w *Writer, name string, all []T, item func(*T)) {
	if len(all) > 0 {
		Array(w, name, all, item)
	}
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

// AppendText writes a string; the few with an escape in them are left to
// encoding/json.
func AppendText(b []byte, s string) []byte {
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
