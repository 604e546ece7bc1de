package codec

import (
	"bytes"
	"encoding/json"
	"errors"

	"duban/workflow"
)

// Series is a series with the JSON of each of its points. The row grows with
// every figure; encoding all points again is most of what one more would cost.
type Series struct {
	workflow.Series
	coded [][]byte // nil when it was read
}

// EncodeSeries is the row's JSON, byte for byte what json.Marshal gives. Points that
// are as they were in old (nil: there is none) are not encoded again.
func EncodeSeries(row workflow.Series, old *Series) (*Series, []byte, error) {
	s := &Series{Series: row, coded: make([][]byte, len(row.Points))}
	row.Points = nil
	head, err := json.Marshal(row)
	head, fits := bytes.CutSuffix(head, []byte(`"points":null}`))
	if err == nil && !fits {
		err = errors.New("points do not stand last in a series")
	}
	if err != nil {
		return nil, nil, err
	}
	size := len(head) + 24 // with the brackets and a checksum
	for i, p := range s.Points {
		if old != nil && i < len(old.coded) && old.Points[i] == p {
			s.coded[i] = old.coded[i]
		} else if s.coded[i], err = json.Marshal(p); err != nil {
			return nil, nil, err
		}
		size += len(s.coded[i]) + 1
	}
	b := append(make([]byte, 0, size), head...)
	if s.Points == nil {
		return s, append(b, `"points":null}`...), nil
	}
	b = append(b, `"points":[`...)
	for i, p := range s.coded {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, p...)
	}
	return s, append(b, `]}`...), nil
}
