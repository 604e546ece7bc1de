package intake

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"duban/workflow/plan/intake/passage"
	"duban/workflow/plan/intake/wording"
)

// column is what a table's column holds.
type column struct {
	kind colKind
	role wording.Role // of units and deadlines
}

type colKind int

const (
	noColumn  colKind = iota
	colNo             // 序号
	colRef            // 任务序号: the body's tasks that the row is about
	colText           // 工作任务, 具体举措
	colGroup          // 类别
	colRole           // units, leaders, deadlines
	colRemark         // 备注
)

var (
	noHead     = regexp.MustCompile(`^(?:序号|序|编号|项次|No\.?|NO\.?|号)$`)
	refHead    = regexp.MustCompile(`^(?:对应|涉及|所涉|负责|承担|牵头|主要)?(?:任务|措施|条款|条目|工作|事项|重点任务)(?:任务)?(?:序号|编号|条目|条款|号|项次|项)$`)
	groupHead  = regexp.MustCompile(`类别|分类|领域|板块|大类|类型|一级指标|^方面$`)
	remarkHead = regexp.MustCompile(`备注|说明|进展|完成情况|^注$`)
	textHead   = regexp.MustCompile(`任务|工作|内容|措施|举措|事项|项目|目标|指标|要求|实事|名称|重点|要点|清单|标准|行动|计划|成果|成效`)
	emptyCell  = regexp.MustCompile(`^[—\-/\\ 无]*$`)
	rowNumber  = regexp.MustCompile(`^[0-9]{1,3}[.、]?$`)
)

// columnOf reads the head of a column.
func columnOf(head string) column {
	h := strings.Trim(strings.ReplaceAll(head, " ", ""), ":*")
	h = regexp.MustCompile(`\([^()]*\)$`).ReplaceAllString(h, "")
	n := utf8.RuneCountInString(h)
	if n == 0 || n > 14 || strings.ContainsAny(h, "。,;") {
		return column{}
	}
	whole := func(r wording.Role) column {
		if wording.LabelEnd.FindString(h) == h {
			return column{colRole, r}
		}
		return column{}
	}
	switch {
	case noHead.MatchString(h):
		return column{kind: colNo}
	case refHead.MatchString(h):
		return column{kind: colRef}
	}
	if c := whole(wording.RoleOf(h)); c.kind != noColumn && c.role != wording.NoRole {
		return c
	}
	switch {
	case remarkHead.MatchString(h):
		return column{kind: colRemark}
	case groupHead.MatchString(h):
		return column{kind: colGroup}
	case textHead.MatchString(h):
		return column{kind: colText}
	}
	return column{}
}

// isHead is whether a row names columns of units beside others.
func isHead(cols []column) bool {
	known, roles := 0, 0
	for _, c := range cols {
		if c.kind != noColumn {
			known++
		}
		if c.kind == colRole && c.role != wording.ByWhen {
			roles++
		}
	}
	return known >= 2 && roles >= 1
}

// table is a table: its columns and its rows, each as wide as the columns.
type table struct {
	cols []column
	rows []row
}

// row is a row; one that is all one cell is a heading or a note.
type row struct {
	cells []passage.Span
	above []bool
	whole bool
}

// grid reads the rows of a table that come one a line. It gives the table and how many
// lines it took; before is the table before it, whose columns go on where this has no head.
func grid(rs []*passage.Raw, before *table) (*table, int) {
	n := 0
	for n < len(rs) && rs[n].Cells != nil {
		n++
	}
	t := &table{}
	start := 0
	for i := 0; i < n && i < 6; i++ {
		cols := headOf(rs[i])
		if !isHead(cols) && i+1 < n {
			// A head of two rows: 责任分工 above 牵头单位 and 配合单位.
			if both := twoRows(rs[i], rs[i+1]); isHead(both) && distinct(rs[i+1]) {
				t.cols, start = both, i+2
				break
			}
			continue
		}
		if isHead(cols) {
			t.cols, start = cols, i+1
			if i+1 < n {
				if both := twoRows(rs[i], rs[i+1]); isHead(headOf(rs[i+1])) && isHead(both) && !dataRow(rs[i+1]) {
					t.cols, start = both, i+2
				}
			}
			break
		}
	}
	if t.cols == nil {
		if before == nil || n == 0 || wide(rs[0]) != len(before.cols) {
			return nil, n
		}
		t.cols = before.cols
	}
	for _, r := range rs[start:n] {
		if !isHead(headOf(r)) || !sameHead(headOf(r), t.cols) {
			t.rows = append(t.rows, rowOf(r, len(t.cols)))
		}
	}
	return t, n
}

func dataRow(r *passage.Raw) bool {
	for _, c := range r.Cells {
		if rowNumber.MatchString(c.P.Norm) {
			return true
		}
	}
	return false
}

func distinct(r *passage.Raw) bool { return !dataRow(r) }

func wide(r *passage.Raw) int {
	n := 0
	for _, c := range r.Cells {
		n += c.Span
	}
	return n
}

func headOf(r *passage.Raw) []column {
	var out []column
	for _, c := range r.Cells {
		k := columnOf(c.P.Norm)
		for range c.Span {
			out = append(out, k)
		}
	}
	return out
}

// twoRows are the columns of a head of two rows: the lower says more where it says anything.
func twoRows(a, b *passage.Raw) []column {
	up, low := headOf(a), headOf(b)
	if len(up) != len(low) {
		return nil
	}
	i := 0
	for _, c := range b.Cells {
		for range c.Span {
			if (c.Above || c.P.Norm == "" || low[i].kind == noColumn) && up[i].kind != noColumn {
				low[i] = up[i]
			}
			i++
		}
	}
	return low
}

func sameHead(a, b []column) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// rowOf makes a row as wide as the columns.
func rowOf(r *passage.Raw, n int) row {
	out := row{cells: make([]passage.Span, n), above: make([]bool, n)}
	i, filled, spans := 0, 0, 0
	for _, c := range r.Cells {
		if i < n {
			out.cells[i], out.above[i] = c.P.All(), c.Above
		}
		if c.P.Norm != "" {
			filled++
			spans = c.Span
		}
		i += c.Span
	}
	first := -1
	for k := range out.cells {
		if out.cells[k].P != nil && !out.cells[k].Empty() && first < 0 {
			first = k
		}
	}
	out.whole = filled == 1 && (spans >= n || n > 2 && len(r.Cells) > 0 && !out.above[max(first, 0)])
	return out
}
