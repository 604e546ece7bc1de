package plan

import (
	"fmt"
	"strings"
)

// message is one text in the two languages; {1} is the first argument.
type message struct{ zh, en string }

// say fills a message. A code without a text is shown with its arguments rather than hidden.
func say(catalogue map[string]message, lang, code string, args []string) string {
	m, ok := catalogue[code]
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

// faultMessages says of each fault what is wrong and what to do next.
var faultMessages = map[string]message{
	// the file as text
	"plan.too_large":        {"文件超过 {1} KB，不像是计划文件；请核对是否选错了文件", "the file is larger than {1} KB, too large for a plan; check that it is the right file"},
	"plan.empty_file":       {"文件是空的；请填写计划内容，或换用正确的文件", "the file is empty; write the plan into it or use the right file"},
	"plan.utf16":            {"文件是 UTF-16 编码（Windows 记事本称“Unicode”）；请另存为 UTF-8", "the file is UTF-16 (Windows calls it “Unicode”); save it as UTF-8"},
	"plan.gb18030":          {"文件是 GB18030（GBK）编码；请另存为 UTF-8", "the file is GB18030 (GBK) text; save it as UTF-8"},
	"plan.not_utf8":         {"此处的文字不是有效的 UTF-8，可能在转换中损坏；请重新输入并存为 UTF-8", "the text here is not valid UTF-8 and may have been damaged in conversion; type it again and save as UTF-8"},
	"plan.hidden_character": {"此处有看不见的控制字符 {1}；请删除", "there is an invisible control character {1} here; delete it"},
	"plan.tab":              {"此处是制表符；请改用空格（每级缩进两个）", "there is a tab here; use spaces instead, two for each level"},

	// the file as YAML
	"plan.syntax":          {"这一行的格式无法识别；请检查缩进是否与上一行对齐、冒号后有没有空格、引号和括号是否成对", "this line cannot be read; check that it lines up with the line above, that a space follows the colon, and that quotes and brackets are in pairs ({1})"},
	"plan.bracket_open":    {"从这里开始的括号没有收尾，或其中少了逗号；请补上半角的 ] 或 } 或逗号", "the bracket that opens here is not closed, or a comma is missing inside; add the ] or } or comma"},
	"plan.quote_open":      {"从这里开始的引号没有收尾；请补上半角引号", "the quotation that begins here is not closed; add the closing quote"},
	"plan.wide_colon":      {"字段名后用了全角冒号“：”；请改为半角冒号加一个空格", "a full-width colon follows the field name; use an ASCII colon and a space"},
	"plan.colon_space":     {"冒号后缺少空格；请加一个空格", "the space after the colon is missing; add one"},
	"plan.quotes_needed":   {"以 {1} 开头的内容要加半角双引号，如 \"{1}\"", "a value that begins with {1} must stand in double quotes, as \"{1}\""},
	"plan.second_document": {"文件里有第二份文档（由 --- 分开）；一个文件只写一个计划，请删除多余部分", "the file holds a second document (after ---); keep one plan in a file and delete the rest"},
	"plan.anchor":          {"不使用锚点 &{1}：同一内容改一处会暗中改动别处；请把内容直接写出", "anchors are not used (&{1}): a change in one place would silently change another; write the content out"},
	"plan.alias":           {"不使用引用 *{1}：审阅时看不到实际内容，也可被用来耗尽内存；请把内容直接写出", "aliases are not used (*{1}): a reader cannot see what they stand for, and they can exhaust memory; write the content out"},
	"plan.merge_key":       {"不使用合并键 <<：审阅时看不到实际内容；请把字段逐项写出", "merge keys (<<) are not used: a reader cannot see what they bring in; write the fields out"},
	"plan.tag":             {"不使用类型标记 {1}；请删除标记，只写内容", "type tags are not used ({1}); delete the tag and keep the value"},
	"plan.too_deep":        {"嵌套超过 {1} 层；请按样例的层次书写", "nested deeper than {1} levels; follow the layout of the shipped file"},
	"plan.more_faults":     {"已列出前 {1} 处，其后还有；请先改正以上各处再检查", "the first {1} faults are listed and there are more; correct these and check again"},

	// shape
	"plan.want_fields":      {"此处应逐项填写字段：{1}", "fields are expected here: {1}"},
	"plan.want_list":        {"此处应是清单；请每项一行、以“- ”开头，或写在 [ ] 内用半角逗号分隔", "a list is expected here; begin each entry with “- ” or write the entries in [ ] with commas"},
	"plan.want_text":        {"此处应填一个值；请写成一行文字或数字", "one value is expected here; write a line of text or a number"},
	"plan.list_empty":       {"{1} 清单是空的；请至少填写一项", "the list {1} is empty; add at least one entry"},
	"plan.too_many_entries": {"清单超过 {1} 项；请核对是否重复粘贴", "the list has more than {1} entries; check for something pasted twice"},
	"plan.field_unknown":    {"没有“{1}”这个字段；此处可用的字段：{2}", "there is no field “{1}” here; the fields are: {2}"},
	"plan.field_twice":      {"字段 {1} 重复，第 {2} 行已经写过；请保留一个", "the field {1} is written twice, first on line {2}; keep one"},
	"plan.field_missing":    {"缺少字段 {1}；请补上", "the field {1} is missing; add it"},
	"plan.field_empty":      {"字段 {1} 没有填写内容；请填写，可不填的字段请删去这一行", "the field {1} has no value; fill it in, or delete the line if the field is optional"},

	// values
	"plan.text_empty":    {"内容是空的；请填写", "the text is empty; fill it in"},
	"plan.text_long":     {"文字超过 {1} 个字；请改用短语", "the text is longer than {1} characters; use a short phrase"},
	"plan.several_lines": {"此处只能写一行；请去掉换行", "one line only is allowed here; remove the line break"},
	"plan.id_wrong":      {"代号“{1}”不合规；请用英文字母和数字，可含 . _ -，不超过 32 个字符", "“{1}” is not an id; use up to 32 ASCII letters, digits, . _ -"},
	"plan.id_unquoted":   {"编号 {1} 要加半角双引号，写成 \"{1}\"：不加引号会被当作数字（010 成为 8，1.10 成为 1.1）", "put the id {1} in double quotes: \"{1}\"; without them it is read as a number (010 as 8, 1.10 as 1.1)"},
	"plan.id_twice":      {"编号 {1} 重复，第 {2} 行已经用过；请换一个编号", "the id {1} is used twice, first on line {2}; give this one another"},
	"plan.number_wrong":  {"“{1}”不是普通数字；请写成 60 或 2.5，不带单位、逗号、下划线、指数、前导零和全角数字", "“{1}” is not a plain number; write 60 or 2.5, without unit, comma, underscore, exponent, leading zero or full-width digits"},
	"plan.number_whole":  {"{1} 不是整数；请填整数", "{1} is not a whole number; write a whole number"},
	"plan.number_range":  {"{1} 超出范围；请填 {2} 到 {3} 之间的数", "{1} is out of range; write a number from {2} to {3}"},
	"plan.choice_wrong":  {"“{1}”不在可选范围内；请从以下选一个：{2}", "“{1}” is not one of the choices; write one of: {2}"},
	"plan.date_wrong":    {"“{1}”不是有效日期；请写成 2023-12-31", "“{1}” is not a date; write it as 2023-12-31"},
	"plan.dates_reversed": {"计划的末日 {2} 不在首日 {1} 之后；请核对",
		"the plan's last day {2} is not after its first day {1}; check both"},
	"plan.date_outside": {"日期 {1} 不在计划期 {2} 至 {3} 之内；请核对", "the date {1} is outside the plan, {2} to {3}; check it"},
	"plan.clock_wrong":  {"“{1}”不是时刻；请写成 \"17:30\"", "“{1}” is not a time of day; write it as \"17:30\""},
	"plan.zone_unknown": {"没有“{1}”这个时区；请写成 Asia/Shanghai", "there is no time zone “{1}”; write it as Asia/Shanghai"},

	// departments and tasks
	"plan.department_unknown":  {"没有“{1}”这个单位；是不是“{2}”？请改正，或先在 departments 中增加", "there is no department “{1}”; did you mean “{2}”? Correct it, or add it under departments"},
	"plan.department_unlisted": {"没有“{1}”这个单位；请改正，或先在 departments 中增加", "there is no department “{1}”; correct it, or add it under departments"},
	"plan.replaces_present":    {"“{1}”还在 departments 中，不能由别的单位承接；请从 replaces 删去，或删去该单位", "“{1}” is still among the departments, so nobody replaces it; take it out of replaces, or out of departments"},
	"plan.department_twice":    {"“{1}”重复，第 {2} 行已经用于另一个名称、别名或代号；请换一个", "“{1}” is used twice, first on line {2}; names, aliases and ids must all differ"},
	"plan.needs_version":       {"{1} 是新写法；请在文件第一行写 version: {2}", "{1} is of a newer form; write version: {2} on the file's first line"},
	"plan.group_leads":         {"“{1}”是一组单位，不能作牵头单位；请写明其中哪一家牵头", "“{1}” is a group and cannot lead; say which one of its members does"},
	"plan.member_twice":        {"成员单位“{1}”在同一时段重复；请保留一个", "the member “{1}” is listed twice for the same days; keep one"},
	"plan.office_reserved":     {"“{1}”专指领导小组办公室；单位请用别的代号", "“{1}” stands for the leading-group office; give the department another id"},
	"plan.number_twice":        {"任务编号 {1} 重复，第 {2} 行已经用过；每项任务用各自的编号", "the task number {1} is used twice, first on line {2}; give each task its own number"},
	"plan.section_unknown":     {"没有“{1}”这一节；请改正，或先在 sections 中增加", "there is no section “{1}”; correct it, or add it under sections"},
	"plan.lead_missing":        {"这项任务没有牵头单位；请填写 lead", "this task has no lead; fill in lead"},
	"plan.two_leads":           {"这项任务写了不止一个牵头单位（{1}）；请在 lead 保留一个，其余写入 cooperating", "this task has more than one lead ({1}); keep one in lead and move the others to cooperating"},
	"plan.lead_cooperates":     {"“{1}”已是这项任务的牵头单位，不能同时配合；请从 cooperating 删去", "“{1}” leads this task and cannot cooperate in it as well; remove it from cooperating"},
	"plan.cooperating_twice":   {"配合单位“{1}”重复；请保留一个", "the cooperating department “{1}” is listed twice; keep one"},
	"plan.cooperating_shape":   {"配合单位应写成 [省经信厅, 省财政厅]，没有的写 []，全部成员单位写 all-members", "write the cooperating departments as a list in [ ], [] for none, or all-members"},
	"plan.all_members_alone":   {"all-members 要单独写，不放在清单里：cooperating: all-members", "all-members stands alone, not in a list: cooperating: all-members"},
	"plan.names_joined":        {"几个单位连写在一起（{1}）；请用半角逗号分开", "several departments are run together ({1}); separate them with ASCII commas"},

	// indicators
	"plan.group_unknown":  {"没有“{1}”这一组目标；请改正，或先在 target_groups 中增加", "there is no target group “{1}”; correct it, or add it under target_groups"},
	"plan.field_for_kind": {"{2} 类指标不填 {1}；请删去，或核对 kind", "an indicator of kind {2} has no {1}; delete it, or check the kind"},
	"plan.field_instead":  {"已填 {2}，不再填 {1}；请保留其中一个", "{2} takes the place of {1}; keep one of them"},
	"plan.target_zero":    {"目标数为 0，没有进度可算；请核对，要求不超过某数时 op 用 \"≤\"", "a target of 0 has no progress to measure; check it, or use op \"≤\" for a ceiling"},
	"plan.unit_wide":      {"单位用了全角“{1}”；请写成半角 \"%\"", "the unit is a full-width “{1}”; write \"%\""},
	"plan.unit_wrong":     {"“{1}”不是单位；请写成 万家、亿元 之类，不带数字和空格", "“{1}” is not a unit; write one such as 万家 or 亿元, without digits or spaces"},
	"plan.unit_of_rate":   {"rate 类指标的单位应是 \"%\"，不是“{1}”；请核对 kind 和 unit", "a rate has the unit \"%\", not “{1}”; check kind and unit"},
	"plan.unit_of_count":  {"{2} 类指标的单位不能是“{1}”；比率请用 kind: rate", "an indicator of kind {2} cannot have the unit “{1}”; a ratio is kind: rate"},
	"plan.part_unknown":   {"没有编号为“{1}”的指标；请改正 part_of", "there is no indicator “{1}”; correct part_of"},
	"plan.part_of_itself": {"指标 {1} 成了自己的一部分；请改正 part_of", "the indicator {1} is made a part of itself; correct part_of"},
	"plan.part_differs":   {"{1} 是 {2} 的其中项，类别和单位应与它相同；请核对", "{1} is a part of {2} and must have its kind and unit; check both"},

	// rules
	"plan.order_falling": {"提醒日应从大到小，{1} 不小于前面的 {2}；请调整", "reminder days go from many to few, and {1} is not below {2}; reorder them"},
	"plan.lag_below_slow": {"红灯界限 {1} 不大于黄灯界限 {2}；lag_points 应大于 slow_points",
		"the red threshold {1} is not above the yellow one {2}; lag_points must be above slow_points"},
	"plan.weights_sum": {"各项分值合计 {1}，应为 100；请调整", "the points add up to {1} and must make 100; adjust them"},
	"plan.share_order": {"{1} 的比例高于 {2}；较差一档不应得分更多，请调整", "the share for {1} is above that for {2}; a worse one must not earn more, adjust them"},
}

// planMessages says what a plan holds and what a new one changes.
var planMessages = map[string]message{
	"plan.summary": {"{1} 项重点任务、{2} 个单位、{3} 项任务分工、{4} 项主要目标指标", "{1} key tasks, {2} departments, {3} assignments, {4} main-target indicators"},

	"plan.rule_changed": {"{1}：{2} → {3}", "{1}: {2} → {3}"},

	"plan.department_added":    {"增加单位：{2}（{1}）", "department added: {2} ({1})"},
	"plan.department_removed":  {"减少单位：{2}（{1}）", "department removed: {2} ({1})"},
	"plan.department_changed":  {"单位 {2}（{1}）的 {3}：{4} → {5}", "department {2} ({1}), {3}: {4} → {5}"},
	"plan.department_replaced": {"{2}（{1}）由 {4}（{3}）承接：在办任务、已报送的报告、负责的指标和账号随之转入，已审核的工作仍记原名称", "{2} ({1}) is replaced by {4} ({3}): open work, filed reports, indicators and accounts go with it; verified work keeps the old name"},
	"plan.department_split":    {"{2}（{1}）由几个单位承接：在办任务按新计划的分工转入，账号不自动转，请管理员在“账号管理”中逐个改属", "{2} ({1}) is replaced by several: open work goes where the new plan puts it; accounts do not follow by themselves, an admin moves each under Accounts"},
	"plan.department_lost":     {"{2}（{1}）没有承接单位：在承接单位上写 replaces: [{1}]；确属撤销、无人承接的，执行时加 --dissolved {1}", "{2} ({1}) has no successor: write replaces: [{1}] on the unit that takes over; if nobody does, apply with --dissolved {1}"},
	"plan.party_group_added":   {"增加一组单位：{2}（{1}）", "group of units added: {2} ({1})"},
	"plan.party_group_removed": {"减少一组单位：{2}（{1}）", "group of units removed: {2} ({1})"},
	"plan.party_group_changed": {"{2}（{1}）的 {3}：{4} → {5}", "group {2} ({1}), {3}: {4} → {5}"},
	"plan.member_added":        {"{2}增加成员 {3}{4}", "{2}: {3}{4} joins"},
	"plan.member_removed":      {"{2}减少成员 {3}{4}", "{2}: {3}{4} leaves"},
	"plan.section_added":       {"增加章节：{2}", "section added: {2}"},
	"plan.section_removed":     {"减少章节：{2}", "section removed: {2}"},
	"plan.section_changed":     {"章节 {2} 的 {3}：{4} → {5}", "section {2}, {3}: {4} → {5}"},

	"plan.task_added":          {"增加任务 {1} {2}，牵头单位 {3}", "task {1} added: {2}, led by {3}"},
	"plan.task_removed":        {"减少任务 {1} {2}，原牵头单位 {3}", "task {1} removed: {2}, led by {3}"},
	"plan.task_changed":        {"任务 {1} {2} 的 {3}：{4} → {5}", "task {1} {2}, {3}: {4} → {5}"},
	"plan.task_renumbered":     {"任务 {1} {2} 改编为第 {3} 号；在办和以往的工作仍属这项任务", "task {1} {2} is now number {3}; its open and past work stays its own"},
	"plan.lead_changed":        {"任务 {1} {2} 的牵头单位由 {3} 移交 {4}", "task {1} {2}: the lead passes from {3} to {4}"},
	"plan.cooperating_added":   {"任务 {1} {2} 增加配合单位 {3}", "task {1} {2}: {3} now cooperates"},
	"plan.cooperating_removed": {"任务 {1} {2} 减少配合单位 {3}", "task {1} {2}: {3} no longer cooperates"},
	"plan.measure_added":       {"增加举措 {1} {2}", "measure {1} added: {2}"},
	"plan.measure_removed":     {"减少举措 {1} {2}", "measure {1} removed: {2}"},
	"plan.measure_changed":     {"举措 {1} {2} 的 {3}：{4} → {5}", "measure {1} {2}, {3}: {4} → {5}"},
	"plan.figure_added":        {"增加任务指标 {1} {2}", "task figure {1} added: {2}"},
	"plan.figure_removed":      {"减少任务指标 {1} {2}", "task figure {1} removed: {2}"},
	"plan.figure_changed":      {"任务指标 {1} {2} 的 {3}：{4} → {5}", "task figure {1} {2}, {3}: {4} → {5}"},

	"plan.figures_converted": {"指标 {1} {2} 的单位由 {3} 改为 {4}：已有数据按新单位换算显示，当时的填报仍记原单位", "indicator {1} {2} is measured in {4} instead of {3}: figures there are converted where they are counted; reports keep the unit they were filed in"},
	"plan.figures_anew":      {"指标 {1} {2} 的单位或类别已变、不能换算：已有数据留存可查，不再计入，从下一次填报重新计", "indicator {1} {2} has another unit or kind that does not convert: figures there stay on record and count no more; it begins anew with the next one"},

	"plan.periods_turn":      {"报送周期的改变从下一周期起执行：当前周期按原定期限办完", "the new rhythm of periods begins with the next one: the current period runs to its end as it was opened"},
	"plan.group_added":       {"增加目标组：{2}", "target group added: {2}"},
	"plan.group_removed":     {"减少目标组：{2}", "target group removed: {2}"},
	"plan.group_changed":     {"目标组 {2} 的 {3}：{4} → {5}", "target group {2}, {3}: {4} → {5}"},
	"plan.indicator_added":   {"增加指标 {1} {2}", "indicator {1} added: {2}"},
	"plan.indicator_removed": {"减少指标 {1} {2}", "indicator {1} removed: {2}"},
	"plan.indicator_changed": {"指标 {1} {2} 的 {3}：{4} → {5}", "indicator {1} {2}, {3}: {4} → {5}"},
}
