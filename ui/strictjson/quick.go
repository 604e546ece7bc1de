package strictjson

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"duban/workflow"
)

// quick reads a body in one pass, where scan and encoding/json need four. It knows
// what a well-meant report looks like: known fields, none twice, each of its own
// type. On anything else it only says so, and decodeJSON has the last word: so that
// whatever is refused is refused there, with its reason, and nothing is let through
// here that is not let through there. The body is valid UTF-8.
type quick struct {
	b   []byte // what is left
	bad bool   // not as expected: the result is worth nothing
}

// quickBytes is the longest body that cannot have more than maxTokens values.
const quickBytes = maxTokens

// space skips what may stand between values.
func (q *quick) space() {
	for i, c := range q.b {
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			q.b = q.b[i:]
			return
		}
	}
	q.b = nil
}

// take takes the character if it is the next one.
func (q *quick) take(c byte) bool {
	q.space()
	if len(q.b) == 0 || q.b[0] != c {
		return false
	}
	q.b = q.b[1:]
	return true
}

func (q *quick) need(c byte) {
	if !q.take(c) {
		q.bad = true
	}
}

// object reads an object of known fields; field reads the value of the one at the
// given place among the names.
func (q *quick) object(names []string, field func(at int)) {
	q.need('{')
	if q.bad || q.take('}') {
		return
	}
	for seen := uint64(0); !q.bad; {
		at := q.name(names)
		if q.need(':'); at < 0 || seen&(1<<at) != 0 {
			q.bad = true
			return
		}
		seen |= 1 << at
		if !q.null() {
			field(at)
		}
		if !q.take(',') {
			break
		}
	}
	q.need('}')
}

// null takes a null: the field stays empty.
func (q *quick) null() bool {
	q.space()
	if !bytes.HasPrefix(q.b, []byte("null")) {
		return false
	}
	q.b = q.b[len("null"):]
	return true
}

// name reads a field's name: its place among the names, -1 for another.
func (q *quick) name(names []string) int {
	key, plain := q.quoted()
	if plain {
		for i, n := range names {
			if string(key) == n {
				return i
			}
		}
	}
	return -1
}

// quickList reads an array of what read reads; an empty one is empty, not nil, as
// encoding/json has it.
func quickList[T any](q *quick, read func(*T)) []T {
	q.need('[')
	if q.bad || q.take(']') {
		return []T{}
	}
	out := make([]T, 0, 8)
	for !q.bad {
		var one T
		out = append(out, one)
		if read(&out[len(out)-1]); !q.take(',') {
			break
		}
	}
	q.need(']')
	return out
}

// quoted is what stands between the next quotes, sharing memory, and whether it
// stands there as it is meant: without escapes.
func (q *quick) quoted() (s []byte, plain bool) {
	if !q.take('"') {
		q.bad = true
		return nil, false
	}
	plain = true
	for i := 0; i < len(q.b); i++ {
		switch c := q.b[i]; {
		case c == '"':
			s, q.b = q.b[:i], q.b[i+1:]
			return s, plain
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			q.bad = true
			return nil, false
		}
	}
	q.bad = true
	return nil, false
}

// text is a string. One with U+FFFD in it after escapes were read may be a damaged
// one: scan knows.
func (q *quick) text() string {
	from := q.b
	s, plain := q.quoted()
	if plain {
		return string(s)
	}
	if q.bad {
		return ""
	}
	var t string
	raw := from[:len(from)-len(q.b)]
	if json.Unmarshal(raw, &t) != nil || strings.ContainsRune(t, utf8.RuneError) {
		q.bad = true
	}
	return t
}

// literal takes a number or a word as it stands.
func (q *quick) literal() []byte {
	q.space()
	i := 0
	for ; i < len(q.b); i++ {
		if c := q.b[i]; (c < '0' || c > '9') && c != '-' && c != '.' && (c < 'a' || c > 'z') {
			break
		}
	}
	s := q.b[:i]
	q.b = q.b[i:]
	return s
}

func (q *quick) flag() bool {
	switch string(q.literal()) {
	case "true":
		return true
	case "false":
		return false
	}
	q.bad = true
	return false
}

// count is a whole number of at most nine digits that is not negative.
func (q *quick) count() int {
	s := q.literal()
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			q.bad = true
			return 0
		}
		n = n*10 + int(c-'0')
	}
	if len(s) == 0 || len(s) > 9 || len(s) > 1 && s[0] == '0' {
		q.bad = true
	}
	return n
}

// value gives a number or a string to a type that reads its own.
func (q *quick) value(to json.Unmarshaler) {
	q.space()
	raw := q.b
	if len(raw) > 0 && raw[0] == '"' {
		if _, plain := q.quoted(); !plain {
			q.bad = true
			return
		}
		raw = raw[:len(raw)-len(q.b)]
	} else if raw = q.literal(); !json.Valid(raw) {
		q.bad = true
		return
	}
	if to.UnmarshalJSON(raw) != nil {
		q.bad = true
	}
}

// The fields of a report, each list in the order of the switch that reads it.
var (
	reportFields = []string{"progress", "measures", "figures", "obstacles", "asks", "next_steps", "forecast",
		"no_change", "reason", "inputs", "evidence"}
	measureFields  = []string{"id", "status", "percent", "note"}
	figureFields   = []string{"indicator", "value", "as_of", "provisional", "comparison", "met", "explanation"}
	forecastFields = []string{"indicator", "value"}
	outlookFields  = []string{"text", "figures"}
	inputFields    = []string{"assignment", "mark"}
)

// quickReport reads a report; false when it is not a plain one, and then to is as
// it was.
func quickReport(body []byte, to *workflow.ReportInput) bool {
	if len(body) > quickBytes {
		return false
	}
	q := quick{b: body}
	var in workflow.ReportInput
	q.report(&in)
	if q.space(); q.bad || len(q.b) > 0 {
		return false
	}
	*to = in
	return true
}

func (q *quick) report(r *workflow.ReportInput) {
	q.object(reportFields, func(at int) {
		switch at {
		case 0:
			r.Progress = q.text()
		case 1:
			r.Measures = quickList(q, q.measure)
		case 2:
			r.Figures = quickList(q, q.figure)
		case 3:
			r.Obstacles = q.text()
		case 4:
			r.Asks = q.text()
		case 5:
			r.NextSteps = q.text()
		case 6:
			q.outlook(&r.Forecast)
		case 7:
			r.NoChange = q.flag()
		case 8:
			r.Reason = q.text()
		case 9:
			r.Inputs = quickList(q, q.input)
		case 10:
			r.Evidence = quickList(q, func(s *string) { *s = q.text() })
		}
	})
}

func (q *quick) measure(m *workflow.MeasureInput) {
	q.object(measureFields, func(at int) {
		switch at {
		case 0:
			m.ID = q.text()
		case 1:
			m.Status = workflow.MeasureStatus(q.text())
		case 2:
			n := q.count()
			m.Percent = &n
		case 3:
			m.Note = q.text()
		}
	})
}

func (q *quick) figure(f *workflow.FigureInput) {
	q.object(figureFields, func(at int) {
		switch at {
		case 0:
			f.Indicator = q.text()
		case 1:
			q.value(&f.Value)
		case 2:
			q.value(&f.AsOf)
		case 3:
			f.Provisional = q.flag()
		case 4:
			q.value(&f.Comparison)
		case 5:
			met := q.flag()
			f.Met = &met
		case 6:
			f.Explanation = q.text()
		}
	})
}

// outlook reads the three forms of a forecast.
func (q *quick) outlook(f *workflow.ForecastInput) {
	if q.space(); len(q.b) == 0 {
		q.bad = true
		return
	}
	switch q.b[0] {
	case '"':
		f.Text = q.text()
	case '[':
		f.Figures = quickList(q, q.forecast)
	default:
		q.object(outlookFields, func(at int) {
			if at == 0 {
				f.Text = q.text()
			} else {
				f.Figures = quickList(q, q.forecast)
			}
		})
	}
}

func (q *quick) forecast(f *workflow.Forecast) {
	q.object(forecastFields, func(at int) {
		if at == 0 {
			f.Indicator = q.text()
		} else {
			q.value(&f.Value)
		}
	})
}

func (q *quick) input(i *workflow.Input) {
	q.object(inputFields, func(at int) {
		if at == 0 {
			i.Assignment = q.text()
		} else {
			i.Mark = workflow.Mark(q.text())
		}
	})
}
