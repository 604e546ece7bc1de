package document

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"duban/workflow/plan/intake/passage"
)

// Bounds of a Word document.
const (
	maxPart  = 24 << 20 // bytes of a part, unpacked
	maxDepth = 200      // elements in one another: a table in a table takes three
	maxNodes = 4_000_000
)

var (
	errDeep = errors.New("document: nested too deep")
	errLong = errors.New("document: a part is too large")
)

// part is a part of an archive by its name, whatever its case; nil where there is none.
func part(z *zip.Reader, name string) *zip.File {
	for _, f := range z.File {
		if strings.EqualFold(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"), name) {
			return f
		}
	}
	return nil
}

// element is a start tag.
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

func (e element) number(name string, otherwise int) int {
	n, err := strconv.Atoi(e.attr(name))
	if err != nil {
		return otherwise
	}
	return n
}

// off is whether a property is switched off.
func (e element) off() bool {
	v := e.attr("val")
	return v == "0" || v == "false" || v == "none"
}

// walk goes through a part, within its bounds.
func walk(f *zip.File, begin func(element), text func(string), end func(string)) (err error) {
	if f == nil {
		return nil
	}
	if f.UncompressedSize64 > maxPart {
		return errLong
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	d := xml.NewDecoder(io.LimitReader(r, maxPart))
	deep, nodes := 0, 0
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if nodes++; nodes > maxNodes {
			return errLong
		}
		switch x := tok.(type) {
		case xml.StartElement:
			if deep++; deep > maxDepth {
				return errDeep
			}
			begin(element{x.Name.Local, x.Attr})
		case xml.CharData:
			text(string(x))
		case xml.EndElement:
			deep--
			end(x.Name.Local)
		}
	}
}

// readWord reads a Word document's paragraphs and tables, with the numbers that Word puts
// before its paragraphs. Headers, footers, notes and what was deleted are left out.
func readWord(z *zip.Reader) ([]passage.Line, error) {
	main := "word/document.xml"
	rels := func(e element) {
		if e.name == "Relationship" && strings.HasSuffix(e.attr("Type"), "/officeDocument") {
			main = path.Clean(strings.TrimPrefix(e.attr("Target"), "/"))
		}
	}
	nothing, over := func(string) {}, func(string) {}
	if err := walk(part(z, "_rels/.rels"), rels, nothing, over); err != nil {
		return nil, unread(err)
	}
	f := part(z, main)
	if f == nil {
		return nil, refuse("document.damaged", nil)
	}
	n, err := readNumbering(z, path.Dir(main))
	if err != nil {
		return nil, unread(err)
	}
	w := &word{numbers: n}
	if err := walk(f, w.begin, w.text, w.end); err != nil {
		return nil, unread(err)
	}
	return w.lines, nil
}

// unread says of a part that cannot be read why.
func unread(err error) error {
	if errors.Is(err, errDeep) || errors.Is(err, errLong) {
		return refuse("document.too_large", err)
	}
	return refuse("document.damaged", err)
}

// word is a Word document being read.
type word struct {
	numbers *numbers
	lines   []passage.Line
	count   int
	paras   []*wordPara  // open ones: a text box is a paragraph in a paragraph
	tables  []*wordTable // open ones
	skip    int          // depth of what is left out
	inText  bool
	run     bool // inside a run that is hidden
}

type wordPara struct {
	text   strings.Builder
	style  string
	num    string
	level  int
	levels bool // the paragraph says its level
}

type wordTable struct {
	row    []passage.Cell
	cell   strings.Builder
	span   int
	merge  bool
	goesOn bool
	column int
	above  map[int]string // text of the merged cell that begins at a column
}

// left are elements whose content is not part of the text.
var left = map[string]bool{"del": true, "moveFrom": true, "Fallback": true, "instrText": true, "delText": true, "rt": true, "annotationRef": true}

func (w *word) begin(e element) {
	if w.skip > 0 || left[e.name] {
		w.skip++
		return
	}
	switch e.name {
	case "p":
		w.paras = append(w.paras, &wordPara{})
	case "tbl":
		w.tables = append(w.tables, &wordTable{above: map[int]string{}})
	case "r":
		w.run = false
	case "t":
		w.inText = !w.run
	case "vanish":
		w.run = !e.off()
	case "tab":
		w.put(" ")
	case "br", "cr":
		if e.attr("type") != "page" {
			w.put("\n")
		}
	case "noBreakHyphen":
		w.put("-")
	}
	if p := w.para(); p != nil {
		switch e.name {
		case "pStyle":
			p.style = e.attr("val")
		case "numId":
			p.num = e.attr("val")
		case "ilvl":
			p.level, p.levels = e.number("val", 0), true
		}
	}
	if t := w.table(); t != nil {
		switch e.name {
		case "tr":
			t.row, t.column = nil, 0
		case "gridBefore":
			if n := e.number("val", 0); n > 0 && n < 64 {
				t.row = append(t.row, passage.Cell{Span: n})
				t.column += n
			}
		case "tc":
			t.cell.Reset()
			t.span, t.merge, t.goesOn = 1, false, false
		case "gridSpan":
			t.span = min(64, max(1, e.number("val", 1)))
		case "vMerge":
			t.merge, t.goesOn = true, e.attr("val") != "restart"
		}
	}
}

func (w *word) para() *wordPara {
	if len(w.paras) == 0 {
		return nil
	}
	return w.paras[len(w.paras)-1]
}

func (w *word) table() *wordTable {
	if len(w.tables) == 0 {
		return nil
	}
	return w.tables[len(w.tables)-1]
}

func (w *word) put(s string) {
	if p := w.para(); p != nil && w.skip == 0 {
		p.text.WriteString(s)
	}
}

func (w *word) text(s string) {
	if w.inText {
		w.put(s)
	}
}

func (w *word) end(name string) {
	if w.skip > 0 {
		w.skip--
		return
	}
	switch name {
	case "t":
		w.inText = false
	case "p":
		w.paragraph()
	case "tc":
		if t := w.table(); t != nil {
			t.close()
		}
	case "tr":
		if t := w.table(); t != nil && len(w.tables) == 1 {
			w.count++
			w.lines = append(w.lines, passage.Line{No: w.count, Cells: t.row})
		} else if t != nil {
			// A table in a cell is what the cell says.
			outer := w.tables[len(w.tables)-2]
			for _, c := range t.row {
				outer.say(c.Text)
			}
		}
	case "tbl":
		if len(w.tables) > 0 {
			w.tables = w.tables[:len(w.tables)-1]
		}
		if len(w.tables) == 0 {
			w.lines = append(w.lines, passage.Line{}) // one table ends here
		}
	}
}

// paragraph ends a paragraph: with its number, and line by line where it has line breaks.
func (w *word) paragraph() {
	p := w.para()
	if p == nil {
		return
	}
	w.paras = w.paras[:len(w.paras)-1]
	text := p.text.String()
	if strings.HasPrefix(strings.ToUpper(p.style), "TOC") || w.numbers.contents[p.style] {
		return
	}
	if strings.TrimSpace(text) != "" {
		text = w.numbers.next(p) + text
	}
	if t := w.table(); t != nil {
		t.say(text)
		return
	}
	w.count++
	for l := range strings.SplitSeq(text, "\n") {
		w.lines = append(w.lines, passage.Line{No: w.count, Text: l})
	}
}

// say adds a paragraph to the cell.
func (t *wordTable) say(s string) {
	if strings.TrimSpace(s) == "" {
		return
	}
	if t.cell.Len() > 0 {
		t.cell.WriteString("\n")
	}
	t.cell.WriteString(s)
}

// close ends a cell.
func (t *wordTable) close() {
	c := passage.Cell{Text: t.cell.String(), Span: t.span}
	switch {
	case t.goesOn:
		c.Text, c.Above = t.above[t.column], true
	case t.merge:
		t.above[t.column] = c.Text
	}
	t.row = append(t.row, c)
	t.column += t.span
	t.cell.Reset()
}
