package bench

import (
	"bytes"
	"encoding/json"
)

// parsed is a frame and what it says.
type parsed struct {
	hello  bool
	whole  bool // a snapshot
	epoch  string
	seq    uint64
	events []uint64
}

// snapshot is what a snapshot's frame says.
var snapshot = &parsed{whole: true}

// quickly reads the positions in a frame of events into p, false when it cannot: a frame
// of a hundred kilobytes takes encoding/json a millisecond, and under load a thousand
// screens stand at different ones, so that the load would be what is measured. It is sure
// of what it reads only where the positions follow each other without a gap.
func (p *parsed) quickly(b []byte) bool {
	p.events = p.events[:0]
	const frame, event = `{"type":"events","events":[{"seq":`, `{"seq":`
	if !bytes.HasPrefix(b, []byte(frame)) {
		return false
	}
	for rest := b[len(frame)-len(event):]; ; {
		at := bytes.Index(rest, []byte(event))
		if at < 0 {
			return true
		}
		rest = rest[at+len(event):]
		seq := uint64(0)
		for _, d := range rest {
			if d < '0' || d > '9' {
				break
			}
			seq = 10*seq + uint64(d-'0')
		}
		if n := len(p.events); n > 0 && seq != p.events[n-1]+1 {
			return false
		}
		p.events = append(p.events, seq)
	}
}

// decoded reads any frame.
func decoded(b []byte) (*parsed, error) {
	var f struct {
		Type   string `json:"type"`
		Epoch  string `json:"epoch"`
		Seq    uint64 `json:"seq"`
		Events []struct {
			Seq uint64 `json:"seq"`
		} `json:"events"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, err
	}
	p := &parsed{hello: f.Type == "hello", epoch: f.Epoch, seq: f.Seq}
	for _, e := range f.Events {
		p.events = append(p.events, e.Seq)
	}
	return p, nil
}
