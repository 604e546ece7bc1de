package wording

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"duban/workflow/plan/intake/passage"
)

// Deadline is by when something is asked.
type Deadline struct {
	Text string // as written
	Date string // 2006-01-02; empty where the words give none
	At   passage.Place
}

const (
	yearWord  = `(?:(?:20[0-9]{2}|今|本|当|明|次|来)年(?:度)?)`
	monthWord = `(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月份?`
	upTo      = `(?:之前|以前|前|止|之内|以内|内|中)?`
	dateWord  = `(?:` + yearWord + `?` + monthWord + `(?:[0-9]{1,2}[日号]|底|末|初|中旬|上旬|下旬|中)?` + upTo +
		`|` + yearWord + `?第?(?:[一二三四1-4]季度?|[上下]半年)(?:末|底|内|初|中)?` + upTo +
		`|` + yearWord + `(?:底|末|内|初|中|终|中旬)?` + upTo +
		`|年(?:底|末|内|终)` + upTo + `|20[0-9]{2}[.—-][0-9]{1,2}(?:[.—-][0-9]{1,2})?` + upTo + `)`
	standing = `(?:(?:全年|常年|长期|持续|常态化?|贯穿全年|分年度|逐年|每年|每季度|每月|每半年|按季度|按月|按年度|按时间节点|按计划|适时|随时|即时|立即|立行立改|实时|不定期|定期|滚动|动态)(?:全年|持续|长期|坚持|推进|实施|开展|任务|进行|落实|完成|执行|更新|工作|并|、|,)*)`
)

var (
	onlyStanding = regexp.MustCompile(`^` + standing + `$`)
	dateIn       = regexp.MustCompile(dateWord)
	// A whole segment that says by when: 于2023年9月底前完成, 长期坚持.
	onlyDate = regexp.MustCompile(`^(?:于|在|力争|确保|争取|并|要求|时限|须|应|至|截至|到)*(?:` + yearWord + `?(?:[^,;。]{0,2})?` + dateWord + `(?:[—~至到、和-]+` + dateWord + `)*(?:基本|全面|全部)?[^,;。:()]{0,14}|` + standing + `)(?:[,、;并]+(?:` + standing + `|` + dateWord + `[^,;。:()]{0,10}))*$`)
	// 在8月底前完成…: the words before the verb, in a sentence.
	InSentence = regexp.MustCompile(`(?:于|在|力争|确保|争取)?(` + dateWord + `)[,、]?(?:基本|全面|全部|要|须|应|必须)?(?:完成|建成|投入|投用|动工|开工|竣工|出台|启用|交付|建立|实现|办结|启动|制定|印发|完工|报送|形成)`)
)

// IsDeadline is whether a text says by when, and nothing else.
func IsDeadline(s string) bool {
	s = strings.Trim(s, " ,;。")
	if s == "" || utf8.RuneCountInString(s) > 40 {
		return false
	}
	if onlyStanding.MatchString(s) {
		return true
	}
	at := dateIn.FindStringIndex(s)
	return at != nil && onlyDate.MatchString(s) && (at[0] <= len("力争于") || !StrongParty(s))
}

// DeadlineOf makes a deadline of a passage.
func DeadlineOf(s passage.Span, year int) *Deadline {
	s = s.Trim(" ,;。:")
	if s.Empty() {
		return nil
	}
	n := s.Norm()
	for _, w := range []string{"于", "在", "时限", "要求"} {
		if rest, ok := strings.CutPrefix(n, w); ok && dateIn.MatchString(rest) {
			s = s.Sub(len(w), len(n))
			n = s.Norm()
		}
	}
	return &Deadline{Text: s.Text(), Date: Day(n, year), At: s.Place()}
}

var (
	dayForm   = regexp.MustCompile(`(?:(20[0-9]{2})年?|([今本当明次来])年)?(?:度)?(?:第?([一二三四1-4])季度?|([上下])半年|(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月份?(?:([0-9]{1,2})[日号]|(底|末|初|上旬|中旬|下旬|中))?|(年?[底末终内]))?`)
	pointForm = regexp.MustCompile(`^(20[0-9]{2})[.—-]([0-9]{1,2})(?:[.—-]([0-9]{1,2}))?`)
)

// Day is the last day that a date means, as 2006-01-02; empty where the words or the
// document do not say the year, or where there are several.
func Day(n string, thisYear int) string {
	if strings.Contains(n, "持续") || strings.Contains(n, "长期") || len(dateIn.FindAllString(n, -1)) > 1 {
		return ""
	}
	if m := pointForm.FindStringSubmatch(n); m != nil {
		y, mo, da := Atoi(m[1]), Atoi(m[2]), Atoi(m[3])
		return Dated(y, mo, da)
	}
	for _, m := range dayForm.FindAllStringSubmatch(n, -1) {
		if strings.TrimSpace(m[0]) == "" {
			continue
		}
		year := thisYear
		switch {
		case m[1] != "":
			year = Atoi(m[1])
		case m[2] == "明" || m[2] == "次" || m[2] == "来":
			if year > 0 {
				year++
			}
		}
		if year == 0 {
			return ""
		}
		switch {
		case m[3] != "":
			q, _ := passage.AnyNumber(m[3])
			return Dated(year, q*3, 0)
		case m[4] == "上":
			return Dated(year, 6, 0)
		case m[4] == "下":
			return Dated(year, 12, 0)
		case m[5] != "":
			mo, _ := passage.AnyNumber(m[5])
			if mo == 0 {
				mo = Atoi(strings.TrimPrefix(m[5], "0"))
			}
			da := Atoi(m[6])
			switch m[7] {
			case "上旬", "初":
				da = 10
			case "中旬", "中":
				da = 20
			}
			return Dated(year, mo, da)
		case m[1] != "" || m[2] != "" || m[8] != "":
			return Dated(year, 12, 0)
		}
	}
	return ""
}

// Atoi is the number that digits write; 0 for other text.
func Atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// Dated writes a day; without one it is the month's last. Empty for no day at all.
func Dated(y, m, day int) string {
	if m < 1 || m > 12 {
		return ""
	}
	last := []int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1]
	if m == 2 && (y%4 == 0 && y%100 != 0 || y%400 == 0) {
		last = 29
	}
	if day == 0 {
		day = last
	}
	if day > last {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, day)
}
