package docs_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"duban/ui/text"
	"duban/workflow"
)

var updateMatrix = flag.Bool("update", false, "write docs/state-matrix.md instead of comparing")

// The matrix's columns and groups as the office reads them; the order is that of
// workflow/testdata/matrix.golden.
var matrixColumns = map[string]string{
	"assigned": "待签收", "in_progress": "办理中", "reported": "待审核（未过截止）", "reported_past_due": "待审核（已过截止）",
	"verified": "已审核", "overdue": "已逾期（未签收）", "overdue_accepted": "已逾期（已签收）", "withdrawn": "已撤销",
}

var matrixGroups = []struct{ name, title, note string }{
	{"own", "一、责任单位自己（联络员、签发人）", "任务分工就是本单位的。"},
	{"lead_of_task", "二、本任务的牵头单位，对配合单位的分工（联络员、签发人）", "牵头单位可以看到配合单位的报送，只能发提醒。"},
	{"same_task", "三、本任务的其他配合单位（联络员、签发人）", "可以查看，不能办理。"},
	{"other", "四、与本任务无关的单位（联络员、签发人）", "看不到这项任务分工。"},
	{"office", "五、领导小组办公室（办公室、办公室负责人）", ""},
	{"office_reporter", "六、领导小组办公室中填报该反馈的人、代其办事的人、属于责任单位的人", "与第五组只差一处：不能审核自己的反馈。"},
	{"system", "七、系统时钟", "到时自动办理，不由人操作。截止时间一过，待签收、办理中的即 → 已逾期；只记一次，自截止时间起算。"},
	{"admin", "八、管理员", "管理账号，不办理业务。"},
	{"reader", "九、领导、审计员", "只查看。"},
	{"screen", "十、大屏", "只显示，不能打开任务分工。"},
}

// matrixRows name what the triggers' variants mean; the rest are trigger names.
var matrixRows = map[string]string{
	"request_extension": "申请延期（没有待答复的申请）", "request_extension/pending": "申请延期（已有申请待答复）",
	"withdraw_ask": "撤回协调事项（没有未办结的）", "withdraw_ask/open": "撤回协调事项",
	"reopen_ask": "再次提请协调（没有答复过的）", "reopen_ask/answered": "再次提请协调",
	"answer_ask": "答复协调事项（没有未办结的）", "answer_ask/open": "答复协调事项",
	"extend": "延期（办公室主动）", "extend/pending": "同意延期申请",
	"refuse_extension": "不同意延期（没有待答复的申请）", "refuse_extension/pending": "不同意延期申请",
	"urge/reminder": "提醒", "urge/urge": "催办", "urge/formal": "正式催办（三色督办单）",
}

type matrixCell struct{ row, column, outcome string }

// readMatrix reads the domain's golden matrix by group.
func readMatrix(t *testing.T) map[string][]matrixCell {
	t.Helper()
	all := map[string][]matrixCell{}
	for line := range strings.Lines(read(t, "workflow/testdata/matrix.golden")) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 4 {
			t.Fatalf("matrix.golden: %q", line)
		}
		all[f[0]] = append(all[f[0]], matrixCell{f[1], f[2], f[3]})
	}
	return all
}

var (
	bracketed = regexp.MustCompile(`（[^（）]*〔[^（）]*）`)
	someTime  = map[string]any{"at": "〔时间〕", "due": "〔时间〕", "wanted": "〔时间〕", "department": "责任单位", "n": "〔编号〕"}
)

// words is a cell for the office: where it leads, or the refusal's first sentence.
func (c matrixCell) words(t *testing.T, p *text.Printer) string {
	t.Helper()
	if to, ok := strings.CutPrefix(c.outcome, "→ "); ok {
		return "**→ " + p.T("state."+to) + "**"
	}
	if strings.HasPrefix(c.outcome, "· ") {
		return "**可办，状态不变**"
	}
	f := strings.Fields(c.outcome)
	args := map[string]any{}
	for k, v := range someTime {
		args[k] = v
	}
	for _, a := range f[1:] {
		k, v, _ := strings.Cut(a, "=")
		switch k {
		case "state":
			args[k] = workflow.State(v)
		case "trigger":
			args[k] = workflow.Trigger(v)
		case "role":
			args[k] = workflow.UserRole(v)
		}
	}
	if !p.Has(f[0]) {
		t.Errorf("%s has no text", f[0])
	}
	first, _, _ := strings.Cut(p.Map(f[0], args), "。")
	if s := bracketed.ReplaceAllString(first, ""); !strings.ContainsAny(s, "{}〔") {
		return s
	}
	t.Errorf("%s: %q cannot stand in a signed paper", c.outcome, first)
	return first
}

// rights are refusals for who somebody is, whatever the state.
func (c matrixCell) rights() bool {
	code := strings.Fields(c.outcome)[0]
	return code == "act.forbidden" || code == "act.not_yours" || code == "assignment.unknown" || code == "urge.lead_reminds_only"
}

func (c matrixCell) name(p *text.Printer) string {
	if s, ok := matrixRows[c.row]; ok {
		return s
	}
	return p.T("trigger." + c.row)
}

// writeGroup is one group's table; what it may never do is said in a line.
func writeGroup(t *testing.T, b *strings.Builder, p *text.Printer, cells []matrixCell) {
	t.Helper()
	width := len(matrixColumns)
	var never []string
	var rows [][]matrixCell
	for i := 0; i+width <= len(cells); i += width {
		row := cells[i : i+width]
		if slices.IndexFunc(row, func(c matrixCell) bool { return !c.rights() }) < 0 {
			never = append(never, row[0].name(p))
			continue
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		b.WriteString("任何状态下都不能办理任何事项。\n\n")
		return
	}
	b.WriteString("| 事项 |")
	for _, c := range rows[0] {
		fmt.Fprintf(b, " %s |", matrixColumns[c.column])
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", width) + "\n")
	for _, row := range rows {
		fmt.Fprintf(b, "| %s |", row[0].name(p))
		for _, c := range row {
			fmt.Fprintf(b, " %s |", c.words(t, p))
		}
		b.WriteString("\n")
	}
	if len(never) > 0 {
		fmt.Fprintf(b, "\n任何状态下都无权办理：%s。\n", strings.Join(never, "、"))
	}
	b.WriteString("\n")
}

const matrixHead = `# 任务分工的状态与办理规则

谁在什么状态下可以办什么、办后变成什么状态；不能办的，写明理由。本表由程序按实际运行的规则生成，每次改动都由测试核对
（` + "`go test ./docs -run TestStateMatrix`" + `，有意改动规则时加 ` + "`-update`" + `），可打印后由领导小组办公室审定签字。

- **→ 某状态**：可以办，办后变为该状态。**可办，状态不变**：可以办，只留记录（签收已逾期的分工时，仍为已逾期，记下签收时间）。
- 截止时间当刻算按时，过一秒即为逾期。已过截止而系统尚未标记的，先记为逾期，再按“已逾期”各列办理。
- 各事项还须填写应填内容（退回、撤销、重开要写理由等），缺项时不予办理并逐项提示。
- 代他人办理的，权限按被代理人，记录中两人姓名都保留。

`

const matrixFoot = `---

审定意见：　　　　　　　　　　　　　　　　签字：　　　　　　　　日期：　　　　年　　月　　日
`

// TestStateMatrix: docs/state-matrix.md says in Chinese what the domain's golden
// matrix says in codes, which workflow's tests hold against the machine.
func TestStateMatrix(t *testing.T) {
	p := text.For(text.Chinese)
	for s, title := range matrixColumns {
		state, _, _ := strings.Cut(strings.TrimSuffix(s, "_past_due"), "_accepted")
		if !strings.HasPrefix(title, p.T("state."+state)) {
			t.Errorf("column %s is %s, screens say %s", s, title, p.T("state."+state))
		}
	}
	matrix := readMatrix(t)
	if len(matrix) != len(matrixGroups) {
		t.Errorf("%d groups in the golden file, %d here", len(matrix), len(matrixGroups))
	}
	var b strings.Builder
	b.WriteString(matrixHead)
	for _, g := range matrixGroups {
		if len(matrix[g.name]) == 0 || len(matrix[g.name])%len(matrixColumns) != 0 {
			t.Fatalf("group %s has %d cells", g.name, len(matrix[g.name]))
		}
		fmt.Fprintf(&b, "## %s\n\n", g.title)
		if g.note != "" {
			b.WriteString(g.note + "\n\n")
		}
		writeGroup(t, &b, p, matrix[g.name])
	}
	b.WriteString(matrixFoot)
	if *updateMatrix {
		if err := os.WriteFile("state-matrix.md", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if read(t, "docs/state-matrix.md") != b.String() {
		t.Error("docs/state-matrix.md is not what the rules say; if this is meant: go test ./docs -run TestStateMatrix -update")
	}
}

// TestStateMatrixTellsTheDifference: of the two office groups only the act of
// verifying may differ, as the heading says.
func TestStateMatrixTellsTheDifference(t *testing.T) {
	m := readMatrix(t)
	for i, c := range m["office"] {
		if d := m["office_reporter"][i]; c != d && c.row != "verify" {
			t.Errorf("%v and %v", c, d)
		}
	}
}
