package plan

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The tables below are typed from the public document and not from tasks.yaml.

var shippedDepartments = strings.Fields(`省市场监管局 省经信厅 省文化和旅游厅 省地方金融监管局 省工商联 省科技厅
省税务局 省发展改革委 人行杭州中心支行 省财政厅 浙江银保监局 浙江证监局 省自然资源厅 省商务厅 省人力社保厅 省司法厅`)

// number|section|title|lead|cooperating|how many measures
const shippedTasks = `
1|（一）打造未来发展新优势|鼓励做大做强|省市场监管局|省经信厅 省文化和旅游厅 省地方金融监管局 省工商联|8
2|（一）打造未来发展新优势|提升创新能力|省科技厅|省税务局 省市场监管局|8
3|（一）打造未来发展新优势|加强质量管理|省市场监管局||6
4|（一）打造未来发展新优势|推动数字化改造|省经信厅|省发展改革委|6
5|（二）构建资源要素供给新体系|拓宽融资渠道|人行杭州中心支行|省财政厅 省市场监管局 省地方金融监管局 浙江银保监局 浙江证监局|12
6|（二）构建资源要素供给新体系|盘活发展空间|省自然资源厅|省发展改革委 省经信厅 省科技厅 省商务厅 省文化和旅游厅|4
7|（二）构建资源要素供给新体系|强化人才支撑|省市场监管局|省人力社保厅|6
8|（二）构建资源要素供给新体系|助力拓展市场|省商务厅|省经信厅 省财政厅|5
9|（三）建设营商环境新高地|优化准入退出机制|省市场监管局|all|6
10|（三）建设营商环境新高地|完善信用监管体系|省发展改革委|省税务局 省市场监管局 人行杭州中心支行|5
11|（三）建设营商环境新高地|促进公平有序竞争|省市场监管局|省发展改革委 省财政厅|8
12|（三）建设营商环境新高地|加大综合服务力度|省市场监管局|省经信厅 省科技厅 省司法厅 省财政厅 省税务局|8`

// group or task|title|kind|operator|number|unit
const shippedIndicators = `
体量规模稳步扩大|累计新增小微企业|total|>=|60|万家
体量规模稳步扩大|其中：八大万亿产业小微企业|total|>=|18|万家
体量规模稳步扩大|省级小微企业培育库入库企业|stock|=|2|万家
体量规模稳步扩大|市级小微企业培育库入库企业|stock|=|5|万家
体量规模稳步扩大|县级小微企业培育库入库企业|stock|=|15|万家
体量规模稳步扩大|规下工业小微企业增加值年均增长|rate|>=|6|%
主体质量明显提升|累计新增规下升规上工业小微企业|total|>=|3000|家
主体质量明显提升|累计新增知识产权管理规范化小微企业|total|=|1000|家
主体质量明显提升|累计新增信用管理示范小微企业|total|=|100|家
主体质量明显提升|累计新增省AAA级“守合同重信用”小微企业|total|=|100|家
创新能力显著增强|累计新增科技型小微企业|total|=|1|万家
创新能力显著增强|科技型小微企业研发投入占销售收入比例|rate|>=|2.5|%
创新能力显著增强|科研人员占职工总数比例|rate|>=|10|%
创新能力显著增强|小微企业累计新增专利申请量|total|>=|1.5|万件
金融服务日益完善|新增小微企业贷款|total|=|1.2|万亿元
金融服务日益完善|累计发放小微企业信用贷款|total|=|1|万亿元
金融服务日益完善|新增小微企业首贷户|total|=|20|万户
金融服务日益完善|累计对小微企业首贷户发放贷款|total|=|6000|亿元
金融服务日益完善|新增小微企业无还本续贷|total|=|300|万笔
金融服务日益完善|小微企业无还本续贷余额|stock|>|5000|亿元
金融服务日益完善|普惠型小微企业贷款（单户授信总额1000万元以下）增速|rate|>=||%
金融服务日益完善|有贷款余额的户数|stock|||户
金融服务日益完善|贷款利率保持在合理水平|judged|||
发展要素更加充分|小微企业园（基地）总量|stock|>|1200|个
发展要素更加充分|小微企业园总建筑面积|stock|>|1|亿平方米
发展要素更加充分|向小微企业开放科研设施|yearly|=|2|万台次
发展要素更加充分|实验室服务|yearly|=|2|万批次
发展要素更加充分|“浙里检”服务|yearly|=|3|万单次
发展要素更加充分|累计培训小微企业劳动者|total|>=|30|万人次
发展要素更加充分|小微企业计量服务|yearly|>=|2000|家次
发展要素更加充分|测量管理体系免费培训|yearly|>=|2000|家次
发展要素更加充分|商业秘密保护培训|yearly|=|20|场
1|累计培育创新型、成长型民营小微企业|total|=|1000|家
1|创成型小微企业赋能平台|total|=|30|个
3|质量管理体系认证提升行动试点行业|total|>=|10|个
5|政府性融资担保平均费率|rate|<|1|%
11|“双随机、一公开”监管行政执法部门覆盖率|rate|=|100|%
12|税收优惠政策实际受惠率|rate|=|100|%`

func shipped(t testing.TB) *Plan {
	t.Helper()
	f, err := os.Open("../../tasks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := Load("tasks.yaml", f)
	if err != nil {
		t.Fatalf("the shipped plan is refused:\n%v", err)
	}
	return p
}

func rows(table string) [][]string {
	var out [][]string
	for line := range strings.Lines(strings.TrimSpace(table)) {
		out = append(out, strings.Split(strings.TrimSuffix(line, "\n"), "|"))
	}
	return out
}

func TestShippedTasks(t *testing.T) {
	p := shipped(t)
	var names []string
	for _, d := range p.Departments {
		names = append(names, d.Name)
	}
	if !slices.Equal(names, shippedDepartments) {
		t.Errorf("departments: %v", names)
	}
	sections := map[string]string{}
	for _, s := range p.Sections {
		sections[s.ID] = s.Title
	}
	var slots []Slot
	want := rows(shippedTasks)
	if len(p.Tasks) != len(want) {
		t.Fatalf("%d tasks", len(p.Tasks))
	}
	for i, task := range p.Tasks {
		var cooperating []string
		for _, id := range task.Cooperating {
			cooperating = append(cooperating, p.Name(id))
		}
		list := strings.Fields(want[i][4])
		if want[i][4] == "all" {
			list = slices.DeleteFunc(slices.Clone(shippedDepartments), func(s string) bool { return s == want[i][3] })
			if !task.AllMembers {
				t.Errorf("task %d copies the list of members", task.No)
			}
		}
		if !slices.Equal(cooperating, list) {
			t.Errorf("task %d: cooperating %v, want %v", task.No, cooperating, list)
		}
		have := strings.Join([]string{Num(int64(task.No)).String(), sections[task.Section], task.Title, p.Name(task.Lead), want[i][4], Num(int64(len(task.Measures))).String()}, "|")
		if have != strings.Join(want[i], "|") {
			t.Errorf("have %s\nwant %s", have, strings.Join(want[i], "|"))
		}
		slots = append(slots, Slot{task.No, task.Lead, "lead"})
		for _, id := range task.Cooperating {
			slots = append(slots, Slot{task.No, id, "cooperating"})
		}
	}
	if have := p.Assignments(); len(have) != 57 || !slices.Equal(have, slots) {
		t.Errorf("%d assignments: %v", len(have), have)
	}
	leads := slices.DeleteFunc(p.Assignments(), func(s Slot) bool { return s.Role != "lead" })
	if len(leads) != 12 {
		t.Errorf("%d leads", len(leads))
	}
}

func TestShippedIndicators(t *testing.T) {
	p := shipped(t)
	groups := map[string]string{}
	for _, g := range p.TargetGroups {
		groups[g.ID] = g.Title
	}
	all := p.AllIndicators()
	want := rows(shippedIndicators)
	if len(p.Indicators) != 32 || len(all) != len(want) {
		t.Fatalf("%d main targets, %d with the tasks' figures", len(p.Indicators), len(all))
	}
	special := map[string]string{}
	for i, in := range all {
		where := groups[in.Group]
		if in.Task != 0 {
			where = Num(int64(in.Task)).String()
		}
		have := strings.Join([]string{where, in.Title, string(in.Kind), string(in.Op), in.Target.String(), in.Unit}, "|")
		if have != strings.Join(want[i], "|") {
			t.Errorf("%s\nhave %s\nwant %s", in.ID, have, strings.Join(want[i], "|"))
		}
		if in.By.String() != "2023-12-31" {
			t.Errorf("%s is due by %s", in.ID, in.By)
		}
		if in.Owner != "" || in.Baseline.Set {
			t.Errorf("%s has an owner or a baseline that the document does not give", in.ID)
		}
		switch {
		case in.AverageGrowth:
			special[in.ID] = "average"
		case in.Growing:
			special[in.ID] = "growing"
		case in.RelativeTo != "":
			special[in.ID] = in.RelativeTo
		case in.PartOf != "":
			special[in.ID] = "part of " + in.PartOf
		}
	}
	if len(special) != 4 || special["G1.6"] != "average" || special["G4.8"] != "growing" ||
		special["G4.7"] != "各项贷款增速" || special["G1.2"] != "part of G1.1" {
		t.Errorf("what is special: %v", special)
	}
}

func TestShippedHeadAndRules(t *testing.T) {
	p := shipped(t)
	if p.Issued.String() != "2021-04-12" || p.From.String() != "2021-01-01" || p.To.String() != "2023-12-31" || p.Zone.String() != "Asia/Shanghai" {
		t.Errorf("dates or zone: %s, %s to %s, %s", p.Issued, p.From, p.To, p.Zone)
	}
	rule := PeriodRule{Every: "quarter", AcceptWithin: 3, DueBeforeEnd: 0, CooperatingEarlier: 5,
		ShortestNotice: 5, DayEnds: "17:30", ReturnDue: 5, RemindBefore: []int{3, 1}}
	if d := differing(rule, p.Periods); d != nil {
		t.Errorf("periods: %v", d)
	}
	if (p.Lights != Lights{SoonWorkdays: 3, SlowPoints: 10, LagPoints: 30}) {
		t.Errorf("lights: %+v", p.Lights)
	}
	grades := GradeShares{Num(100), Num(85), Num(70), Num(40)}
	rubric := Rubric{
		Lead: LeadRubric{Num(10), Num(30), Num(40), Num(20), LightShares{Num(100), Num(60), Num(20)}, grades, Num(2)},
		Cooperating: CooperatingRubric{Num(10), Num(40), Num(30), Num(20), grades,
			MarkShares{Num(100), Num(60), Num(0)}, Num(2)},
		LeadWeight: Num(1), CooperatingWeight: MustNumber("0.5"), BonusLimit: Num(10),
	}
	if d := differing(rubric, p.Rubric); d != nil {
		t.Errorf("rubric: %v", d)
	}
	if have := p.Summary("zh-CN"); have != "12 项重点任务、16 个单位、57 项任务分工、32 项主要目标指标" {
		t.Error(have)
	}
	if have := p.Summary("en"); have != "12 key tasks, 16 departments, 57 assignments, 32 main-target indicators" {
		t.Error(have)
	}
}

func TestShippedNamesFitNarrowPlaces(t *testing.T) {
	for _, in := range shipped(t).AllIndicators() {
		name := in.ShortName
		if name == "" {
			name = in.Title
		}
		if n := len([]rune(name)); n > 12 {
			t.Errorf("%s: %s has %d characters", in.ID, name, n)
		}
	}
}
