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
	"file.ask":          {"待答：", "to answer: "},
	"file.head":         {"由计划文件读出的第一版计划。文中没有定的留空，每处上面有“待答”；填好后用 duban plan check 检查。报送周期、亮灯、考核细则文件里没有，先用示例的，请核对。", "a plan file of version 1, read from a plan's document. What the document leaves open is empty, with a question above it; when it is filled, check it with duban plan check. Periods, lights and rubric stand in no document: they are the example's; look them over."},
	"file.short_title":  {"待答：计划简称，不超过40字。", "to answer: a short title of at most 40 characters."},
	"file.issued":       {"待答：成文日期，如 2025-03-01。", "to answer: the day on which the plan was issued, as 2025-03-01."},
	"file.range":        {"计划起止日期：取自题名中的年份；题名没有年份时待答。", "first and last day of the plan: from the years in its title; to answer where it names none."},
	"file.office":       {"待答：办公室全称、简称，领导小组名称。", "to answer: the office's name, its short name, and the leading group's name."},
	"file.source":       {"原文第 {1} 行", "line {1} of the document"},
	"file.number":       {"{1}：原文编号是“{2}”；第一版的编号是不重复的整数，已按顺序编。", "{1}: the document numbers it {2}; version 1 wants whole numbers, each once, so that it is numbered in order."},
	"file.joint":        {"{1}：原文由{2}共同牵头；第一版只能写一个牵头单位，请选定，并从配合单位中删去。", "{1}: {2} lead together; version 1 has one lead: choose it, and take it out of cooperating."},
	"file.group":        {"{1}：“{2}”是一类单位；第一版要逐个列出，请换成单位名称。", "{1}: {2} is a group; version 1 lists units one by one: put their names in its place."},
	"file.deadline":     {"{1}：时限“{2}”；第一版任务没有时限，请写进数字的期限或周期安排。", "{1}: by {2}; version 1 has no deadline of a task: put it into the dates of its figures or into periods."},
	"file.part":         {"{1}：“{2}”另有责任单位（牵头：{3}；其他：{4}）；第一版的举措不写责任单位。", "{1}: “{2}” has units of its own (lead: {3}; others: {4}); version 1 has none at a measure."},
	"file.about":        {"{1}：“{2}”写的是左右；第一版没有这个要求，请选定 ≥、≤ 或 =。", "{1}: “{2}” says about; version 1 has no such demand: choose ≥, ≤ or =."},
	"file.soft":         {"{1}：“{2}”是力争；第一版不分力争和必须。", "{1}: “{2}” is striven for; version 1 does not tell that from what is required."},
	"file.written":      {"已写入 {1}：任务 {2} 项，待答 {3} 个，都写在文件里相应的地方。填好后：duban plan check {1}", "{1} is written: {2} tasks, {3} questions, each at its place in the file. When they are answered: duban plan check {1}"},
	"file.left":         {"第一版计划文件写不下的 {1} 处：", "{1} things that a plan file of version 1 cannot say:"},
	"hidden_sheet":      {"工作表“{1}”是隐藏的，没有读；其中有任务的，请取消隐藏后再读。", "the sheet “{1}” is hidden and was not read; if it holds tasks, unhide it and read the file again."},
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
