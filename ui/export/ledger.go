// Package export writes what offices take away: workbooks and official papers, and
// reads the ones they bring back. It knows cells and paper, not rights: the caller
// hands over only what the reader may see, already in words.
package export

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"github.com/shopspring/decimal"
)

// Format is how the cells of a column are shown.
type Format int

// The formats. A Moment is a date with hour and minute, in the location of the time
// given; a Day is the date alone.
const (
	Text Format = iota
	Whole
	Decimal // grouped, with the digits it has, at most four
	Points  // two decimal places
	Moment
	Day
)

// Column is one column of a sheet.
type Column struct {
	Title   string
	Width   float64 // characters
	Format  Format
	Choices []string // offered as a drop-down; nil: anything may be typed
}

// Sheet is a table being written. Rows go to it in order.
type Sheet struct {
	name    string
	sw      *excelize.StreamWriter
	row     int
	columns []Column
	book    *Book
	cells   []any
}

// Book is a workbook being written. Rows are streamed: what is flushed costs no
// memory. Close it in any case.
type Book struct {
	f      *excelize.File
	head   int
	styles map[style]int
	open   *Sheet
	sheets int
	footer string
	names  map[string]bool // of the sheets, in small letters
}

// style is what sets cells apart; a Decimal without a fraction is shown as Whole.
type style struct {
	format Format
	locked bool
	fill   bool // to be filled in
}

// formats are the number formats in Excel's own notation.
var formats = map[Format]string{Whole: "#,##0", Decimal: "#,##0.00##", Points: "0.00", Moment: "yyyy-mm-dd hh:mm", Day: "yyyy-mm-dd"}

// MaxRows is how many rows a sheet takes beside its header; the next one is begun by
// the caller.
const MaxRows = 1_000_000

// NewBook begins a workbook. footer is printed at the foot of every page: who
// took it, as of when.
func NewBook(footer string) (*Book, error) {
	b := &Book{f: excelize.NewFile(), footer: footer, styles: map[style]int{}, names: map[string]bool{}}
	var err error
	b.head, err = b.f.NewStyle(&excelize.Style{Border: edges(), Font: &excelize.Font{Bold: true},
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DCE6F1"}},
		Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}})
	if err != nil {
		return nil, errors.Join(err, b.f.Close())
	}
	return b, nil
}

func edges() []excelize.Border {
	var all []excelize.Border
	for _, side := range []string{"left", "right", "top", "bottom"} {
		all = append(all, excelize.Border{Type: side, Color: "808080", Style: 1})
	}
	return all
}

// style is the number of a style in the workbook, made when it is first asked for.
func (b *Book) style(s style) (int, error) {
	if id, ok := b.styles[s]; ok {
		return id, nil
	}
	made := excelize.Style{Border: edges(), Alignment: &excelize.Alignment{Vertical: "top", WrapText: s.format == Text},
		Protection: &excelize.Protection{Locked: s.locked}}
	if f, ok := formats[s.format]; ok {
		made.CustomNumFmt = &f
	}
	if s.fill {
		made.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFF8DC"}}
	}
	id, err := b.f.NewStyle(&made)
	b.styles[s] = id
	return id, err
}

// Sheet ends the sheet before and begins the next, with its header row frozen
// and repeated on every printed page, A3 across, fitted to the page's width.
func (b *Book) Sheet(name string, columns []Column) (*Sheet, error) {
	if err := b.flush(); err != nil {
		return nil, err
	}
	name, err := b.add(name)
	if err != nil {
		return nil, err
	}
	sw, err := b.f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &Sheet{name: name, sw: sw, row: 1, columns: columns, book: b, cells: make([]any, len(columns))}
	for i, c := range columns {
		if err := sw.SetColWidth(i+1, i+1, c.Width); err != nil {
			return nil, err
		}
		s.cells[i] = excelize.Cell{StyleID: b.head, Value: c.Title}
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	b.open = s
	return s, s.put()
}

// add makes an empty sheet, set up for printing, and answers the name it got.
func (b *Book) add(name string) (string, error) {
	name = b.freeName(name)
	if b.sheets == 0 {
		if err := b.f.SetSheetName("Sheet1", name); err != nil {
			return "", err
		}
	} else if _, err := b.f.NewSheet(name); err != nil {
		return "", err
	}
	b.sheets++
	return name, b.paper(name)
}

// paper sets a sheet up for printing.
func (b *Book) paper(name string) error {
	a3, landscape, one, any := 8, "landscape", 1, 0
	fit := true
	if err := b.f.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &a3, Orientation: &landscape, FitToWidth: &one, FitToHeight: &any}); err != nil {
		return err
	}
	if err := b.f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	if err := b.f.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: "&L" + strings.ReplaceAll(b.footer, "&", "&&") + "&R&P / &N"}); err != nil {
		return err
	}
	return b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$1:$1", name), Scope: name})
}

// Row writes one row. Text stays text whatever it begins with: a cell is never a
// formula. A time is written as its own location's wall clock, which is all a
// workbook knows; nil and the zero time are an empty cell.
func (s *Sheet) Row(values ...any) error {
	for i, v := range values {
		v, as := value(v, s.columns[i].Format)
		id, err := s.book.style(style{format: as})
		if err != nil {
			return err
		}
		s.cells[i] = excelize.Cell{StyleID: id, Value: v}
	}
	return s.put()
}

// Rows is how many rows were written, the header left out.
func (s *Sheet) Rows() int { return s.row - 2 }

// value is a value as a cell holds it, and the format that shows it.
func value(v any, as Format) (any, Format) {
	switch v := v.(type) {
	case time.Time:
		if v.IsZero() {
			return nil, as
		}
		return serial(v), as
	case decimal.Decimal:
		if as == Decimal && v.IsInteger() {
			as = Whole
		}
		return v.InexactFloat64(), as
	}
	return v, as
}

// serial is a wall clock as workbooks count it: days since 30 December 1899, to the
// minute. Most minutes are no decimal or binary fraction. It is written with fifteen
// digits, as spreadsheet programs do, and rounded up: those that cut off what is behind
// the minute, or read fewer digits, would show the minute before it.
func serial(t time.Time) float64 {
	_, offset := t.Zone()
	minutes := (t.Unix()+int64(offset))/60 + 25569*1440
	const digits = 10_000_000_000 // ten behind the point
	return float64((minutes*digits+1439)/1440) / digits
}

func (s *Sheet) put() error {
	at, err := excelize.CoordinatesToCellName(1, s.row)
	if err != nil {
		return err
	}
	s.row++
	return s.sw.SetRow(at, s.cells)
}

// flush ends the sheet that is open: its filter arrows and drop-downs are written
// after the rows.
func (b *Book) flush() error {
	if b.open == nil {
		return nil
	}
	s := b.open
	b.open = nil
	last := max(s.row-1, 2)
	end, err := excelize.CoordinatesToCellName(len(s.columns), last)
	if err != nil {
		return err
	}
	if err := b.f.AutoFilter(s.name, "A1:"+end, nil); err != nil {
		return err
	}
	for i, c := range s.columns {
		if err := b.choices(s.name, i+1, 2, last, c.Choices); err != nil {
			return err
		}
	}
	return s.sw.Flush()
}

// choices offers a drop-down for the rows of a column.
func (b *Book) choices(sheet string, column, first, last int, words []string) error {
	if words == nil {
		return nil
	}
	from, err := excelize.CoordinatesToCellName(column, first)
	if err != nil {
		return err
	}
	to, err := excelize.CoordinatesToCellName(column, last)
	if err != nil {
		return err
	}
	v := excelize.NewDataValidation(true)
	v.SetSqref(from + ":" + to)
	if err := v.SetDropList(words); err != nil {
		return err
	}
	return b.f.AddDataValidation(sheet, v)
}

// WriteTo ends the last sheet and writes the workbook, without holding it in memory.
func (b *Book) WriteTo(w io.Writer) (int64, error) {
	if err := b.flush(); err != nil {
		return 0, err
	}
	count := &counter{w: w}
	b.f.SetZipWriter(func(io.Writer) excelize.ZipWriter {
		z := zip.NewWriter(count)
		// Half the time of the usual level, for a file a sixth larger.
		z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
		return z
	})
	// The buffer is what the library would collect the archive in: it stays empty.
	_, err := b.f.WriteToBuffer()
	return count.n, err
}

// counter counts what goes through it.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Close lets go of the temporary files rows were streamed to.
func (b *Book) Close() error { return b.f.Close() }

// maxName is how long a sheet's name may be, in the units of UTF-16 that Excel counts.
const maxName = 31

// freeName is a name that a workbook takes and that no sheet of the book has: to Excel
// names are the same that differ in case alone, and a sheet under a name that is taken
// would be written over the first.
func (b *Book) freeName(s string) string {
	name := sheetName(s, maxName)
	for n := 2; b.names[strings.ToLower(name)]; n++ {
		behind := fmt.Sprintf("~%d", n)
		name = sheetName(s, maxName-len(behind)) + behind
	}
	b.names[strings.ToLower(name)] = true
	return name
}

// sheetName is a name Excel takes: of so many units at most, without []:*?/\, not begun
// or ended by an apostrophe, not empty, and not the one it keeps for itself.
func sheetName(s string, most int) string {
	out := []rune{}
	units := 0
	for _, r := range s {
		if strings.ContainsRune(`[]:*?/\'`, r) || unicode.IsControl(r) || r == unicode.ReplacementChar {
			r = ' '
		}
		if units += utf16.RuneLen(r); units > most {
			break
		}
		out = append(out, r)
	}
	name := strings.TrimSpace(string(out))
	switch {
	case name == "":
		return "-"
	case strings.EqualFold(name, "History"):
		return name + "_"
	}
	return name
}
