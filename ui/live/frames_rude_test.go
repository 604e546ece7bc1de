package live

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// rude is bytes a client sends and the code its connection then ends with. For those
// that are right the test says goodbye itself: goodbye.
type rude struct {
	name  string
	bytes []byte
	code  int
}

const goodbye = websocket.CloseNormalClosure

// framed is one masked frame: fin, three reserved bits and opcode in the first byte.
func framed(first byte, payload string) []byte {
	return append(head(first, uint64(len(payload)), true), mask(payload)...)
}

// head is a frame's head with the shortest form of the length, and its mask.
func head(first byte, n uint64, masked bool) []byte {
	bit := byte(0)
	if masked {
		bit = 0x80
	}
	b := []byte{first}
	switch {
	case n < 126:
		b = append(b, bit|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, bit|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, bit|127), n)
	}
	if masked {
		b = append(b, key...)
	}
	return b
}

var key = []byte{0x37, 0xfa, 0x21, 0x3d}

func mask(payload string) []byte {
	b := []byte(payload)
	for i := range b {
		b[i] ^= key[i%4]
	}
	return b
}

func farewell(code uint16, reason string) []byte {
	return framed(0x88, string(binary.BigEndian.AppendUint16(nil, code))+reason)
}

func joined(frames ...[]byte) (all []byte) {
	for _, f := range frames {
		all = append(all, f...)
	}
	return all
}

// rudeFrames is RFC 6455's grammar, broken in every place it has (§5.2 to §5.5, §7.4,
// §8.1), and some of what is right beside it.
func rudeFrames() (all []rude) {
	add := func(code int, bytes []byte, name string, args ...any) {
		all = append(all, rude{fmt.Sprintf(name, args...), bytes, code})
	}
	known := []byte{0, 1, 2, 8, 9, 10}
	for bits := byte(1); bits < 8; bits++ { // no extension was agreed on
		for _, op := range known {
			add(1002, framed(0x80|bits<<4|op, ""), "reserved bits %03b of opcode %x", bits, op)
		}
	}
	for _, op := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		add(1002, framed(0x80|op, ""), "opcode %x", op)
		add(1002, framed(op, "x"), "opcode %x in fragments", op)
	}
	for _, op := range known {
		add(1002, append(head(0x80|op, 0, false), "xxxx"...), "opcode %x unmasked", op)
		add(1002, append(head(0x80|op, 4, false), "xxxx"...), "opcode %x unmasked, with bytes", op)
	}
	for _, op := range []byte{8, 9, 10} {
		for _, n := range []int{0, 1, 125} {
			add(1002, framed(op, strings.Repeat("x", n)), "control %x in fragments, %d bytes", op, n)
		}
		for _, n := range []uint64{126, 127, 1000, 1 << 16, 1 << 40} {
			add(1002, head(0x80|op, n, true), "control %x of %d bytes", op, n)
		}
	}
	for _, fin := range []byte{0, 0x80} {
		add(1002, framed(fin, "x"), "a continuation of nothing, fin %x", fin)
		add(1002, joined(framed(0x81, "a"), framed(fin, "x")), "a continuation of what has ended, fin %x", fin)
	}
	for _, first := range []byte{1, 2} {
		for _, second := range []byte{0x81, 0x82, 1, 2} {
			add(1002, joined(framed(first, "a"), framed(second, "b")), "message %x inside the fragments of %x", second, first)
		}
		for _, n := range []uint64{readLimit + 1, 1 << 16, 1 << 20, 1 << 31, 1 << 32, 1<<62 + 1, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
			add(1009, head(0x80|first, n, true), "message %x of %d bytes", first, n)
		}
		add(1009, joined(framed(first, strings.Repeat("a", readLimit)), framed(0x80, "b")), "message %x too large in fragments", first)
		add(goodbye, framed(0x80|first, ""), "empty message %x", first)
		add(goodbye, framed(0x80|first, strings.Repeat("a", readLimit)), "message %x at the limit", first)
		add(goodbye, joined(framed(first, "a"), framed(0x89, "p"), framed(0, ""), framed(0x8a, ""), framed(0x80, "b")), "message %x in fragments with pings between", first)
	}
	for name, s := range map[string]string{"a lone continuation": "\x80", "an overlong slash": "\xc0\xaf", "a surrogate": "\xed\xa0\x80", "beyond Unicode": "\xf4\x90\x80\x80",
		"a cut character": "\xe7\x9d", "FF": "\xff", "five bytes": "\xf8\x88\x80\x80\x80"} {
		add(1007, framed(0x81, "a"+s), "text with %s", name)
		add(1007, joined(framed(0x01, "a"+s[:1]), framed(0x80, s[1:])), "text in fragments with %s", name)
		add(1002, farewell(1000, s), "a reason with %s", name)
		add(goodbye, framed(0x82, s), "%s in a binary message", name)
	}
	add(goodbye, joined(framed(0x01, "\xe7\x9d"), framed(0x80, "\xa3")), "a character over two fragments")
	for _, code := range []uint16{0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 65535} {
		add(1002, farewell(code, ""), "close code %d", code)
	}
	for _, code := range []uint16{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999} {
		add(int(code), farewell(code, ""), "close code %d", code)
		add(int(code), farewell(code, "因为"), "close code %d with a reason", code)
	}
	add(1005, framed(0x88, ""), "a close without a code")
	for _, n := range []int{0, 1, 124, 125} {
		add(goodbye, framed(0x89, strings.Repeat("x", n)), "ping of %d bytes", n)
		add(goodbye, framed(0x8a, strings.Repeat("x", n)), "pong nobody asked for, %d bytes", n)
	}
	for _, op := range []byte{0x81, 0x89, 0x8a} {
		add(closeTalk, []byte(strings.Repeat(string(framed(op, "")), 2*maxTalk)), "a torrent of %x", op)
	}
	return all
}

// TestRudeFrames: each frame a client must not send ends its own connection with the
// RFC's code, and nothing else; nothing of them stays behind.
func TestRudeFrames(t *testing.T) {
	r := newRig(t, Options{})
	good := r.dial("")
	good.want("hello")
	good.want("snapshot")
	all := rudeFrames()
	if len(all) < 100 {
		t.Fatalf("only %d cases", len(all))
	}
	t.Logf("%d sequences of frames", len(all))
	one := func(t *testing.T, c rude) {
		s := r.dial("")
		defer func() { _ = s.Close() }()
		s.t = t
		bytes := c.bytes
		if c.code == goodbye && bytes[0] != opClose {
			bytes = joined(bytes, farewell(goodbye, ""))
		}
		if _, err := s.NetConn().Write(bytes); err != nil {
			t.Fatal(err)
		}
		if code := s.code(); code != c.code {
			t.Errorf("closed with %d, want %d", code, c.code)
		}
	}
	one(t, all[0]) // what is made once is made
	eventually(t, "the first has gone", func() bool { return r.hub.Stats().Connections == 1 })
	before, used := runtime.NumGoroutine(), inUse()
	for range 3 {
		for _, c := range all {
			t.Run(c.name, func(t *testing.T) { one(t, c) })
		}
	}
	eventually(t, "all have gone", func() bool { return r.hub.Stats().Connections == 1 })
	eventually(t, "their goroutines have ended", func() bool { return runtime.NumGoroutine() <= before+2 })
	if grown := inUse() - used; grown > 8<<20 {
		t.Errorf("%d KiB more are in use after %d connections", grown>>10, 3*len(all))
	}
	if n := r.hub.Stats().Panics; n != 0 {
		t.Errorf("%d panics", n)
	}
	r.src.commit(r.hub, 1)
	if ev := good.want("events"); len(ev.Events) != 1 {
		t.Errorf("%+v", ev)
	}
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
