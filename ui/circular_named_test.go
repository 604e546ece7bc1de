package ui

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/ui/papers"
	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/assess"
	"duban/workflow/plan"
)

// resultOf is a frozen result of ranked departments with these scores in cents, by group.
func resultOf(groups map[string][]int) assess.Result {
	r := assess.Result{Plan: shippedPlan(), Period: workflow.Period{ID: "KH", Name: "考核样例"}, Assessment: workflow.Assessment{
		Stage: workflow.Frozen, RubricDigest: strings.Repeat("a", 64), HeadHash: strings.Repeat("b", 64), AsOf: time.Unix(1664000000, 0)}}
	for _, group := range []string{"A", "B", ""} {
		for i, cents := range groups[group] {
			points := plan.Num(int64(cents))
			points.Decimal = points.Shift(-2)
			r.Rows = append(r.Rows, assess.Row{Department: fmt.Sprint(group, i), Name: fmt.Sprintf("〈%s%d〉", group, i), Group: group, Standing: assess.Ranked,
				Mean: points, Points: points, Scores: []assess.Score{{Assignment: fmt.Sprint(group, i), Status: assess.Scored, Points: points}}})
		}
	}
	return r
}

// wordsOf is the text of a document's body, a paragraph a line.
func wordsOf(t testing.TB, docx []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for d := xml.NewDecoder(f); ; {
		x, err := d.Token()
		if err == io.EOF {
			return all.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := x.(type) {
		case xml.CharData:
			all.Write(x)
		case xml.EndElement:
			if x.Name.Local == "p" {
				all.WriteByte('\n')
			}
		}
	}
}

// halfSentence is what a mark leaves behind that has nothing to say.
var halfSentence = regexp.MustCompile(`得分分|^等单位|。等|^得分|，得分靠后|：。|、。|，。|【|】|circular\.`)

// TestCircularNamesFairly: whoever is named ahead has more points than everybody of the group
// who is not named there, whoever is named behind fewer; nobody is named twice, nobody with
// full marks is named behind, and equals are named together or not at all. Prose is whole
// sentences whoever is named.
func TestCircularNamesFairly(t *testing.T) {
	scores := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom([]int{10000, 10000, 10000, 9500, 6000, 0}), rapid.IntRange(0, 11000)), 0, 16)
	rapid.Check(t, func(t *rapid.T) {
		groups := map[string][]int{"A": scores.Draw(t, "A"), "B": scores.Draw(t, "B"), "": scores.Draw(t, "none")}
		r := resultOf(groups)
		c := papers.NewCircular(r, nil)
		for _, section := range workflow.CircularSections {
			for said := range strings.Lines(c.Fill(c.Draft(section))) {
				if bad := halfSentence.FindString(said); bad != "" || !strings.HasSuffix(strings.TrimSpace(said), "。") {
					t.Fatalf("half a sentence (%q): %s", bad, said)
				}
			}
		}
		ahead, behind := c.Fill(c.Draft("ahead")), c.Fill(c.Draft("problems"))
		for _, a := range r.Rows {
			up, down := strings.Contains(ahead, a.Name), strings.Contains(behind, a.Name)
			if up && down {
				t.Fatalf("%s is in both lists", a.Name)
			}
			if down && a.Points.GreaterThanOrEqual(papers.FullMarks) {
				t.Fatalf("%s has %s points and stands under problems", a.Name, a.Points)
			}
			for _, b := range r.Rows {
				if a.Group != b.Group || a.Name == b.Name {
					continue
				}
				if up && !strings.Contains(ahead, b.Name) && !a.Points.GreaterThan(b.Points.Decimal) {
					t.Fatalf("%s (%s) is named ahead and %s (%s) is not", a.Name, a.Points, b.Name, b.Points)
				}
				if down && !strings.Contains(behind, b.Name) && !a.Points.LessThan(b.Points.Decimal) {
					t.Fatalf("%s (%s) is named behind and %s (%s) is not", a.Name, a.Points, b.Name, b.Points)
				}
			}
		}
		for _, list := range []string{c.Marks["靠前单位"], c.Marks["靠后单位"]} {
			if n := len(papers.ByGroup(r.Rows)); n > 1 && list != "" && !strings.Contains(list, "组") {
				t.Fatalf("%d groups in one list: %s", n, list)
			}
		}
	})
}

// TestCircularSays: the sentences for nobody, one, all equal and many.
func TestCircularSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		groups  map[string][]int
		section string
		want    string
	}{
		{nil, "overview", "考核样例没有参加排名的单位，计分的任务分工0项。考核期间各单位没有提出申诉。"},
		{nil, "ahead", "本期没有参加排名的单位，不作比较。"},
		{nil, "problems", "本期没有逾期报送，也没有退回修改。"},
		{map[string][]int{"": {10000}}, "overview", "考核样例，共对1个单位承担的1项任务分工进行了考核，平均得分100.00分。考核期间各单位没有提出申诉。"},
		{map[string][]int{"": {9000}}, "ahead", "本期只有一个单位参加排名，不作比较。"},
		{map[string][]int{"": {10000, 10000, 10000}}, "ahead", "参加排名的3个单位得分相同，均为100.00分，不分先后。"},
		{map[string][]int{"": {10000, 10000, 10000}}, "problems", "本期没有逾期报送，也没有退回修改。"},
		{map[string][]int{"": {9000, 8000}}, "ahead", "〈0〉（90.00分）得分居前，任务推进和报送情况较好。"},
		{map[string][]int{"": {10000, 10000, 10000, 10000, 5000}}, "ahead", "〈0〉、〈1〉、〈2〉、〈3〉（均为100.00分）得分居前，任务推进和报送情况较好。"},
		{map[string][]int{"": {10000, 10000, 10000, 10000, 5000}}, "problems", "本期没有逾期报送，也没有退回修改。〈4〉（50.00分）得分靠后，要对照扣分事项抓好整改。"},
		{map[string][]int{"": {11000, 10000}}, "problems", "本期没有逾期报送，也没有退回修改。"},
		{map[string][]int{"A": {9000, 8000}, "B": {5000, 4000}}, "ahead", "A组〈A0〉（90.00分）；B组〈B0〉（50.00分）得分居前，任务推进和报送情况较好。"},
		{map[string][]int{"A": {9000}, "B": {5000}}, "ahead", "各组内单位得分相同，不分先后。"},
	} {
		doc := papers.NewCircular(resultOf(c.groups), nil)
		if got := doc.Fill(doc.Draft(c.section)); got != c.want {
			t.Errorf("%v %s: %s", c.groups, c.section, got)
		}
	}
	nobody := papers.NewCircular(resultOf(nil), nil)
	for said, want := range map[string]string{
		"本期平均得分【平均分】分。逾期【逾期项次】项次。": "本期没有参加排名的单位，不计平均得分。逾期0项次。",
		"【靠前单位】等单位推进有力；【靠后单位】得分靠后": "本期没有得分居前的单位。本期没有得分靠后的单位。",
	} {
		if got := nobody.Fill(said); got != want {
			t.Errorf("%s becomes %s", said, got)
		}
	}
	paper, err := nobody.Paper(map[string]string{"overview": "a", "ahead": "b", "problems": "c", "next": "d"})
	if err != nil {
		t.Fatal(err)
	}
	if words := nobody.Placeholders(paper).Words; words["平均分"] != "无" || words["靠后单位"] != "无" || words["逾期项次"] != "0" {
		t.Errorf("an office's own paper gets %v", words)
	}
}

// TestCircularTargets: attachment 2 gives every target as the plan does, with its sign and
// unit or its words, and each figure with its unit.
func TestCircularTargets(t *testing.T) {
	t.Parallel()
	w := frozenWorld(t)
	a := w.as("office", "GET", "/export/circular/2022Q3.docx", nil, nil)
	words := wordsOf(t, a.body)
	rows := words[strings.Index(words, "附件2"):strings.Index(words, "附件3")]
	lines := strings.Split(rows, "\n")
	target := func(title string) string {
		if i := slices.Index(lines, title); i >= 0 {
			return lines[i+1]
		}
		t.Errorf("no row of %s", title)
		return ""
	}
	for title, want := range map[string]string{"累计新增小微企业": "≥ 60万家", "政府性融资担保平均费率": "< 1%", "小微企业无还本续贷余额": "> 5000亿元",
		"省级小微企业培育库入库企业": "2万家", "向小微企业开放科研设施": "2万台次/年"} {
		if got := target(title); got != want {
			t.Errorf("the target of %s is %q, want %q", title, got, want)
		}
	}
	k := text.For(text.Chinese)
	for title, want := range map[string]string{"普惠型小微企业贷款（单户授信总额1000万元以下）增速": k.T("ind.target_relative", "op", k.Op(plan.AtLeast), "series", "各项贷款增速"),
		"有贷款余额的户数": k.T("ind.target_growing"), "贷款利率保持在合理水平": k.T("ind.target_judged")} {
		if got := target(title); got != want {
			t.Errorf("the target of %s is %q, want %q", title, got, want)
		}
	}
	for _, v := range shippedPlan().AllIndicators() {
		if got := target(v.Title); got == "" || got == v.Unit {
			t.Errorf("the target of %s is %q", v.Title, got)
		}
	}
	if strings.Contains(rows, "累计值") {
		t.Error("rates and stocks stand under 累计值")
	}
}

// TestCircularSaysWhatChangedSince: what is reopened after the freeze is said where the
// frozen scores are read: page, paper, the office's own paper, the assessment and the API.
func TestCircularSaysWhatChangedSince(t *testing.T) {
	t.Parallel()
	w := frozenWorld(t)
	see := func(path string) string { return string(w.look(w.cookie("office"), path).body) }
	const said = "任务2“提升创新能力”（省科技厅）已重开"
	for _, path := range []string{"/circulars/2022Q3", "/assessments/2022Q3"} {
		if strings.Contains(see(path), "已重开") {
			t.Errorf("%s says a reopening before there is one", path)
		}
	}
	if a := w.as("office", "POST", "/api/v1/assignments/2022Q3-02-lead-kjt/reopening", `{"reason":"数据有误","due":"2022-12-20"}`, nil); a.status != 201 {
		t.Fatal(a)
	}
	for _, path := range []string{"/circulars/2022Q3", "/assessments/2022Q3"} {
		if !strings.Contains(see(path), said) {
			t.Errorf("%s does not say that it was reopened", path)
		}
	}
	if words := wordsOf(t, w.as("office", "GET", "/export/circular/2022Q3.docx", nil, nil).body); !strings.Contains(words, said) {
		t.Error("the paper does not say that it was reopened")
	}
	if a := w.as("office", "GET", assessed, nil, nil); a.get("changed_since.0") != "2022Q3-02-lead-kjt" || a.get("stage") != "frozen" {
		t.Errorf("the API: %s", a)
	}
	if a := w.as("scjgj", "GET", assessed, nil, nil); a.get("changed_since.0") != nil {
		t.Errorf("another department is told: %s", a)
	}
	b := w.cookie("office")
	form := url.Values{"overview": {"a。"}, "ahead": {"b。"}, "problems": {"c。"}, "next": {"d。"}, "key": {"edited"}}
	if a := w.send(b.http, "POST", "/circulars/2022Q3", form.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded",
		"X-CSRF-Token": b.csrf, "Accept": "text/html"}); a.status != 303 {
		t.Fatal(a)
	}
	if !strings.Contains(see("/circulars/2022Q3"), said) {
		t.Error("an edit of the prose takes it away")
	}
}
