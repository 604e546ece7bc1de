// Package wording knows the words by which plans say who answers for a task and by when:
// labels, verbs, names of units and groups, dates, and statements about the whole document.
package wording

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Role is what a label, a column or a verb says of those who stand beside it.
type Role int

// The roles, the strongest claim to the lead last.
const (
	NoRole      Role = iota
	Nobody           // leaders, those who mark or provide data: no parties of the task
	ByWhen           // a deadline
	cooperating      // 配合单位
	responsible      // 责任单位: leads beside 配合单位, cooperates beside 牵头单位
	mainly           // 主要责任单位: leads unless another is 牵头单位
	Leading          // 牵头单位
	Divided          // 部门分工: a sentence says who leads
	strange          // a label of units whose word is not known: who leads beside it is asked
)

const (
	labelWords = `(?:总牵头|牵头|责任|主体|主要|第一|首要|首位|共同|协同|配合|协作|协助|主抓|主导|总责|主办|协办|会办|协管|联办|参办|承办|指导|主责|参与|参加|参建|支持|支撑|实施|落实|建设|分管|包保|包抓|包联|挂点|挂钩|联系|督办|督导|督查|考核|评分|评价|监督|监管|验收|审核|数据|提供|来源|统计|项目|业主|管理|辅助|推进|执行|业务|主管|承担|组织|具体|行业|属地|市级|县级|区级|省级|州级|镇级|国家|地方|本级|直接|负责|市|县|区|省|及|和|与|、|/|\(|\))`
	labelNouns = `(?:单位|部门|科室|处室|股室|室|处|科|机构|主体|方|领导|责任人|负责人|联系人|联络员|人员|人|同志|电话)`
	whenLabel  = `(?:(?:计划|预计|拟|要求|任务|工作|目标|整改|办理|办结|完成|实施|推进|落实)*(?:时限|时间|期限|节点|时间节点|时序|进度)(?:要求|安排|节点|计划)?)`
)

// LabelEnd is a label at the end of a text, before its colon.
var LabelEnd = regexp.MustCompile(`(?:` + labelWords + `+` + labelNouns + `|` + whenLabel + `|(?:牵头负责|牵头|主办|主责|责任|配合|协办|负责)|(?:责任|部门|任务|职责|工作|具体)?分工)$`)

// RoleOf says what a label or the head of a column means; noRole for other words.
func RoleOf(label string) Role {
	label = strings.ReplaceAll(label, " ", "")
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(label, w) {
				return true
			}
		}
		return false
	}
	switch {
	case label == "" || !LabelEnd.MatchString(label):
		return NoRole
	case has("领导", "同志", "电话", "联络员", "联系") || strings.HasSuffix(label, "人") || strings.HasSuffix(label, "人员"):
		return Nobody
	case has("时限", "时间", "期限", "节点", "时序", "进度"):
		return ByWhen
	case has("指导", "数据", "评分", "评价", "考核", "督办", "督导", "督查", "监督", "监管", "验收", "审核", "来源", "统计"):
		return Nobody
	case has("牵头") && has("配合", "协办", "参与"):
		return responsible
	case has("牵头"):
		return Leading
	case has("配合", "协同", "协办", "会办", "协管", "联办", "参办", "协作", "协助", "参与", "参加", "参建", "支持", "支撑", "共同", "辅助"):
		return cooperating
	case has("主抓", "主导", "总责", "主办", "主责", "主要", "第一", "首要", "首位"):
		return mainly
	case strings.HasSuffix(label, "分工"):
		return Divided
	case has("责任", "承办", "落实", "实施", "负责", "承担", "执行", "推进", "组织"):
		return responsible
	case has("建设", "项目", "业主", "主管", "管理", "属地"):
		return cooperating
	}
	return NoRole
}

// Label is a label inside a text.
type Label struct {
	at, end int // of the label and its colon, in bytes
	role    Role
}

// Labels finds the labels in a text: words of responsibility or time before a colon.
func Labels(s string) []Label {
	out := plainLabels(s)
	for i, r := range s {
		if r != ':' {
			continue
		}
		from := i
		for n := 0; from > 0 && n < 16; n++ {
			c, w := utf8.DecodeLastRuneInString(s[:from])
			if c == ':' || c == ';' || c == '。' || c == ',' {
				break
			}
			from -= w
		}
		head := strings.TrimRight(s[from:i], " ")
		spaced := strings.ReplaceAll(head, " ", "")
		m := LabelEnd.FindStringIndex(head)
		if m == nil && spaced != head {
			// 责 任 单 位: blanks for the eye.
			if whole := LabelEnd.FindString(spaced); whole == spaced {
				m = []int{0, len(head)}
			}
		}
		if m == nil {
			if at := strings.LastIndexAny(head, " ()"); strangeLabel.MatchString(head[at+1:]) && !paperLabel.MatchString(head[at+1:]) {
				out = append(out, Label{from + at + 1, i + 1, strange})
			}
			continue
		}
		found := strings.TrimLeft(head[m[0]:m[1]], "、/和及与()")
		at := from + m[1] - len(found)
		if ro := RoleOf(found); ro != NoRole {
			out = append(out, Label{at, i + 1, ro})
		}
	}
	slices.SortFunc(out, func(a, b Label) int { return a.at - b.at })
	return out
}

// strangeLabel is a label of units by a word that the reader does not know. Those that are
// about the paper itself name no parties.
var (
	strangeLabel = regexp.MustCompile(`^[^、]{2,6}(?:单位|部门)$`)
	paperLabel   = regexp.MustCompile(`发文|填报|制表|填表|印发|主送|抄送|抄报|编制|报送|来文|发布|制定|起草|成员|有关|相关|各`)
)

// plain is a label that a name follows without a colon: 牵头单位省水利厅,配合单位为省财政厅.
var plain = regexp.MustCompile(`(?:^|[。;,( 、])((?:总?牵头|主?责任|主办|主责|配合|协办|会办|协同|参与|参加|协助)(?:责任)?(?:单位|部门)(?:为|是)?) ?`)

// plainLabels finds labels without a colon. What follows must be a usual unit, so that a
// sentence about 牵头单位 is none.
func plainLabels(s string) []Label {
	var out []Label
	for _, m := range plain.FindAllStringSubmatchIndex(s, -1) {
		name := firstName(s[m[1]:])
		if strings.ContainsAny(name, ":()") || strings.HasPrefix(name, "为") || isGroup(name) && !named(name) || !StrongParty(name) {
			continue
		}
		label := strings.TrimSuffix(strings.TrimSuffix(s[m[2]:m[3]], "为"), "是")
		if ro := RoleOf(label); ro != NoRole {
			out = append(out, Label{m[2], m[1], ro})
		}
	}
	return out
}

// named is whether a group says of which kind its units are: 各设区市政府, and not 单位.
func named(s string) bool { return strings.HasPrefix(s, "各") && !strings.HasSuffix(s, "单位") }
