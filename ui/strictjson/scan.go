package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"duban/workflow"
)

// scan refuses what encoding/json lets pass (a key twice, half a surrogate pair)
// and what would cost too much (depth, size). It runs for every request with a
// body, so it walks the bytes and makes nothing of them.
func scan(body []byte) error {
	if !json.Valid(body) {
		var raw json.RawMessage
		err := json.Unmarshal(body, &raw)
		var at int64
		if wrong := (*json.SyntaxError)(nil); errors.As(err, &wrong) {
			at = wrong.Offset
		}
		return &workflow.Error{Kind: workflow.Malformed, Code: "request.malformed", Args: map[string]any{"offset": at}, Err: err}
	}
	// encoding/json reads half a surrogate pair as U+FFFD: a text that has one
	// though the body has none is damaged.
	s := scanner{body: body, whole: !bytes.ContainsRune(body, utf8.RuneError)}
	return s.walk()
}

// scanner walks a document that is valid JSON.
type scanner struct {
	body  []byte
	whole bool // no U+FFFD stands in the body as it came
	at    int
	open  []object // what is open now
}

// object is an open object or array and the keys seen in it. A few are compared
// one by one; more than manyKeys go into a set.
type object struct {
	array bool
	keys  [][]byte
	many  map[string]bool
}

const manyKeys = 32

// walk goes through the values and keys; n counts them as json.Decoder does, with
// the ends of objects and arrays.
func (s *scanner) walk() error {
	key := false // the next string is a key
	for n := 0; ; n++ {
		for s.at < len(s.body) && between(s.body[s.at]) {
			s.at++
		}
		if s.at == len(s.body) {
			return nil
		}
		if n >= maxTokens || len(s.open) > maxDepth {
			return workflow.Fault(workflow.Malformed, "request.too_deep", "depth", maxDepth, "values", maxTokens)
		}
		switch s.body[s.at] {
		case '{', '[':
			s.push(s.body[s.at] == '[')
		case '}', ']':
			s.open = s.open[:len(s.open)-1]
			s.at++
		case '"':
			text, err := s.text()
			if err == nil && key {
				err = s.key(text)
				key = false
			} else {
				key = s.inObject()
			}
			if err != nil {
				return err
			}
			continue
		default: // number, true, false, null
			for s.at < len(s.body) && !between(s.body[s.at]) && s.body[s.at] != ']' && s.body[s.at] != '}' {
				s.at++
			}
		}
		key = s.inObject()
	}
}

// between is true of what stands between values and keys.
func between(b byte) bool {
	return b == ' ' || b == ',' || b == ':' || b == '\n' || b == '\t' || b == '\r'
}

func (s *scanner) inObject() bool { return len(s.open) > 0 && !s.open[len(s.open)-1].array }

// push opens an object or array, in the memory of one that was open before.
func (s *scanner) push(array bool) {
	s.at++
	if len(s.open) < cap(s.open) {
		s.open = s.open[:len(s.open)+1]
	} else {
		s.open = append(s.open, object{})
	}
	o := &s.open[len(s.open)-1]
	o.array, o.keys, o.many = array, o.keys[:0], nil
}

// text passes the string that begins here and answers what is between its quotes.
func (s *scanner) text() ([]byte, error) {
	from, escaped := s.at+1, false
	for s.at = from; s.body[s.at] != '"'; s.at++ {
		if s.body[s.at] == '\\' {
			escaped = true
			s.at++
		}
	}
	raw := s.body[from:s.at]
	s.at++
	if !escaped {
		return raw, nil
	}
	var t string
	if err := json.Unmarshal(s.body[from-1:s.at], &t); err != nil {
		return nil, &workflow.Error{Kind: workflow.Malformed, Code: "request.malformed", Args: map[string]any{"offset": s.at}, Err: err}
	}
	if s.whole && strings.ContainsRune(t, utf8.RuneError) {
		return nil, workflow.Fault(workflow.Malformed, "request.not_utf8")
	}
	return []byte(t), nil
}

// key refuses one that stands there twice, and one that is not snake_case:
// encoding/json would take a field of ours in any case of letters.
func (s *scanner) key(k []byte) error {
	o := &s.open[len(s.open)-1]
	if o.has(k) {
		return workflow.BadField(string(k), "request.key_twice", "field", string(k))
	}
	if bytes.ContainsFunc(k, notSnake) {
		return workflow.BadField(string(k), "request.unknown_field", "field", string(k))
	}
	return nil
}

// has notes the key and reports whether it was there.
func (o *object) has(k []byte) bool {
	if o.many == nil {
		for _, other := range o.keys {
			if bytes.Equal(other, k) {
				return true
			}
		}
		if o.keys = append(o.keys, k); len(o.keys) <= manyKeys {
			return false
		}
		o.many = map[string]bool{}
		for _, other := range o.keys {
			o.many[string(other)] = true
		}
		return false
	}
	if o.many[string(k)] {
		return true
	}
	o.many[string(k)] = true
	return false
}

func notSnake(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' }
