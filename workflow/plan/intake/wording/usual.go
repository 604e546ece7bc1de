package wording

import (
	"regexp"
	"slices"
	"strings"
)

// functions are the tasks of government by which its usual offices are named, each row
// one office in the wordings and abbreviations in use. Reorganisations gave some of
// them to one another; a row never joins two bureaus that stand beside each other in one
// government.
var functions = [][]string{
	{"发展和改革", "发展改革", "发改"},
	{"经济和信息化", "工业和信息化", "工业信息化", "经信", "工信", "经济信息化", "科技和工业信息化", "工业经济"},
	{"教育和体育", "教育体育", "教体"}, {"教育"}, {"教科体"}, {"体育"},
	{"科学技术", "科技"},
	{"民族宗教事务", "民族宗教", "民宗", "民族事务", "民委"},
	{"公安"}, {"国家安全"}, {"民政"}, {"司法"}, {"财政"},
	{"人力资源和社会保障", "人力资源社会保障", "人力社保", "人社"},
	{"自然资源和规划", "自然资源规划", "自然资源", "规划和自然资源", "规划资源", "国土资源", "自规"},
	{"生态环境", "环境保护", "环保"},
	{"住房和城乡建设", "住房城乡建设", "住房和城乡规划建设", "住建", "住房保障", "建设", "城乡建设"},
	{"城市管理", "城管", "综合行政执法", "综合执法", "城市管理综合行政执法", "行政执法"},
	{"交通运输", "交通"},
	{"水利", "水务"},
	{"农业农村", "农业"}, {"农业农村和水利"},
	{"林业", "林业和草原", "林草", "园林绿化", "园林"},
	{"商务", "商务和粮食", "经济合作", "投资促进", "招商", "招商引资"},
	{"文化和旅游", "文化旅游", "文旅", "文化广电旅游", "文化广电和旅游", "文广旅", "文广旅体", "文化体育和旅游", "文旅体"},
	{"卫生健康", "卫健", "卫生和健康", "卫生", "卫生计生", "卫计"},
	{"退役军人事务", "退役军人"},
	{"应急管理", "应急", "安全生产监督管理", "安监"},
	{"审计"}, {"统计"},
	{"国有资产监督管理", "国资"},
	{"市场监督管理", "市场监管", "市监"},
	{"医疗保障", "医保"},
	{"地方金融监督管理", "地方金融监管", "金融监管", "金融工作", "金融", "金融发展"},
	{"广播电视", "广电"}, {"新闻出版"}, {"版权"}, {"知识产权"},
	{"粮食和物资储备", "粮食和储备", "粮食", "粮储"},
	{"能源"}, {"信访"}, {"机关事务管理", "机关事务", "机关管理"},
	{"政务服务和数据管理", "政务服务管理", "政务服务数据管理", "政务服务", "行政审批服务", "行政审批", "审批服务", "营商环境", "营商"},
	{"大数据发展管理", "大数据发展", "大数据管理", "大数据", "数据", "数据资源管理"},
	{"乡村振兴", "扶贫", "扶贫开发"},
	{"人防", "人民防空"}, {"外事", "外事侨务", "侨务"}, {"港澳事务"}, {"地质", "地质矿产", "地矿"}, {"药品监督管理", "药监"}, {"畜牧兽医", "畜牧"},
	{"海洋与渔业", "海洋渔业", "海洋", "渔业"}, {"中医药管理", "中医药"}, {"疾病预防控制", "疾控"}, {"公积金"}, {"社会保险", "社保"}, {"公共资源交易"},
	{"档案"}, {"文物"}, {"口岸", "口岸物流"}, {"供销", "供销合作"}, {"科学技术和经济", "科经"}, {"老干部"}, {"机构编制", "编"},
	{"宣传"}, {"组织"}, {"统战", "统一战线工作"}, {"政法"}, {"网信"}, {"社会工作"},
}

// vertical are offices that do not belong to the government of the place: a name without
// a level is whole.
var vertical = regexp.MustCompile(`^(?:税务|海关|气象|消防|消防救援|邮政|邮政管理|烟草|烟草专卖|通信管理|外汇|外汇管理|银保监|银监|保监|证监|金融监管|国家金融监督管理|人民银行|人行|供电|电力|海事|铁路|民航|地震|调查)`)

// organ is what an office's name ends with.
var organ = regexp.MustCompile(`(?:委员会|委|局|厅|办公室|办|部|管理局|中心)$`)

// localOffice is whether a name without its level is that of a usual office of a local
// government: 农业农村厅.
func localOffice(s string) bool {
	if vertical.MatchString(s) {
		return false
	}
	base := organ.ReplaceAllString(s, "")
	return base != s && functionOf(base) >= 0
}

// functionOf is the row of functions that a word stands in; -1 for none.
func functionOf(base string) int {
	return slices.IndexFunc(functions, func(row []string) bool { return slices.Contains(row, base) })
}

// others are usual names that end as no office does.
var others = regexp.MustCompile(`^(?:国网|南方电网|中国(?:移动|电信|联通|铁塔|邮政)|中石油|中石化).{2,10}|(?:中央|中央委员会)$|^(?:团|共青团)?(?:中央|省|市|县|区|州|旗)委$|^团[省市县区州]委$|(?:残联|妇联|文联|侨联|科协|社科联|工商联|总工会|红十字会|计生协|记协|贸促会|人大|政协|党校|法院|检察院|武警|军分区|人武部|消防|气象|供电|邮政|移动|联通|电信|铁塔|国网|烟草|法制|纪检监察|纪委监委)$`)

// usual is whether a name is a usual one, whatever it ends with.
func usual(s string) bool {
	if others.MatchString(s) {
		return true
	}
	for _, level := range []string{"", "国家", "中央", "省委", "市委", "县委", "区委", "州委", "省", "市", "县", "区", "州"} {
		if rest, ok := strings.CutPrefix(s, level); ok && localOffice(rest) {
			return true
		}
	}
	return false
}
