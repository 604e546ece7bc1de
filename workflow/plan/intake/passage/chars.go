// Package passage is a document's text as the rules of reading see it: characters that
// stand for one another made one, lines that were broken on a page joined, numbers of
// items told from other numbers. Every passage knows what is written there, and where.
package passage

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// same are characters that stand for one another in such documents: the rules know the
// first of each row.
var same = map[rune]rune{}

func init() {
	for _, row := range []string{
		"(〔【［[〖〘", ")〕】］]〗〙",
		".﹒．•‧",
		":﹕∶︰ː", ";﹔", ",﹐", "、﹑､",
		"—–―─━－﹣‒", "~～〜∼∽",
		"%﹪٪", "<＜〈", ">＞〉",
		"“\"＂「『", "”」』",
		"|｜│┃∣",
		" \t\n\u3000\u00a0\u2002\u2003\u2009",
		"≥≧⩾", "≤≦⩽",
		"零〇○",
	} {
		var first rune
		for i, r := range row {
			if i == 0 {
				first = r
				continue
			}
			same[r] = first
		}
	}
	old, now := []rune(traditional), []rune(simplified)
	for i, r := range old {
		if i < len(now) {
			same[r] = now[i]
		}
	}
}

// traditional and simplified are the characters of headings, responsibility and
// departments in both scripts, one below the other.
const (
	traditional = "産佈啟關於負責單會辦發務與實牽頭協調參聯絡領導組織總計劃項億萬畝個條處號戶輛臺隻張門書場歲幹標題節點時間長漲減補貼獎勵給農業財稅環護運輸電網訊資產國際營醫療衛檢驗險證監銀貨幣貿質檔審統應體遊廣視傳勞動員婦殘紅團鄉鎮縣區廳黨開創設樓鐵艦漁礦氣藝學專優異類這為無據擬從進過遠還連達適選遺邊鄰錄錢鑰鋪鏈陽陰階隊隨難離雙雜靜願顯風飛養館馬髮魚鳥麗黃齊齡龍劑壓廠歷壇夾奮孫寧寬尋對將屬嶺帥師帶幫幾庫廢強彈彙後徑復徵慶懷態戰執擴擇擊擔損換搶攜數斷暫東極楊構榮樣樹橋機權歸決況準測滿漢潔濟燈爭牆狀獨獲現畢盤眾確禮種積穩窮競筆築篩簡糧紀約級紛納純紙細終結絕經綠維綱編緩練績繼續纖罰罷羅義習聲職聽腦臨興舉舊艱蓋蘇藍蟲術衝裝複見規覺覽觀觸訂討訓記許訪評試話該詳認語誤說課談請論諸謀講謝謹識議讀變讓貧販購貸費賦賽贊趕趨跡踐輔輕輪轄轉軟邏鄧鄭釋鑑鋼錯鎖鐘鑄閒閱闆雖霧靈響預頓頒頻顧飯飲餘驅驟"
	simplified  = "产布启关于负责单会办发务与实牵头协调参联络领导组织总计划项亿万亩个条处号户辆台只张门书场岁干标题节点时间长涨减补贴奖励给农业财税环护运输电网讯资产国际营医疗卫检验险证监银货币贸质档审统应体游广视传劳动员妇残红团乡镇县区厅党开创设楼铁舰渔矿气艺学专优异类这为无据拟从进过远还连达适选遗边邻录钱钥铺链阳阴阶队随难离双杂静愿显风飞养馆马发鱼鸟丽黄齐龄龙剂压厂历坛夹奋孙宁宽寻对将属岭帅师带帮几库废强弹汇后径复征庆怀态战执扩择击担损换抢携数断暂东极杨构荣样树桥机权归决况准测满汉洁济灯争墙状独获现毕盘众确礼种积稳穷竞笔筑筛简粮纪约级纷纳纯纸细终结绝经绿维纲编缓练绩继续纤罚罢罗义习声职听脑临兴举旧艰盖苏蓝虫术冲装复见规觉览观触订讨训记许访评试话该详认语误说课谈请论诸谋讲谢谨识议读变让贫贩购贷费赋赛赞赶趋迹践辅轻轮辖转软逻邓郑释鉴钢错锁钟铸闲阅板虽雾灵响预顿颁频顾饭饮余驱骤"
)

// Plain is the character by which the rules know r; 0 where it shows nothing.
func Plain(r rune) rune {
	if r < utf8.RuneSelf {
		if r < ' ' && r != '\t' && r != '\n' || r == 0x7f {
			return 0
		}
		if s, ok := same[r]; ok {
			return s
		}
		return r
	}
	if s, ok := same[r]; ok {
		return s
	}
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Cc, r), r == utf8.RuneError, unicode.Is(unicode.Co, r):
		return 0
	case r >= 0x2e80 && r <= 0x2fdf, r >= 0xf900 && r <= 0xfaff:
		// Radicals and compatibility forms, as some PDFs have instead of the characters.
		s := norm.NFKC.String(string(r))
		if one, n := utf8.DecodeRuneInString(s); n == len(s) {
			if t, ok := same[one]; ok {
				return t
			}
			return one
		}
	}
	return r
}

// Han is whether r is a Chinese character.
func Han(r rune) bool { return unicode.Is(unicode.Han, r) }

func digit(r rune) bool { return r >= '0' && r <= '9' }

// Spot is the place of one character.
type Spot struct{ Line, Col int32 }

// Para is a paragraph or a cell: what the rules read, beside what is written, character
// by character.
type Para struct {
	Norm  string
	Orig  []rune
	At    []Spot
	Index []int32 // of each byte of norm: which character
}

// NewPara makes a paragraph of characters. Those that show nothing are left out.
func NewPara(orig, norm []rune, at []Spot) *Para {
	p := &Para{Norm: string(norm), Orig: orig, At: at}
	p.Index = make([]int32, 0, len(p.Norm)+1)
	for i, r := range norm {
		for range utf8.RuneLen(r) {
			p.Index = append(p.Index, int32(i)) // #nosec G115 -- a document is bounded
		}
	}
	p.Index = append(p.Index, int32(len(norm))) // #nosec G115 -- a document is bounded
	return p
}

// Span is a passage of a paragraph, in bytes of what the rules read.
type Span struct {
	P    *Para
	I, J int
}

// All is the whole paragraph.
func (p *Para) All() Span { return Span{p, 0, len(p.Norm)} }

// Norm is what the rules read there.
func (s Span) Norm() string { return s.P.Norm[s.I:s.J] }

// Empty is whether nothing stands there.
func (s Span) Empty() bool { return s.P == nil || s.I >= s.J }

// Text is what is written there.
func (s Span) Text() string {
	if s.Empty() {
		return ""
	}
	return string(s.P.Orig[s.P.Index[s.I]:s.P.Index[s.J]])
}

// Place is where it stands in the source.
func (s Span) Place() Place {
	if s.Empty() {
		if s.P == nil || len(s.P.At) == 0 {
			return Place{}
		}
		at := s.P.At[min(int(s.P.Index[s.I]), len(s.P.At)-1)]
		return Place{Line: int(at.Line), From: int(at.Col), To: int(at.Col)}
	}
	a, b := s.P.At[s.P.Index[s.I]], s.P.At[s.P.Index[s.J]-1]
	out := Place{Line: int(a.Line), From: int(a.Col), To: int(b.Col)}
	if b.Line != a.Line {
		out.End = int(b.Line)
	}
	return out
}

// Sub is a passage of the passage.
func (s Span) Sub(i, j int) Span { return Span{s.P, s.I + i, s.I + j} }

// Trim leaves out what stands around and says nothing.
func (s Span) Trim(cut string) Span {
	n := s.Norm()
	l := len(n) - len(strings.TrimLeft(n, cut))
	r := len(strings.TrimRight(n, cut))
	if r < l {
		return Span{s.P, s.I, s.I}
	}
	return s.Sub(l, r)
}

// Split cuts the passage at every character of cuts that stands outside brackets and quotes.
func (s Span) Split(cuts string) []Span {
	var out []Span
	depth, quoted, from := 0, false, 0
	n := s.Norm()
	for i, r := range n {
		switch {
		case r == '(' || r == '《':
			depth++
		case r == ')' || r == '》':
			depth = max(0, depth-1)
		case r == '“':
			quoted = strings.ContainsRune(n[i:], '”')
		case r == '”':
			quoted = false
		case depth == 0 && !quoted && strings.ContainsRune(cuts, r):
			out = append(out, s.Sub(from, i))
			from = i + utf8.RuneLen(r)
		}
	}
	return append(out, s.Sub(from, len(n)))
}

// InQuotes is whether a place lies in quotes or in a title of a document.
func InQuotes(n string, at int) bool {
	open := func(a, b string) bool { return strings.LastIndex(n[:at], a) > strings.LastIndex(n[:at], b) }
	return open("“", "”") && strings.Contains(n[at:], "”") || open("《", "》") && strings.Contains(n[at:], "》")
}

// PlainName is a name as the rules read it.
func PlainName(s string) string {
	var b strings.Builder
	for _, r := range s {
		if c := Plain(r); c != 0 {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// Cut makes a paragraph of its own of a
func (s Span) Cut() *Para {
	if s.I == 0 && s.J == len(s.P.Norm) {
		return s.P
	}
	i, j := s.P.Index[s.I], s.P.Index[s.J]
	return NewPara(s.P.Orig[i:j], []rune(s.Norm()), s.P.At[i:j])
}
