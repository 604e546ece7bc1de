package plan

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestWholeFileFaults(t *testing.T) {
	text := small(t)
	utf16 := []byte{0xFF, 0xFE}
	for _, r := range "plan:\n" {
		utf16 = append(utf16, byte(r), 0)
	}
	many := func(entry string, n int) string { return strings.Repeat(entry, n) }
	cases := []struct{ name, text, want string }{
		{"empty", "", `1 "" plan.empty_file`},
		{"comments only", "# 空\n\n", `1 "#" plan.empty_file`},
		{"UTF-16", string(utf16), `1 "" plan.utf16`},
		{"UTF-16 without its mark", string(utf16[2:]), `1 "" plan.utf16`},
		{"GB18030", gb18030(t, text), `3 "试点计划" plan.gb18030`},
		{"GB18030 and another fault", gb18030(t, edit(t, "no: 2", "no: 1")), `3 "试点计划" plan.gb18030` + "\n" + `30 "1" plan.number_twice`},
		{"no tasks", edit(t, text[strings.Index(text, "tasks:"):strings.Index(text, "target_groups:")], "tasks: []\n"), `20 "[" plan.list_empty`},
		{"too many departments", edit(t, "departments:\n", "departments:\n"+many("  - {id: d, name: d}\n", 300)), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fs := faultsOf(t, "plan.yaml", c.text)
			if have := places(fs); c.want != "" && have != c.want {
				t.Errorf("want\n%s\nhave\n%s", c.want, have)
			}
			if c.want == "" && len(fs) != maxFaults+1 {
				t.Errorf("want %d faults and a last one that says there are more, have %d", maxFaults, len(fs))
			}
		})
	}
	fs := faultsOf(t, "plan.yaml", cases[len(cases)-1].text)
	if last := fs[len(fs)-1]; last.Code != "plan.more_faults" || !strings.Contains(last.Message("en"), "200") {
		t.Errorf("the last fault is %s, %s", last.Code, last.Message("en"))
	}
	var long strings.Builder
	for i := range 301 {
		long.WriteString("  - {id: s" + string(rune('a'+i%26)) + strings.Repeat("x", i/26) + ", title: 节}\n")
	}
	have := places(faultsOf(t, "plan.yaml", edit(t, "sections:\n", "sections:\n"+long.String())))
	if !strings.HasPrefix(have, `319 "{id:" plan.too_many_entries`) {
		t.Errorf("301 sections and one more: %s", have)
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	fs := faultsOf(t, "plan.yaml", edit(t,
		"issued: 2022-01-05", "issued: 5.1.2022",
		"title: 做大做强", "title: 做大\u202e做强",
		"lead: 市经信局", "lead: 市经委局",
		"[市财政局, swj]", "[市财政局, 市财政局, 统计局]",
		"target: 30", "target: 3e1",
		"no: 2", "no: 1",
		"    lead: 市税务局\n", "",
		"kind: rate", "kind: ratio",
		"    unit: \"%\"\n", "    unit: \"%\"\n    colour: red\n",
		"remind_before: [3, 1]", "remind_before:\t[3, 1]",
		"quality: 20", "quality: 25",
	))
	want := `6 "5.1.2022" plan.date_wrong
22 "\u202e做强" plan.hidden_character
24 "市经委局" plan.department_unknown
25 "市财政局" plan.cooperating_twice
25 "统计局" plan.department_unlisted
29 "3e1" plan.number_wrong
30 "no:" plan.lead_missing
30 "1" plan.number_twice
43 "ratio" plan.choice_wrong
47 "colour:" plan.field_unknown
58 "\t[3" plan.tab
65 "receipt:" plan.weights_sum`
	if have := places(fs); have != want {
		t.Errorf("want\n%s\nhave\n%s\n%s", want, have, fs.Render("zh-CN"))
	}
	if text := fs.Error(); strings.Count(text, "plan.yaml:") != len(fs) || strings.Count(text, "^") != len(fs) {
		t.Errorf("Error does not show every fault with its caret:\n%s", text)
	}
}

func TestTheCaretStandsUnderTheColumn(t *testing.T) {
	fs := Faults{{File: "计划.yaml", Line: 3, Column: 10, Code: "plan.lead_missing", Source: "lead: 省经信厅"}}
	want := "计划.yaml:3:10: 这项任务没有牵头单位；请填写 lead\n" +
		"    lead: 省经信厅\n" +
		"                ^"
	if have := fs.Render("zh-CN"); have != want {
		t.Errorf("want\n%s\nhave\n%s", want, have)
	}
}

// endless gives bytes for ever and counts them.
type endless struct{ given int }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	e.given += len(b)
	return len(b), nil
}

func TestAHugeFileIsNotRead(t *testing.T) {
	r := &endless{}
	_, err := Load("tasks.yaml", r)
	var fs Faults
	if !errors.As(err, &fs) || places(Faults{{Line: fs[0].Line, Column: 1, Code: fs[0].Code}}) != `1 "" plan.too_large` {
		t.Fatalf("want one fault about the size, have %v", err)
	}
	if r.given > 2*maxSize {
		t.Errorf("read %d bytes to refuse more than %d", r.given, maxSize)
	}
}

func TestAReadErrorIsNotAFault(t *testing.T) {
	broken := errors.New("disk gone")
	_, err := Load("tasks.yaml", io.MultiReader(strings.NewReader("plan:\n"), errReader{broken}))
	var fs Faults
	if !errors.Is(err, broken) || errors.As(err, &fs) {
		t.Errorf("want the reader's error, have %v", err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// hostile are files made to cost time or memory rather than to be read.
func hostile(t testing.TB) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, maxSize/len(s)) }
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 30 {
		prev, next := string(rune('a'+i%26))+string(rune('0'+i/26)), string(rune('a'+(i+1)%26))+string(rune('0'+(i+1)/26))
		bomb.WriteString(next + ": &" + next + " [" + strings.TrimSuffix(strings.Repeat("*"+prev+", ", 10), ", ") + "]\n")
	}
	var stairs strings.Builder
	for i := range 700 {
		stairs.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	head := strings.SplitAfter(small(t), "cooperating: [")[0]
	return map[string]string{
		"brackets":             strings.Repeat("[", 100<<10),
		"braces":               fill("{"),
		"deep and closed":      "plan: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
		"dashes":               fill("- "),
		"question marks":       fill("? "),
		"alias bomb":           bomb.String(),
		"aliases":              "a: &a [x]\nb:\n" + fill("- *a\n")[:maxSize-20],
		"anchors":              fill("- &a b\n"),
		"stairs":               stairs.String(),
		"comments":             fill("#c\n- a\n"),
		"unknown departments":  head + fill("b, ")[:maxSize-len(head)-10] + "]\n",
		"unknown fields":       fill("a: b\n"),
		"tabs":                 fill("\ta: b\n"),
		"one tabbed line":      fill("\t"),
		"control characters":   fill("\x01\n"),
		"one line of controls": fill("\x1b"),
		"bytes of no encoding": fill("\xff\xfe\x80\n"),
		"combining marks":      "plan: {title: a" + fill("\u0301")[:200<<10] + "}\n",
		"documents":            fill("---\n"),
		"empty lines":          fill("\n"),
		"one long quote":       `"` + fill(`\u202e`)[:maxSize-10] + `"`,
		"wide colons":          fill("lead：b\n"),
		"big number":           "plan: " + fill("9")[:maxSize-10],
	}
}

func TestHostileFilesAreAnsweredAtOnce(t *testing.T) {
	for name, text := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			if len(text) > maxSize {
				t.Fatalf("%d bytes: the size alone would refuse it", len(text))
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			fs := faultsOf(t, "plan.yaml", text)
			took := time.Since(start)
			shown := fs.Render("zh-CN")
			runtime.ReadMemStats(&after)
			if limit := 30 * time.Second; took > limit { // some 50 ms without the race detector and neighbours
				t.Errorf("took %v, want at most %v", took, limit)
			}
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 256 {
				t.Errorf("allocated %d MB for %d KB", used, len(text)>>10)
			}
			if len(fs) > maxFaults+1 || len(shown) > 1<<20 {
				t.Errorf("%d faults, %d bytes of answer", len(fs), len(shown))
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small(f)))
	for _, c := range faultCases {
		f.Add([]byte(edit(f, c.edit...)))
	}
	f.Add([]byte("a: &a [*a, *a]\n---\n\xc4\xe3\xba\xc3"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse("f", b)
		if err == nil {
			if len(p.Assignments()) == 0 || p.Zone == nil || len(p.Digest) != 64 {
				t.Fatalf("an incomplete plan passed: %+v", p)
			}
			return
		}
		var fs Faults
		if !errors.As(err, &fs) || len(fs) == 0 {
			t.Fatalf("the error is not faults: %v", err)
		}
		lines := bytes.Count(b, []byte("\n")) + 1
		for _, fault := range fs {
			if fault.Line < 1 || fault.Line > lines || fault.Column < 1 ||
				fault.Source != "" && fault.Column > utf8.RuneCountInString(fault.Source)+1 {
				t.Fatalf("a place outside the file: %+v", fault)
			}
			if _, ok := faultMessages[fault.Code]; !ok {
				t.Fatalf("no message for %s", fault.Code)
			}
		}
		if strings.ContainsFunc(strings.ReplaceAll(fs.Render("en"), "\n", ""), hidden) {
			t.Fatalf("the answer steers the terminal: %q", fs.Render("en"))
		}
	})
}

func TestHarmlessHabitsAreAccepted(t *testing.T) {
	want := parsed(t, small(t))
	for name, text := range map[string]string{
		"line ends of Windows":       strings.ReplaceAll(small(t), "\n", "\r\n"),
		"no line end at the end":     strings.TrimRight(small(t), "\n"),
		"a marker before and after":  "---\n" + small(t) + "...\n",
		"comments":                   edit(t, "lead: 市经信局", "lead: 市经信局 # 原为：市发改委"),
		"ids for names, other signs": edit(t, "lead: 市经信局", "lead: jxj", `op: "≥"`, `op: ">="`),
		"parts in another order":     small(t)[strings.Index(small(t), "tasks:"):] + small(t)[:strings.Index(small(t), "tasks:")],
	} {
		t.Run(name, func(t *testing.T) {
			if d := Diff(want, parsed(t, text)); len(d.List) != 0 {
				t.Errorf("read differently:\n%s", d.Render("en"))
			}
		})
	}
}

// TestByteOrderMark: a file that begins with the mark of UTF-8, as Windows' own editor saves
// it, is the plan that it is without, and its faults stand where they do without.
func TestByteOrderMark(t *testing.T) {
	text := small(t)
	plain, err := Parse("small.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	marked, err := Parse("small.yaml", []byte("\ufeff"+text))
	if err != nil {
		t.Fatal(err)
	}
	if d := Diff(plain, marked); len(d.List) > 0 {
		t.Errorf("another plan: %v", d.List)
	}
	bad := strings.Replace(text, "plan:", "plam:", 1)
	_, without := Parse("small.yaml", []byte(bad))
	if _, with := Parse("small.yaml", []byte("\ufeff"+bad)); with == nil || with.Error() != without.Error() {
		t.Errorf("faults with the mark: %v\nwithout: %v", with, without)
	}
}
