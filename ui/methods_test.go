package ui

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"duban/ui/web"
)

// A wrong method is told to those who may use the address by another one; to
// others the address is not there.
func TestWrongMethods(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		as, method, path string
		status           int
		allow            string
	}{
		{"office", "DELETE", "/api/v1/board", 405, "GET, HEAD"},
		{"office", "PUT", "/api/v1/assignments/nosuch/acceptance", 405, "POST"},
		{"office", "DELETE", "/api/v1/nosuch", 404, ""},
		{"office", "GET", "/api/v1/Board", 404, ""},
		{"boss", "PUT", "/accounts", 405, "GET, HEAD, POST"},
		{"zrzyt", "PUT", "/accounts", 404, ""},
		{"", "DELETE", "/api/v1/board", 404, ""},
		{"", "DELETE", "/healthz", 405, "GET, HEAD"},
	} {
		req, err := http.NewRequest(tc.method, w.url+tc.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if tc.as != "" {
			req.Header.Set("Authorization", "Bearer "+w.token(tc.as))
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var said web.Problem
		err = json.NewDecoder(res.Body).Decode(&said)
		_ = res.Body.Close()
		if err != nil || (said.Title == "不支持这种请求方式") != (tc.status == 405) || tc.status == 405 && !strings.Contains(said.Detail, "Allow") {
			t.Errorf("%q %s %s says %+v (%v)", tc.as, tc.method, tc.path, said, err)
		}
		if allow := res.Header.Get("Allow"); res.StatusCode != tc.status || allow != tc.allow {
			t.Errorf("%q %s %s: %d, Allow %q; want %d %q", tc.as, tc.method, tc.path, res.StatusCode, allow, tc.status, tc.allow)
		}
	}
}
