package ui

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"duban/ui/web"
	"duban/workflow"
)

// TestExportsAreRecordedWithinBounds: what somebody takes is recorded by which part it is,
// whatever else they send; what they typed freely is a text that can be redacted; the same
// again is one taking, and nobody fills the journal by reading.
func TestExportsAreRecordedWithinBounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"office", "sft", "boss", "zrzyt"} {
		w.token(name)
	}
	before := headOf(w)
	take := func(as, path string) answer {
		t.Helper()
		return w.as(as, "GET", path, nil, nil)
	}
	long := strings.Repeat("张", 400)
	first := "/export/journal.jsonl?period=2022Q3&kind=reported&user=" + url.QueryEscape(long) + "&q=zhang&junk=" + strings.Repeat("x", 2000) + "&token=secret"
	if a := take("office", first); a.status != 200 {
		t.Fatal(a)
	}
	es := w.events(before)
	if len(es) != 1 || es[0].Kind != workflow.KindExported {
		t.Fatalf("recorded: %v", w.kinds(before))
	}
	if got := es[0].Data.Export; got != "journal.jsonl?kind=reported&period=2022Q3" {
		t.Errorf("recorded as %q", got)
	}
	if got := es[0].Texts["selection"]; got != "user="+strings.Repeat("张", 100)+"…\nq=zhang" {
		t.Errorf("with the text %q", got)
	}
	if b, err := json.Marshal(es[0]); err != nil || len(b) > 1500 || strings.Contains(string(b), "secret") {
		t.Errorf("%d bytes: %.300s", len(b), b)
	}
	// In another order, by HEAD, with other junk: nothing new.
	for n := range 20 {
		again := "/export/journal.jsonl?junk=" + strconv.Itoa(n) + "&q=zhang&user=" + url.QueryEscape(long) + "&kind=reported&period=2022Q3"
		if a := take("office", again); a.status != 200 {
			t.Fatal(a)
		}
		w.as("office", "HEAD", "/export/journal.jsonl?q="+strconv.Itoa(n), nil, nil)
	}
	if n := headOf(w) - before; n != 1 {
		t.Errorf("%d events by the same export", n)
	}
	if a := take("sft", first); a.status != 200 || headOf(w)-before != 2 {
		t.Errorf("another account's taking: %s, %d events", a, headOf(w)-before)
	}
	// What was typed leaves the record like any text.
	if a := w.as("boss", "POST", fmt.Sprintf("/api/v1/events/%d/redaction", es[0].Seq), `{"reason":"个人信息"}`, nil); a.status != 201 {
		t.Fatal(a)
	}
	if e := w.events(es[0].Seq - 1)[0]; len(e.Texts) != 0 || e.Hash != es[0].Hash {
		t.Errorf("after the redaction: %v", e.Texts)
	}
	if a := take("boss", "/export/journal.jsonl?kind=exported&unit=office"); a.status != 200 || strings.Contains(string(a.body), "张张") || strings.Contains(string(a.body), "zhang") {
		t.Errorf("the name is still told: %.300s", a.body)
	}

	// Each another selection: so many an hour, then the way to go on is told.
	before = headOf(w)
	var refused answer
	for n := range web.TakenMost + 10 {
		if a := take("zrzyt", fmt.Sprintf("/export/journal.jsonl?q=%d", n)); a.status != 200 {
			refused = a
		}
	}
	if wait, _ := strconv.Atoi(refused.header.Get("Retry-After")); refused.status != 429 || refused.get("code") != "export.too_many" || wait < 1 || wait > 3600 {
		t.Errorf("too many: %s", refused)
	}
	if n := headOf(w) - before; n != web.TakenMost {
		t.Errorf("%d events", n)
	}
	if a := take("sft", "/export/figures.xlsx"); a.status != 200 {
		t.Errorf("another account: %s", a)
	}
}
