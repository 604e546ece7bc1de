package browser

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// maxPicture bounds a picture of the readme, in bytes.
const maxPicture = 300 << 10

// TestPictures takes the readme's pictures of a rehearsal on the evening of a
// quarter's last day. It runs when DUBAN_PICTURES names a folder for them: make shots.
func TestPictures(t *testing.T) {
	dir := os.Getenv("DUBAN_PICTURES")
	if dir == "" {
		t.Skip("set DUBAN_PICTURES to a folder to take the readme's pictures")
	}
	needBrowser(t)
	base, secret := rehearse(t)
	s := &site{t: t, addr: strings.TrimPrefix(base, "http://")}
	b := s.newTab(1280, 720)
	b.open("/language?lang=zh-CN&next=/login")
	b.do(typed("#f-name", "office"), typed("#f-password", secret))
	b.press("form .btn")
	b.waitPath("/")
	b.open("/board?pages=overview&dwell=3600")
	b.until(`document.getElementById("date").textContent.includes("9月30日") && document.getElementById("clock").textContent >= "18:00"`)
	b.do(chromedp.Sleep(3 * time.Second)) // for the last acts of the day to be shown
	b.save(filepath.Join(dir, "board.png"))
	b.do(chromedp.EmulateViewport(1366, 768))
	b.open("/")
	b.until(`document.querySelector(".live-on")`)
	b.save(filepath.Join(dir, "desk.png"))
}

// save keeps a picture for the readme.
func (b *tab) save(file string) {
	b.t.Helper()
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(file, picture, 0o644)
	}
	if err != nil || len(picture) > maxPicture {
		b.t.Errorf("%s: %d bytes of %d at most, %v", file, len(picture), maxPicture, err)
	}
}

// rehearse starts a rehearsal that stops hurrying at 18:00 on 30 September 2022 and
// answers its address and everybody's password.
func rehearse(t *testing.T) (base, secret string) {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "demo", "--addr", "127.0.0.1:0", "--plan", "../../tasks.yaml", "--speed", "120000", "--until", "2022-09-30T18:00:00+08:00")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the rehearsal's end: %v", err)
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if line := lines.Text(); strings.HasPrefix(line, "http://") {
			base = line
		} else if _, after, ok := strings.Cut(line, "password of all: "); ok {
			secret = after
		} else if strings.HasPrefix(line, "board:") {
			break
		}
	}
	if base == "" || secret == "" {
		t.Fatal("the rehearsal does not say where it is: ", lines.Err())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the process
	return base, secret
}
