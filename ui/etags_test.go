package ui

import (
	"net/http"
	"strings"
	"testing"
)

// TestConditionsAreReadAsTheStandardSays: RFC 9110, 13.1.1. What is no list of tags is
// 400; a tag that does not match is 412 however it is spelt; * and lists are heard.
func TestConditionsAreReadAsTheStandardSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for lang, who := range map[string]string{"zh-CN": "刚由系统更新（交办", "en": "changed by the system (assigned"} {
		a := w.as("office", "POST", "/api/v1/assignments/2022Q3-06-lead-zrzyt/notes", `{"text":"x"}`, map[string]string{"If-Match": `"0"`, "Accept-Language": lang})
		if said, _ := a.get("detail").(string); !strings.Contains(said, who) {
			t.Errorf("what time alone did, in %s: %s", lang, a)
		}
	}
	note := func(header string) answer {
		return w.as("office", "POST", "/api/v1/assignments/2022Q3-06-lead-zrzyt/notes", `{"text":"x"}`, map[string]string{"If-Match": header})
	}
	for _, c := range []struct {
		header string
		status int
	}{
		{`"1"`, 201}, {`"1"`, 412}, {`*`, 201}, {` * `, 201}, {`"7", "4"`, 201}, {`"7","x" , "5"`, 201}, {`"4", "5"`, 412}, {`,"6",`, 201},
		{`"0"`, 412}, {`"abc"`, 412}, {`"-1"`, 412}, {`"07"`, 412}, {`""`, 412}, {`"7.0"`, 412}, {`"99999999999999999999"`, 412}, {`"版本"`, 412}, {`"a,b"`, 412},
		{`W/"7"`, 412}, {`W/"7", "7"`, 201},
		{`8`, 400}, {`"8`, 400}, {`8"`, 400}, {`'8'`, 400}, {`w/"8"`, 400}, {`W/8`, 400}, {`"8" "9"`, 400}, {`"8"; "9"`, 400}, {`*, "8"`, 400}, {`"8", *`, 400}, {`,`, 400}, {`"8 "`, 400},
	} {
		a := note(c.header)
		if a.status != c.status {
			t.Errorf("If-Match: %s is %d, want %d: %s", c.header, a.status, c.status, a)
		}
		if code := a.get("code"); c.status == 412 && (code != "assignment.stale" || a.get("current") == nil) || c.status == 400 && code != "request.if_match" {
			t.Errorf("If-Match: %s says %v", c.header, a.json)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", w.url+"/api/v1/assignments/2022Q3-06-lead-zrzyt/notes", strings.NewReader(`{"text":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bearer " + w.token("office")}, "Content-Type": {"application/json"}, "If-Match": {`"1"`, `"8"`}}
	res, err := w.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 201 {
		t.Errorf("a list on two lines: %d", res.StatusCode)
	}

	tag := w.as("office", "GET", "/api/v1/board", nil, nil).header.Get("ETag")
	for header, status := range map[string]int{tag: 304, `"x", ` + tag: 304, "W/" + tag: 304, "*": 304, `"x"`: 200, "x": 200} {
		if a := w.as("office", "GET", "/api/v1/board", nil, map[string]string{"If-None-Match": header}); a.status != status {
			t.Errorf("If-None-Match: %s is %d, want %d", header, a.status, status)
		}
	}
}
