package calendar

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Limits of a year file. The longest arrangement so far has 10 days for one
// holiday (2020); New Year's make-up day has fallen on 31 December before (2011).
const (
	maxFile    = 64 << 10 // bytes
	maxName    = 100      // characters of a name or a source
	maxStretch = 31       // days of one holiday
	maxOutside = 14       // days a make-up workday may lie outside its year
)

// Year is one year's published arrangement of public holidays.
type Year struct {
	Year     int       `json:"year"`
	Source   string    `json:"source"` // the notice: title, number and date
	Holidays []Holiday `json:"holidays"`
	MakeUp   []Date    `json:"make_up"` // weekend days on which everybody works
}

// Holiday is one stretch of days off, both ends included.
type Holiday struct {
	Name string `json:"name"`
	From Date   `json:"from"`
	To   Date   `json:"to"`
}

// ParseYear reads and checks one year file; name is its file name, YYYY.yaml, and
// is used in errors. The file is one YAML mapping:
//
//	year: 2022
//	source: 国务院办公厅关于2022年部分节假日安排的通知（国办发明电〔2021〕11号，2021年10月25日）
//	holidays:
//	  - {name: 元旦, from: 2022-01-01, to: 2022-01-03}
//	make_up:
//	  - 2022-01-29
//
// make_up may be left out. A holiday has at least one day in the year and may
// reach over New Year; a make-up workday is a Saturday or Sunday in the year or at
// most two weeks outside. No day stands twice. All faults are returned at once, one
// a line as file:line:column: text, in the order of the file.
func ParseYear(name string, b []byte) (Year, error) {
	r := &reader{name: name}
	var y Year
	if top := r.document(b); top != nil {
		y = r.year(top)
	}
	if len(r.faults) > 0 {
		return Year{}, r.err()
	}
	return y, nil
}

// readCapped reads a file of at most maxFile bytes and one more, so that a longer
// one is refused by ParseYear without being held.
func readCapped(fsys fs.FS, name string) (b []byte, err error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// reader walks the YAML nodes and collects faults.
type reader struct {
	name   string
	faults []fault
}

type fault struct {
	line, column int
	text         string
}

func (r *reader) fault(line, column int, format string, args ...any) {
	r.faults = append(r.faults, fault{line, column, fmt.Sprintf(format, args...)})
}

// err is all faults in the order of the file.
func (r *reader) err() error {
	slices.SortStableFunc(r.faults, func(a, b fault) int {
		return cmp.Or(a.line-b.line, a.column-b.column)
	})
	errs := make([]error, len(r.faults))
	for i, f := range r.faults {
		errs[i] = fmt.Errorf("%s:%d:%d: %s", r.name, f.line, f.column, f.text)
	}
	return errors.Join(errs...)
}

func (r *reader) at(n *yaml.Node, format string, args ...any) {
	r.fault(n.Line, n.Column, format, args...)
}

var syntaxError = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// document returns the top node of the only document, or nil with a fault.
func (r *reader) document(b []byte) *yaml.Node {
	if len(b) > maxFile {
		r.fault(1, 1, "the file is longer than %d KiB", maxFile>>10)
		return nil
	}
	if !utf8.Valid(b) {
		line, column := invalidAt(b)
		r.fault(line, column, "not UTF-8 text; save the file as UTF-8")
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		r.fault(1, 1, "the file is empty")
		return nil
	} else if err != nil {
		r.syntax(err)
		return nil
	}
	if err := dec.Decode(&more); err == nil {
		r.at(&more, "a second document: the file must hold one")
		return nil
	} else if !errors.Is(err, io.EOF) {
		r.syntax(err)
		return nil
	}
	return doc.Content[0]
}

// syntax reports a parser error. The parser gives a line at most, never a column.
func (r *reader) syntax(err error) {
	m := syntaxError.FindStringSubmatch(err.Error())
	line, text := 1, err.Error()
	if m != nil {
		text = strings.TrimPrefix(text, m[0])
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	r.fault(line, 1, "not YAML: %s", text)
}

// invalidAt is the line and column (in characters) of the first byte that is not UTF-8.
func invalidAt(b []byte) (line, column int) {
	line, column = 1, 1
	for len(b) > 0 {
		c, size := utf8.DecodeRune(b)
		switch {
		case c == utf8.RuneError && size == 1:
			return line, column
		case c == '\n':
			line, column = line+1, 1
		default:
			column++
		}
		b = b[size:]
	}
	return line, column
}

func (r *reader) year(n *yaml.Node) Year {
	f := r.fields(n, "year", "source", "holidays", "make_up")
	if f == nil {
		return Year{}
	}
	r.require(n, f, "year", "source", "holidays")
	y := Year{Year: r.yearNumber(f["year"]), Source: r.text(f["source"])}
	seen := map[Date]int{} // line of the entry that has the day
	list, ok := r.items(f["holidays"])
	if ok && len(list) == 0 {
		r.at(f["holidays"], "no holidays: a year without a list has no file")
	}
	for _, h := range list {
		if v, ok := r.holiday(h, y.Year, seen); ok {
			y.Holidays = append(y.Holidays, v)
		}
	}
	list, _ = r.items(f["make_up"]) // may be left out
	for _, m := range list {
		if d, ok := r.makeUp(m, y.Year, seen); ok {
			y.MakeUp = append(y.MakeUp, d)
		}
	}
	return y
}

func (r *reader) yearNumber(n *yaml.Node) int {
	if n == nil || !r.plain(n) {
		return 0
	}
	y, err := strconv.Atoi(n.Value)
	if err != nil || len(n.Value) != 4 || y < 1900 {
		r.at(n, "not a year: %.40q", n.Value)
		return 0
	}
	if base := path.Base(r.name); base != n.Value+".yaml" {
		r.at(n, "the file of this year is named %d.yaml", y)
	}
	return y
}

// holiday reads one stretch; year is 0 when it is not known because of a fault.
func (r *reader) holiday(n *yaml.Node, year int, seen map[Date]int) (Holiday, bool) {
	f := r.fields(n, "name", "from", "to")
	if f == nil {
		return Holiday{}, false
	}
	r.require(n, f, "name", "from", "to")
	h := Holiday{Name: r.text(f["name"])}
	var ok, ok2 bool
	h.From, ok = r.date(f["from"])
	h.To, ok2 = r.date(f["to"])
	switch {
	case !ok || !ok2:
		return h, false
	case h.To.Before(h.From):
		r.at(f["to"], "the last day %s is before the first, %s", h.To, h.From)
		return h, false
	case h.From.DaysUntil(h.To) >= maxStretch:
		r.at(f["to"], "%d days: a holiday has %d at most", h.From.DaysUntil(h.To)+1, maxStretch)
		return h, false
	case year != 0 && (h.From.Year > year || h.To.Year < year):
		r.at(f["from"], "%s to %s has no day in %d", h.From, h.To, year)
		return h, false
	}
	for d := h.From; !h.To.Before(d); d = d.AddDays(1) {
		if line, dup := seen[d]; dup {
			r.at(f["from"], "%s stands twice, also on line %d", d, line)
			return h, false
		}
		seen[d] = n.Line
	}
	return h, true
}

func (r *reader) makeUp(n *yaml.Node, year int, seen map[Date]int) (Date, bool) {
	d, ok := r.date(n)
	if !ok {
		return d, false
	}
	if !weekend(d) {
		r.at(n, "%s is a %s: a make-up workday is a Saturday or Sunday", d, d.Weekday())
		return d, false
	}
	first, last := Date{year, 1, 1}.AddDays(-maxOutside), Date{year, 12, 31}.AddDays(maxOutside)
	if year != 0 && (d.Before(first) || last.Before(d)) {
		r.at(n, "%s is not in %d", d, year)
		return d, false
	}
	if line, dup := seen[d]; dup {
		r.at(n, "%s stands twice, also on line %d", d, line)
		return d, false
	}
	seen[d] = n.Line
	return d, true
}

// fields are the values of a mapping by key; nil with a fault if n is none.
func (r *reader) fields(n *yaml.Node, known ...string) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		r.at(n, "want a mapping with %s", strings.Join(known, ", "))
		return nil
	}
	f := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !r.plain(key) {
			continue
		}
		switch old := f[key.Value]; {
		case !slices.Contains(known, key.Value):
			r.at(key, "unknown key %.40q; known are %s", key.Value, strings.Join(known, ", "))
		case old != nil:
			r.at(key, "%s stands twice", key.Value)
		default:
			f[key.Value] = value
		}
	}
	return f
}

func (r *reader) require(n *yaml.Node, f map[string]*yaml.Node, keys ...string) {
	for _, k := range keys {
		if f[k] == nil {
			r.at(n, "%s is missing", k)
		}
	}
}

// items are the entries of a list; false, with a fault if n is there, for no list.
func (r *reader) items(n *yaml.Node) ([]*yaml.Node, bool) {
	if n == nil {
		return nil, false
	}
	if n.Kind != yaml.SequenceNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		r.at(n, "want a list")
		return nil, false
	}
	return n.Content, true
}

// plain accepts a scalar without anchor, alias or tag.
func (r *reader) plain(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		r.at(n, "want a simple value, without anchors, aliases and tags")
		return false
	}
	return true
}

func (r *reader) date(n *yaml.Node) (Date, bool) {
	if n == nil || !r.plain(n) {
		return Date{}, false
	}
	d, err := ParseDate(n.Value)
	if err != nil {
		r.at(n, "%s", err)
		return Date{}, false
	}
	return d, true
}

// text is a name people read: not empty, one line, printable, no hidden marks.
func (r *reader) text(n *yaml.Node) string {
	if n == nil || !r.plain(n) {
		return ""
	}
	s := strings.TrimSpace(n.Value)
	bad := strings.IndexFunc(s, func(c rune) bool { return !unicode.IsPrint(c) && c != '\u3000' })
	switch {
	case s == "" || n.Tag == "!!null":
		r.at(n, "must not be empty")
	case utf8.RuneCountInString(s) > maxName:
		r.at(n, "longer than %d characters", maxName)
	case bad >= 0:
		r.at(n, "has a character that cannot be printed")
	}
	return s
}
