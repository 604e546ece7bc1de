package ui

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"duban/ui/upload"
)

// quine is Russ Cox's r.zip (research.swtch.com/zip, also in Go's archive/zip): it
// holds a file that is itself, without end for who unpacks what is unpacked.
var quine = func() string {
	b, err := hex.DecodeString("504b03041400000008000803643cf9f4896448010000b801000007000000722f722e7a6970002500daff504b03041400000008000803643cf9f48964" +
		"48010000b801000007000000722f722e7a6970002f00d0ff002500daff504b03041400000008000803643cf9f4896448010000b80100000700000072" +
		"2f722e7a6970002f00d0ffc2548e5739000500faffc2548e5739000500faff000500faff001400ebffc2548e5739000500faff000500faff001400eb" +
		"ff428821c400001400ebff428821c400001400ebff428821c400001400ebff428821c400001400ebff428821c400000000ffff000000ffff003400cb" +
		"ff428821c400000000ffff000000ffff003400cbff42e8215e0f000000ffff0af066641261c015dce8a048bf48af2ab320c09b950dc4670442530606" +
		"0640000600f9ff6d010000000042e8215e0f000000ffff0af066641261c015dce8a048bf48af2ab320c09b950dc46704425306060640000600f9ff6d" +
		"0100000000504b010214001400000008000803643cf9f4896448010000b8010000070000000000000000000000000000000000722f722e7a6970504b" +
		"05060000000001000100350000006d0100000000")
	if err != nil {
		panic(err)
	}
	return string(b)
}()

// withPart is an Office file with one part more, made as small as can be.
func withPart(t *testing.T, part string, write func(io.Writer) error) string {
	t.Helper()
	return officeWith(t, func(z *zip.Writer) error {
		w, err := z.Create(part)
		if err != nil {
			return err
		}
		return write(w)
	})
}

// officeWith is an Office file with whatever add puts into it.
func officeWith(t *testing.T, add func(*zip.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"} {
		if _, err := z.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(add(z), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// addZeros adds a part that unpacks to so many MiB of zeros. One MiB is packed, up
// to a flush, which stands by itself, and repeated: packing hundreds of them under
// the race detector took a minute.
func addZeros(z *zip.Writer, part string, mib int) error {
	var packed bytes.Buffer
	f, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		return err
	}
	zeros := make([]byte, 1<<20)
	if _, err := f.Write(zeros); err != nil {
		return err
	}
	if err := f.Flush(); err != nil {
		return err
	}
	one := packed.Len()
	if err := f.Close(); err != nil { // the last block, empty
		return err
	}
	all := append(bytes.Repeat(packed.Bytes()[:one], mib), packed.Bytes()[one:]...)
	h := zip.FileHeader{Name: part, Method: zip.Deflate, UncompressedSize64: uint64(mib) << 20, CompressedSize64: uint64(len(all))}
	for range mib {
		h.CRC32 = crc32.Update(h.CRC32, crc32.IEEETable, zeros)
	}
	w, err := z.CreateRaw(&h)
	if err == nil {
		_, err = w.Write(all)
	}
	return err
}

// TestZerosUnpack: what addZeros makes is what packing zeros would be.
func TestZerosUnpack(t *testing.T) {
	b := officeWith(t, func(z *zip.Writer) error { return addZeros(z, "xl/a.xml", 3) })
	z, err := zip.NewReader(strings.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := z.Open("xl/a.xml")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, make([]byte, 3<<20)) { // the reader checks the sum
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestBombsCostNoMoreThanOthers bounds the work, not the time: what is allocated to
// find the kind of a file that unpacks to very much, or to itself, is what an honest
// file of the same kind costs. Not parallel: others would be counted too.
func TestBombsCostNoMoreThanOthers(t *testing.T) {
	sheet := func(write func(io.Writer) error) string { return withPart(t, "xl/worksheets/sheet1.xml", write) }
	cost := func(s string) float64 {
		return testing.AllocsPerRun(4, func() { _, _ = upload.Sniff(strings.NewReader(s), int64(len(s))) })
	}
	plain := cost(sheet(func(w io.Writer) error { _, err := io.WriteString(w, "<worksheet/>"); return err }))
	for name, s := range map[string]string{
		"zeros":              officeWith(t, func(z *zip.Writer) error { return addZeros(z, "xl/worksheets/sheet1.xml", 100) }),
		"a quine inside":     sheet(func(w io.Writer) error { _, err := io.WriteString(w, quine); return err }),
		"a quine":            quine,
		"ten thousand parts": officeFile(append([]string{"[Content_Types].xml", "xl/workbook.xml"}, strings.Fields(strings.Repeat("x ", 10_000))...)...),
	} {
		if got := cost(s); got > 2*plain+20 {
			t.Errorf("%s: %.0f allocations, an honest file has %.0f", name, got, plain)
		}
	}
}

// TestAZipThatHoldsItself: by itself it is no evidence, inside an Office file it is
// kept shut, and where files are opened it is refused.
func TestAZipThatHoldsItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if z, err := zip.NewReader(strings.NewReader(quine), int64(len(quine))); err != nil || len(z.File) != 1 {
		t.Fatalf("no quine: %v", err)
	} else if r, err := z.File[0].Open(); err != nil {
		t.Fatal(err)
	} else if inside, err := io.ReadAll(r); err != nil || string(inside) != quine {
		t.Fatalf("no quine: %d bytes inside, %v", len(inside), err)
	}
	if a := w.upload("zrzyt", "file", "a.xlsx", quine, nil); a.status != 415 || a.get("code") != "file.type" {
		t.Errorf("as evidence: %s", a)
	}
	inside := withPart(t, "xl/embeddings/a.zip", func(z io.Writer) error { _, err := io.WriteString(z, quine); return err })
	a := w.upload("zrzyt", "file", "a.xlsx", inside, nil)
	if a.status != 201 || fmt.Sprint(a.get("size")) != fmt.Sprint(len(inside)) {
		t.Errorf("inside an Office file: %s", a)
	}
	for path, field := range map[string]string{"/figures/import": "sheet", "/circular-template": "template"} {
		for name, content := range map[string]string{"the quine": quine, "one inside": inside} {
			b := w.cookie("office")
			before := headOf(w)
			form := "--x\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"a.xlsx\"\r\n\r\n" + content + "\r\n--x--\r\n"
			got := w.send(b.http, "POST", path, form, map[string]string{"Content-Type": "multipart/form-data; boundary=x", "X-CSRF-Token": b.csrf, "Accept": "text/html"})
			if got.status != 422 || !got.formAgain() || headOf(w) != before {
				t.Errorf("%s to %s: %d, %d events", name, path, got.status, headOf(w)-before)
			}
		}
	}
}
