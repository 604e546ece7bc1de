package intake

import (
	"fmt"
	"strings"
)

// message is one text in the two languages; {1} is the first argument.
type message struct{ zh, en string }

// messages are the words of a summary, and say of each question why it is asked and what an answer decides.
var messages = map[string]message{
	"title":             {"《{1}》", "“{1}”"},
	"summary":           {"读出任务 {1} 项：{2} 项有牵头单位，{3} 项要指定牵头单位；另有问题 {4} 个；主要目标 {5} 个", "{1} tasks read: {2} have a lead, {3} ask for one; {4} other questions; {5} main targets"},
	"line":              {"（第 {1} 行）", " (line {1})"},
	"lead":              {"      牵头：{1}（{2}）", "      lead: {1} ({2})"},
	"rule.explicit":     {"文中写明", "the text says so"},
	"rule.first-listed": {"按“排第一位的牵头”", "the first named leads, by the document's rule"},
	"lead_open":         {"      牵头：待定", "      lead: open"},
	"others.true":       {"      配合：{1}", "      cooperating: {1}"},
	"others.false":      {"      责任单位：{1}", "      units named: {1}"},
	"deadline":          {"      时限：{1} {2}", "      by: {1} {2}"},
	"figure":            {"      数字：{1} → {2}", "      figure: {1} → {2}"},
	"targets":           {"主要目标", "main targets"},
	"questions":         {"要回答的问题", "questions"},
	"colon":             {"：", ": "},
	"candidates":        {"可选：{1}。", " Candidates: {1}."},
	"no_tasks":          {"没有读出任务：文中没有带编号的任务，也没有写明责任单位的段落或表格；请核对文件，或逐项录入。", "no tasks were read: there are no numbered tasks, and no passage or table that names units; check the file, or enter the tasks by hand."},
	"no_unit":           {"这项任务没有写明责任单位；请指定牵头单位。", "no unit is named for this task; say who leads."},
	"groups_only":       {"只写了一类单位，没有点名；请指定由哪个单位牵头。", "only a group of units is named; say which one leads."},
	"several_units":     {"写了几个单位，没有写明谁牵头；请选定牵头单位。", "several units are named and nothing says which one leads; choose one."},
	"part_without_lead": {"这项任务分几处写责任单位，其中有的没有写明谁牵头；请逐处选定。", "units are named in several places of this task, and not every place says who leads; choose for each."},
	"others_unnamed":    {"写了“等”，其余单位没有点名；请补充，或确认没有其他单位。", "the list ends in 等: others are not named; add them, or confirm that there are none."},
	"no_unit_name":      {"“{1}”看不出是哪个单位；请核对名称。", "“{1}” does not read as the name of a unit; check it."},
	"which_members":     {"“{1}”是一类单位；请选定包括哪些单位。", "“{1}” is a group; choose its members."},
	"which_day":         {"“{1}”没有写明到哪一天；请填写日期。", "“{1}” names no day; enter one."},
	"which_kind":        {"“{1}”没有写明怎样累计；请选定类别。", "“{1}” does not say how it adds up; choose a kind."},
	"point_lost":        {"此处数字中间有空格，按丢失小数点处理；请与原件核对。", "there is a blank inside the number here, read as a lost decimal point; check it against the original."},
}

// say fills a message.
func say(lang, code string, args ...string) string {
	m, ok := messages[code]
	if !ok {
		return strings.TrimSpace(code + " " + strings.Join(args, " "))
	}
	text := m.zh
	if lang == "en" || strings.HasPrefix(lang, "en-") {
		text = m.en
	}
	pairs := make([]string, 0, 2*len(args))
	for i, a := range args {
		pairs = append(pairs, fmt.Sprintf("{%d}", i+1), a)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Why says why a question is asked, and what to do.
func (q Question) Why(lang string) string { return say(lang, q.Code, q.Args...) }
