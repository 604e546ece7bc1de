package plan

import (
	"github.com/shopspring/decimal"
)

// powers are the Chinese powers of ten that stand before the thing counted.
var powers = map[rune]int32{'十': 1, '百': 2, '千': 3, '万': 4, '亿': 8}

// measured are units that are others in an exact number.
var measured = map[string]struct {
	times int64
	unit  string
}{
	"吨": {1_000_000, "克"}, "公斤": {1000, "克"},
	"公里": {1000, "米"}, "千米": {1000, "米"},
	"平方公里": {1_000_000, "平方米"}, "平方千米": {1_000_000, "平方米"},
	"公顷": {15, "亩"},
}

// base takes a unit apart: how many of which unit it is. 万亿元 is 10¹² 元.
func base(unit string) (times decimal.Decimal, of string) {
	if m, ok := measured[unit]; ok {
		return decimal.NewFromInt(m.times), m.unit
	}
	exponent, at := int32(0), 0
	for i, r := range unit {
		power, ok := powers[r]
		if !ok {
			at = i
			break
		}
		exponent += power
	}
	times = decimal.New(1, exponent)
	of = unit[at:]
	if m, ok := measured[of]; ok && at > 0 {
		times, of = times.Mul(decimal.NewFromInt(m.times)), m.unit
	}
	return times, of
}

// Convert gives a number in another unit, and whether the two measure the same thing so
// that the number is exact: 2400 亿元 are 0.24 万亿元. Units that are alike convert as
// they are; an unset number stays unset.
func Convert(n Number, from, to string) (Number, bool) {
	if from == to {
		return n, true
	}
	if from == "‰" && to == "%" {
		n.Decimal = n.Shift(-1)
		return n, true
	}
	if from == "%" && to == "‰" {
		n.Decimal = n.Shift(1)
		return n, true
	}
	a, thing := base(from)
	b, other := base(to)
	if thing != other || thing == "" {
		return n, false
	}
	if !n.Set {
		return n, true
	}
	value := n.Mul(a)
	quotient := value.DivRound(b, 20)
	n.Decimal = quotient
	return n, quotient.Mul(b).Equal(value)
}

// Convertible reports whether every number in the one unit is exact in the other: they
// differ by a power of ten, or the other way round by a whole number.
func Convertible(from, to string) bool {
	_, ok := Convert(Num(1), from, to)
	return ok
}
