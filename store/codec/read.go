package codec

import (
	"bytes"
	"encoding/json"
	"math"
	"time"
	"unicode/utf8"

	"duban/workflow"
)

// reader reads JSON that stands as encoding/json writes our structs: fields in
// their order, no spaces, no escapes, nothing twice, empty ones left out. On
// anything else it only says so, and the caller asks encoding/json, which has the
// last word; an answer from here is the same as its. Loading the rows and verifying the
// journal spend most of their time on decoding, and this takes a fifth of it.
type reader struct {
	b     []byte // what is left
	comma bool   // a field has been read in the object at hand
	bad   bool   // not as expected: the result is worth nothing
	// names shares texts that many rows have in common; nil: each has its own.
	names map[string]string
}

// mostNames bounds the memory that sharing needs.
const mostNames = 4096

// field takes the name of the next field, quoted and with its colon, if it is next.
func (q *reader) field(name string) bool {
	b := q.b
	if q.comma {
		if len(b) == 0 || b[0] != ',' {
			return false
		}
		b = b[1:]
	}
	if len(b) < len(name) || string(b[:len(name)]) != name {
		return false
	}
	q.b, q.comma = b[len(name):], true
	return true
}

// must takes a field that is always written.
func (q *reader) must(name string) {
	if !q.field(name) {
		q.bad = true
	}
}

func (q *reader) take(c byte) bool {
	if len(q.b) == 0 || q.b[0] != c {
		return false
	}
	q.b = q.b[1:]
	return true
}

func (q *reader) need(c byte) {
	if !q.take(c) {
		q.bad = true
	}
}

// object reads one object's fields.
func (q *reader) object(fields func()) {
	q.need('{')
	q.comma = false
	fields()
	q.need('}')
	q.comma = true
}

// list reads an array, item by item; an empty or null one is never written.
func (q *reader) list(item func()) {
	q.need('[')
	for !q.bad {
		item()
		if !q.take(',') {
			break
		}
	}
	q.need(']')
}

// whole reports whether all was read as expected.
func (q *reader) whole() bool { return !q.bad && len(q.b) == 0 }

// quoted is the text between quotes, sharing memory.
func (q *reader) quoted() []byte {
	if !q.take('"') {
		q.bad = true
		return nil
	}
	ascii := true
	for i, c := range q.b {
		switch {
		case c == '"':
			s := q.b[:i]
			q.b = q.b[i+1:]
			if !ascii && !utf8.Valid(s) {
				q.bad = true
			}
			return s
		case c == '\\' || c < ' ':
			q.bad = true
			return nil
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	q.bad = true
	return nil
}

func (q *reader) text() string { return string(q.quoted()) }

// name is a text that many rows have in common.
func (q *reader) name() string {
	b := q.quoted()
	if q.names == nil {
		return string(b)
	}
	if s, ok := q.names[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(q.names) < mostNames {
		q.names[s] = s
	}
	return s
}

// number is a whole number that is not negative; others are rare.
func (q *reader) number() uint64 {
	var n uint64
	i := 0
	for ; i < len(q.b) && i < 18 && q.b[i] >= '0' && q.b[i] <= '9'; i++ {
		n = n*10 + uint64(q.b[i]-'0')
	}
	if i == 0 || i > 1 && q.b[0] == '0' || i < len(q.b) && q.b[i] != ',' && q.b[i] != '}' && q.b[i] != ']' {
		q.bad = true
	}
	q.b = q.b[i:]
	return n
}

func (q *reader) int() int {
	n := q.number()
	if n > math.MaxInt32 { // as far as an int goes everywhere
		q.bad = true
	}
	return int(n) // #nosec G115 -- at most MaxInt32, or bad
}

// yes is a boolean that is only written when it is true.
func (q *reader) yes() bool {
	const word = "true"
	if len(q.b) < len(word) || string(q.b[:len(word)]) != word {
		q.bad = true
		return false
	}
	q.b = q.b[len(word):]
	return true
}

func (q *reader) time() (t time.Time) {
	if t.UnmarshalText(q.quoted()) != nil {
		q.bad = true
	}
	return t
}

func (q *reader) instant() *time.Time {
	t := q.time()
	return &t
}

// other gives a value that is not worth code of its own to encoding/json.
func (q *reader) other(to any) {
	n := extent(q.b)
	if n == 0 || json.Unmarshal(q.b[:n], to) != nil {
		q.bad = true
		return
	}
	q.b = q.b[n:]
}

// extent is the length of the object or array at the beginning, 0 when there is none.
func extent(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"':
			end := bytes.IndexAny(b[i+1:], `"\`)
			if end < 0 || b[i+1+end] == '\\' {
				return 0
			}
			i += 1 + end
		}
		if depth == 0 {
			return 0
		}
	}
	return 0
}

// unmarshal is json.Unmarshal, quicker where it can be.
func unmarshal(b []byte, to any, names map[string]string) error {
	q := reader{b: b, names: names}
	switch row := to.(type) {
	case *workflow.Assignment:
		if q.assignment(row); q.whole() {
			return nil
		}
		*row = workflow.Assignment{}
	case *workflow.Event:
		if q.event(row); q.whole() {
			return nil
		}
		*row = workflow.Event{}
	case *workflow.Texts:
		if q.texts(row); q.whole() {
			return nil
		}
		*row = nil
	}
	return json.Unmarshal(b, to)
}
