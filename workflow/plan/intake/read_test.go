package intake_test

import (
	"strings"
	"testing"

	"duban/workflow/plan/intake"
	"duban/workflow/plan/intake/passage"
	"duban/workflow/plan/intake/wording"
)

func read(s string) *intake.Reading { return intake.Read(passage.Text(s)) }

func called(ps []wording.Party) string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Name)
	}
	return strings.Join(out, "、")
}

// TestResponsibility: a row a wording, each read from a text of one task.
func TestResponsibility(t *testing.T) {
	for _, c := range []struct{ name, text, lead, others, rule string }{
		{"负责, sole", "（市水利局负责）", "市水利局", "", "explicit"},
		{"负责, several", "（市水利局、市财政局负责）", "", "市水利局、市财政局", "none"},
		{"按职责分工", "(市水利局、市财政局按职责分工负责)", "", "市水利局、市财政局", "none"},
		{"分工 with other words", "（市水利局、市财政局等部门根据各自职责分工落实）", "", "市水利局、市财政局", "none"},
		{"牵头 and 配合", "（市水利局牵头，市财政局、市林业局配合）", "市水利局", "市财政局、市林业局", "explicit"},
		{"牵头负责 and 参与", "（市水利局牵头负责，市财政局参与）", "市水利局", "市财政局", "explicit"},
		{"会同", "（市水利局会同市财政局、市林业局负责）", "市水利局", "市财政局、市林业局", "explicit"},
		{"牵头，会同", "〔由市水利局牵头，会同市财政局落实〕", "市水利局", "市财政局", "explicit"},
		{"商", "（市水利局商市财政局、市商务局负责）", "市水利局", "市财政局、市商务局", "explicit"},
		{"负责，配合", "【市水利局负责，市财政局协助】", "市水利局", "市财政局", "explicit"},
		{"分别牵头", "（市水利局、市财政局分别牵头）", "市水利局、市财政局", "", "explicit"},
		{"joint lead", "（牵头单位：市水利局、市财政局；配合单位：各县区）", "市水利局、市财政局", "各县区", "explicit"},
		{"责任单位 beside 牵头单位", "[牵头单位：市水利局。责任单位：市财政局、各乡镇人民政府]", "市水利局", "市财政局、各乡镇人民政府", "explicit"},
		{"责任单位 beside 配合单位", "（责任单位：市水利局，配合单位：市财政局）", "市水利局", "市财政局", "explicit"},
		{"责任单位 alone", "（责任单位：市水利局、市财政局）", "", "市水利局、市财政局", "none"},
		{"sole 责任单位", "（责任单位：市水利局）", "市水利局", "", "explicit"},
		{"主办 and 协办", "（主办单位：市水利局 协办单位：市财政局）", "市水利局", "市财政局", "explicit"},
		{"主责 beside 牵头", "（牵头部门：市水利局；主责单位：市财政局；协办单位：市林业局）", "市水利局", "市财政局、市林业局", "explicit"},
		{"mark behind a name", "（责任单位：市水利局（牵头）、市财政局）", "市水利局", "市财政局", "explicit"},
		{"leaders are no parties", "（责任领导：王某某；牵头单位：市水利局；责任人：李某）", "市水利局", "", "explicit"},
		{"data and marks are no parties", "（牵头单位：市水利局；数据提供单位：市统计局；考核单位：市督查室）", "市水利局", "", "explicit"},
		{"group alone", "（各县（市、区）人民政府负责）", "", "各县（市、区）人民政府", "none"},
		{"等", "（市水利局牵头，市财政局等有关部门配合）", "市水利局", "市财政局", "explicit"},
		{"names with 和", "（牵头单位：市工业和信息化局；配合单位：市文化和旅游局和市人力资源和社会保障局）", "市工业和信息化局", "市文化和旅游局、市人力资源和社会保障局", "explicit"},
		{"shared beginning", "（省商务厅牵头，省发展改革委、财政厅、农业农村厅配合）", "省商务厅", "省发展改革委、财政厅、农业农村厅", "explicit"},
		{"shared beginning, same organ", "（省商务厅、农业农村厅负责）", "", "省商务厅、省农业农村厅", "none"},
		{"shared ending", "（牵头单位：市民政局；配合单位：东山、西山街道）", "市民政局", "东山街道、西山街道", "explicit"},
		{"one name with 、", "（牵头单位：市民政局；配合单位：各乡、镇人民政府，各市、县（区）人民政府）", "市民政局", "各乡、镇人民政府、各市、县（区）人民政府", "explicit"},
		{"deadline in the bracket", "（牵头单位：市民政局；配合单位：市财政局；完成时限：2023年10月底前）", "市民政局", "市财政局", "explicit"},
		{"mass organisations", "（团市委牵头，市妇联、市残联、市科协、市总工会参加）", "团市委", "市妇联、市残联、市科协、市总工会", "explicit"},
		{"party offices", "（市委组织部、市委编办牵头，市委宣传部配合）", "市委组织部、市委编办", "市委宣传部", "explicit"},
		{"a list alone", "（市水利局、市财政局）", "", "市水利局、市财政局", "none"},
		{"a bracket in a name", "（牵头单位：市水利局；责任单位：市财政局，各乡镇（街道））", "市水利局", "市财政局、各乡镇（街道）", "explicit"},
		{"one known beside one unknown", "（责任单位：市水利局、抗旱1线）", "", "市水利局", "none"},
		{"a prefix", "（责任分工：市水利局牵头，各镇配合）", "市水利局", "各镇", "explicit"},
		{"等部门及 a group", "（市水利局牵头，市财政局等部门及各县区政府配合）", "市水利局", "市财政局、各县区政府", "explicit"},
		{"等部门和单位及 a group", "（市水利局牵头，市财政局等相关部门和单位及各地方人民政府按职责分工负责）", "市水利局", "市财政局、各地方人民政府", "explicit"},
		{"指导单位 is no party", "（牵头单位：市水利局；指导单位：省水利厅；配合单位：市财政局）", "市水利局", "市财政局", "explicit"},
		{"会办", "（主办单位：市水利局；会办单位：市财政局）", "市水利局", "市财政局", "explicit"},
		{"a second name in brackets", "责任单位：市水利局（市河长办），配合单位：市财政局", "市水利局（市河长办）", "市财政局", "explicit"},
		{"labels without a colon", "牵头单位市水利局，配合单位市财政局、市林业局。", "市水利局", "市财政局、市林业局", "explicit"},
		{"names on a line of their own", "\n市水利局、市财政局", "", "市水利局、市财政局", "none"},
		{"主抓 leads beside 责任单位", "（主抓单位：市水利局；责任单位：市财政局）", "市水利局", "市财政局", "explicit"},
		{"a label that is not known may be the lead", "（挂帅单位：市水利局；责任单位：市财政局）", "", "市财政局、市水利局", "none"},
		{"配合 by a name of no usual form", "责任单位：市水利局；配合单位：海东水文总队二支", "市水利局", "海东水文总队二支", "explicit"},
		{"列首位者牵头", "（责任单位：市水利局、市财政局，列首位者牵头）", "市水利局", "市财政局", "first-listed"},
		{"half width, no colon space", "(牵头单位:市水利局;配合单位:市财政局)", "市水利局", "市财政局", "explicit"},
		{"spaced label", "（牵 头 单 位：市水利局；配 合 单 位：市财政局）", "市水利局", "市财政局", "explicit"},
	} {
		for _, number := range []string{"1.", "（一）", "1、", "第一条 "} {
			r := read("某市行动方案\n一、重点任务\n" + number + "治理河道。疏浚淤积，修复岸坡。" + c.text + "\n")
			if len(r.Tasks) != 1 {
				t.Fatalf("%s %s: %d tasks", c.name, number, len(r.Tasks))
			}
			k := r.Tasks[0]
			if called(k.Lead) != c.lead || called(k.Cooperating) != c.others || string(k.Rule) != c.rule {
				t.Errorf("%s: lead %q, others %q, %s; want %q, %q, %s", c.name, called(k.Lead), called(k.Cooperating), k.Rule, c.lead, c.others, c.rule)
			}
			if k.Title != "治理河道" {
				t.Errorf("%s: title %q", c.name, k.Title)
			}
			asked := false
			for _, q := range r.Questions {
				asked = asked || q.Field == intake.AskLead && q.Task == 0
			}
			if asked != (c.lead == "") {
				t.Errorf("%s: asked %v", c.name, asked)
			}
		}
	}
}

// TestLeadRule: what the document says once about the first named unit holds from there on.
func TestLeadRule(t *testing.T) {
	for _, c := range []struct{ rule, lead string }{
		{"列第一位的为牵头单位，下同", "市水利局"},
		{"排在首位的部门为牵头部门，下同", "市水利局"},
		{"排名第一的单位为牵头单位，下同", "市水利局"},
		{"首个单位为牵头单位", "市水利局"},
		{"第一个责任单位为牵头单位，下同", "市水利局"},
		{"均为同责单位，无先后大小之分", ""},
		{"排名不分先后", ""},
	} {
		r := read("一、任务\n1.甲。做好甲事。（市财政局、市林业局负责）\n2.乙。做好乙事。（责任单位：市水利局、市财政局，" + c.rule + "）\n3.丙。做好丙事。（责任单位：市水利局、市林业局）\n")
		if len(r.Tasks) != 3 {
			t.Fatal(c.rule, len(r.Tasks))
		}
		if called(r.Tasks[0].Lead) != "" {
			t.Errorf("%s: it holds before it is said", c.rule)
		}
		for _, k := range r.Tasks[1:] {
			if called(k.Lead) != c.lead {
				t.Errorf("%s: lead %q, want %q", c.rule, called(k.Lead), c.lead)
			}
		}
		r = read("一、任务\n1.甲。做好甲事。（市财政局、市林业局负责）\n注：责任单位" + c.rule + "。\n")
		if want := map[bool]string{true: "市财政局"}[c.lead != ""]; called(r.Tasks[0].Lead) != want {
			t.Errorf("a note %s: lead %q, want %q", c.rule, called(r.Tasks[0].Lead), want)
		}
	}
}

// TestStandingParties: who is said once for all later tasks belongs to each of them.
func TestStandingParties(t *testing.T) {
	for _, s := range []string{"以下均需各镇人民政府负责，不再列出", "以下任务均涉及各镇人民政府，不再一一列出", "各项任务均由各镇人民政府落实，下同"} {
		r := read("一、任务\n1.甲。做好甲事。（市财政局负责）\n2.乙。做好乙事。（市水利局、市财政局按职责分工负责。" + s + "）\n3.丙。做好丙事。（市林业局负责）\n")
		got := called(r.Tasks[0].Cooperating) + "|" + called(r.Tasks[1].Cooperating) + "|" + called(r.Tasks[2].Cooperating)
		if got != "|市水利局、市财政局、各镇人民政府|各镇人民政府" || called(r.Tasks[2].Lead) != "市林业局" {
			t.Errorf("%s: %s, lead %s", s, got, called(r.Tasks[2].Lead))
		}
	}
}

// TestLayouts: the same two tasks in the shapes that documents have.
func TestLayouts(t *testing.T) {
	for name, s := range map[string]string{
		"label lines":     "某市方案\n一、任务\n1.治理河道。\n牵头单位：市水利局\n配合单位：市财政局、各镇\n完成时限：2023年6月底前\n2.种好林木。\n牵头单位：市林业局\n配合单位：市财政局、各镇\n完成时限：2023年6月底前\n",
		"labels in one":   "某市方案\n一、任务\n1.治理河道。牵头单位：市水利局 配合单位：市财政局、各镇 完成时限：2023年6月底前\n2.种好林木。牵头单位：市林业局 配合单位：市财政局、各镇 完成时限：2023年6月底前\n",
		"one paragraph":   "某市方案\n一、任务\n1.治理河道。（市水利局牵头，市财政局、各镇配合，2023年6月底前完成）2.种好林木。（市林业局牵头，市财政局、各镇配合，2023年6月底前完成）\n",
		"no numbers":      "某市方案\n治理河道。疏浚淤积。（市水利局牵头，市财政局、各镇配合，2023年6月底前完成）\n种好林木。补植苗木。（市林业局牵头，市财政局、各镇配合，2023年6月底前完成）\n",
		"bars":            "某市方案\n序号 | 工作任务 | 牵头单位 | 配合单位 | 完成时限\n1 | 治理河道 | 市水利局 | 市财政局、各镇 | 2023年6月底前\n2 | 种好林木 | 市林业局 | 市财政局、各镇 | 2023年6月底前\n",
		"markdown":        "某市方案\n| 序号 | 工作任务 | 牵头单位 | 配合单位 | 完成时限 |\n|---|---|---|---|---|\n| 1 | 治理河道 | 市水利局 | 市财政局、各镇 | 2023年6月底前 |\n| 2 | 种好林木 | 市林业局 | 市财政局、各镇 | 2023年6月底前 |\n",
		"tabs":            "某市方案\n序号\t工作任务\t牵头单位\t配合单位\t完成时限\n1\t治理河道\t市水利局\t市财政局、各镇\t2023年6月底前\n2\t种好林木\t市林业局\t市财政局、各镇\t2023年6月底前\n",
		"a cell a line":   "某市方案\n序号\n工作任务\n牵头单位\n配合单位\n完成时限\n1\n治理河道\n市水利局\n市财政局、各镇\n2023年6月底前\n2\n种好林木\n市林业局\n市财政局、各镇\n2023年6月底前\n",
		"rows go on":      "某市方案\n序号\t类别\t工作任务\t牵头单位\t配合单位\t完成时限\n\t生态\t治理河道\t市水利局\t市财政局、各镇\t2023年6月底前\n\t\t种好林木\t市林业局\t市财政局、各镇\t2023年6月底前\n",
		"without numbers": "某市方案\n工作任务\n牵头单位\n配合单位\n完成时限\n治理河道\n市水利局\n市财政局、各镇\n2023年6月底前\n种好林木\n市林业局\n市财政局、各镇\n2023年6月底前\n",
		"会同 in prose":     "2023年5月4日，某市召开会议。会议决定：市水利局会同市财政局、各镇于6月底前完成治理河道；市林业局会同市财政局、各镇在6月底前完成种好林木。\n",
		"prose":           "2023年5月4日，某市召开推进会。会议明确，由市水利局牵头，市财政局、各镇配合，6月底前完成治理河道；由市林业局牵头，市财政局、各镇配合，在6月底前完成种好林木。\n",
		"by number":       "某市方案\n一、任务\n1.治理河道。疏浚淤积。\n2.种好林木。补植苗木。\n附件\n牵头单位 | 任务序号 | 配合单位 | 完成时限\n市水利局 | 第1项 | 市财政局、各镇 | 2023年6月底前\n市林业局 | 第2项 | 市财政局、各镇 | 2023年6月底前\n",
		"wide digits":     "某市方案\n一、任务\n１．治理河道。（市水利局牵头，市财政局、各镇配合，２０２３年６月底前完成）\n２．种好林木。（市林业局牵头，市财政局、各镇配合，２０２３年６月底前完成）\n",
		"traditional":     "某市方案\n一、任務\n1.治理河道。（市水利局牽頭，市財政局、各鎮配合，2023年6月底前完成）\n2.種好林木。（市林業局牽頭，市財政局、各鎮配合，2023年6月底前完成）\n",
		"task by a table": "某市方案\n一、任务\n（一）治理河道\n疏浚淤积。\n（二）种好林木\n补植苗木。\n附件：任务分工表\n序号 | 任务 | 牵头单位 | 配合单位 | 完成时限\n1 | 治理河道 | 市水利局 | 市财政局、各镇 | 2023年6月底前\n2 | 种好林木 | 市林业局 | 市财政局、各镇 | 2023年6月底前\n",
	} {
		r := read(s)
		var got []string
		for _, k := range r.Tasks {
			date := ""
			if k.Deadline != nil {
				date = k.Deadline.Date
			}
			plain := strings.NewReplacer("種", "种", "業", "业", "財", "财", "鎮", "镇")
			got = append(got, plain.Replace(k.Title+"/"+called(k.Lead)+"/"+called(k.Cooperating)+"/"+date))
		}
		want := "治理河道/市水利局/市财政局、各镇/2023-06-30 种好林木/市林业局/市财政局、各镇/2023-06-30"
		if strings.Join(got, " ") != want {
			t.Errorf("%s:\n have %s\n want %s", name, strings.Join(got, " "), want)
		}
	}
}

// TestFigures: what is a target, how it compares and how it adds up; and what is none.
func TestFigures(t *testing.T) {
	for s, want := range map[string]string{
		"粮食产量增长5%左右":             "≈5% growth",
		"城镇登记失业率控制在4.5%以内":       "≤4.5% rate",
		"新建公园12个、改造老旧小区30个":      "=12个 total,=30个 total",
		"森林面积达到120万亩以上":          "≥120万亩 stock",
		"每年举办培训不少于6场":            "≥6场 yearly",
		"污水处理率提高到95%":            "=95% rate",
		"单位能耗下降3个百分点":            "=3个百分点 growth",
		"培育企业80—100家":            "≥80家 total,≤100家 total",
		"力争引进项目突破50个":            ">50个 total",
		"累计发放贷款20亿元":             "=20亿元 total",
		"办理时间压缩到30分钟以内":          "≤30分钟 ",
		"补种行道树1500株":             "=1500株 total",
		"消费价格指数控制在102左右":         "≈102 ",
		"对新认定的企业给予最高50万元奖励":      "",
		"对年产值首次突破10亿元的企业，给予奖励":   "",
		"引进10亿元以上项目5个":           "=5个 total",
		"目前已建成站点40个":             "",
		"不得超过3次":                 "",
		"推进5G基站和二期工程建设":          "",
		"打造15分钟便民生活圈":            "",
		"落实“十百千”工程和《2023年第5号公告》": "",
		"低保标准提高到每人每月820元":        "=820元 ",
		"每人每月给予800元补贴":           "",
		"处理规模由8万吨提高到12万吨":        "=12万吨 ",
		"算力规模突破5000PFLOPS":       ">5000PFLOPS ",
		"每人每月提高20元":              "=20元 ",
		"开工率、投产率分别不低于75%、60%":    "≥75% rate,≥60% rate",
		"每个街道至少有1所老年学校":          "≥1所 total",
		"培育年产值超10亿元的企业5家":        "=5家 total",
		"惠及居民不少于4800户":           "≥4800户 total",
		"用电量和用水量分别增长6%和4%":       "=6% growth,=4% growth",
		"新建泵站005—012座，提升至0.50%":  "≥5座 total,≤12座 total,=0.50% rate",
	} {
		r := read("某市2023年方案\n一、任务\n1.抓好落实。" + s + "。（市水利局负责）\n")
		var got []string
		for _, f := range r.Tasks[0].Figures {
			got = append(got, f.Op+f.Value.String()+f.Unit+" "+string(f.Kind))
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%s: %q, want %q", s, strings.Join(got, ","), want)
		}
	}
}

// TestDeadlines: words and days; a year comes from the text or the title.
func TestDeadlines(t *testing.T) {
	for s, want := range map[string]string{
		"2022年6月底前完成":    "2022-06-30",
		"6月底前":           "2023-06-30",
		"2023年2月底前完成":    "2023-02-28",
		"2023年9月15日前":    "2023-09-15",
		"三季度末前":          "2023-09-30",
		"上半年完成":          "2023-06-30",
		"年底前出台":          "2023-12-31",
		"2024年底前":        "2024-12-31",
		"12月上旬前开工":       "2023-12-10",
		"长期坚持":           "",
		"持续推进":           "",
		"2023年11月30日前建成": "2023-11-30",
	} {
		for _, form := range []string{"（市水利局负责，X）", "（牵头单位：市水利局；配合单位：市财政局；完成时限：X）", "（责任单位：市水利局；X）"} {
			r := read("某市2023年方案\n一、任务\n1.抓好落实。做细做实。" + strings.Replace(form, "X", s, 1) + "\n")
			k := r.Tasks[0]
			if k.Deadline == nil || k.Deadline.Date != want || k.Deadline.Text != s || called(k.Lead) != "市水利局" {
				t.Errorf("%s in %s: %+v, lead %s", s, form, k.Deadline, called(k.Lead))
			}
		}
	}
}

// TestPlaces: what was recognised says where it stands.
func TestPlaces(t *testing.T) {
	r := read("某市方案\n一、任务\n1.治理河道。新建泵站３座。（市水利局牵头，市财政局配合）\n")
	k := r.Tasks[0]
	if at := k.Lead[0].At; at != (passage.Place{Line: 3, From: 16, To: 19}) {
		t.Errorf("%+v", at)
	}
	if at := k.Figures[0].At; at != (passage.Place{Line: 3, From: 12, To: 13}) {
		t.Errorf("%+v", at)
	}
	if s := r.Summary("zh-CN"); !strings.Contains(s, "治理河道（第 3 行）") || !strings.Contains(s, "牵头：市水利局（文中写明）") {
		t.Error(s)
	}
}

// TestMeeting: sentences that charge units with a task; several are alike, and what stands
// under a heading of demands is no task.
func TestMeeting(t *testing.T) {
	r := read("会议纪要\n一、由市财政局会同市发展改革委积极争取专项资金。\n二、由市水利局负责，2025年6月底前完成河道清淤。\n三、市气象局、市应急局要加强会商研判。\n四、工作要求\n（一）市督查室要加强督查。\n")
	want := []string{"市财政局|市发展改革委|", "市水利局||2025-06-30", "|市气象局、市应急局|"}
	if len(r.Tasks) != len(want) {
		t.Fatalf("%d tasks", len(r.Tasks))
	}
	for i, k := range r.Tasks {
		due := ""
		if k.Deadline != nil {
			due = k.Deadline.Date
		}
		if got := called(k.Lead) + "|" + called(k.Cooperating) + "|" + due; got != want[i] {
			t.Errorf("%s, want %s", got, want[i])
		}
	}
}

// TestNumberBesideDate: a date right behind an item's number is no second level of it.
func TestNumberBesideDate(t *testing.T) {
	r := read("某市2025年清单\n一、任务\n1.2024年底前，完成甲。（市水利局负责）\n2.6月底前完成乙。（市水利局负责）\n")
	if len(r.Tasks) != 2 || r.Tasks[0].No != "1" || r.Tasks[1].No != "2" || !strings.HasPrefix(r.Tasks[0].Title, "2024年底前") || !strings.HasPrefix(r.Tasks[1].Title, "6月底前") {
		t.Errorf("%+v", r.Tasks)
	}
}

// TestParts: passages with units of their own are measures; the task's lead is decided only
// where each of them says who leads.
func TestParts(t *testing.T) {
	r := read("一、任务\n1.治理河道。疏浚淤积。（市水利局负责）修复岸坡。（市林业局负责，2023年底前完成）\n2.种好林木。补植。（市林业局负责）管护。（市财政局、市林业局负责）\n")
	if k := r.Tasks[0]; called(k.Lead) != "市水利局、市林业局" || len(k.Parts) != 2 || k.Parts[1].Text != "修复岸坡。" || k.Parts[1].Deadline.Date != "2023-12-31" {
		t.Errorf("%+v", k)
	}
	if k := r.Tasks[1]; called(k.Lead) != "" || called(k.Cooperating) != "市林业局、市财政局" || called(k.Parts[0].Lead) != "市林业局" {
		t.Errorf("%+v", k)
	}
}

// TestNothingIsSaid: a text that names nobody has its tasks asked for, and those of its
// aims and its closing chapter are none.
func TestNothingIsSaid(t *testing.T) {
	r := read("某市行动计划（2024—2026年）\n一、总体要求\n（一）指导思想。实干。\n二、工作目标\n到2026年，建成泵站12座。\n三、主要任务\n（一）治理河道。\n1.疏浚淤积。支持企业牵头组建联合体。\n2.修复岸坡。种草护坡。\n四、保障措施\n（一）加强领导。层层落实。\n")
	if len(r.Tasks) != 2 || r.Tasks[1].Title != "修复岸坡" || r.Tasks[0].Section != "（一）治理河道" || len(r.Tasks[0].Lead) != 0 {
		t.Errorf("%+v", r.Tasks)
	}
	if len(r.Targets) != 1 || r.Targets[0].Date != "2026-12-31" || r.Targets[0].Value != "12" {
		t.Errorf("%+v", r.Targets)
	}
	if r := read("今天天气很好。\n"); len(r.Tasks) != 0 || len(r.Questions) != 1 || r.Questions[0].Code != "no_tasks" {
		t.Errorf("%+v", r)
	}
}

// FuzzRead: no text makes it panic, and what it says of places lies in the text.
func FuzzRead(f *testing.F) {
	f.Add("一、任务\n1.治理河道。（市水利局牵头，市财政局配合，6月底前完成）\n")
	f.Add("序号\n任务\n责任单位\n时限\n1\n甲。\n县水利局\n6月底前\n2\n乙。\n县林业局\n7月底前\n")
	f.Add("序号 | 任务 | 责任单位\n1 | 甲 | 县水利局、\n(((((\n注：")
	f.Add("（一）由A会同B负责。新增12—15个%")
	f.Add("1.治理河068处，新增007—015个，至少0个、0.50个。（市水利局牵头）")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 4096 {
			return
		}
		r := read(s)
		for _, k := range r.Tasks {
			if k.At.Line > r.Lines {
				t.Errorf("line %d of %d", k.At.Line, r.Lines)
			}
		}
		if _, err := r.JSON("zh-CN"); err != nil {
			t.Error(err)
		}
	})
}
