package export

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Paper is an official document: title, sections of prose, tables behind them.
type Paper struct {
	Title    string
	To       string // whom it is sent to, with its colon; empty: nobody is named
	Sections []PaperSection
	Signed   string // who it is from, and the day, under the text; empty: left out
	Date     string
	Tables   []PaperTable
	Footer   string // small, under the page number of every page
}

// PaperSection is a heading (一、总体情况) with its paragraphs.
type PaperSection struct {
	Heading    string
	Paragraphs []string
}

// PaperTable is an attachment. Widths are shares of the line, any unit.
type PaperTable struct {
	Title   string
	Columns []string
	Widths  []int
	Rows    [][]string
}

// The layout of official papers (GB/T 9704—2012, 5.2: A4, margins 37/35/28/26 mm,
// 22 lines of 28 characters in size 3). Lengths are twentieths of a point, sizes half
// points; a millimetre is 56.69 twentieths.
const (
	pageWidth, pageHeight        = 11906, 16838
	marginTop, marginBottom      = 2098, 1984
	marginLeft, marginRight      = 1587, 1474
	textWidth                    = pageWidth - marginLeft - marginRight
	linePitch                    = 579 // 22 lines in 225 mm
	charSpace                    = -5  // 28 characters in 156 mm: 15.75 pt each, in twentieths of a point off 16
	titlePitch                   = 660
	footerBottom                 = 850 // the note's lowest line: the number above it is 7 mm under the text
	titleLine                    = 20  // characters of the title on a line
	titleSize, bodySize          = 44, 32
	numberSize, noteSize         = 28, 15
	cellSize                     = 18
	titleFont, bodyFont          = "方正小标宋简体", "仿宋_GB2312"
	headingFont, numberFont      = "黑体", "宋体"
	wordSpace, relationshipSpace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
)

// WriteDocx writes the paper as an Office Open XML document. The same paper gives the
// same bytes: no time and no chance is in it.
func WriteDocx(w io.Writer, p Paper) error {
	z := zip.NewWriter(w)
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", contentTypes},
		{"_rels/.rels", relationships(`<Relationship Id="rId1" Type="` + relationshipSpace + `/officeDocument" Target="word/document.xml"/>`)},
		{"word/_rels/document.xml.rels", relationships(documentParts)},
		{"word/settings.xml", xmlHead + `<w:settings xmlns:w="` + wordSpace + `"><w:evenAndOddHeaders/><w:characterSpacingControl w:val="compressPunctuation"/></w:settings>`},
		{"word/styles.xml", styles()},
		{"word/footer1.xml", footer(p.Footer, "right")},
		{"word/footer2.xml", footer(p.Footer, "left")},
		{"word/document.xml", document(p)},
	} {
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate})
		if err == nil {
			_, err = io.WriteString(f, part.text)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("docx %s: %w", part.name, err), z.Close())
		}
	}
	return z.Close()
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`

const contentTypes = xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
	`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
	`<Default Extension="xml" ContentType="application/xml"/>` +
	`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
	`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
	`<Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/>` +
	`<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>` +
	`<Override PartName="/word/footer2.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>`

const documentParts = `<Relationship Id="rId1" Type="` + relationshipSpace + `/styles" Target="styles.xml"/>` +
	`<Relationship Id="rId2" Type="` + relationshipSpace + `/settings" Target="settings.xml"/>` +
	`<Relationship Id="rId3" Type="` + relationshipSpace + `/footer" Target="footer1.xml"/>` +
	`<Relationship Id="rId4" Type="` + relationshipSpace + `/footer" Target="footer2.xml"/>`

func relationships(all string) string {
	return xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + all + `</Relationships>`
}

func styles() string {
	return xmlHead + `<w:styles xmlns:w="` + wordSpace + `"><w:docDefaults><w:rPrDefault><w:rPr>` + font(bodyFont, bodySize) +
		`<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style></w:styles>`
}

func font(name string, size int) string {
	n := strconv.Itoa(size)
	return `<w:rFonts w:ascii="` + name + `" w:hAnsi="` + name + `" w:eastAsia="` + name + `" w:cs="` + name + `"/><w:sz w:val="` + n + `"/><w:szCs w:val="` + n + `"/>`
}

// escape makes text safe inside an element. What XML cannot hold becomes U+FFFD.
func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

func run(text, name string, size int) string {
	return `<w:r><w:rPr>` + font(name, size) + `</w:rPr><w:t xml:space="preserve">` + escape(text) + `</w:t></w:r>`
}

// bodyFont's own spacing is a little under its size, so that a line takes 28
// characters. It stands at the run and not in the page's grid: LibreOffice gives a
// character that is larger than a cell of the grid two of them.
func body(text, name string) string {
	return `<w:r><w:rPr>` + font(name, bodySize) + tight + `</w:rPr><w:t xml:space="preserve">` + escape(text) + `</w:t></w:r>`
}

var tight = `<w:spacing w:val="` + strconv.Itoa(charSpace) + `"/>`

// line is the spacing of one line of the grid.
var line = `<w:spacing w:before="0" w:after="0" w:line="` + strconv.Itoa(linePitch) + `" w:lineRule="exact"/>`

func paragraph(properties, runs string) string {
	return `<w:p><w:pPr>` + properties + `</w:pPr>` + runs + `</w:p>`
}

// footer is the page number between dashes, one character in from the side, and the
// note under it (GB/T 9704—2012, 7.5: odd pages right, even pages left).
func footer(note, side string) string {
	number := `<w:r><w:rPr>` + font(numberFont, numberSize) + `</w:rPr>`
	return xmlHead + `<w:ftr xmlns:w="` + wordSpace + `">` +
		paragraph(`<w:spacing w:before="0" w:after="60"/><w:ind w:left="280" w:right="280"/><w:jc w:val="`+side+`"/>`,
			run("— ", numberFont, numberSize)+`<w:fldSimple w:instr=" PAGE ">`+number+`<w:t>1</w:t></w:r></w:fldSimple>`+run(" —", numberFont, numberSize)) +
		paragraph(`<w:jc w:val="center"/>`, run(note, numberFont, noteSize)) + `</w:ftr>`
}

func document(p Paper) string {
	var b bytes.Buffer
	b.WriteString(xmlHead + `<w:document xmlns:w="` + wordSpace + `" xmlns:r="` + relationshipSpace + `"><w:body>`)
	title := titleLines(p.Title)
	for i, text := range title {
		after := 0
		if i == len(title)-1 {
			after = linePitch
		}
		b.WriteString(paragraph(fmt.Sprintf(`<w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="%d" w:line="%d" w:lineRule="exact"/><w:jc w:val="center"/>`, after, titlePitch),
			run(text, titleFont, titleSize)))
	}
	if p.To != "" {
		b.WriteString(paragraph(line, body(p.To, bodyFont)))
	}
	indent := `<w:ind w:firstLineChars="200" w:firstLine="630"/>`
	for n, s := range p.Sections {
		b.WriteString(paragraph(`<w:keepNext/>`+line+indent, body(s.Heading, headingFont)))
		for i, text := range s.Paragraphs {
			keep := ""
			if p.Signed != "" && n == len(p.Sections)-1 && i == len(s.Paragraphs)-1 {
				keep = `<w:keepNext/>` // a signature never stands on a page without text
			}
			b.WriteString(paragraph(keep+line+indent+`<w:jc w:val="both"/>`, body(text, bodyFont)))
		}
	}
	if p.Signed != "" { // GB/T 9704—2012, 7.3.5.1: the date four characters from the right
		b.WriteString(paragraph(`<w:keepNext/>`+line, ""))
		b.WriteString(paragraph(`<w:keepNext/>`+line+`<w:ind w:right="630"/><w:jc w:val="right"/>`, body(p.Signed, bodyFont)))
		b.WriteString(paragraph(line+`<w:ind w:right="1260"/><w:jc w:val="right"/>`, body(p.Date, bodyFont)))
	}
	for _, t := range p.Tables {
		table(&b, t)
	}
	if len(p.Tables) > 0 { // a table must be followed by a paragraph; this one starts no page
		b.WriteString(paragraph(`<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/><w:rPr><w:sz w:val="2"/></w:rPr>`, ""))
	}
	fmt.Fprintf(&b, `<w:sectPr><w:footerReference w:type="default" r:id="rId3"/><w:footerReference w:type="even" r:id="rId4"/>`+
		`<w:pgSz w:w="%d" w:h="%d"/><w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="851" w:footer="%d" w:gutter="0"/>`+
		`<w:docGrid w:type="lines" w:linePitch="%d"/></w:sectPr></w:body></w:document>`,
		pageWidth, pageHeight, marginTop, marginRight, marginBottom, marginLeft, footerBottom, linePitch)
	return b.String()
}

// titleLines breaks a long title behind its quotation, where a reader would breathe.
func titleLines(title string) []string {
	if i := strings.Index(title, "”"); i > 0 && utf8.RuneCountInString(title) > titleLine {
		if i += len("”"); i < len(title) {
			return []string{title[:i], title[i:]}
		}
	}
	return []string{title}
}

// table begins a page of its own; its head is repeated on each.
func table(b *bytes.Buffer, t PaperTable) {
	b.WriteString(paragraph(`<w:pageBreakBefore/>`+line, run(t.Title, headingFont, bodySize)))
	grid(b, t)
}

// grid is the table alone.
func grid(b *bytes.Buffer, t PaperTable) {
	b.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="` + strconv.Itoa(textWidth) + `" w:type="dxa"/><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		b.WriteString(`<w:` + side + ` w:val="single" w:sz="4" w:space="0" w:color="000000"/>`)
	}
	b.WriteString(`</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`)
	sum := 0
	for _, w := range t.Widths {
		sum += w
	}
	widths := make([]string, len(t.Columns))
	for i := range t.Columns {
		widths[i] = strconv.Itoa(textWidth * t.Widths[i] / sum)
		b.WriteString(`<w:gridCol w:w="` + widths[i] + `"/>`)
	}
	b.WriteString(`</w:tblGrid>`)
	row := func(head string, cells []string, name string) {
		b.WriteString(`<w:tr><w:trPr><w:cantSplit/>` + head + `</w:trPr>`)
		for i, c := range cells {
			b.WriteString(`<w:tc><w:tcPr><w:tcW w:w="` + widths[i] + `" w:type="dxa"/></w:tcPr>` +
				paragraph(`<w:snapToGrid w:val="0"/><w:rPr>`+font(name, cellSize)+`</w:rPr>`, run(c, name, cellSize)) + `</w:tc>`)
		}
		b.WriteString(`</w:tr>`)
	}
	row(`<w:tblHeader/>`, t.Columns, headingFont)
	for _, r := range t.Rows {
		row("", r, numberFont)
	}
	b.WriteString(`</w:tbl>`)
}
