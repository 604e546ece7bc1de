package live

import (
	"encoding/binary"
	"encoding/json"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

// Server frames are final and unmasked (RFC 6455 §5.2). They are built whole,
// header and payload, once per class and batch, and shared by all screens.
const (
	opText  = 0x81
	opClose = 0x88
	opPing  = 0x89
	opPong  = 0x8a

	maxHeader  = 10
	maxControl = 125
)

// text frames a payload that was built behind maxHeader spare bytes.
func text(b []byte) []byte {
	n := len(b) - maxHeader
	switch {
	case n < 126:
		b = b[maxHeader-2:]
		b[1] = byte(n) // #nosec G115 -- below 126 in this case
	case n < 1<<16:
		b = b[maxHeader-4:]
		b[1] = 126
		binary.BigEndian.PutUint16(b[2:], uint16(n))
	default:
		b[1] = 127
		binary.BigEndian.PutUint64(b[2:], uint64(n))
	}
	b[0] = opText
	return b
}

// begin is an empty payload with room for the header before it.
func begin(size int) []byte { return make([]byte, maxHeader, maxHeader+size) }

// control frames a control payload, cut at the RFC's 125 bytes.
func control(op byte, payload []byte) []byte {
	if len(payload) > maxControl {
		payload = payload[:maxControl]
	}
	b := make([]byte, 0, 2+len(payload))
	b = append(b, op, byte(len(payload))) // #nosec G115 -- at most maxControl, 125: cut above
	return append(b, payload...)
}

// closing frames a close with its code and reason.
func closing(code int, reason string) []byte {
	return control(opClose, websocket.FormatCloseMessage(code, reason))
}

func helloFrame(seq uint64, epoch, build string, now time.Time) []byte {
	b := begin(160)
	b = append(b, `{"type":"hello","seq":`...)
	b = strconv.AppendUint(b, seq, 10)
	b = append(b, `,"epoch":`...)
	b = appendString(b, epoch)
	b = append(b, `,"now":"`...)
	b = now.AppendFormat(b, time.RFC3339)
	b = append(b, `","build":`...)
	b = appendString(b, build)
	return text(append(b, '}'))
}

func tickFrame(seq uint64, now time.Time) []byte {
	b := begin(80)
	b = append(b, `{"type":"tick","now":"`...)
	b = now.AppendFormat(b, time.RFC3339)
	b = append(b, `","seq":`...)
	b = strconv.AppendUint(b, seq, 10)
	return text(append(b, '}'))
}

func snapshotFrame(seq uint64, board []byte) []byte {
	b := begin(len(board) + 60)
	b = append(b, `{"type":"snapshot","seq":`...)
	b = strconv.AppendUint(b, seq, 10)
	b = append(b, `,"board":`...)
	b = append(b, board...)
	return text(append(b, '}'))
}

func regionsFrame(seq uint64, now time.Time, regions []byte) []byte {
	b := begin(len(regions) + 100)
	b = append(b, `{"type":"regions","seq":`...)
	b = strconv.AppendUint(b, seq, 10)
	b = append(b, `,"now":"`...)
	b = now.AppendFormat(b, time.RFC3339)
	b = append(b, `","regions":`...)
	b = append(b, regions...)
	return text(append(b, '}'))
}

// eventsFrame joins encoded events; counts may be nil.
func eventsFrame(events [][]byte, size int, counts []byte) []byte {
	b := begin(size + len(events) + len(counts) + 48)
	b = append(b, `{"type":"events","events":[`...)
	for i, e := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, e...)
	}
	b = append(b, ']')
	if counts != nil {
		b = append(b, `,"counts":`...)
		b = append(b, counts...)
	}
	return text(append(b, '}'))
}

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil { // a string always encodes
		return append(b, `""`...)
	}
	return append(b, quoted...)
}
