package export

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"
)

// FigureColumn is a column of the figures sheet. The order is the layout: what is
// exported is what is imported.
type FigureColumn int

// The columns; those from FigureValue on are for filling in.
const (
	FigureIndicator FigureColumn = iota
	FigureAssignment
	FigureTitle
	FigureUnit
	FigureTarget
	FigureLast
	FigureLastAsOf
	FigureValue
	FigureComparison
	FigureAsOf
	FigureKind
	FigureExplanation
	FigureColumns // how many there are
)

// figureFormats are the columns' widths and formats.
var figureFormats = [FigureColumns]struct {
	width  float64
	format Format
}{{9, Text}, {24, Text}, {40, Text}, {10, Text}, {12, Text}, {14, Decimal}, {12, Day}, {14, Decimal}, {14, Decimal}, {13, Day}, {10, Text}, {36, Text}}

// The layout's name, and the key it stands under on the hidden sheet.
const (
	figureLayout = "duban-figures/1"
	layoutKey    = "layout"
	hiddenSheet  = "duban"
)

// FigureSheet is a sheet of figures to be filled in.
type FigureSheet struct {
	Name, NotesName string
	Titles          [FigureColumns]string
	Notes           []string          // how to fill it, a line each
	Kinds           []string          // what FigureKind may be: a drop-down
	Earliest        time.Time         // of a statistical date
	Latest          time.Time         //
	Marks           map[string]string // carried along unseen: whose it is, as of when
	Rows            [][FigureColumns]any
}

// WriteFigures writes the sheet: what is given is locked, what is asked for is not.
func WriteFigures(w io.Writer, s FigureSheet, footer string) (err error) {
	b, err := NewBook(footer)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	name, err := b.add(s.Name)
	if err != nil {
		return err
	}
	if err := b.figureRows(name, s); err != nil {
		return err
	}
	if err := b.figureRules(name, s); err != nil {
		return err
	}
	if err := b.lines(s.NotesName, s.Notes); err != nil {
		return err
	}
	if err := b.marks(s.Marks); err != nil {
		return err
	}
	_, err = b.WriteTo(w)
	return err
}

// figureRows writes header and rows.
func (b *Book) figureRows(name string, s FigureSheet) error {
	put := func(column, row int, v any, id int) error {
		at, err := excelize.CoordinatesToCellName(column, row)
		if err == nil {
			err = b.f.SetCellStyle(name, at, at, id)
		}
		if err != nil || v == nil {
			return err
		}
		if text, ok := v.(string); ok {
			return b.f.SetCellStr(name, at, text) // never a formula
		}
		return b.f.SetCellValue(name, at, v)
	}
	for i, c := range figureFormats {
		letter, err := excelize.ColumnNumberToName(i + 1)
		if err == nil {
			err = b.f.SetColWidth(name, letter, letter, c.width)
		}
		if err == nil {
			err = put(i+1, 1, s.Titles[i], b.head)
		}
		if err != nil {
			return err
		}
		fill := FigureColumn(i) >= FigureValue
		for n, row := range s.Rows {
			v, as := value(row[i], c.format)
			id, err := b.style(style{format: as, locked: !fill, fill: fill})
			if err == nil {
				err = put(i+1, n+2, v, id)
			}
			if err != nil {
				return err
			}
		}
	}
	return b.f.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

// figureRules offers the drop-down, bounds the dates and locks the rest.
func (b *Book) figureRules(name string, s FigureSheet) error {
	last := max(len(s.Rows)+1, 2)
	if err := b.choices(name, int(FigureKind)+1, 2, last, s.Kinds); err != nil {
		return err
	}
	column, err := excelize.ColumnNumberToName(int(FigureAsOf) + 1)
	if err != nil {
		return err
	}
	dates := excelize.NewDataValidation(true)
	dates.SetSqref(fmt.Sprintf("%s2:%s%d", column, column, last))
	if err := dates.SetRange(serial(s.Earliest), serial(s.Latest), excelize.DataValidationTypeDate, excelize.DataValidationOperatorBetween); err != nil {
		return err
	}
	if err := b.f.AddDataValidation(name, dates); err != nil {
		return err
	}
	return b.f.ProtectSheet(name, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true, FormatColumns: true, FormatRows: true})
}

// lines is a sheet of plain lines.
func (b *Book) lines(name string, lines []string) error {
	name, err := b.add(name)
	if err != nil {
		return err
	}
	id, err := b.style(style{locked: true})
	if err != nil {
		return err
	}
	if err := b.f.SetColWidth(name, "A", "A", 100); err != nil {
		return err
	}
	for i, text := range lines {
		at := fmt.Sprintf("A%d", i+1)
		if err := errors.Join(b.f.SetCellStr(name, at, text), b.f.SetCellStyle(name, at, at, id)); err != nil {
			return err
		}
	}
	return nil
}

// marks is the sheet nobody sees.
func (b *Book) marks(all map[string]string) error {
	if _, err := b.f.NewSheet(hiddenSheet); err != nil {
		return err
	}
	keys := []string{layoutKey}
	for k := range all {
		keys = append(keys, k)
	}
	slices.Sort(keys[1:])
	for i, k := range keys {
		v := all[k]
		if k == layoutKey {
			v = figureLayout
		}
		if err := errors.Join(b.f.SetCellStr(hiddenSheet, fmt.Sprintf("A%d", i+1), k), b.f.SetCellStr(hiddenSheet, fmt.Sprintf("B%d", i+1), v)); err != nil {
			return err
		}
	}
	return b.f.SetSheetVisible(hiddenSheet, false, true)
}
