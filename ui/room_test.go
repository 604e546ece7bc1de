package ui

import (
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/ui/web"
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
	if status, code, _ := w.exchange([]byte(head("") + "Transfer-Encoding: chunked\r\n\r\n")); status != 401 || code != "auth.required" {
		t.Errorf("a stranger's: %d %s", status, code)
	}
	if status, code, _ := w.exchange([]byte(head("") + "Content-Length: 1000000\r\n\r\n")); status != 408 || code != "request.too_slow" {
		t.Errorf("a stranger's that does not begin: %d %s", status, code)
	}
	stop := make(chan struct{})
	var trickling sync.WaitGroup
	for range web.UploadsMost {
		trickling.Go(func() { w.trickle(head(auth)+"Transfer-Encoding: chunked\r\n\r\n", stop) })
	}
	end := sync.OnceFunc(func() { close(stop); trickling.Wait() })
	defer end()
	w.uploadUntil("a fifth upload at once is refused", func(a answer) bool { return a.status == 429 && a.get("code") == "file.too_many_at_once" })
	if a := w.upload("zrzyt", "file", "a.pdf", pdf, nil); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("the fifth: %s", a)
	}
	if a := w.upload("sft", "file", "a.pdf", pdf, nil); a.status != 201 {
		t.Errorf("another account's: %s", a)
	}
	end()
	w.uploadUntil("it is taken when they have gone", func(a answer) bool { return a.status == 201 })
}

// trickle keeps one upload on its way until stop: byte after byte in chunks, and begun anew
// where the server has ended it.
func (w *world) trickle(head string, stop <-chan struct{}) {
	next := time.NewTicker(50 * time.Millisecond)
	defer next.Stop()
	var nc net.Conn
	defer func() {
		if nc != nil {
			_ = nc.Close() // it is left in the middle on purpose
		}
	}()
	for {
		if nc == nil {
			var err error
			if nc, err = net.Dial("tcp", strings.TrimPrefix(w.url, "http://")); err == nil {
				_, err = io.WriteString(nc, head)
			}
			if err != nil {
				w.t.Error(err)
				return
			}
		}
		select {
		case <-stop:
			return
		case <-next.C:
		}
		if _, err := io.WriteString(nc, "1\r\n-\r\n"); err != nil {
			_ = nc.Close() // by the server already
			nc = nil
		}
	}
}

// uploadUntil brings small files until the answer is as wanted.
func (w *world) uploadUntil(what string, wanted func(answer) bool) {
	w.t.Helper()
	for until := time.Now().Add(storetest.Patience); ; {
		a := w.upload("zrzyt", "file", "a.pdf", pdf, nil)
		if wanted(a) {
			return
		}
		if time.Now().After(until) {
			w.t.Fatalf("not seen: %s; the last answer is %s", what, a)
		}
	}
}
