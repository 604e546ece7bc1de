package export

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// A template is an office's own .docx with placeholders, {{名称}}: its letterhead, fonts
// and layout stay, the placeholders are filled. Word may cut a placeholder into several
// runs; it is found in the paragraph's text, whatever runs it is in.

// Placeholders is what a template may hold.
type Placeholders struct {
	Words  map[string]string     // put in the place of the placeholder
	Prose  map[string][]string   // a paragraph each, in the place of the placeholder's own
	Tables map[string]PaperTable // in the place of the placeholder's paragraph
	Needed []string              // those no template may leave out
}

// TemplateFaults is what is wrong with a template.
type TemplateFaults struct {
	Unknown []string // placeholders nobody fills
	Missing []string // needed ones that are not there
	Crowded []string // prose and tables that share their paragraph with other text
}

func (f *TemplateFaults) Error() string {
	return fmt.Sprintf("export: template with unknown %q, missing %q, crowded %q", f.Unknown, f.Missing, f.Crowded)
}

// Why a file is no template.
var (
	ErrNotDocument = errors.New("export: not a .docx that can be read")
	ErrForeign     = errors.New("export: a template with macros, embedded objects or parts kept elsewhere")
)

// What is read of a template.
const (
	maxTemplateParts    = 500
	maxTemplateUnpacked = 32 << 20 // bytes
)

var (
	holder = regexp.MustCompile(`\{\{\s*([^{}]{1,40}?)\s*\}\}`)
	filled = regexp.MustCompile(`^word/(document|header[0-9]*|footer[0-9]*)\.xml$`)
	alien  = regexp.MustCompile(`(?i)vbaProject|vbaData|^word/(embeddings|activeX|afchunk)`)
)

// FillTemplate writes the template with its placeholders filled. Errors: ErrNotDocument,
// ErrTooLarge, ErrForeign, *TemplateFaults; then nothing useful was written.
func FillTemplate(w io.Writer, template []byte, p Placeholders) error {
	if err := bounded(template, maxTemplateParts, maxTemplateUnpacked); err != nil {
		if errors.Is(err, ErrNotWorkbook) {
			err = errors.Join(ErrNotDocument, err)
		}
		return err
	}
	z, err := zip.NewReader(bytes.NewReader(template), int64(len(template)))
	if err != nil {
		return errors.Join(ErrNotDocument, err)
	}
	t := &templater{p: p, seen: map[string]bool{}, out: zip.NewWriter(w)}
	if err := t.parts(z); err != nil {
		return errors.Join(err, t.out.Close())
	}
	if err := t.out.Close(); err != nil {
		return err
	}
	if !t.document {
		return ErrNotDocument
	}
	for _, name := range p.Needed {
		if !t.seen[name] {
			t.faults.Missing = append(t.faults.Missing, name)
		}
	}
	if f := t.faults; len(f.Unknown)+len(f.Missing)+len(f.Crowded) > 0 {
		return &f
	}
	return nil
}

// templater fills one template.
type templater struct {
	p        Placeholders
	out      *zip.Writer
	seen     map[string]bool
	document bool
	faults   TemplateFaults
}

// parts copies every part, and fills those that hold text.
func (t *templater) parts(z *zip.Reader) error {
	for _, f := range z.File {
		if alien.MatchString(f.Name) {
			return ErrForeign
		}
		text := filled.MatchString(f.Name)
		if !text && !strings.HasSuffix(f.Name, ".rels") {
			if err := t.out.Copy(f); err != nil {
				return err
			}
			continue
		}
		b, err := unpacked(f)
		if err != nil {
			return errors.Join(ErrNotDocument, err)
		}
		if !text {
			if bytes.Contains(b, []byte(`"External"`)) || bytes.Contains(b, []byte(`'External'`)) {
				return ErrForeign
			}
		} else if b, err = t.fill(b, f.Name == "word/document.xml"); err != nil {
			return errors.Join(ErrNotDocument, err)
		}
		t.document = t.document || f.Name == "word/document.xml"
		part, err := t.out.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate})
		if err == nil {
			_, err = part.Write(b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func unpacked(f *zip.File) (b []byte, err error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return io.ReadAll(r)
}

// span is a stretch of a part's bytes.
type span struct{ from, to int }

// textRun is a w:t with its text.
type textRun struct {
	span
	text    string
	changed bool
}

// para is a paragraph: where it stands, how it looks, and its text in runs.
type para struct {
	span
	properties, run span
	texts           []*textRun
}

// edit puts new text in the place of a stretch.
type edit struct {
	span
	with string
}

// fill is the part with its placeholders filled.
func (t *templater) fill(b []byte, blocks bool) ([]byte, error) {
	paras, err := paragraphs(b)
	if err != nil {
		return nil, err
	}
	var edits []edit
	for _, p := range paras {
		edits = append(edits, t.paragraph(b, p, blocks)...)
	}
	slices.SortFunc(edits, func(a, b edit) int { return a.from - b.from })
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		if e.from < at {
			continue // inside a paragraph that was replaced
		}
		out.Write(b[at:e.from])
		out.WriteString(e.with)
		at = e.to
	}
	out.Write(b[at:])
	return out.Bytes(), nil
}

// paragraph fills one paragraph.
func (t *templater) paragraph(b []byte, p para, blocks bool) []edit {
	var whole strings.Builder
	for _, r := range p.texts {
		whole.WriteString(r.text)
	}
	text := whole.String()
	found := holder.FindAllStringSubmatchIndex(text, -1)
	for i := len(found) - 1; i >= 0; i-- { // from the end: what stands before keeps its place
		m := found[i]
		name := text[m[2]:m[3]]
		words, isWords := t.p.Words[name]
		prose, isProse := t.p.Prose[name]
		table, isTable := t.p.Tables[name]
		t.seen[name] = true
		switch {
		case isWords:
			p.replace(m[0], m[1], words)
		case !isProse && !isTable:
			t.faults.Unknown = append(t.faults.Unknown, name)
		case strings.TrimSpace(text) != text[m[0]:m[1]] || !blocks:
			t.faults.Crowded = append(t.faults.Crowded, name)
		case isProse:
			return []edit{{p.span, p.lines(b, prose)}}
		default:
			var out bytes.Buffer
			out.WriteString(p.lines(b, []string{table.Title}))
			grid(&out, table)
			out.WriteString(paragraph(`<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>`, ""))
			return []edit{{p.span, out.String()}}
		}
	}
	var edits []edit
	for _, r := range p.texts {
		if r.changed {
			edits = append(edits, edit{r.span, `<w:t xml:space="preserve">` + escape(r.text) + `</w:t>`})
		}
	}
	return edits
}

// replace puts words in the place of a stretch of the paragraph's text: into the run
// it begins in.
func (p para) replace(from, to int, words string) {
	at := 0
	for _, r := range p.texts {
		size := len(r.text)
		if at < to && at+size > from {
			a, b := max(from-at, 0), min(to-at, size)
			r.text, r.changed = r.text[:a]+words+r.text[b:], true
			words = ""
		}
		at += size
	}
}

// lines are paragraphs that look as this one does.
func (p para) lines(b []byte, lines []string) string {
	var out strings.Builder
	for _, text := range lines {
		out.WriteString("<w:p>" + string(b[p.properties.from:p.properties.to]) + "<w:r>" + string(b[p.run.from:p.run.to]) +
			`<w:t xml:space="preserve">` + escape(text) + "</w:t></w:r></w:p>")
	}
	if len(lines) == 0 {
		return "<w:p/>" // a cell must hold a paragraph
	}
	return out.String()
}

// paragraphs finds every paragraph of a part, also those in text boxes and cells.
func paragraphs(b []byte) ([]para, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	var all []para
	var open []*para
	var text *textRun
	var begun []int // where the elements now open began
	for {
		at := int(d.InputOffset())
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		switch x := tok.(type) {
		case xml.StartElement:
			begun = append(begun, at)
			switch name(x.Name) {
			case "w:p":
				open = append(open, &para{span: span{from: at}})
			case "w:t":
				text = &textRun{span: span{from: at}}
			}
		case xml.CharData:
			if text != nil {
				text.text += string(x)
			}
		case xml.EndElement:
			if len(begun) == 0 {
				return nil, errors.New("an element that ends without having begun")
			}
			here := span{begun[len(begun)-1], int(d.InputOffset())}
			begun = begun[:len(begun)-1]
			if len(open) == 0 {
				text = nil
				continue
			}
			p := open[len(open)-1]
			switch name(x.Name) {
			case "w:t":
				if text != nil {
					text.to = here.to
					p.texts = append(p.texts, text)
				}
				text = nil
			case "w:pPr":
				p.properties = here
			case "w:rPr":
				if p.run.to == 0 && (p.properties.to != 0 || !inside(b[p.from:here.from], "<w:pPr")) {
					p.run = here
				}
			case "w:p":
				p.to = here.to
				all, open = append(all, *p), open[:len(open)-1]
			}
		}
	}
}

func inside(b []byte, mark string) bool { return bytes.Contains(b, []byte(mark)) }

func name(n xml.Name) string { return n.Space + ":" + n.Local }
