package calendar

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// notices are the arrangements in the notices' own words, with the number of days
// and the weekdays they state, which check the typing. Each line: holiday, days off,
// days worked.
var notices = map[int]struct {
	number string
	words  string
	off    int // days off in all
}{
	2021: {"国办发明电〔2020〕27号，2020年11月25日", `
元旦：2021年1月1日至3日放假，共3天。
春节：2月11日至17日放假调休，共7天。2月7日（星期日）、2月20日（星期六）上班。
清明节：4月3日至5日放假调休，共3天。
劳动节：5月1日至5日放假调休，共5天。4月25日（星期日）、5月8日（星期六）上班。
端午节：6月12日至14日放假，共3天。
中秋节：9月19日至21日放假调休，共3天。9月18日（星期六）上班。
国庆节：10月1日至7日放假调休，共7天。9月26日（星期日）、10月9日（星期六）上班。`, 31},
	2022: {"国办发明电〔2021〕11号，2021年10月25日", `
元旦：2022年1月1日至3日放假，共3天。
春节：1月31日至2月6日放假调休，共7天。1月29日（星期六）、1月30日（星期日）上班。
清明节：4月3日至5日放假调休，共3天。4月2日（星期六）上班。
劳动节：4月30日至5月4日放假调休，共5天。4月24日（星期日）、5月7日（星期六）上班。
端午节：6月3日至5日放假，共3天。
中秋节：9月10日至12日放假，共3天。
国庆节：10月1日至7日放假调休，共7天。10月8日（星期六）、10月9日（星期日）上班。`, 31},
	2023: {"国办发明电〔2022〕16号，2022年12月8日", `
元旦：2022年12月31日至2023年1月2日放假调休，共3天。
春节：1月21日至27日放假调休，共7天。1月28日（星期六）、1月29日（星期日）上班。
清明节：4月5日放假，共1天。
劳动节：4月29日至5月3日放假调休，共5天。4月23日（星期日）、5月6日（星期六）上班。
端午节：6月22日至24日放假调休，共3天。6月25日（星期日）上班。
中秋节、国庆节：9月29日至10月6日放假调休，共8天。10月7日（星期六）、10月8日（星期日）上班。`, 27},
	2024: {"国办发明电〔2023〕7号，2023年10月25日", `
元旦：1月1日放假，与周末连休。
春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。
清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
端午节：6月10日放假，与周末连休。
中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。`, 28},
	2025: {"国办发明电〔2024〕12号，2024年11月12日", `
元旦：1月1日（周三）放假1天，不调休。
春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
清明节：4月4日（周五）至6日（周日）放假，共3天。
劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
端午节：5月31日（周六）至6月2日（周一）放假，共3天。
国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。`, 28},
	2026: {"国办发明电〔2025〕7号，2025年11月4日", `
元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
清明节：4月4日（周六）至6日（周一）放假，共3天。
劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
端午节：6月19日（周五）至21日（周日）放假，共3天。
中秋节：9月25日（周五）至27日（周日）放假，共3天。
国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。`, 33},
}

var (
	noticeDay  = regexp.MustCompile(`(?:(\d+)年)?(?:(\d+)月)?(\d+)日(?:（(?:[^（）]*、)?(?:星期|周)(.)）)?`)
	noticeDays = regexp.MustCompile(`(?:共|放假)(\d+)天`)
)

// TestPublished holds every shipped file against its notice.
func TestPublished(t *testing.T) {
	c := shanghai(t).Calendar
	if got := len(c.Years()); got != len(notices) {
		t.Errorf("%d years are shipped, %d notices are typed here", got, len(notices))
	}
	for _, y := range c.Years() {
		n := notices[y.Year]
		if want := "国务院办公厅关于" + strconv.Itoa(y.Year) + "年部分节假日安排的通知（" + n.number + "）"; y.Source != want {
			t.Errorf("%d comes from %s, want %s", y.Year, y.Source, want)
		}
		want := Year{Year: y.Year}
		off := 0
		for _, line := range strings.Split(strings.TrimSpace(n.words), "\n") {
			h, worked := readNotice(t, y.Year, line)
			want.Holidays = append(want.Holidays, h)
			want.MakeUp = append(want.MakeUp, worked...)
			off += h.From.DaysUntil(h.To) + 1
		}
		slices.SortFunc(want.MakeUp, func(a, b Date) int { return b.DaysUntil(a) })
		if !slices.Equal(y.Holidays, want.Holidays) || off != n.off {
			t.Errorf("%d: days off\n%v, want %d days\n%v", y.Year, y.Holidays, n.off, want.Holidays)
		}
		if !slices.Equal(y.MakeUp, want.MakeUp) {
			t.Errorf("%d: make-up workdays\n%v, want\n%v", y.Year, y.MakeUp, want.MakeUp)
		}
	}
}

// readNotice reads one line of a notice and checks the weekdays and the number of
// days it states.
func readNotice(t *testing.T, year int, line string) (h Holiday, worked []Date) {
	t.Helper()
	name, rest, _ := strings.Cut(line, "：")
	free, work, _ := strings.Cut(rest, "。")
	days := func(s string) (all []Date) {
		last := Date{Year: year}
		for _, m := range noticeDay.FindAllStringSubmatch(s, -1) {
			d := last
			for i, part := range []*int{&d.Year, (*int)(&d.Month), &d.Day} {
				if m[i+1] != "" {
					v, err := strconv.Atoi(m[i+1])
					if err != nil {
						t.Fatal(err)
					}
					*part = v
				}
			}
			weekdays := map[string]time.Weekday{"日": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}
			if want, ok := weekdays[m[4]]; ok != (m[4] != "") || ok && d.Weekday() != want {
				t.Errorf("%s: %s is a %s", line, d, d.Weekday())
			}
			all, last = append(all, d), d
		}
		return all
	}
	off := days(free)
	h = Holiday{name, off[0], off[len(off)-1]}
	if m := noticeDays.FindStringSubmatch(free); m != nil && m[1] != strconv.Itoa(h.From.DaysUntil(h.To)+1) {
		t.Errorf("%s: typed as %s to %s", line, h.From, h.To)
	}
	return h, days(work)
}
