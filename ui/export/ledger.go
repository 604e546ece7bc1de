// Package export writes what offices take away: the ledger as a workbook. It
// knows cells and paper, not rights: the caller hands over only what the reader
// may see, already in words.
package export

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// Column is one column of a sheet.
type Column struct {
	Title string
	Width float64 // characters
	Wrap  bool
}

// Sheet is a table being written. Rows go to it in order.
type Sheet struct {
	sw   *excelize.StreamWriter
	row  int
	wrap []int // style of each column
}

// Book is a workbook being written. Rows are streamed: what is flushed costs no
// memory. Close it in any case.
type Book struct {
	f                 *excelize.File
	head, plain, wrap int
	open              *Sheet
	sheets            int
	footer            string
}

// NewBook begins a workbook. footer is printed at the foot of every page: who
// took it, as of when.
func NewBook(footer string) (*Book, error) {
	b := &Book{f: excelize.NewFile(), footer: footer}
	edge := []excelize.Border{{Type: "left", Color: "808080", Style: 1}, {Type: "right", Color: "808080", Style: 1},
		{Type: "top", Color: "808080", Style: 1}, {Type: "bottom", Color: "808080", Style: 1}}
	top := &excelize.Alignment{Vertical: "top"}
	var err error
	for _, s := range []struct {
		to    *int
		style excelize.Style
	}{
		{&b.head, excelize.Style{Border: edge, Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DCE6F1"}},
			Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}}},
		{&b.plain, excelize.Style{Border: edge, Alignment: top}},
		{&b.wrap, excelize.Style{Border: edge, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}},
	} {
		if *s.to, err = b.f.NewStyle(&s.style); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Sheet ends the sheet before and begins the next, with its header row frozen
// and repeated on every printed page, A3 across, fitted to the page's width.
func (b *Book) Sheet(name string, columns []Column) (*Sheet, error) {
	if err := b.flush(); err != nil {
		return nil, err
	}
	name = sheetName(name)
	if b.sheets == 0 {
		if err := b.f.SetSheetName("Sheet1", name); err != nil {
			return nil, err
		}
	} else if _, err := b.f.NewSheet(name); err != nil {
		return nil, err
	}
	b.sheets++
	if err := b.paper(name); err != nil {
		return nil, err
	}
	sw, err := b.f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &Sheet{sw: sw, row: 1}
	head := make([]any, len(columns))
	for i, c := range columns {
		if err := sw.SetColWidth(i+1, i+1, c.Width); err != nil {
			return nil, err
		}
		style := b.plain
		if c.Wrap {
			style = b.wrap
		}
		s.wrap = append(s.wrap, style)
		head[i] = excelize.Cell{StyleID: b.head, Value: c.Title}
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	b.open = s
	return s, s.put(head)
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
	if err := b.f.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: "&L" + b.footer + "&R&P / &N"}); err != nil {
		return err
	}
	return b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$1:$1", name), Scope: name})
}

// Row writes one row. Text stays text whatever it begins with: a cell is never a
// formula.
func (s *Sheet) Row(values ...any) error {
	cells := make([]any, len(values))
	for i, v := range values {
		cells[i] = excelize.Cell{StyleID: s.wrap[i], Value: v}
	}
	return s.put(cells)
}

func (s *Sheet) put(cells []any) error {
	at, err := excelize.CoordinatesToCellName(1, s.row)
	if err != nil {
		return err
	}
	s.row++
	return s.sw.SetRow(at, cells)
}

func (b *Book) flush() error {
	if b.open == nil {
		return nil
	}
	s := b.open
	b.open = nil
	return s.sw.Flush()
}

// WriteTo ends the last sheet and writes the workbook.
func (b *Book) WriteTo(w io.Writer) (int64, error) {
	if err := b.flush(); err != nil {
		return 0, err
	}
	return b.f.WriteTo(w)
}

// Close lets go of the temporary files rows were streamed to.
func (b *Book) Close() error { return b.f.Close() }

// sheetName is a name Excel takes: at most 31 characters, none of []:*?/\.
func sheetName(s string) string {
	out := []rune{}
	for _, r := range s {
		switch r {
		case '[', ']', ':', '*', '?', '/', '\\', '\'':
			r = ' '
		}
		if out = append(out, r); len(out) == 31 {
			break
		}
	}
	return string(out)
}
