package credential

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxListed bounds a list of common passwords: 8 bytes of memory each.
	maxListed = 20_000_000
	// maxListLine is the longest line of a list, in bytes.
	maxListLine = 4096
)

// Banned is a list of passwords nobody may choose, such as the common ones or those
// of known breaches (ASVS 5.0.0 6.2.4, 6.2.12). It keeps eight bytes of each one's
// hash: a password that is not listed is taken for one that is once in 2^64 over
// the list's length.
type Banned struct{ sums []uint64 }

func listed(password string) uint64 {
	sum := sha256.Sum256([]byte(strings.ToLower(password)))
	return binary.BigEndian.Uint64(sum[:])
}

// ReadBanned reads one password a line, in UTF-8; the case of letters does not
// matter. Those too short for every policy are left out. A list without any
// password, one that is no text, or one beyond twenty million is an error.
func ReadBanned(r io.Reader) (*Banned, error) {
	shortest := min(Dengbao.Min, ASVS.Min)
	l := &Banned{}
	in := bufio.NewScanner(r)
	in.Buffer(nil, maxListLine)
	lines := 0
	for in.Scan() {
		lines++
		line := bytes.TrimSuffix(in.Bytes(), []byte("\r"))
		if lines == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff")) // as Windows' own editor begins a file
		}
		if !utf8.Valid(line) {
			return nil, fmt.Errorf("line %d is not UTF-8", lines)
		}
		if n := utf8.RuneCount(line); n < shortest || n > MaxPassword {
			continue
		}
		if len(l.sums) == maxListed {
			return nil, fmt.Errorf("it has more than %d passwords; leave the rarer ones out", maxListed)
		}
		l.sums = append(l.sums, listed(string(line)))
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", lines+1, err)
	}
	if len(l.sums) == 0 {
		return nil, errors.New("it has no password of a length that could be chosen; want one a line")
	}
	slices.Sort(l.sums)
	l.sums = slices.Clip(slices.Compact(l.sums))
	return l, nil
}

// Len is how many different passwords are listed.
func (l *Banned) Len() int { return len(l.sums) }

// Has reports whether the password is listed; no list has any.
func (l *Banned) Has(password string) bool {
	if l == nil {
		return false
	}
	_, found := slices.BinarySearch(l.sums, listed(password))
	return found
}
