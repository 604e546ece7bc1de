package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"duban/store/storetest"
)

// withBackupCommands adds what backup.txtar uses:
//
//	evidence ADDRESS TOKENFILE TEXT      uploads a PDF file with the text
//	fetch ADDRESS TOKENFILE FILE STATUS  downloads the backup, wants the status
//	waitfor PATTERN                      waits until a file of the pattern is there
//	samehead FILE FILE                   wants the same event and head in both
func withBackupCommands(all map[string]func(*testscript.TestScript, bool, []string)) map[string]func(*testscript.TestScript, bool, []string) {
	all["evidence"], all["fetch"], all["waitfor"], all["samehead"] = evidenceCommand, fetchCommand, waitforCommand, sameheadCommand
	return all
}

func bearer(ts *testscript.TestScript, method, url, tokenFile string, body io.Reader) *http.Request {
	req, err := http.NewRequest(method, url, body)
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(ts.ReadFile(tokenFile)))
	return req
}

func evidenceCommand(ts *testscript.TestScript, _ bool, args []string) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", "a.pdf")
	ts.Check(err)
	_, err = fmt.Fprintf(part, "%%PDF-1.4\n%s\n%%%%EOF\n", args[2])
	ts.Check(errors.Join(err, w.Close()))
	req := bearer(ts, http.MethodPost, "http://"+args[0]+"/api/v1/files", args[1], &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	b, err := io.ReadAll(res.Body)
	ts.Check(errors.Join(err, res.Body.Close()))
	if res.StatusCode >= 300 {
		ts.Fatalf("%s: %s", res.Status, b)
	}
}

func fetchCommand(ts *testscript.TestScript, _ bool, args []string) {
	res, err := http.DefaultClient.Do(bearer(ts, http.MethodGet, "http://"+args[0]+"/export/backup.tar", args[1], nil))
	ts.Check(err)
	b, err := io.ReadAll(res.Body)
	ts.Check(errors.Join(err, res.Body.Close()))
	if fmt.Sprint(res.StatusCode) != args[3] {
		ts.Fatalf("status %s, want %s", res.Status, args[3])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), b, 0o600))
}

func waitforCommand(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(storetest.Patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if all, err := filepath.Glob(ts.MkAbs(args[0])); err != nil || len(all) > 0 {
			ts.Check(err)
			return
		}
	}
	ts.Fatalf("no file %s", args[0])
}

func sameheadCommand(ts *testscript.TestScript, _ bool, args []string) {
	line := func(file, key string) string {
		for l := range strings.Lines(ts.ReadFile(file)) {
			if strings.HasPrefix(l, key+" ") {
				return l
			}
		}
		ts.Fatalf("%s has no line %q", file, key)
		return ""
	}
	for _, key := range []string{"events", "head"} {
		if a, b := line(args[0], key), line(args[1], key); a != b {
			ts.Fatalf("%s: %sagainst %s", key, a, b)
		}
	}
}
