package ui

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"strings"
	"testing"
	"unicode/utf16"

	"duban/ui/upload"
)

// oleFile is a compound file with these names at its top, as office programs write them;
// inside stand beneath the first of them. Its directory begins behind so many sectors of
// content and is strewn among them.
func oleFile(shift, content int, names, inside []string) string {
	size := 1 << shift
	type node struct {
		name               string
		kind               byte
		left, right, child uint32
	}
	const none = 0xffffffff
	nodes := []node{{"Root Entry", 5, none, none, 1}}
	for i, name := range names {
		right := uint32(none)
		if i+1 < len(names) {
			right = uint32(i + 2)
		}
		nodes = append(nodes, node{name, 2, none, right, none})
	}
	for i, name := range inside {
		right := uint32(none)
		if i+1 < len(inside) {
			right = uint32(len(nodes) + 1)
		}
		if i == 0 {
			nodes[1].child, nodes[1].kind = uint32(len(nodes)), 1
		}
		nodes = append(nodes, node{name, 2, none, right, none})
	}
	var dir []byte
	for _, n := range nodes {
		e := make([]byte, 128)
		units := utf16.Encode([]rune(n.name + "\x00"))
		for i, u := range units {
			binary.LittleEndian.PutUint16(e[2*i:], u)
		}
		binary.LittleEndian.PutUint16(e[64:], uint16(2*len(units)))
		e[66] = n.kind
		for i, v := range []uint32{n.left, n.right, n.child} {
			binary.LittleEndian.PutUint32(e[68+4*i:], v)
		}
		dir = append(dir, e...)
	}
	pages := (len(dir) + size - 1) / size
	dir = append(dir, make([]byte, pages*size-len(dir))...)
	// The content, with the directory's sectors behind it in the wrong order; then the
	// table, and the chain that says where it is.
	table := make([]uint32, content+pages)
	for i := range table {
		table[i] = 0xfffffffe
	}
	for i := 1; i < pages; i++ {
		table[content+pages-i] = uint32(content + pages - i - 1) // page i-1 stands behind page i
	}
	per := size / 4
	tables := 0
	chain := 0
	for {
		all := content + pages + tables + chain
		need := (all + per - 1) / per
		far := max(0, need-109)
		links := (far + per - 2) / (per - 1)
		if need <= tables && links <= chain {
			break
		}
		tables, chain = max(need, tables), max(links, chain)
	}
	first := len(table)
	for range tables {
		table = append(table, 0xfffffffd)
	}
	for range chain {
		table = append(table, 0xfffffffc)
	}
	for len(table) < tables*per {
		table = append(table, none)
	}
	head := make([]byte, size)
	copy(head, upload.OleMagic)
	binary.LittleEndian.PutUint16(head[30:], uint16(shift))
	binary.LittleEndian.PutUint32(head[48:], uint32(content+pages-1))
	binary.LittleEndian.PutUint32(head[68:], 0xfffffffe)
	for i := range 109 {
		v := uint32(none)
		if i < tables {
			v = uint32(first + i)
		}
		binary.LittleEndian.PutUint32(head[76+4*i:], v)
	}
	if chain > 0 {
		binary.LittleEndian.PutUint32(head[68:], uint32(first+tables))
		binary.LittleEndian.PutUint32(head[72:], uint32(chain))
	}
	var out bytes.Buffer
	out.Write(head)
	out.Write(make([]byte, content*size))
	for i := pages - 1; i >= 0; i-- {
		out.Write(dir[i*size : (i+1)*size])
	}
	for _, v := range table {
		_ = binary.Write(&out, binary.LittleEndian, v)
	}
	for c := range chain {
		link := make([]byte, size)
		for i := range per - 1 {
			v := uint32(none)
			if n := 109 + c*(per-1) + i; n < tables {
				v = uint32(first + n)
			}
			binary.LittleEndian.PutUint32(link[4*i:], v)
		}
		next := uint32(0xfffffffe)
		if c+1 < chain {
			next = uint32(first + tables + c + 1)
		}
		binary.LittleEndian.PutUint32(link[size-4:], next)
		out.Write(link)
	}
	return out.String()
}

// bigFirst is an Office file whose first parts are large and whose own stand last.
func bigFirst(t *testing.T, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name string, content []byte) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	noise := make([]byte, 200<<10)
	for i := range noise {
		noise[i] = byte(rand.IntN(256)) // #nosec G404 -- a picture
	}
	put("docProps/thumbnail.jpeg", noise)
	put("customXml/item1.xml", noise)
	for _, name := range parts {
		put(name, []byte("<x/>"))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestEvidenceOfEveryListedKind: what office programs write is known by what is in it,
// and told by name when it is not taken.
func TestEvidenceOfEveryListedKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.token("zrzyt")
	const types = "[Content_Types].xml"
	common := []string{"\x01CompObj", "\x05SummaryInformation", "\x05DocumentSummaryInformation", "1Table", "Data", "ObjectPool"}
	top := func(names ...string) []string { return append(append([]string{}, common...), names...) }
	const big = 9 << 20 >> 9 // sectors: a file whose table is chained
	for _, c := range []struct {
		name, content, shown, kind string // or the code
	}{
		{"文字.doc", oleFile(9, 10, top("WordDocument"), nil), "文字.doc", "application/msword"},
		{"大文件.doc", oleFile(9, big, top("WordDocument"), nil), "大文件.doc", "application/msword"},
		{"表.xls", oleFile(9, 3, []string{"Workbook"}, nil), "表.xls", "application/vnd.ms-excel"},
		{"旧表.xls", oleFile(9, 3, top("Book"), nil), "旧表.xls", "application/vnd.ms-excel"},
		{"演示.ppt", oleFile(12, 3, top("Current User", "PowerPoint Document", "Pictures"), nil), "演示.ppt", "application/vnd.ms-powerpoint"},
		{"金山.wps", oleFile(9, 3, top("WordDocument", "0Table"), nil), "金山.doc", "application/msword"},
		{"宏.doc", oleFile(9, 3, top("Macros", "WordDocument"), nil), "file.macros", ""},
		{"宏.xls", oleFile(9, 3, top("_VBA_PROJECT_CUR", "Workbook"), nil), "file.macros", ""},
		{"密码.docx", oleFile(9, 3, []string{"EncryptedPackage", "EncryptionInfo"}, nil), "file.locked", ""},
		{"邮件.msg", oleFile(9, 3, []string{"__attach_version1.0", "__properties"}, []string{"WordDocument"}), "file.type", ""},
		{"安装.msi", oleFile(9, 3, top(), nil), "file.type", ""},
		{"截断.doc", oleFile(9, 10, top("WordDocument"), nil)[:3000], "file.type", ""},
		{"圈.doc", strings.Replace(oleFile(9, 0, top("WordDocument"), nil), "\xfe\xff\xff\xff", "\x00\x00\x00\x00", 1), "file.type", ""},

		{"材料.docx", bigFirst(t, "word/document.xml", "_rels/.rels", types), "材料.docx", upload.WordDocument},
		{"材料.xlsx", bigFirst(t, types, "xl/workbook.xml"), "材料.xlsx", upload.ExcelWorkbook},
		{"材料.pptx", bigFirst(t, "ppt/presentation.xml", types), "材料.pptx", upload.PowerPointSlides},
		{"材料.docx", bigFirst(t, "word\\document.xml", types), "材料.docx", upload.WordDocument},
		{"宏.docm", bigFirst(t, types, "word/document.xml", "word/vbaProject.bin"), "file.macros", ""},
		{"宏.xlsm", officeFile(types, "xl/workbook.xml", "xl/macrosheets/sheet1.xml"), "file.macros", ""},
		{"二进制.xlsb", officeFile(types, "xl/workbook.bin"), "file.type", ""},
		{"公文.ofd", officeFile("OFD.xml", "Doc_0/Document.xml"), "公文.ofd", "application/ofd"},
		{"公文.ofd", bigFirst(t, "Doc_0/Document.xml", "OFD.xml"), "公文.ofd", "application/ofd"},
		{"不是公文.ofd", officeFile("Doc_0/OFD.xml"), "file.type", ""},
		{"压缩.zip", officeFile("a.txt"), "file.type", ""},
		{"程序.docx", officeFile(types, "word/document.xml", "META-INF/MANIFEST.MF"), "file.type", ""},
		{"网页.docx", htmlPage + officeFile(types, "word/document.xml"), "file.type", ""},
		{"图.docx", svgPage + officeFile(types, "word/document.xml"), "file.type", ""},
		{"截断.docx", officeFile(types, "word/document.xml")[:120], "file.type", ""},
	} {
		a := w.upload("zrzyt", "file", c.name, c.content, nil)
		if c.kind == "" {
			if detail, _ := a.get("detail").(string); a.status != 415 || a.get("code") != c.shown || !strings.Contains(detail, "“"+c.name+"”") {
				t.Errorf("%s: %d %s", c.name, a.status, a)
			}
			continue
		}
		if a.status != 201 || a.get("name") != c.shown || a.get("type") != c.kind {
			t.Errorf("%s: %d %s", c.name, a.status, a)
		}
	}
	if a := w.upload("zrzyt", "file", "空.pdf", "", nil); !strings.Contains(fmt.Sprint(a.get("detail")), "“空.pdf”") {
		t.Errorf("an empty file: %s", a)
	}
	if a := w.upload("zrzyt", "file", "大.pdf", pdf+strings.Repeat("x", 20<<20), nil); !strings.Contains(fmt.Sprint(a.get("detail")), "“大.pdf”") {
		t.Errorf("one that is too large: %s", a)
	}
}

// FuzzSniff holds that no content whatever ends, or keeps, who looks at it.
func FuzzSniff(f *testing.F) {
	f.Add(oleFile(9, 3, []string{"WordDocument"}, nil))
	f.Add(oleFile(12, 1, []string{"Workbook"}, []string{"x"}))
	f.Add(officeFile("[Content_Types].xml", "word/document.xml"))
	f.Add(officeFile("OFD.xml"))
	f.Fuzz(func(t *testing.T, content string) {
		kind, err := upload.Sniff(strings.NewReader(content), int64(len(content)))
		if err == nil && upload.Kinds[kind] == "" {
			t.Fatalf("%q is taken", kind)
		}
		if err == io.EOF {
			t.Fatal("the end of a file is told as it is")
		}
	})
}

// TestNamesOfFiles: a name is kept as it was given, whatever program sent it, and comes
// back with the file.
func TestNamesOfFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct{ sent, shown string }{
		{`filename="2022.9.30工作总结"`, "2022.9.30工作总结.pdf"},
		{`filename="2022.9.30工作总结.PDF"`, "2022.9.30工作总结.pdf"},
		{`filename="V1.2版"`, "V1.2版.pdf"},
		{`filename="V1.2"`, "V1.2.pdf"},
		{`filename="总结.final"`, "总结.final.pdf"},
		{`filename="表.xlsx"`, "表.pdf"},
		{`filename="总结...."`, "总结.pdf"},
		{`filename="总结.pdf. "`, "总结.pdf"},
		{`filename=".总结.pdf"`, "总结.pdf"},
		{`filename="con.2022.pdf"`, "file.pdf"},
		{`filename="完成95%以上.pdf"`, "完成95%以上.pdf"},
		{`filename="100%25.pdf"`, "100%25.pdf"},
		{"filename=\"\xc7\xe9\xbf\xf6\xcb\xb5\xc3\xf7.pdf\"", "情况说明.pdf"}, // GBK
		{"filename=\"C:\\\\\xb2\xc4\xc1\xcf\\\\\xb8\xbd\xbc\xfe1.pdf\"", "附件1.pdf"},
		{`filename*=UTF-8''%E6%83%85%E5%86%B5%20%E8%AF%B4%E6%98%8E.pdf`, "情况 说明.pdf"},
		{`filename="plain.pdf"; filename*=UTF-8''%E6%83%85%E5%86%B5.pdf`, "情况.pdf"},
		{`filename="` + strings.Repeat("长", 120) + `.pdf"`, strings.Repeat("长", 100) + ".pdf"},
		{`filename="a'b(c);d=e@f&g+h,i!#$.pdf"`, "a'b(c);d=e@f&g+h,i!#$.pdf"},
	} {
		body := "--x\r\nContent-Disposition: form-data; name=\"file\"; " + c.sent + "\r\nContent-Type: application/pdf\r\n\r\n" + pdf + "\r\n--x--\r\n"
		a := w.as("zrzyt", "POST", "/api/v1/files", []byte(body), map[string]string{"Content-Type": "multipart/form-data; boundary=x"})
		if a.status != 201 || a.get("name") != c.shown {
			t.Errorf("%q: %s", c.sent, a)
			continue
		}
		w.vars["file"], _ = a.get("id").(string)
		back := w.as("zrzyt", "GET", w.expand("/api/v1/files/{file}"), nil, nil)
		head := back.header.Get("Content-Disposition")
		_, params, err := mime.ParseMediaType(head)
		if err != nil || params["filename"] != c.shown {
			t.Errorf("%q comes back as %q: %s (%v)", c.shown, params["filename"], head, err)
		}
		if _, coded, _ := strings.Cut(head, "UTF-8''"); strings.ContainsAny(coded, ` "'()*,/:;<=>?@[\]{}`) {
			t.Errorf("%q: no value of RFC 8187: %s", c.shown, coded)
		}
	}
}
