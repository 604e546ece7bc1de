package upload

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"mime"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// Kinds are the types of evidence taken, found in the content and never in the
// name, with the ending a download gets.
var Kinds = map[string]string{
	"application/pdf":               ".pdf",
	"application/ofd":               ".ofd",
	"image/png":                     ".png",
	"image/jpeg":                    ".jpg",
	WordDocument:                    ".docx",
	ExcelWorkbook:                   ".xlsx",
	PowerPointSlides:                ".pptx",
	"application/msword":            ".doc",
	"application/vnd.ms-excel":      ".xls",
	"application/vnd.ms-powerpoint": ".ppt",
}

// The content types of office documents.
const (
	WordDocument     = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	ExcelWorkbook    = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	PowerPointSlides = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
)

// Why a content is no evidence, beside its type.
var (
	errMacros = errors.New("ui: a document with macros")
	errLocked = errors.New("ui: a document that asks for a password")
	errNoKind = errors.New("ui: not of a kind that is taken")
)

// Sniff finds the type in the content. Errors: errMacros, errLocked, errNoKind (then kind
// is what it was taken for), and those of reading. Its work is bounded whatever the
// content says of itself, and nothing is unpacked.
func Sniff(r io.ReaderAt, size int64) (kind string, err error) {
	head := make([]byte, min(size, 3<<10))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	kind, _, err = mime.ParseMediaType(mimetype.Detect(head).String())
	if err != nil {
		return kind, errNoKind
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		if foreign[kind] {
			return kind, errNoKind
		}
		return sniffZip(r, size)
	case bytes.HasPrefix(head, []byte(OleMagic)):
		return sniffOLE(r, size)
	case Kinds[kind] == "":
		return kind, errNoKind
	}
	return kind, nil
}

// foreign are archives that say at their beginning that they are something else.
var foreign = map[string]bool{"application/java-archive": true, "application/jar": true, "application/vnd.android.package-archive": true, "application/epub+zip": true}

// maxDirectory is the most bytes of an archive's list of parts that are read: an
// ordinary document has some kilobytes.
const maxDirectory = 2 << 20

// families are the documents that are packed from parts, by the folder these are in.
var families = [...]struct{ folder, kind string }{{"word/", WordDocument}, {"xl/", ExcelWorkbook}, {"ppt/", PowerPointSlides}}

// sniffZip tells documents apart by the parts they are packed from, wherever these stand
// in the archive: programs write them in any order, and the first may be large.
func sniffZip(r io.ReaderAt, size int64) (string, error) {
	list, err := zipDirectory(r, size)
	if err != nil {
		return "application/zip", err
	}
	var office, ofd, jar, macros bool
	another := false
	var has [len(families)]bool
	for len(list) >= 46 && string(list[:4]) == "PK\x01\x02" {
		n := int(binary.LittleEndian.Uint16(list[28:]))
		rest := 46 + n + int(binary.LittleEndian.Uint16(list[30:])) + int(binary.LittleEndian.Uint16(list[32:]))
		if rest > len(list) {
			break
		}
		name := list[46 : 46+n]
		list = list[rest:]
		for i := range name {
			if name[i] == '\\' {
				name[i] = '/'
			}
		}
		base := name[bytes.LastIndexByte(name, '/')+1:]
		office = office || named(name, "[Content_Types].xml")
		ofd = ofd || named(name, "OFD.xml")
		jar = jar || named(name, "META-INF/MANIFEST.MF")
		// A program of the document: VBA, or a sheet of Excel's older macros.
		macros = macros || named(base, "vbaProject.bin") || named(base, "vbaData.xml") || under(name, "xl/macrosheets/")
		for i, f := range families {
			has[i] = has[i] || under(name, f.folder)
		}
		another = another || named(name, "xl/workbook.bin") || under(name, "visio/")
	}
	kind, n := "", 0
	for i, f := range families {
		if has[i] {
			kind, n = f.kind, n+1
		}
	}
	switch {
	case jar:
		return "application/java-archive", errNoKind
	case macros:
		return "", errMacros
	case ofd && !office:
		return "application/ofd", nil
	case !office || n != 1 || another:
		return "application/zip", errNoKind
	}
	return kind, nil
}

func named(name []byte, s string) bool { return len(name) == len(s) && under(name, s) }

// under reports whether a name begins so, in any case of letters.
func under(name []byte, s string) bool {
	return len(name) >= len(s) && bytes.EqualFold(name[:len(s)], []byte(s))
}

// zipDirectory is an archive's list of its parts, as it stands at its end.
func zipDirectory(r io.ReaderAt, size int64) ([]byte, error) {
	tail := make([]byte, min(size, 64<<10+22))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	end := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if end < 0 || len(tail)-end < 22 {
		return nil, errNoKind
	}
	length, at := int64(binary.LittleEndian.Uint32(tail[end+12:])), int64(binary.LittleEndian.Uint32(tail[end+16:]))
	if before := end - 20; before >= 0 && string(tail[before:before+4]) == "PK\x06\x07" && (length == 1<<32-1 || at == 1<<32-1) {
		far := make([]byte, 56)                                                                                                                   // the longer form, which some programs always write
		if _, err := r.ReadAt(far, int64(binary.LittleEndian.Uint64(tail[before+8:])&(1<<62-1))); err != nil || string(far[:4]) != "PK\x06\x06" { // #nosec G115 -- 62 bits
			return nil, errNoKind
		}
		length, at = int64(binary.LittleEndian.Uint64(far[40:])&(1<<62-1)), int64(binary.LittleEndian.Uint64(far[48:])&(1<<62-1)) // #nosec G115 -- 62 bits
	}
	if length > maxDirectory || at+length > size {
		return nil, errNoKind
	}
	list := make([]byte, length)
	if _, err := r.ReadAt(list, at); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return list, nil
}

// OleMagic begins a compound file: what office programs wrote until 2007, and WPS writes
// when it is asked for its own formats.
const OleMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// oleKinds are documents by the stream that holds what is in them.
var oleKinds = map[string]string{"WordDocument": "application/msword", "Workbook": "application/vnd.ms-excel", "Book": "application/vnd.ms-excel",
	"PowerPoint Document": "application/vnd.ms-powerpoint"}

// sniffOLE tells compound files apart by the streams at their top: a message that holds
// a document is none.
func sniffOLE(r io.ReaderAt, size int64) (string, error) {
	const other = "application/x-ole-storage"
	names, err := oleNames(r, size)
	if err != nil {
		return other, err
	}
	kind := ""
	for _, name := range names {
		switch {
		case strings.EqualFold(name, "Macros"), strings.EqualFold(name, "_VBA_PROJECT_CUR"):
			return "", errMacros
		case name == "EncryptedPackage":
			return "", errLocked
		case oleKinds[name] == "":
		case kind != "" && kind != oleKinds[name]:
			return other, errNoKind
		default:
			kind = oleKinds[name]
		}
	}
	if kind == "" {
		return other, errNoKind
	}
	return kind, nil
} // The content types of office documents.
