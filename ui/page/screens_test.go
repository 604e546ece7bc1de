package page

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"duban/ui/static"
)

// sizes are the pictures taken of the wall; every other page is 1366 wide.
var wallSizes = [][2]int{{1920, 1080}, {1280, 800}, {1024, 768}, {3840, 2160}, {3440, 1440}}

// TestScreens takes a picture of every page with a real browser, to be looked at.
// It runs when DUBAN_SHOTS names a folder for them; DUBAN_ONLY, a regular expression, narrows by
// name; DUBAN_FULL adds whole pages, narrow ones, and every size of the wall;
// DUBAN_PRINT prints the pages instead, as PDF.
func TestScreens(t *testing.T) {
	dir := os.Getenv("DUBAN_SHOTS")
	if dir == "" {
		t.Skip("set DUBAN_SHOTS to a folder to take pictures of the pages")
	}
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium on this machine")
	}
	w := fullWorld(t)
	lang := languages[0]
	if l := os.Getenv("DUBAN_LANG"); l != "" {
		lang = l
	}
	bodies := map[string][]byte{}
	for _, n := range w.pages(lang) {
		var b bytes.Buffer
		if err := Render(&b, n.page); err != nil {
			t.Fatal(err)
		}
		bodies[n.name] = b.Bytes()
	}
	url := serve(t, bodies)
	only, err := regexp.Compile(os.Getenv("DUBAN_ONLY"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range bodies {
		if !only.MatchString(name) {
			continue
		}
		if os.Getenv("DUBAN_PRINT") != "" {
			chromium(t, browser, url+name, "--no-pdf-header-footer", "--print-to-pdf="+filepath.Join(dir, name+".pdf"))
			continue
		}
		if strings.HasPrefix(name, "board") || name == "pairing" {
			for n, s := range wallSizes {
				if n > 0 && os.Getenv("DUBAN_FULL") == "" {
					break
				}
				shoot(t, browser, url+name, filepath.Join(dir, name+"-"+strconv.Itoa(s[0])+".png"), s[0], s[1])
			}
			continue
		}
		shoot(t, browser, url+name, filepath.Join(dir, name+".png"), 1366, 768)
		if os.Getenv("DUBAN_FULL") != "" {
			shoot(t, browser, url+name, filepath.Join(dir, name+"-full.png"), 1366, 2200)
			shoot(t, browser, url+name, filepath.Join(dir, name+"-320.png"), 500, 1400)
		}
	}
}

// serve answers the pages and the static files on the loopback, with the content
// security policy the program sends.
func serve(t *testing.T, bodies map[string][]byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'")
		if f, ok := static.Find(r.URL.Path); ok {
			rw.Header().Set("Content-Type", f.Type)
			_, _ = rw.Write(f.Body) // a browser that went away is no fault of the page
			return
		}
		body, ok := bodies[strings.TrimPrefix(r.URL.Path, "/")]
		if !ok {
			http.NotFound(rw, r)
			return
		}
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = rw.Write(body)
	})}
	go func() { _ = srv.Serve(l) }() // ends with Close below
	t.Cleanup(func() { _ = srv.Close() })
	return "http://" + l.Addr().String() + "/"
}

func shoot(t *testing.T, browser, url, file string, width, height int) {
	t.Helper()
	chromium(t, browser, url, "--hide-scrollbars", "--window-size="+strconv.Itoa(width)+","+strconv.Itoa(height), "--screenshot="+file)
}

// chromium opens a page once, with what is to be made of it.
func chromium(t *testing.T, browser, url string, more ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	wait := os.Getenv("DUBAN_WAIT") // ms of the page's own time before the picture
	if wait == "" {
		wait = "1500"
	}
	args := append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--lang=zh-CN", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--user-data-dir=" + t.TempDir(), "--virtual-time-budget=" + wait}, more...)
	cmd := exec.CommandContext(ctx, browser, append(args, url)...)
	cmd.Env = append(os.Environ(), "LANGUAGE=zh_CN") // as in an office: date fields read 年/月/日, where the browser speaks Chinese
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%.2000s", url, err, out)
	}
}
