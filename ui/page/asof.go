package page

import (
	"html/template"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Back is a page that shows an earlier instant: every link on it leads to the same
// instant, and nothing on it can be done.
type Back struct {
	Text string // 回看：截至 2022年9月20日 09:00，不是当前情况
	AsOf string // the parameter its links carry
	Now  string // URL of the same page now
}

// LookBack is the form that goes back to an instant.
type LookBack struct {
	Action string
	Hidden []Hidden
	Value  string // as a datetime-local input writes it, or as it was typed
	Error  string
}

// localMinute is how a datetime-local input writes an instant.
const localMinute = "2006-01-02T15:04"

// Back says that a page shows the instant. typed is the parameter as it was given,
// values the page's others.
func (k Kit) Back(at time.Time, typed, path string, values url.Values) *Back {
	return &Back{Text: k.P.T("playback.banner", "at", k.stamp(at)), AsOf: typed, Now: pathWith(path, values)}
}

// stamp is an instant with its year, to the minute.
func (k Kit) stamp(at time.Time) string {
	return k.P.FullDate(k.P.Day(at)) + " " + k.P.Clock(at)
}

func pathWith(path string, values url.Values) string {
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// LookBack is the form of a page that can look back.
func (k Kit) LookBack(path string, values url.Values, typed string) *LookBack {
	l := &LookBack{Action: path, Value: typed}
	for _, name := range sortedKeys(values) {
		for _, v := range values[name] {
			l.Hidden = append(l.Hidden, Hidden{name, v})
		}
	}
	if typed == "" {
		l.Value = k.Now.In(k.Rules.Clock.Zone).Format(localMinute)
	} else if t, err := time.Parse(time.RFC3339, strings.Replace(typed, " ", "+", 1)); err == nil {
		l.Value = t.In(k.Rules.Clock.Zone).Format(localMinute)
	}
	return l
}

var (
	tag      = regexp.MustCompile(`<(?:a|form) [^>]*>`)
	goesBack = regexp.MustCompile(`href="(/(?:assignments(?:/[^/"?#]+(?:/versions)?)?|tasks/[0-9]+|indicators(?:/[^/"?#]+)?|board|export/ledger\.xlsx))(\?[^"#]*)?(#[^"]*)?"`)
)

// carry gives every link and every search of a page that looks back the instant, so that
// going on from it stays there. The tag that leaves is marked data-now. It works on what
// html/template printed: attributes between double quotes.
func carry(html []byte, asOf string) []byte {
	param := "asof=" + template.HTMLEscapeString(url.QueryEscape(asOf))
	return tag.ReplaceAllFunc(html, func(t []byte) []byte {
		s := string(t)
		switch {
		case strings.Contains(s, " data-now"):
		case strings.HasPrefix(s, "<form ") && strings.Contains(s, `method="get"`):
			s += `<input type="hidden" name="asof" value="` + template.HTMLEscapeString(asOf) + `">`
		case strings.HasPrefix(s, "<a "):
			s = goesBack.ReplaceAllStringFunc(s, func(href string) string {
				m := goesBack.FindStringSubmatch(href)
				if m[2] == "" {
					return `href="` + m[1] + "?" + param + m[3] + `"`
				}
				return `href="` + m[1] + m[2] + "&amp;" + param + m[3] + `"`
			})
		}
		return []byte(s)
	})
}
