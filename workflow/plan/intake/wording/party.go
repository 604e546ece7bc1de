package wording

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"duban/workflow/plan/intake/passage"
)

// ends are the words that names of units end with. In weak ones they are also ordinary
// words: such a name alone does not make a sentence one of responsibility.
var (
	ends     = regexp.MustCompile(`(?:部|委|委员会|局|厅|办|院|署|会|社|行|府|处|科|股|室|中心|公司|集团|街道|镇|乡|园|队|校|大学|学院|联|团委|科协|单位|部门|机构|板块|关|司|组|专班|台|馆|站|所)(?:\([^()]*\))?$`)
	weakEnds = regexp.MustCompile(`(?:区|县|市|州|盟|旗|省|团|协|地|方|企业|厂|场|库|基地|联盟|平台|社区|村|方面|地区|地方|银行|自治区|新城|港|店|厂矿|农场|林场|景区|医保|高新)(?:\([^()]*\))?$`)
	notEnds  = regexp.MustCompile(`(?:全部|内部|外部|干部|大会|机会|社会|议会|为主|实行|执行|进行|运行|推行|试行|举办|主办|承办|开办|兴办|督办|查办|办公|场所|道路|法律|处处|原委|委屈|全会|博览会|展会|发布会|现场会|推进会|协调会|理事会议|试点|工程|项目|活动|机制|制度|工作|体系|人员|代表|群众|农户|业主)$`)
	// A doing at the beginning: 改造县客运中心 is work and no unit.
	doing = regexp.MustCompile(`^(?:新建|改造|搬迁|启动|建成|完成|推进|推动|实施|开展|加强|加快|提升|优化|打造|培育|鼓励|建立|健全|完善|落实|深化|强化|持续|全面|积极|做好|抓好|办好|建好|制定|出台|引进|举办|设立|成立|扩建|改建|续建|整治|修复|治理|创建|争取|确保|力争|督促|依托|围绕|通过|利用|整合|规范|严格|开通|开放|参与|支持|提高|扩大|增设|新增|升级|拓展|编制|开工|迁建|实现|构建|支持组建)`)
	group = regexp.MustCompile(`^(?:各|有关|相关|全体|所有|其他|其它|涉及)|各(?:有关|相关|成员|责任|职能|直属)?(?:部门|单位|机构|科室|处室|股室|专班|镇|乡|街道|企业|区|县|市|州)|(?:有关|相关|直属|成员|责任|直|级|职能)(?:部门|单位|机构|企业)(?:\([^()]*\))?$|^(?:地方|基层|乡镇|镇|街道|县区|区县|市州|州市|县级|市级|属地)?(?:各级)?(?:人民)?政府$|^(?:县|市|区)\([^()]*\)(?:人民)?政府$|^(?:街道办事处|街道|乡镇|镇街|镇村|县区|区县|市州|功能板块|功能区|板块|园区|开发区|街镇|镇办|乡镇办|社区|村居)$`)
)

// pointing words speak of units that are named elsewhere: 本清单所列责任单位, 上述部门.
var pointing = regexp.MustCompile(`^(?:本(?:清单|方案|表|分工|通知|文件|计划|项)|该(?:项|任务|工作)|上述|以上|下列|所列|前述)`)

// partyLike is whether a text reads as the name of a unit or a group of units.
func partyLike(s string) bool {
	n := utf8.RuneCountInString(s)
	if n < 2 || n > 32 || strings.ContainsAny(s, "。:;,!?") || pointing.MatchString(s) || notEnds.MatchString(s) || doing.MatchString(s) {
		return false
	}
	return StrongParty(s) || weakEnds.MatchString(s)
}

// StrongParty is whether a text reads as a unit's name and as nothing else.
func StrongParty(s string) bool {
	if notEnds.MatchString(s) || pointing.MatchString(s) || doing.MatchString(s) || strings.ContainsAny(s, "“”0123456789%") {
		return false
	}
	return ends.MatchString(s) || group.MatchString(s) || usual(s)
}

// isGroup is whether a name stands for units that are not named one by one.
func isGroup(s string) bool { return group.MatchString(s) }

// andWords join two names. They stand inside names as well, so that both sides must be
// names.
var andWords = regexp.MustCompile(`以及|会同|和|与|及`)

// and is one name, or the two or more that a word joins.
func and(s passage.Span) []passage.Span {
	n := s.Norm()
	for _, m := range andWords.FindAllStringIndex(n, -1) {
		if passage.Depth(n[:m[0]]) > 0 {
			continue
		}
		left, right := n[:m[0]], n[m[1]:]
		if StrongParty(left) && !abridged(left, right) && (StrongParty(right) || isGroup(right) || partyLike(right)) {
			return append([]passage.Span{s.Sub(0, m[0])}, and(s.Sub(m[1], len(n)))...)
		}
	}
	return []passage.Span{s}
}

// abridged is whether the two sides of a joining word are one name: 有关部门和单位.
func abridged(left, right string) bool {
	return isGroup(left) && (right == "单位" || right == "部门" || right == "地区" || right == "机构" || right == "企业")
}

// openEnd is 等, 等部门, 等有关单位 behind the last name.
var openEnd = regexp.MustCompile(`等(?:各|有关|相关|其他|其它|多个|若干|责任|成员|配合|协同|行业|主管|职能|市直|县直|区直|省直|省级|市级|县级|区级|国家|中央|和国家机关|[0-9]+个?|[一二三四五六七八九十]+个?)*(?:部门|单位|方面|地区|机构|科室|处室|企业|地)?(?:和(?:单位|部门|地区|地方))?`)

// openAt finds the words that leave a list open; -1 where there are none.
func openAt(s string) (int, int) {
	for _, m := range openEnd.FindAllStringIndex(s, -1) {
		before, _ := utf8.DecodeLastRuneInString(s[:m[0]])
		if strings.ContainsRune("高初中平同均优对上下减一二三相何", before) || m[0] == 0 || passage.Depth(s[:m[0]]) > 0 {
			continue
		}
		end := m[1]
		if k := strings.LastIndex(s[m[0]:end], "和地"); k > 0 && s[end:] != "" && !strings.ContainsAny(s[end:end+1], ",;、") {
			end = m[0] + k // 等部门和地方各级人民政府: 和 begins a name
		}
		if k := joining.FindString(s[end:]); k != "" && StrongParty(passage.PlainName(firstName(s[end+len(k):]))) {
			return m[0], end + len(k) // 等部门及各市政府: those behind it are named
		}
		if rest := s[end:]; rest != "" && !strings.ContainsAny(rest[:1], ",; )") && !strings.HasPrefix(rest, "、") && !strings.HasPrefix(rest, "。") {
			// 等各训练、保障主管部门: all of it names nobody.
			if i := strings.IndexAny(rest, ",;"); i >= 0 {
				end += i
			} else {
				end = len(s)
			}
		}
		return m[0], end
	}
	return -1, -1
}

var joining = regexp.MustCompile(`^(?:以及|及|和|与)`)

// firstName is what stands before the first mark between names.
func firstName(s string) string {
	if i := strings.IndexAny(s, "、,;。"); i >= 0 {
		// IndexAny gives the first byte of the mark.
		return s[:i]
	}
	return s
}

// shared are endings that several names may share: 青石、河口街道.
var shared = regexp.MustCompile(`^(.+?)((?:街道办事处|街道办|街道|管理区管委会|管理区|开发区管委会|开发区|高新区|产业园|工业园|园区|新区|景区|镇人民政府|乡人民政府|镇政府|乡政府|镇|乡|县人民政府|区人民政府|市人民政府|县|区|市|海关|分局|农场|林场|公司|部门|主管部门|科室))$`)

// generic are names of kinds of places, which are one name with what follows them:
// 各乡、镇人民政府.
var generic = regexp.MustCompile(`^(各|有关|相关)?(?:省|自治区|直辖市|市|州|盟|县|区|旗|乡)(?:\([^()]*\))?$`)
var genericNext = regexp.MustCompile(`^(?:省|自治区|直辖市|市|州|盟|县|区|旗|乡|镇|街道)(?:\([^()]*\))?(?:(?:和|及)[^、]{1,4})?(?:人民政府|政府|党委|管委会|委员会|党委政府)?(?:\([^()]*\))?$`)

// Listed is what a list of names says.
type Listed struct {
	Parties []Party
	marked  []Party // 市发改委(牵头): those that the list itself marks as leading
	open    bool
	Odd     []Party // those that do not read as names of units
}

// Around says nothing where it stands around a name.
const Around = " 、,;。:/.*·—“”"

// Parties reads a list of names.
func Parties(s passage.Span) Listed {
	var out Listed
	s = s.Trim(Around)
	for i, j := openAt(s.Norm()); i >= 0; i, j = openAt(s.Norm()) {
		out.open = true
		rest := s.Sub(j, s.J-s.I)
		before := Parties(s.Sub(0, i))
		out.Parties, out.Odd, out.marked = append(out.Parties, before.Parties...), append(out.Odd, before.Odd...), append(out.marked, before.marked...)
		out.open = out.open || before.open
		s = rest.Trim(Around)
	}
	var pieces []passage.Span
	for _, one := range s.Split("、,;/|") {
		one = one.Trim(Around)
		if one.Empty() {
			continue
		}
		for _, w := range spaced(one) {
			pieces = append(pieces, and(w)...)
		}
	}
	pieces = joined(pieces)
	for i, one := range pieces {
		p, lead, ok := nameOf(one, pieces, i, out.Parties)
		switch {
		case p.Name == "":
		case !ok:
			out.Odd = append(out.Odd, p)
		default:
			out.Parties = append(out.Parties, p)
			if lead {
				out.marked = append(out.marked, p)
			}
		}
	}
	return out
}

// spaced splits at blanks where every piece is a name.
func spaced(s passage.Span) []passage.Span {
	fields := s.Split(" ")
	if len(fields) == 1 {
		return fields
	}
	for _, f := range fields {
		if !f.Empty() && !StrongParty(f.Norm()) {
			return []passage.Span{s}
		}
	}
	return fields
}

// joined puts 各乡 and 镇人民政府 together again.
func joined(pieces []passage.Span) []passage.Span {
	var out []passage.Span
	for i := 0; i < len(pieces); i++ {
		one := pieces[i]
		for i+1 < len(pieces) && pieces[i+1].P == one.P {
			last := one.Norm()
			if k := strings.LastIndex(last, "、"); k >= 0 {
				last = last[k+len("、"):]
			}
			if !generic.MatchString(last) || !genericNext.MatchString(pieces[i+1].Norm()) {
				break
			}
			one = passage.Span{P: one.P, I: one.I, J: pieces[i+1].J}
			i++
		}
		out = append(out, one)
	}
	return out
}

// marks behind a name say that it leads.
var leadMark = regexp.MustCompile(`\((?:总?牵头|牵头单位|牵头部门|主办|主责|牵头负责)\)$`)

// nameOf makes a party of a name, with what it shares with its neighbours.
func nameOf(one passage.Span, pieces []passage.Span, i int, before []Party) (p Party, lead, ok bool) {
	n := one.Norm()
	if m := leadMark.FindStringIndex(n); m != nil {
		one, lead = one.Sub(0, m[0]), true
		n = one.Norm()
	}
	for _, w := range []string{"由", "请", "原则上由"} {
		if rest, cut := strings.CutPrefix(n, w); cut && StrongParty(rest) {
			one = one.Sub(len(w), len(n))
			n = rest
		}
	}
	one = one.Trim(Around)
	n = one.Norm()
	written := strings.ReplaceAll(one.Text(), " ", "")
	p = Party{Name: written, Group: isGroup(n), At: one.Place()}
	if n == "" {
		return Party{}, false, false
	}
	if !partyLike(n) {
		for _, next := range pieces[min(i+1, len(pieces)):] {
			m := shared.FindStringSubmatch(next.Norm())
			if m == nil {
				if partyLike(next.Norm()) {
					break
				}
				continue
			}
			if len([]rune(n)) <= 12 && !strings.ContainsAny(n, "()") {
				p.Written, p.Name = written, written+m[2]
				return p, lead, true
			}
			break
		}
		return p, lead, false
	}
	if len(before) > 0 {
		if pre := sharedBeginning(before[len(before)-1].Name, n); pre != "" {
			p.Written, p.Name = written, pre+written
		}
	}
	return p, lead, true
}

// sharedBeginning is what a name leaves to the one before it: 省商务厅、农业农村厅.
func sharedBeginning(before, n string) string {
	for _, level := range []string{"自治区", "省", "市", "县", "区", "州", "盟", "旗"} {
		rest, ok := strings.CutPrefix(before, level)
		if !ok || !localOffice(rest) || !localOffice(n) || lastRune(rest) != lastRune(n) {
			continue
		}
		return level
	}
	return ""
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}
