package web

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/workflow"
)

// entityTag is one tag of If-Match or If-None-Match (RFC 9110, 8.8.3), as it stands
// between its quotes.
type entityTag struct {
	Opaque string
	Weak   bool
}

// condition is what If-Match or If-None-Match says: nothing, *, or a list of tags.
type condition struct {
	Any  bool
	Tags []entityTag
}

// Sent reports whether there is a condition at all.
func (k condition) Sent() bool { return k.Any || len(k.Tags) > 0 }

// strong reports whether one of the tags is the one that stands, as If-Match compares:
// a weak tag is like no other. * is every tag.
func (k condition) strong(opaque string) bool {
	for _, t := range k.Tags {
		if t.Opaque == opaque && !t.Weak {
			return true
		}
	}
	return k.Any
}

// Weakly is strong as If-None-Match compares: a tag that a proxy has weakened is the same.
func (k condition) Weakly(opaque string) bool {
	for _, t := range k.Tags {
		if t.Opaque == opaque {
			return true
		}
	}
	return k.Any
}

// ConditionOf reads the header of a request, several lines of it as one list. What is no
// list of tags is Malformed: whoever sent it meant a condition, and none can be kept.
func ConditionOf(c *fiber.Ctx, header string) (condition, error) {
	var lines []string
	for _, b := range c.Request().Header.PeekAll(header) {
		lines = append(lines, string(b))
	}
	if len(lines) == 0 {
		return condition{}, nil
	}
	k, ok := parseTags(strings.Join(lines, ","))
	if !ok {
		return k, workflow.Fault(workflow.Malformed, "request.if_match")
	}
	return k, nil
}

func parseTags(s string) (k condition, ok bool) {
	if strings.Trim(s, " \t") == "*" {
		return condition{Any: true}, true
	}
	for {
		s = strings.TrimLeft(s, " \t,") // a list may have empty elements
		if s == "" {
			return k, len(k.Tags) > 0
		}
		var t entityTag
		s, t.Weak = strings.CutPrefix(s, "W/")
		if s, ok = strings.CutPrefix(s, `"`); !ok {
			return k, false
		}
		end := strings.IndexByte(s, '"')
		if end < 0 || strings.ContainsFunc(s[:end], func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			return k, false
		}
		t.Opaque, s = s[:end], strings.TrimLeft(s[end+1:], " \t")
		if s != "" && s[0] != ',' {
			return k, false
		}
		k.Tags = append(k.Tags, t)
	}
}

// noVersion is no assignment's: what a condition asks for that none can meet.
const noVersion = -1

// versionOf is the version of an assignment's row that the condition asks for: 0 for
// none. Of several it is the one that stands, if it is among them.
func (k condition) versionOf(current int) int {
	if !k.Sent() || k.Any {
		return 0
	}
	if k.strong(strconv.Itoa(current)) {
		return current
	}
	for _, t := range k.Tags {
		if n, err := strconv.Atoi(t.Opaque); err == nil && n > 0 && !t.Weak && strconv.Itoa(n) == t.Opaque {
			return n
		}
	}
	return noVersion
}

// FormVersion reads the version that a form carries, or another number of one; 0 when it
// carries none.
func FormVersion(s string) (int, error) {
	if s == "" || s == "0" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, workflow.Fault(workflow.Malformed, "request.if_match")
	}
	return n, nil
}
