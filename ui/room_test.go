package ui

import (
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"duban/store"
)

// TestEvidenceHasBounds: who has brought too much is told so before and at the refusal,
// with what to do, in both languages; their report goes through without the file, what they
// typed stays, and others bring theirs.
func TestEvidenceHasBounds(t *testing.T) {
	t.Parallel()
	var free atomic.Int64
	free.Store(10 << 30)
	w := newWorld(t, func(w *world) {
		w.engine = func(o *store.Options) {
			o.Quota = store.Quota{PerAccount: 3000, PerUnit: 5000, Reserve: 1 << 20}
			o.Free = free.Load
		}
	})
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"})
	body := func(n int) string { return pdf + strings.Repeat("x", n-len(pdf)) }
	if a := w.upload("zrzyt", "file", "a.pdf", body(2000), nil); a.status != 201 {
		t.Fatal(a)
	}
	if page := w.visit("zrzyt", "/assignments/"+onLead+"/report"); !strings.Contains(page, "还可上传") {
		t.Error("the form does not say how much room is left")
	}
	for lang, word := range map[string]string{"zh-CN": "删除不用的材料", "en": "Delete files you do not need"} {
		a := w.upload("zrzyt", "file", "b.pdf", body(1001), map[string]string{"Accept-Language": lang})
		if a.status != 409 || a.get("code") != "file.quota_account" || !strings.Contains(a.String(), word) {
			t.Errorf("%s: %s", lang, a)
		}
	}
	if a := w.upload("zrzyt2", "file", "b.pdf", body(3000), nil); a.status != 201 {
		t.Errorf("a colleague: %s", a)
	}
	if a := w.upload("zrzyt2", "file", "b.pdf", body(1000), nil); a.status != 409 {
		t.Errorf("a colleague over the unit's: %s", a)
	}
	if a := w.upload("sft", "file", "b.pdf", body(3000), nil); a.status != 201 {
		t.Errorf("another department: %s", a)
	}
	if page := w.visit("zrzyt", "/assignments/"+onLead+"/report"); !strings.Contains(page, "佐证材料的空间已用完") {
		t.Error("the form does not say that there is no room")
	}
	free.Store(1 << 19)
	a := w.upload("fzggw", "file", "b.pdf", body(1000), nil)
	if wait, _ := strconv.Atoi(a.header.Get("Retry-After")); a.status != 503 || a.get("code") != "file.no_room" || wait < 1 {
		t.Errorf("on what is kept for acts: %s", a)
	}
	// By the form: the file is refused at its field and what was typed is there; without it
	// the report is filed.
	b := w.cookie("zrzyt")
	form := "--x\r\nContent-Disposition: form-data; name=\"progress\"\r\n\r\n盘活一批\r\n--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"c.pdf\"\r\n\r\n" + body(500) + "\r\n--x--\r\n"
	got := w.send(b.http, "POST", "/assignments/"+onLead+"/report/review", form, map[string]string{"Content-Type": "multipart/form-data; boundary=x", "X-CSRF-Token": b.csrf, "Accept": "text/html"})
	if got.status != 422 || !strings.Contains(string(got.body), "盘活一批") || !strings.Contains(string(got.body), "没有保存") {
		t.Errorf("by the form: %d", got.status)
	}
	w.play(step{as: "zrzyt", do: "POST {L6}/reports", body: report, status: 201, events: "reported"})
}

// TestADraftNamesForeignEvidence: a draft may name any file; whose it is not sees neither
// its name nor its size on the form.
func TestADraftNamesForeignEvidence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(step{as: "zrzyt", do: "POST {L6}/acceptance", status: 201, events: "accepted"})
	foreign, _ := w.upload("sft", "file", "某企业名单.pdf", pdf+strings.Repeat("x", 7000), nil).get("id").(string)
	own, _ := w.upload("zrzyt", "file", "本局台账.pdf", pdf, nil).get("id").(string)
	if a := w.as("zrzyt", "PUT", w.expand("{L6}/draft"), map[string]any{"progress": "x", "evidence": []string{foreign, own}}, nil); a.status != 200 {
		t.Fatal(a)
	}
	page := w.visit("zrzyt", "/assignments/"+onLead+"/report")
	if strings.Contains(page, "某企业名单") || !strings.Contains(page, "本局台账") {
		t.Error("the form names foreign evidence, or not one's own")
	}
	b := w.cookie("zrzyt")
	a := w.send(b.http, "POST", "/assignments/"+onLead+"/report/review", "progress=x&evidence="+foreign, map[string]string{"Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": b.csrf, "Accept": "text/html"})
	if a.status >= 500 || strings.Contains(string(a.body), "某企业名单") {
		t.Errorf("the review names foreign evidence: %d", a.status)
	}
}

// TestASilentUploadEnds: a stranger's upload is refused without waiting for it, one that
// does not begin ends like every request, and of those who may four are read at once.
func TestASilentUploadEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token("zrzyt")
	head := func(auth string) string {
		return "POST /api/v1/files HTTP/1.1\r\nHost: h\r\n" + auth + "Content-Type: multipart/form-data; boundary=x\r\n"
	}
	auth := "Authorization: Bearer " + token + "\r\n"
	start := time.Now()
	if status, code, _ := w.exchange([]byte(head("") + "Transfer-Encoding: chunked\r\n\r\n")); status != 401 || code != "auth.required" {
		t.Errorf("a stranger's: %d %s", status, code)
	}
	if status, code, _ := w.exchange([]byte(head("") + "Content-Length: 1000000\r\n\r\n")); status != 408 || code != "request.too_slow" {
		t.Errorf("a stranger's that does not begin: %d %s", status, code)
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("held for %v", took)
	}
	var open []net.Conn
	for range uploadsMost {
		nc, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, nc)
		if _, err := io.WriteString(nc, head(auth)+"Transfer-Encoding: chunked\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	code := ""
	for until := time.Now().Add(10 * time.Second); code != "file.too_many_at_once" && time.Now().Before(until); {
		a := w.upload("zrzyt", "file", "a.pdf", pdf, nil)
		if code, _ = a.get("code").(string); code == "file.too_many_at_once" && (a.status != 429 || a.header.Get("Retry-After") == "") {
			t.Errorf("the fifth: %s", a)
		}
	}
	if code == "" {
		t.Error("a fifth upload at once is taken")
	}
	if a := w.upload("sft", "file", "a.pdf", pdf, nil); a.status != 201 {
		t.Errorf("another account's: %s", a)
	}
	for _, nc := range open {
		if err := nc.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for until := time.Now().Add(10 * time.Second); ; {
		a := w.upload("zrzyt", "file", "a.pdf", pdf, nil)
		if a.status == 201 {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("afterwards: %s", a)
		}
	}
}
