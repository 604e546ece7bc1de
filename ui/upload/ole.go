package upload

import (
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
)

// A compound file ([MS-CFB]) is a small file system: sectors, a table that chains them,
// and a directory whose entries form a tree. Only the directory is read.

// oleSectors are the sectors of a compound file.
type oleSectors struct {
	r     io.ReaderAt
	size  int64
	shift uint
	table []uint32 // the sectors that hold the table
	at    uint32   // the sector of the table that is in mind
	page  []byte
}

// The most of a directory that is read; an ordinary document has some tens of entries.
const (
	maxEntries = 4096
	entrySize  = 128
	oleEnd     = 0xfffffff0 // numbers from here on are no sectors
)

// oleNames are the names at the top of a compound file. Errors: errNoKind when it is
// damaged, and those of reading.
func oleNames(r io.ReaderAt, size int64) ([]string, error) {
	head := make([]byte, 512)
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil, errNoKind
	}
	s := &oleSectors{r: r, size: size, shift: uint(binary.LittleEndian.Uint16(head[30:])), at: oleEnd}
	if s.shift != 9 && s.shift != 12 {
		return nil, errNoKind
	}
	if err := s.readTable(head); err != nil {
		return nil, err
	}
	var entries []byte
	for n := binary.LittleEndian.Uint32(head[48:]); n < oleEnd; {
		sector, err := s.sector(n)
		if err != nil {
			return nil, err
		}
		if entries = append(entries, sector...); len(entries) > maxEntries*entrySize {
			return nil, errNoKind
		}
		if n, err = s.next(n); err != nil {
			return nil, err
		}
	}
	return topOf(entries)
}

// readTable finds the sectors of the table: the first stand in the header, those of a
// file of more than some megabytes in a chain behind it.
func (s *oleSectors) readTable(head []byte) error {
	for i := range 109 {
		s.table = append(s.table, binary.LittleEndian.Uint32(head[76+4*i:]))
	}
	per := 1<<(s.shift-2) - 1
	for n, left := binary.LittleEndian.Uint32(head[68:]), s.size>>s.shift/int64(per)+1; n < oleEnd; left-- {
		sector, err := s.sector(n)
		if err != nil || left < 0 {
			return errors.Join(err, errNoKind)
		}
		for i := range per {
			s.table = append(s.table, binary.LittleEndian.Uint32(sector[4*i:]))
		}
		n = binary.LittleEndian.Uint32(sector[4*per:])
	}
	return nil
}

func (s *oleSectors) sector(n uint32) ([]byte, error) {
	b := make([]byte, 1<<s.shift)
	if got, err := s.r.ReadAt(b, (int64(n)+1)<<s.shift); got == 0 { // the last may be cut short
		if err == nil || errors.Is(err, io.EOF) {
			err = errNoKind
		}
		return nil, err
	}
	return b, nil
}

// next is the sector behind this one.
func (s *oleSectors) next(n uint32) (uint32, error) {
	at, in := n>>(s.shift-2), n&(1<<(s.shift-2)-1)
	if at >= uint32(len(s.table)) { // #nosec G115 -- bounded by the file's size
		return 0, errNoKind
	}
	if s.table[at] != s.at || s.page == nil {
		page, err := s.sector(s.table[at])
		if err != nil {
			return 0, err
		}
		s.at, s.page = s.table[at], page
	}
	return binary.LittleEndian.Uint32(s.page[4*in:]), nil
}

// topOf walks the tree of the root's entries. What is beneath one of them is not ours.
func topOf(entries []byte) (names []string, err error) {
	count := uint32(len(entries) / entrySize) // #nosec G115 -- at most maxEntries
	entry := func(n uint32) []byte { return entries[n*entrySize : (n+1)*entrySize] }
	if count == 0 {
		return nil, errNoKind
	}
	seen := make([]bool, count)
	open := []uint32{binary.LittleEndian.Uint32(entry(0)[76:])}
	for len(open) > 0 {
		n := open[len(open)-1]
		open = open[:len(open)-1]
		if n >= count || seen[n] {
			continue
		}
		seen[n] = true
		e := entry(n)
		units := make([]uint16, 0, 32)
		for i := range min(int(binary.LittleEndian.Uint16(e[64:])), 64)/2 - 1 {
			units = append(units, binary.LittleEndian.Uint16(e[2*i:]))
		}
		names = append(names, string(utf16.Decode(units)))
		open = append(open, binary.LittleEndian.Uint32(e[68:]), binary.LittleEndian.Uint32(e[72:]))
	}
	return names, nil
}
