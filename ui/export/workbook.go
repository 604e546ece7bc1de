package export

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// A workbook that comes back is read part by part and cell by cell, and not through
// excelize: that says what a cell shows, or what it keeps, but not what it is, and
// whether a number is a day, a percentage or a truth value decides what is taken. It
// holds a sheet as large as its last row says, too; here an empty row costs nothing.

// workbook is a workbook being read.
type workbook struct {
	parts     map[string]*zip.File // by name in small letters
	sheets    []bookSheet
	shared    []string // texts that cells point to
	formats   []string // number format of each cell style
	since1904 bool     // days are counted from 1904
}

// bookSheet is a sheet by its name and the part it is kept in.
type bookSheet struct {
	name, part string
	hidden     bool
}

// rawCell is a cell as it is kept.
type rawCell struct {
	kind, text string // t, and what stands in v or is
	style      int
	formula    bool
}

// openWorkbook reads what is needed to read sheets. Errors: ErrNotWorkbook, ErrTooLarge.
func openWorkbook(b []byte) (*workbook, error) {
	if err := bounded(b, maxParts, maxUnpacked); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, errors.Join(ErrNotWorkbook, err)
	}
	w := &workbook{parts: map[string]*zip.File{}}
	for _, f := range z.File {
		w.parts[partName(f.Name)] = f
	}
	if err := errors.Join(w.readBook(), w.readShared(), w.readFormats()); err != nil {
		return nil, errors.Join(ErrNotWorkbook, err)
	}
	if len(w.sheets) == 0 {
		return nil, ErrNotWorkbook
	}
	return w, nil
}

// partName is the name of a part as it is compared: without regard to case, and some
// programs write it with the separators of their system.
func partName(s string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(s, `\`, "/"), "/"))
}

// element is a start tag with its attributes, whatever the prefixes.
type element struct {
	name  string
	attrs []xml.Attr
}

func (e element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// related is an attribute of the relationships' name space (r:id), which others have
// without one.
func (e element) related() string {
	for _, a := range e.attrs {
		if a.Name.Local == "id" && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

// walk goes through a part: begin and end of each element, and the text between. A part
// that is not there is empty. It stops without an error when do answers io.EOF.
func (w *workbook) walk(part string, begin func(e element) error, text func(s string), end func(name string) error) (err error) {
	f := w.parts[partName(part)]
	if f == nil {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	d := xml.NewDecoder(r)
	for {
		tok, err := d.RawToken()
		if err == nil {
			switch x := tok.(type) {
			case xml.StartElement:
				err = begin(element{x.Name.Local, x.Attr})
			case xml.CharData:
				text(string(x))
			case xml.EndElement:
				err = end(x.Name.Local)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func noText(string)      {}
func noEnd(string) error { return nil }

// readBook lists the sheets and says from when days are counted.
func (w *workbook) readBook() error {
	target := map[string]string{}
	rels := func(e element) error {
		if e.name == "Relationship" {
			to := e.attr("Target")
			if !strings.HasPrefix(to, "/") {
				to = path.Join("xl", to)
			}
			target[e.attr("Id")] = to
		}
		return nil
	}
	if err := w.walk("xl/_rels/workbook.xml.rels", rels, noText, noEnd); err != nil {
		return err
	}
	return w.walk("xl/workbook.xml", func(e element) error {
		switch e.name {
		case "workbookPr":
			w.since1904 = isTrue(e.attr("date1904"))
		case "sheet":
			part := partName(target[e.related()])
			// A part that several sheets name would be read as often.
			if part != "" && !slices.ContainsFunc(w.sheets, func(s bookSheet) bool { return s.part == part }) {
				w.sheets = append(w.sheets, bookSheet{e.attr("name"), part, e.attr("state") == "hidden" || e.attr("state") == "veryHidden"})
			}
		}
		return nil
	}, noText, noEnd)
}

func isTrue(s string) bool { return s == "1" || s == "true" || s == "on" }

// readShared reads the texts that cells point to, without the readings (rPh) that some
// programs keep beside Chinese characters.
func (w *workbook) readShared() error {
	var one strings.Builder
	in, reading := false, false
	return w.walk("xl/sharedStrings.xml", func(e element) error {
		switch e.name {
		case "si":
			one.Reset()
		case "rPh":
			reading = true
		case "t":
			in = !reading
		}
		return nil
	}, func(s string) {
		if in {
			one.WriteString(s)
		}
	}, func(name string) error {
		switch name {
		case "si":
			w.shared = append(w.shared, unescaped(one.String()))
		case "rPh":
			reading = false
		case "t":
			in = false
		}
		return nil
	})
}

// readFormats reads the number format of each cell style.
func (w *workbook) readFormats() error {
	own := map[string]string{}
	var ids []string
	in := false
	if err := w.walk("xl/styles.xml", func(e element) error {
		switch {
		case e.name == "numFmt":
			own[e.attr("numFmtId")] = e.attr("formatCode")
		case e.name == "cellXfs":
			in = true
		case e.name == "xf" && in:
			ids = append(ids, e.attr("numFmtId"))
		}
		return nil
	}, noText, func(name string) error {
		in = in && name != "cellXfs"
		return nil
	}); err != nil {
		return err
	}
	for _, id := range ids {
		code, ok := own[id]
		if !ok {
			n, err := strconv.Atoi(id)
			if err == nil {
				code = builtIn(n)
			}
		}
		w.formats = append(w.formats, code)
	}
	return nil
}

// rows reads a sheet: do is called for every row, with what stands in its first columns
// (an empty cell is the zero rawCell), and merged for every merged area. It ends early
// when do answers io.EOF.
func (w *workbook) rows(s bookSheet, columns int, do func(n int, cells []rawCell) error, merged func(area string) error) error {
	cells := make([]rawCell, columns)
	var c rawCell
	var said strings.Builder
	row, column, taking, reading := 0, 0, false, false
	err := w.walk(s.part, func(e element) error {
		switch e.name {
		case "row":
			row++
			if n, err := strconv.Atoi(e.attr("r")); err == nil {
				row = n
			}
			clear(cells)
			column = 0
		case "c":
			column++
			if n := columnOf(e.attr("r")); n > 0 {
				column = n
			}
			c = rawCell{kind: e.attr("t")}
			c.style, _ = strconv.Atoi(e.attr("s")) // without one it is the first
			said.Reset()
		case "f":
			c.formula = true
		case "rPh":
			reading = true
		case "v", "t":
			taking = !reading
		case "mergeCell":
			return merged(e.attr("ref"))
		}
		return nil
	}, func(s string) {
		if taking {
			said.WriteString(s)
		}
	}, func(name string) error {
		switch name {
		case "v", "t":
			taking = false
		case "rPh":
			reading = false
		case "c":
			if c.text = said.String(); column <= columns {
				cells[column-1] = c
			}
		case "row":
			return do(row, cells)
		}
		return nil
	})
	if err != nil && !errors.Is(err, ErrTooLarge) {
		err = errors.Join(ErrNotWorkbook, err)
	}
	return err
}

// columnOf is the column of a cell's address, from 1; 0 when there is none.
func columnOf(address string) int {
	n := 0
	for _, r := range address {
		switch {
		case r >= 'A' && r <= 'Z' && n < 1<<20:
			n = n*26 + int(r-'A') + 1
		default:
			return n
		}
	}
	return n
}

// escaped is a character that XML cannot carry, as workbooks write it.
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func unescaped(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escaped.ReplaceAllStringFunc(s, func(m string) string {
		n, err := strconv.ParseUint(m[2:6], 16, 16)
		if err != nil || utf16.IsSurrogate(rune(n)) {
			return m
		}
		return string(rune(n))
	})
}
