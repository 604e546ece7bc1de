package intake

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"

	"duban/workflow/plan/intake/passage"
	"duban/workflow/plan/intake/wording"
)

const countedWords = `新建|改建|扩建|续建|改扩建|新增|增设|新设|增加|累计|完成|建成|建设|培育|培养|引进|引育|引入|招引|实施|改造|打造|组织|举办|开展|推出|培训|发放|创建|选派|派出|配置|配备|配建|收储|处置|移交|种植|栽植|修复|治理|整治|启动|开工|投产|新开|开通|开办|开设|布设|布局|安装|铺设|更新|购置|添置|投放|推广|孵化|认定|评选|遴选|入库|上市|签约|落地|盘活|腾出|出让|供应|筹集|筹建|争取|安置|帮扶|救助|吸纳|转移|带动|实现|形成|制定|修订|发布|编制|出台|申报|获批|取得|化解|清理|关停|淘汰|拆除|退出|消化|征集|招聘|招募|招收|储备|造林|回收|建档|兑现|投入|设立|选树|命名|选育|疏浚|清淤|加固|搬迁|迁建|绿化|硬化|亮化|补植|放流|入统|升规|纳统|达标|办好|建好|新签|新认定|新培育|建立|新引进|评定|打通|提供|推荐|支持|扶持|举行|创成|创办|选拔|录用|开发|开行|增殖|造|新植|培植|生产|接入|上云|巡查|检查|抽检|监测|走访|服务|慰问|消除|整改|归集|采集|数字化|轮训|遴荐|开放|惠及|受益|提升|新|建`

// leveledWords stand before a level, countedWords are verbs whose results are counted.
const leveledWords = `(?:至少有|达到|达|突破|超过|不低于|不少于|不小于|至少|控制在|稳定在|保持在|维持在|实现|不超过|不高于|高于|低于|力争|争取|为|到|至|约|完成|在|超|不大于|小于|大于|少于|多于|近)+ ?$`

var (
	figureAt = regexp.MustCompile(`([0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?) ?((?:万亿|千万|百万|十万|万|亿|千|百)?(?:` + passage.UnitWords + `)?(?:/[^,。;、()0-9]{1,4})?)(?:[—~至到-]+([0-9]+(?:\.[0-9]+)?) ?((?:万亿|千万|百万|十万|万|亿|千|百)?(?:` + passage.UnitWords + `)))?(及以上|以上|及以下|以下|以内|之内|内|左右|上下|余)?`)

	subsidy = regexp.MustCompile(`最高|最多|最长|最低|给予|奖励|补贴|补助|资助|奖补|贴息|上限|封顶|减半|减免|罚款|处罚|每生|每艘|每辆|每吨|每亩|每家|每户|每人|每人次|按.{0,16}的$`)
	// What a subsidy asks for, in the clause before it: 对年产值首次突破10亿元的,给予….
	condition = regexp.MustCompile(`^(?:对|凡|经|首次|年度|当年|年|新认定|获得|单个|投资|从事)|首次|的$`)
	paidOut   = regexp.MustCompile(`(?:累计|发放|兑付|兑现|拨付|落实|投入|安排)[^,]{0,14}$`)
	past      = regexp.MustCompile(`目前|现有|现已|已经|已有|已建|已完成|已累计|已实现|已达|截至|截止|同期|以来|此前|^去年|^上年`)
	banned    = regexp.MustCompile(`不得|严禁|禁止|不准|严控|不允许`)
	often     = regexp.MustCompile(`每(?:周|日|天|月|班|次|小时|季度|半月|旬|半年|两年|三年)[^,]*$`)
	shorten   = regexp.MustCompile(`缩短|压缩|压减|控制|减少|减至|降至|降到|降低|不超过|低于|少于|提速|提前|缩减`)
	growing   = regexp.MustCompile(`(?:增长|增速|增幅|增量|提高|提升|上升|下降|降低|降幅|减少|压减|压降|递增|增加|缩减|回升|攀升|压缩|减排|下浮|翻)[^,、]{0,12}$`)
	toLevel   = regexp.MustCompile(`(?:提高|提升|上升|下降|降低|减少|压减|压降|增加|增长|缩减|压缩|缩短|降|升|增|减|恢复|回升)(?:到|至)[^,]{0,6}$`)
	yearlyIn  = regexp.MustCompile(`每年|年均|逐年|每个年度|年年`)
	rateName  = regexp.MustCompile(`(?:率|占比|比重|比例|比值|占[^,、]{1,20}|覆盖面|普及度)[^,、率]{0,8}$`)
	held      = regexp.MustCompile(`面积|保有量|拥有量|保有|拥有|存量|余额|总数|人数|床位数|托位数|数量|库容|总量|里程|总里程|满意度|得分|评分|蓄积量|储量|容量|稳定在|保持在|维持在|在册|持证|注册|浓度|寿命|密度`)
	flow      = regexp.MustCompile(`产值|收入|销售额|营收|营业额|增加值|总值|零售额|交易额|成交额|进出口|出口额|进口额|税收|产量|吞吐量|客流|接待量|接待游客|旅游人次|规模|指数|系数|时间|时限|能力|利润|成本|强度|消费|周转量|发电量`)
	counted   = regexp.MustCompile(countedWords)
	leveled   = regexp.MustCompile(leveledWords)
	levelOf   = regexp.MustCompile(`(?:收入|产值|投资|产量|总量|面积|人数|人口|额|余额|规模|增加值|总值|贷款|浓度|数量|能力|容量|得分|指数|税收|率|比例|比重|占比|数|里程|长度|时间|时限|强度|量|寿命|系数|资金|存款|人次|品牌|总投资)(?:约|为|达|共|共计|总计)?$`)
	soft      = regexp.MustCompile(`力争|争取`)
	perHead   = regexp.MustCompile(`每(?:万|千|百|十万|百万)?$`)
	// 低保标准提高到每人每月820元 is a level that the text sets, no ceiling of a subsidy.
	perPerson = regexp.MustCompile(`(?:(?:提高|提升|增加|调整|上调|增|达|升)(?:到|至|为)|不低于|达到|标准为)(?:不低于)?(?:每[人生户](?:每)?[月年天日次]*|人均|每[月年]每[人生户])$|每[人生户](?:每)?[月年](?:提高|增加|上调|增发)$`)
	// 由8万吨提高到12万吨: the first is where it stands today.
	baseline = regexp.MustCompile(`(?:由|从)(?:目前|现在|现有|原来|原|上年|去年|当前|20[0-9]{2}年(?:底|末)?)*的?约?$`)
	raised   = regexp.MustCompile(`^[^,;。]{0,8}(?:到|至|为)`)
	byYear   = regexp.MustCompile(`(?:(较|比|自|从|与|同|对比)?(到|至|截至)?(20[0-9]{2})年(?:(1[0-2]|[1-9])月)?(底|末)?(前|之前|以前)?(以来|起)?)`)
	apart    = regexp.MustCompile(`分别[^0-9,]{1,8}`)
	distrib  = regexp.MustCompile(`分别(?:达到|达|为|增长|提高到|提高|不低于|超过|新增|新建|完成|建成|控制在|下降|提升到)?$`)
)

// figures reads the targets that a passage sets.
func figures(s passage.Span, year int) []Figure {
	var out []Figure
	for _, sentence := range s.Split("。;!?") {
		out = append(out, figuresOf(sentence, year)...)
	}
	return out
}

// context is what stands around a number in its sentence.
type context struct {
	clause string // from the comma before it to the one behind it
	left   string // in that clause, before the number
	near   string // from the number or mark before it
	right  string // behind the number, its unit and their 以上
}

func figuresOf(s passage.Span, year int) []Figure {
	n := s.Norm()
	var out []Figure
	var kind Kind
	last := 0
	for _, m := range figureAt.FindAllStringSubmatchIndex(n, -1) {
		// A comma inside a number is a comma of thousands only in half width.
		c := around2(n, m, last)
		unit := n[m[4]:m[5]]
		if hi := part(n, m, 8); hi != "" && passage.UnitAt(unit) == "" {
			unit += hi // 700—900部
		}
		if !isTarget(n, m, c, unit) {
			continue
		}
		f := Figure{Value: plainNumber(n[m[2]:m[3]]), Unit: strings.TrimSpace(unit), Date: figureDate(n[:m[0]], year)}
		f.Text, f.At = figureText(s, m, last), s.Sub(m[0], m[1]).Place()
		f.Soft = soft.MatchString(c.left)
		f.Kind = kindOf(f.Unit, c, kind)
		kind = f.Kind
		suffix := part(n, m, 10)
		f.Op = opOf(c.left, suffix)
		if f.Op == "=" && len(out) > 0 && bareNear(c.near) && apart.MatchString(c.left) {
			f.Op = opOf(apart.FindString(c.left), "") // 分别不低于75%、60% says so of each
		}
		if hi := part(n, m, 6); hi != "" {
			// A—B is at least A and at most B.
			top := f
			top.Value, top.Unit, top.Op = plainNumber(hi), part(n, m, 8), "≤"
			f.Op = "≥"
			out = append(out, f, top)
		} else {
			out = append(out, f)
		}
		last = m[1]
	}
	return subjects(s, out)
}

// plainNumber is a number of a text as programs write it: without commas of thousands, and
// without zeros in front, which JSON has not.
func plainNumber(s string) json.Number {
	s = strings.TrimLeft(strings.ReplaceAll(s, ",", ""), "0")
	if s == "" || s[0] == '.' {
		s = "0" + s
	}
	return json.Number(s)
}

// part is a group of a match; empty where it took no part.
func part(n string, m []int, i int) string {
	if m[i] < 0 {
		return ""
	}
	return n[m[i]:m[i+1]]
}

func around2(n string, m []int, last int) context {
	from := strings.LastIndex(n[:m[0]], ",") + 1
	to := len(n)
	if i := strings.Index(n[m[1]:], ","); i >= 0 {
		to = m[1] + i
	}
	near := max(from, last)
	if i := strings.LastIndex(n[near:m[0]], "、"); i >= 0 && last > 0 {
		near += i + len("、")
	}
	return context{clause: n[from:to], left: n[from:m[0]], near: n[near:m[0]], right: n[m[1]:to]}
}

// isTarget is whether a number is one that the text sets, and not a ceiling of a
// subsidy, a condition, progress made, a prohibition or a part of a name.
func isTarget(n string, m []int, c context, unit string) bool {
	before, _ := utf8.DecodeLastRuneInString(n[:m[0]])
	after, _ := utf8.DecodeRuneInString(n[m[3]:])
	suffix := part(n, m, 10)
	money := strings.HasSuffix(unit, "元")
	standard := money && perPerson.MatchString(c.left)
	switch {
	case baseline.MatchString(c.left) && raised.MatchString(n[m[1]:]):
		return false
	case before < utf8.RuneSelf && (before >= 'A' && before <= 'Z' || before >= 'a' && before <= 'z' || strings.ContainsRune(".×*+/#:", before)), strings.ContainsRune("第—~", before):
		return false
	case after < utf8.RuneSelf && (after >= 'A' && after <= 'Z' && passage.UnitAt(n[m[3]:]) == "" || after >= 'a' && after <= 'z' && passage.UnitAt(n[m[3]:]) == "" || after == '+'), after == '×':
		return false
	case passage.InQuotes(n, m[0]) || perHead.MatchString(c.left):
		return false
	case unit == "":
		return isIndex(n, m, c)
	case !strings.ContainsAny(unit, "%‰") && passage.UnitAt(unit) == "":
		return false
	case strings.HasPrefix(c.left, "前") && (unit == "名" || unit == "位"), strings.HasSuffix(c.left, "前"):
		return false
	case strings.HasPrefix(c.right, "的"), strings.HasPrefix(suffix, "及以"):
		return false
	case banned.MatchString(c.left) || often.MatchString(c.left) && !standard:
		return false
	case subsidy.MatchString(c.clause) && !paidOut.MatchString(c.left) && !standard:
		return false
	case condition.MatchString(c.clause) && subsidy.MatchString(n[m[1]:]):
		return false
	case past.MatchString(c.left):
		return false
	}
	if strings.HasSuffix(unit, "分钟") || strings.HasSuffix(unit, "小时") || strings.HasSuffix(unit, "天") || strings.HasSuffix(unit, "工作日") || strings.HasSuffix(unit, "个月") || strings.HasSuffix(unit, "秒") {
		return shorten.MatchString(c.left)
	}
	rate := strings.ContainsAny(unit, "%‰点倍")
	limit := strings.HasSuffix(c.left, "不超过") || strings.HasSuffix(c.left, "不多于") || strings.HasSuffix(c.left, "不得超过")
	if limit && !rate && !money && !flow.MatchString(c.left) && !held.MatchString(c.left) && !strings.Contains(c.left, "控制") {
		return false // a quota
	}
	if suffix != "" && suffix != "左右" && suffix != "内" && c.right != "" && !strings.HasPrefix(c.right, "、") && !strings.HasPrefix(c.right, ")") && !strings.HasPrefix(c.right, " ") && !strings.HasPrefix(c.right, "(") && !strings.HasPrefix(c.right, "和") {
		// 亿元以上项目: what follows is of that size. 培育10家以上企业 counts.
		direct := regexpDirect.MatchString(c.left)
		if money || !direct {
			return false
		}
	}
	switch {
	case rate:
		return leveled.MatchString(c.left) || growing.MatchString(c.left) || rateName.MatchString(c.left) || levelOf.MatchString(c.left) || suffix != "" || bareNear(c.near) || distrib.MatchString(c.left)
	case suffix != "" || leveled.MatchString(c.left) || levelOf.MatchString(c.left) || counted.MatchString(c.left):
		return true
	}
	return !told.MatchString(c.left) && !structural.MatchString(c.right)
}

// Counts that a text tells and does not set: 全市12个乡镇, 围绕5个方面.
var (
	told       = regexp.MustCompile(`(?:围绕|聚焦|涉及|针对|从|分为|分成|按照|按|包括|全市|全省|全县|全区|全国|我市|我县|我区|我省|本市|现行|上述|以上|前|这|该|共有|有|等|满|每隔|不足|未满|近|价格|收费|单价|票价|电话|热线|编号|文号)$`)
	structural = regexp.MustCompile(`^(?:方面|领域|行业|环节|维度|阶段|层级|板块|体系|机制|问题|要素|原则|部分|大类|步骤|专题|章节|批次|层次|途径|渠道|关口|字|月|以来|之一)`)
)

// regexpDirect is a verb with the number right behind it.
var regexpDirect = regexp.MustCompile(`(?:` + countedWords + `|` + leveledWords + `)(?:了|约|不少于|至少|各类)?$`)

// isIndex is whether a number without a unit is an index that the text sets.
func isIndex(n string, m []int, c context) bool {
	if !strings.Contains(c.left, "指数") && !strings.Contains(c.left, "系数") && !strings.Contains(c.left, "得分") && !strings.Contains(c.left, "PUE") {
		return false
	}
	rest, _ := utf8.DecodeRuneInString(n[m[1]:])
	return (leveled.MatchString(c.left) || levelOf.MatchString(c.left)) && (rest == utf8.RuneError || !passage.Han(rest))
}

// bareNear is whether a number follows another without words of its own.
func bareNear(s string) bool { return strings.Trim(s, " 和及、与至—~") == "" }

// opOf says how a figure compares with its target.
func opOf(left, suffix string) string {
	left = strings.TrimRight(left, " ")
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.HasSuffix(left, w) {
				return true
			}
		}
		return false
	}
	switch {
	case suffix == "左右" || suffix == "上下":
		return "≈"
	case suffix == "以上" || suffix == "及以上":
		return "≥"
	case suffix == "以内" || suffix == "之内" || suffix == "内":
		return "≤"
	case suffix == "以下" || suffix == "及以下":
		return "<"
	case has("不低于", "不少于", "不小于", "至少", "至少有", "不得低于", "不得少于", "≥", "≧"):
		return "≥"
	case has("不超过", "不高于", "不大于", "不多于", "≤", "控制在"):
		return "≤"
	case has("低于", "小于", "少于", "<"):
		return "<"
	case has("超过", "突破", "高于", "大于", "多于", "超", ">") || suffix == "余":
		return ">"
	case has("约", "大约", "近"):
		return "≈"
	}
	return "="
}

// kindOf says how a figure adds up. carry is that of the figure before it in the sentence.
func kindOf(unit string, c context, carry Kind) Kind {
	percent := strings.ContainsAny(unit, "%‰") || strings.HasSuffix(unit, "百分点")
	near := c.near
	if bareNear(c.near) || distrib.MatchString(near) {
		near = c.left
	}
	switch {
	case toLevel.MatchString(near) && percent:
		return Rate
	case (percent || strings.HasSuffix(unit, "倍")) && growing.MatchString(near):
		return Growth
	case percent && bareNear(c.near) && carry != "":
		return carry
	case percent:
		return Rate
	case unit == "":
		return ""
	case toLevel.MatchString(near):
		if held.MatchString(near) {
			return Stock
		}
		return ""
	case yearlyIn.MatchString(c.left):
		return Yearly
	case carry != "" && (bareNear(c.near) || strings.Contains(c.left, "其中")):
		return carry
	}
	level := regexpLevel.MatchString(near) || regexpWeak.MatchString(near) && !counted.MatchString(near)
	money := strings.HasSuffix(unit, "元")
	action := counted.MatchString(near)
	switch {
	case flow.MatchString(strings.TrimPrefix(near[max(0, strings.LastIndex(near, "的")):], "的")) && !strings.Contains(near, "累计") && !strings.Contains(near, "新增"):
		return ""
	case money && strings.Contains(near, "余额"):
		return Stock
	case money && (strings.Contains(near, "投资") || regexpSpend.MatchString(near)):
		return Total
	case money:
		return ""
	case strings.Contains(near, "新增") || strings.Contains(near, "累计") || strings.Contains(near, "新建"):
		return Total
	case held.MatchString(near):
		return Stock
	case level && !regexpAct.MatchString(near):
		return Stock
	case action:
		return Total
	case carry == Total || carry == Stock || carry == Yearly:
		return carry
	}
	return Total
}

var (
	regexpLevel = regexp.MustCompile(`(?:达到|达|突破|稳定在|保持在|维持在|增至|增加到|增长到|扩大到|发展到)[^,]{0,4}$`)
	regexpWeak  = regexp.MustCompile(`(?:超过|不低于|不少于|控制在)[^,]{0,4}$`)
	regexpAct   = regexp.MustCompile(`^(?:力争|争取|确保|全年|全市|全县|全区|全省)*(?:新|累计|完成|建成|培育|培养|引进|改造|打造|培训|发放|创建|实施|组织|举办|推出|种植|修复|治理|整治|开工)`)
	regexpSpend = regexp.MustCompile(`累计|发放|新增|争取|投入|引进|到位|筹集|拨付|兑付|兑现|盘活|减免|完成`)
)

// figureDate is the day that a sentence gives before a number: 到2025年,….
func figureDate(before string, year int) string {
	date := ""
	for _, x := range byYear.FindAllStringSubmatchIndex(before, -1) {
		at, m := x[0], make([]string, len(x)/2)
		for i := range m {
			m[i] = part(before, x, 2*i)
		}
		start := strings.HasSuffix(before[:at], ",") || strings.TrimSpace(before[:at]) == "" || strings.HasSuffix(before[:at], "其中")
		if m[1] != "" || m[7] != "" || m[2] == "" && m[5] == "" && m[6] == "" && !start {
			continue
		}
		mo := 12
		if m[4] != "" {
			mo = wording.Atoi(m[4])
		}
		date = wording.Dated(wording.Atoi(m[3]), mo, 0)
	}
	if date == "" {
		if m := wording.InSentence.FindStringSubmatch(before); m != nil {
			date = wording.Day(m[1], year)
		}
	}
	return date
}

// figureText is the words of a figure: its clause, without what leads to it.
func figureText(s passage.Span, m []int, last int) string {
	n := s.Norm()
	from := max(strings.LastIndex(n[:m[0]], ",")+1, last)
	if i := strings.LastIndex(n[from:m[0]], "、"); i >= 0 && last > from-1 && last > 0 {
		from += i + len("、")
	}
	to := m[1]
	rest := n[to:]
	if i := strings.IndexAny(rest, ",、()"); i >= 0 {
		rest = rest[:i]
	}
	if utf8.RuneCountInString(rest) <= 20 {
		to += len(rest)
	}
	out := s.Sub(from, to).Trim(" 、,和及。")
	if out.Norm() == n[m[0]:m[1]] && last > 0 {
		out = s.Sub(max(strings.LastIndex(n[:m[0]], ",")+1, 0), m[1])
	}
	return out.Text()
}

// subjects says of several figures in one clause which is which: A、B分别达到2万家、5万家.
func subjects(s passage.Span, fs []Figure) []Figure {
	n := s.Norm()
	i := strings.Index(n, "分别")
	if i < 0 || len(fs) < 2 {
		return fs
	}
	from := strings.LastIndex(n[:i], ",") + 1
	var list []passage.Span
	for _, x := range s.Sub(from, i).Split("、") {
		list = append(list, and2(x)...)
	}
	if len(list) != len(fs) {
		return fs
	}
	for k := range fs {
		fs[k].What = list[k].Trim(wording.Around).Text()
	}
	return fs
}

// and2 splits at 和 and 及 where a list ends.
func and2(s passage.Span) []passage.Span {
	n := s.Norm()
	for _, w := range []string{"和", "及", "与"} {
		if i := strings.LastIndex(n, w); i > 0 {
			return []passage.Span{s.Sub(0, i), s.Sub(i+len(w), len(n))}
		}
	}
	return []passage.Span{s}
}
