package passage

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// style is how an item is numbered.
type style int

// The styles, the widest first.
const (
	NoStyle   style = iota
	chapter         // 第一章
	Chinese         // 一、
	article         // 第一条
	Bracket         // （一）
	titled          // 任务一：
	arabic          // 1.
	dotted          // 1.1
	Bracketed       // （1）
	Circled         // ①
)

// Number is an item's number.
type Number struct {
	Style style
	N     int
	Text  string // without its punctuation
	Full  int    // bytes of all of it
	Depth int    // of a dotted one
}

const numerals = "零一二三四五六七八九十百两"

// numeral reads a Chinese number up to 999; 0 where it is none.
func numeral(s string) int {
	total, one := 0, 0
	for _, r := range s {
		switch r {
		case '十':
			total += max(1, one) * 10
			one = 0
		case '百':
			total += max(1, one) * 100
			one = 0
		case '两':
			one = 2
		default:
			k := strings.IndexRune(numerals, r)
			if k < 0 {
				return 0
			}
			one = k / len("零")
		}
	}
	return total + one
}

// run is the part of s at its beginning whose characters ok takes.
func run(s string, ok func(r rune) bool) string {
	for i, r := range s {
		if !ok(r) {
			return s[:i]
		}
	}
	return s
}

func isNumeral(r rune) bool { return strings.ContainsRune(numerals, r) }

// AnyNumber reads digits or a Chinese number at the beginning.
func AnyNumber(s string) (int, string) {
	if d := run(s, digit); d != "" && len(d) <= 3 {
		n, err := strconv.Atoi(d)
		if err != nil {
			return 0, ""
		}
		return n, d
	}
	c := run(s, isNumeral)
	return numeral(c), c
}

// Numbering reads the number at the beginning of a paragraph.
func Numbering(s string) Number {
	if n, d := AnyNumber(strings.TrimPrefix(s, "第")); strings.HasPrefix(s, "第") && d != "" {
		at := len("第") + len(d)
		rest := s[at:]
		for _, w := range []string{"部分", "章", "编", "篇", "条", "节"} {
			if strings.HasPrefix(rest, w) {
				st := chapter
				if w == "条" {
					st = article
				}
				return Number{Style: st, N: n, Text: d, Full: at + len(w) + punctuation(rest[len(w):])}
			}
		}
		return Number{}
	}
	if k := circledNumber(s); k > 0 {
		_, w := utf8.DecodeRuneInString(s)
		return Number{Style: Circled, N: k, Text: strconv.Itoa(k), Full: w + punctuation(s[w:])}
	}
	if strings.HasPrefix(s, "(") {
		n, d := AnyNumber(s[1:])
		if d == "" || n == 0 || !strings.HasPrefix(s[1+len(d):], ")") {
			return Number{}
		}
		st := Bracket
		if digit(rune(d[0])) {
			st = Bracketed
		}
		at := len(d) + 2
		return Number{Style: st, N: n, Text: d, Full: at + punctuation(s[at:])}
	}
	for _, w := range []string{"重点任务", "工作任务", "主要任务", "任务", "重点项目", "实事", "专项行动", "行动", "举措", "事项"} {
		if rest, ok := strings.CutPrefix(s, w); ok {
			n, d := AnyNumber(rest)
			if k := punctuation(rest[len(d):]); n > 0 && k > 0 {
				return Number{Style: titled, N: n, Text: d, Full: len(w) + len(d) + k}
			}
		}
	}
	if c := run(s, isNumeral); c != "" && numeral(c) > 0 {
		rest := s[len(c):]
		if strings.HasPrefix(rest, "、") || strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, " ") && utf8.RuneCountInString(c) <= 2 {
			return Number{Style: Chinese, N: numeral(c), Text: c, Full: len(c) + punctuation(rest)}
		}
		return Number{}
	}
	return arabicNumber(s)
}

// arabicNumber reads 1. and 1、 and 1.1 and a 1 that has lost its point.
func arabicNumber(s string) Number {
	d := run(s, digit)
	if d == "" || len(d) > 3 {
		return Number{}
	}
	n, err := strconv.Atoi(d)
	if err != nil || n == 0 {
		return Number{}
	}
	rest, levels, at := s[len(d):], 1, len(d)
	for strings.HasPrefix(rest, ".") {
		more := run(rest[1:], digit)
		if more == "" || len(more) > 2 {
			break
		}
		levels++
		at += 1 + len(more)
		rest = s[at:]
		n, err = strconv.Atoi(more)
		if err != nil {
			return Number{}
		}
	}
	next, w := utf8.DecodeRuneInString(rest)
	if levels == 2 && next == '月' || levels == 1 && yearNext.MatchString(rest) {
		// 1.6月底前, 2.2025年: what follows the point is a date.
		n, err = strconv.Atoi(d)
		if err != nil {
			return Number{}
		}
		return Number{Style: arabic, N: n, Text: d, Full: len(d) + 1}
	}
	if levels > 1 {
		if next == ' ' || next == '.' || next == '、' || Han(next) && !strings.HasPrefix(rest, "万") && !strings.HasPrefix(rest, "亿") && UnitAt(rest) == "" {
			return Number{Style: dotted, N: n, Text: s[:at], Full: at + punctuation(rest), Depth: levels}
		}
		return Number{}
	}
	after, _ := utf8.DecodeRuneInString(rest[w:])
	switch {
	case strings.ContainsRune(".、)", next) && w > 0 && !digit(after):
		return Number{Style: arabic, N: n, Text: d, Full: at + punctuation(rest)}
	case next == ' ' && (Han(after) || after == '“') && len(d) <= 2:
		return Number{Style: arabic, N: n, Text: d, Full: at + 1}
	}
	return Number{}
}

var yearNext = regexp.MustCompile(`^[.]20[0-9]{2}(?:年|[—~-]20)`)

// punctuation is how many bytes of marks stand at the beginning behind a number.
func punctuation(s string) int {
	return len(s) - len(strings.TrimLeft(s, ".、: )"))
}

// circledNumber is 3 for ③; 0 for another character.
func circledNumber(s string) int {
	r, _ := utf8.DecodeRuneInString(s)
	switch {
	case r >= '①' && r <= '⑳':
		return int(r-'①') + 1
	case r >= '❶' && r <= '❿':
		return int(r-'❶') + 1
	}
	return 0
}

// startsItem is whether a line begins with an item's number.
func startsItem(s string) bool { return Numbering(s).Style != NoStyle }

// Rank says which of two numbers is the wider heading.
func (n Number) Rank() int { return int(n.Style)*10 + n.Depth }

// UnitWords are the units of figures, longer ones before those they begin with.
const UnitWords = `%|‰|个百分点|百分点|微克/立方米|微克每立方米|毫克/升|毫克/立方米|吨标准煤|元/人|元/平方米|元/吨|元/亩|公斤/亩|平方公里|平方千米|平方米|立方米|㎡|公里|千米|海里|公顷|亩|千瓦时|千瓦|兆瓦|吉瓦|公斤|千克|吨|标准箱|标箱|TEU|PFLOPS|EFLOPS|PFlops|EFlops|Gbps|Mbps|Tbps|MWh|kWh|MVA|kVA|GW|MW|kW|km|PB|TB|P|人次|人天|户次|架次|车次|场次|件次|台次|家次|班次|台套|台\(套\)|个工作日|工作日|个小时|小时|分钟|秒|个月|元|美元|人|户|家|个|名|项|座|所|处|件|条|辆|台|套|场|次|张|部|篇|株|头|只|倍|分|间|幢|栋|片|批|类|款|种|升|册|本|盏|支|艘|架|对|组|班|站|位|匹|棵|尾|口|眼|门|课时|学时|例|份|笔|单|孔|宗|根|双|道|块|羽|床|席|点|米|天|套房|村|镇|街`

var unitHere = regexp.MustCompile(`^(?:万亿|千万|百万|十万|万|亿|千|百)?(?:` + UnitWords + `)`)

// UnitAt is the unit at the beginning of a text; empty where there is none.
func UnitAt(s string) string { return unitHere.FindString(s) }
