package export

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Paper is an official document: title, sections of prose, tables behind them.
type Paper struct {
	Title    string
	Sections []PaperSection
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
	linePitch                    = 579  // 22 lines in 225 mm
	charSpace                    = -842 // 28 characters in 156 mm: 15.79 pt each, in 4096ths of a point off 16
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
		paragraph(`<w:ind w:left="280" w:right="280"/><w:jc w:val="`+side+`"/>`,
			run("— ", numberFont, numberSize)+`<w:fldSimple w:instr=" PAGE ">`+number+`<w:t>1</w:t></w:r></w:fldSimple>`+run(" —", numberFont, numberSize)) +
		paragraph(`<w:jc w:val="center"/>`, run(note, numberFont, noteSize)) + `</w:ftr>`
}

func document(p Paper) string {
	var b bytes.Buffer
	b.WriteString(xmlHead + `<w:document xmlns:w="` + wordSpace + `" xmlns:r="` + relationshipSpace + `"><w:body>`)
	b.WriteString(paragraph(`<w:spacing w:before="0" w:after="`+strconv.Itoa(linePitch)+`"/><w:jc w:val="center"/>`, run(p.Title, titleFont, titleSize)))
	indent := `<w:ind w:firstLineChars="200" w:firstLine="640"/>`
	for _, s := range p.Sections {
		b.WriteString(paragraph(line+indent, run(s.Heading, headingFont, bodySize)))
		for _, text := range s.Paragraphs {
			b.WriteString(paragraph(line+indent+`<w:jc w:val="both"/>`, run(text, bodyFont, bodySize)))
		}
	}
	for _, t := range p.Tables {
		table(&b, t)
	}
	fmt.Fprintf(&b, `<w:sectPr><w:footerReference w:type="default" r:id="rId3"/><w:footerReference w:type="even" r:id="rId4"/>`+
		`<w:pgSz w:w="%d" w:h="%d"/><w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="851" w:footer="1400" w:gutter="0"/>`+
		`<w:docGrid w:type="linesAndChars" w:linePitch="%d" w:charSpace="%d"/></w:sectPr></w:body></w:document>`,
		pageWidth, pageHeight, marginTop, marginRight, marginBottom, marginLeft, linePitch, charSpace)
	return b.String()
}

// table begins a page of its own; its head is repeated on each.
func table(b *bytes.Buffer, t PaperTable) {
	b.WriteString(paragraph(`<w:pageBreakBefore/>`+line, run(t.Title, headingFont, bodySize)))
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
				paragraph(`<w:snapToGrid w:val="0"/>`, run(c, name, cellSize)) + `</w:tc>`)
		}
		b.WriteString(`</w:tr>`)
	}
	row(`<w:tblHeader/>`, t.Columns, headingFont)
	for _, r := range t.Rows {
		row("", r, numberFont)
	}
	b.WriteString(`</w:tbl>`)
	b.WriteString(paragraph("", "")) // a table must be followed by a paragraph
}
