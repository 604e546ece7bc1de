// Package document reads files as plans' documents come: text in its encodings, Word
// documents, workbooks, and PDFs with a text layer. Each becomes lines, which
// workflow/plan/intake reads.
//
// Files come from anywhere: what is unpacked, nested and kept is bounded, nothing is
// fetched, no formula is worked out and no macro is run. What cannot be read is refused
// with what to do instead.
package document

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"duban/ui/document/pdftext"
	"duban/ui/export"
	"duban/workflow"
	"duban/workflow/plan/intake/passage"
)

// Bounds: a document of a hundred pages has some hundred thousand characters.
const (
	MaxSize       = 32 << 20  // bytes of the file
	maxCharacters = 1_500_000 // of its text
	maxLines      = 60_000
)

// Read reads a file's lines. Refusals: document.empty, .too_large, .old, .ofd, .picture,
// .locked, .pdf_scan, .pdf_tool, .damaged, .type.
func Read(ctx context.Context, b []byte) ([]passage.Line, error) {
	switch {
	case len(b) == 0:
		return nil, refuse("document.empty", nil)
	case len(b) > MaxSize:
		return nil, refuse("document.too_large", nil)
	}
	lines, err := read(ctx, b)
	if err != nil {
		return nil, err
	}
	n := 0
	for _, l := range lines {
		n += utf8.RuneCountInString(l.Text)
		for _, c := range l.Cells {
			n += utf8.RuneCountInString(c.Text)
		}
	}
	switch {
	case n > maxCharacters || len(lines) > maxLines:
		return nil, refuse("document.too_large", nil)
	case n == 0:
		return nil, refuse("document.empty", nil)
	}
	return lines, nil
}

func refuse(code string, because error) error {
	return &workflow.Error{Kind: workflow.Unsupported, Code: code, Err: because}
}

// The beginnings of files.
var beginnings = []struct{ magic, code string }{
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "document.old"}, // .doc, .wps, .xls
	{"{\\rtf", "document.old"},
	{"\x89PNG", "document.picture"}, {"\xff\xd8\xff", "document.picture"}, {"GIF8", "document.picture"}, {"BM", ""}, {"II*\x00", "document.picture"}, {"MM\x00*", "document.picture"},
}

func read(ctx context.Context, b []byte) ([]passage.Line, error) {
	for _, x := range beginnings {
		if x.code == "" || !bytes.HasPrefix(b, []byte(x.magic)) {
			continue
		}
		if x.code == "document.old" && bytes.Contains(b, wide("EncryptedPackage")) {
			return nil, refuse("document.locked", nil)
		}
		return nil, refuse(x.code, nil)
	}
	head := b[:min(len(b), 1024)]
	switch {
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return packed(b)
	case bytes.Contains(head, []byte("%PDF-")):
		return readPDF(ctx, b)
	}
	s, ok := text(b)
	if !ok {
		return nil, refuse("document.type", nil)
	}
	return passage.Text(s), nil
}

// readPDF reads the text layer of a PDF, line by line as on its pages.
func readPDF(ctx context.Context, b []byte) ([]passage.Line, error) {
	s, err := pdftext.Text(ctx, b)
	switch {
	case errors.Is(err, pdftext.ErrNoTool):
		return nil, refuse("document.pdf_tool", err)
	case errors.Is(err, pdftext.ErrLocked):
		return nil, refuse("document.locked", err)
	case err != nil:
		return nil, refuse("document.damaged", err)
	case len(strings.TrimSpace(s)) < 20:
		return nil, refuse("document.pdf_scan", nil)
	}
	return passage.Text(s), nil
}

// wide is a text as UTF-16 has it.
func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8)) // #nosec G115 -- the two halves
	}
	return b
}

// text reads a text in the encodings in use; false for what is no text.
func text(b []byte) (string, bool) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b = b[3:]
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return sixteen(b[2:], 0, 1), true
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return sixteen(b[2:], 1, 0), true
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return "", false
	}
	if utf8.Valid(b) {
		return string(b), true
	}
	s, err := simplifiedchinese.GB18030.NewDecoder().String(string(b))
	if err != nil || strings.Count(s, "\ufffd")*50 > utf8.RuneCountInString(s) {
		return "", false
	}
	return s, true
}

// sixteen reads UTF-16 whose low byte stands at lo and whose high byte at hi.
func sixteen(b []byte, lo, hi int) string {
	u := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		u = append(u, uint16(b[i+lo])|uint16(b[i+hi])<<8)
	}
	return string(utf16.Decode(u))
}

// packed reads a document that is an archive of parts.
func packed(b []byte) ([]passage.Line, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, refuse("document.damaged", err)
	}
	has := func(folder string) bool {
		for _, f := range z.File {
			if strings.HasPrefix(strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/")), folder) {
				return true
			}
		}
		return false
	}
	switch {
	case has("word/"):
		return readWord(z)
	case has("xl/"):
		return readBook(b)
	case has("ofd.xml"):
		return nil, refuse("document.ofd", nil)
	}
	return nil, refuse("document.type", nil)
}

// readBook reads a workbook: every sheet is a table.
func readBook(b []byte) ([]passage.Line, error) {
	tables, err := export.ReadTables(b)
	switch {
	case errors.Is(err, export.ErrTooLarge):
		return nil, refuse("document.too_large", err)
	case err != nil:
		return nil, refuse("document.damaged", err)
	}
	var out []passage.Line
	for i, t := range tables {
		if i > 0 {
			out = append(out, passage.Line{No: 0}) // one sheet's table ends here
		}
		if t.Hidden {
			out = append(out, passage.Line{Skipped: t.Name})
		}
		for _, row := range t.Rows {
			l := passage.Line{No: row.N}
			for _, c := range row.Cells {
				l.Cells = append(l.Cells, passage.Cell{Text: c.Text, Above: c.Above, Span: c.Span})
			}
			out = append(out, l)
		}
	}
	return out, nil
}
