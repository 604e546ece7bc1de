package ui

import (
	"archive/zip"
	"bytes"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"
)

// Contents by what they are.
var (
	pdf      = "%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
	png      = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
	htmlPage = "<!DOCTYPE html><script>alert(1)</script>"
	svgPage  = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`
)

// officeFile makes a zip that is an Office document by its parts. They are stored as they are: a
// compressor for each of thousands is most of what a test under the race detector costs.
func officeFile(parts ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range parts {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = f.Write([]byte("<x/>"))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// upload posts one file of a form field.
func (w *world) upload(as, field, name, content string, head map[string]string) answer {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"; filename="%s"`, field, name))
	h.Set("Content-Type", "application/pdf") // what the sender says does not count
	part, err := m.CreatePart(h)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	header := map[string]string{"Content-Type": m.FormDataContentType()}
	for k, v := range head {
		header[k] = v
	}
	return w.as(as, "POST", "/api/v1/files", b.Bytes(), header)
}

// TestEvidenceIsTakenByContent: the type is found in the content, the name is
// made harmless, and what is no evidence is refused.
func TestEvidenceIsTakenByContent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.token("zrzyt")
	for _, c := range []struct {
		name, content string
		status        int
		shown, kind   string // or the code
	}{
		{"照片.pdf", pdf, 201, "照片.pdf", "application/pdf"},
		{"图.pdf", png, 201, "图.png", "image/png"},
		{"表.docx", officeFile("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), 201, "表.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"文", officeFile("[Content_Types].xml", "_rels/.rels", "word/document.xml"), 201, "文.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"../../etc/passwd", pdf, 201, "passwd.pdf", "application/pdf"},
		{`..\\..\\boot.ini`, pdf, 201, "boot.pdf", "application/pdf"},
		{"CON.pdf", pdf, 201, "file.pdf", "application/pdf"},
		{"...pdf", pdf, 201, "file.pdf", "application/pdf"},
		{"a\u202efdp.exe", pdf, 201, "afdp.pdf", "application/pdf"},
		{strings.Repeat("长", 300) + ".pdf", pdf, 201, strings.Repeat("长", 100) + ".pdf", "application/pdf"},
		{"a<b>:c?.pdf", pdf, 201, "abc.pdf", "application/pdf"},
		{"page.pdf", htmlPage, 415, "file.type", ""},
		{"page.pdf", svgPage, 415, "file.type", ""},
		{"notes.pdf", "just text", 415, "file.type", ""},
		{"a.pdf", officeFile("readme.txt"), 415, "file.type", ""},
		{"a.pdf", "", 422, "file.empty", ""},
	} {
		before, _ := w.store.Head()
		a := w.upload("zrzyt", "file", c.name, c.content, nil)
		if a.status != c.status {
			t.Errorf("%.40q: %d, want %d: %s", c.name, a.status, c.status, a)
			continue
		}
		events := w.events(before)
		if c.status != 201 {
			if a.get("code") != c.shown || len(events) > 0 {
				t.Errorf("%.40q: %v, %d events", c.name, a.get("code"), len(events))
			}
			continue
		}
		if a.get("name") != c.shown || a.get("type") != c.kind || a.get("sha256") == nil || !same(a.get("size"), len(c.content)) {
			t.Errorf("%.40q: %s", c.name, a)
		}
		if len(events) != 1 || events[0].Kind != "file_added" {
			t.Errorf("%.40q: events %v", c.name, events)
		}
	}
	if a := w.upload("zrzyt", "file", "big.pdf", pdf+strings.Repeat("x", 20<<20), nil); a.status != 413 || a.get("code") != "file.too_large" || !strings.Contains(fmt.Sprint(a.get("detail")), "20 MiB") {
		t.Errorf("over the limit: %s", a)
	}
	if a := w.upload("zrzyt", "file", "full.pdf", pdf+strings.Repeat("x", 20<<20-len(pdf)), nil); a.status != 201 {
		t.Errorf("20 MiB to the byte: %s", a)
	}
	if a := w.upload("zrzyt", "attachment", "a.pdf", pdf, nil); a.status != 422 || a.get("code") != "file.missing" || a.get("field") != "file" {
		t.Errorf("another field: %s", a)
	}
	w.play(
		step{as: "zrzyt", do: "POST /api/v1/files", body: `{}`, status: 422, code: "file.missing"},
		step{as: "zrzyt", do: "POST /api/v1/files", body: "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.4", head: map[string]string{"Content-Type": "multipart/form-data; boundary=x"}, status: 400, code: "request.malformed"},
		step{as: "zrzyt", do: "POST /api/v1/files", body: "x", head: map[string]string{"Content-Type": "multipart/form-data"}, status: 400, code: "request.malformed"},
	)
	for as, status := range map[string]int{"": 401, "viewer": 403, "auditor": 403, "boss": 403, "office": 201, "sign": 201} {
		if a := w.upload(as, "file", "a.pdf", pdf, nil); a.status != status {
			t.Errorf("%q uploads: %d, want %d", as, a.status, status)
		}
	}
}

// TestEvidenceIsHandedOutByRights: before it is used only its unit and the
// office's side have it; with a report, who may read the report.
func TestEvidenceIsHandedOutByRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.upload("zrzyt", "file", "佐证 1.pdf", pdf, nil)
	w.vars["file"], _ = a.get("id").(string)
	get := func(as string, status int) step {
		return step{as: as, do: "GET /api/v1/files/{file}", status: status}
	}
	w.play(
		step{as: "zrzyt", do: "GET /api/v1/files/{file}", status: 200, then: func(t *testing.T, w *world, a answer) {
			if string(a.body) != pdf || a.header.Get("Content-Type") != "application/pdf" {
				t.Errorf("%s %q", a.header.Get("Content-Type"), a.body)
			}
			for name, part := range map[string]string{"Content-Disposition": "attachment", "Content-Security-Policy": "sandbox", "Cache-Control": "no-store"} {
				if !strings.Contains(a.header.Get(name), part) {
					t.Errorf("%s: %q", name, a.header.Get(name))
				}
			}
			if !strings.Contains(a.header.Get("Content-Disposition"), "filename*=UTF-8''%E4%BD%90%E8%AF%81%201.pdf") {
				t.Errorf("the name: %s", a.header.Get("Content-Disposition"))
			}
		}},
		get("zrzyt2", 200), get("office", 200), get("viewer", 200), get("fzggw", 404), get("sft", 404), get("", 401),
		step{as: "office", do: "GET /api/v1/files/nothing", status: 404, code: "file.unknown"},
		step{as: "office", do: "GET /api/v1/files/..%2F..%2Fduban.db", status: 404, code: "file.unknown"},
		step{as: "fzggw", do: "POST {C6}/acceptance", status: 201, events: "accepted"},
		step{as: "fzggw", do: "POST {C6}/reports", body: `{"progress":"x","evidence":["{file}"]}`, status: 422, code: "evidence.unknown"},
		step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"},
		step{as: "zrzyt", do: "POST {L6}/reports", body: `{"progress":"x","evidence":["{file}"]}`, status: 201, is: is{"latest_report.evidence.0": "{file}"}, events: "reported"},
		get("fzggw", 200), get("sft", 404), get("auditor", 200),
	)
}
