package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/shopspring/decimal"
	"golang.org/x/text/width"
)

// Number is an exact decimal that may be unset. In JSON it is a bare number, or
// null when unset; figures come from people and go back to people, so 0.1 stays 0.1.
type Number struct {
	decimal.Decimal
	Set bool
}

// plainNumber is what a person writes: no exponent, no leading zeros, bounded
// so that a number cannot cost memory. 15 digits before the point is a
// hundred trillion, 6 after are more than any statistic carries.
var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?$`)

// Num makes a Number from an integer.
func Num(n int64) Number { return Number{decimal.NewFromInt(n), true} }

// ParseNumber reads a plain decimal number: an optional minus sign, at most 15
// digits before the point and 6 after it.
func ParseNumber(s string) (Number, error) {
	if !plainNumber.MatchString(s) {
		return Number{}, fmt.Errorf("not a plain decimal number: %.40q", s)
	}
	d, err := decimal.NewFromString(s)
	return Number{d, err == nil}, err
}

// grouped is a number with its digits before the point grouped by three.
var grouped = regexp.MustCompile(`^-?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?$`)

// TypedNumber is ParseNumber for what people type or paste: digits and signs may be
// full-width (１２．５), thousands grouped (1,200 or 1，200), spaces anywhere, the minus
// sign a printed one. A comma that groups no three digits is an error: 1,2 may have
// been meant as 1.2. Empty is unset.
func TypedNumber(s string) (Number, error) {
	plain := typed(s)
	if plain == "" {
		return Number{}, nil
	}
	return ParseNumber(plain)
}

// typed is a typed number as it would be written plainly; empty for nothing.
func typed(s string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == 0x200b, r == 0xfeff: // also what Word puts between digits
			return -1
		case r == '−', r == '﹣':
			return '-'
		}
		return r
	}, width.Narrow.String(s))
	if grouped.MatchString(plain) {
		plain = strings.ReplaceAll(plain, ",", "")
	}
	return plain
}

// longFraction is a number with more places behind the point than one carries.
var longFraction = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})\.[0-9]{7,60}$`)

// RoundedNumber is TypedNumber for what a program worked out: what stands behind the
// sixth decimal place is rounded. A number that is not 0 and would be is an error.
func RoundedNumber(s string) (Number, error) {
	plain := typed(s)
	if plain == "" {
		return Number{}, nil
	}
	if longFraction.MatchString(plain) {
		exact, err := decimal.NewFromString(plain)
		if err != nil {
			return Number{}, err
		}
		rounded := exact.Round(6)
		if rounded.IsZero() && !exact.IsZero() {
			return Number{}, fmt.Errorf("too small a number: %.40q", s)
		}
		plain = rounded.String()
	}
	return ParseNumber(plain)
}

// MustNumber is ParseNumber for constants; it panics on a bad one.
func MustNumber(s string) Number {
	n, err := ParseNumber(s)
	if err != nil {
		panic(err)
	}
	return n
}

// MarshalJSON writes a bare JSON number, or null when unset.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Set {
		return []byte("null"), nil
	}
	return []byte(n.Decimal.String()), nil
}

// UnmarshalJSON reads a JSON number, a string holding a plain decimal number, or null.
func (n *Number) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		*n = Number{}
		return nil
	}
	s := string(b)
	if len(b) > 0 && b[0] == '"' {
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
	}
	v, err := ParseNumber(s)
	if err != nil {
		return err
	}
	*n = v
	return nil
}

// String is the plain decimal form, empty when unset.
func (n Number) String() string {
	if !n.Set {
		return ""
	}
	return n.Decimal.String()
}
