package plan

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	// 冒号 typed with a Chinese input method, and a colon without its space.
	wideColon = regexp.MustCompile(`^[ \t]*(?:- *)?([a-z_]+) *(：)`)
	bareColon = regexp.MustCompile(`^[ \t]*(?:- *)?[a-z_]+(:)[^ \t:/]`)
	// a value that begins with a character YAML keeps for itself
	reserved = regexp.MustCompile(`: +([%@>` + "`" + `])[ ,}0-9]*`)

	yamlError    = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	unknownAlias = regexp.MustCompile(`unknown anchor '(.*)' referenced`)
)

// hints reports the slips of a keyboard that YAML itself explains badly. The
// ones that are also found in correct files are looked for only when the file
// cannot be parsed. It returns the lines it reported.
func (w *walker) hints(broken bool) map[int]bool {
	lines := map[int]bool{}
	look := func(i int, re *regexp.Regexp, code string) {
		m := re.FindStringSubmatchIndex(w.src.lines[i])
		if m == nil {
			return
		}
		at := m[len(m)-2]
		text := w.src.lines[i]
		r, _ := utf8.DecodeRuneInString(text[at:])
		w.put(i+1, utf8.RuneCountInString(text[:at])+1, code, string(r))
		lines[i+1] = true
	}
	for i, text := range w.src.lines {
		if len(lines) > maxFaults {
			break
		}
		if strings.Contains(text, "：") {
			look(i, wideColon, "plan.wide_colon")
		}
		if broken {
			look(i, bareColon, "plan.colon_space")
			look(i, reserved, "plan.quotes_needed")
		}
	}
	return lines
}

// syntax reports why the text is not YAML. read is how many lines the parser
// had taken when it gave up; with tabs in the indentation that is the reason,
// and reported already.
func (w *walker) syntax(err error, read int, tabbed bool) {
	hinted := w.hints(true)
	m := yamlError.FindStringSubmatch(err.Error())
	if m == nil {
		m = []string{"", "", err.Error()}
	}
	problem := m[2]
	if a := unknownAlias.FindStringSubmatch(problem); a != nil {
		line, column := w.find("*" + a[1])
		w.put(line, column, "plan.alias", a[1])
		return
	}
	line := read
	named, _ := strconv.Atoi(m[1])
	code := "plan.syntax"
	switch {
	case strings.Contains(problem, "exceeded max depth"):
		w.put(w.clampLine(read), 1, "plan.too_deep", strconv.Itoa(maxDepth))
		return
	case strings.Contains(problem, "',' or ']'"), strings.Contains(problem, "',' or '}'"):
		code, line = "plan.bracket_open", named+1 // the parser counts this one from 0
	case strings.Contains(problem, "end of stream"):
		code, line = "plan.quote_open", named
	case strings.Contains(problem, "expected ':'"), strings.Contains(problem, "not allowed in this context"):
		line = named
	}
	line = w.clampLine(line)
	if tabbed || hinted[line] || hinted[line-1] || hinted[line+1] {
		return
	}
	text := w.src.lines[line-1]
	column := utf8.RuneCountInString(text) - utf8.RuneCountInString(strings.TrimLeft(text, " \t")) + 1
	if i := strings.IndexAny(text, "[{"); code == "plan.bracket_open" && i >= 0 {
		column = utf8.RuneCountInString(text[:i]) + 1
	}
	if i := strings.LastIndexAny(text, `"'`); code == "plan.quote_open" && i >= 0 {
		column = utf8.RuneCountInString(text[:i]) + 1
	}
	w.put(line, column, code, problem)
}

// clampLine keeps a line inside the source and off the empty lines at its end.
func (w *walker) clampLine(line int) int {
	line = min(max(line, 1), len(w.src.lines))
	for line > 1 && strings.TrimSpace(w.src.lines[line-1]) == "" {
		line--
	}
	return line
}

// find is the position of the first occurrence of s.
func (w *walker) find(s string) (line, column int) {
	for i, text := range w.src.lines {
		if at := strings.Index(text, s); at >= 0 {
			return i + 1, utf8.RuneCountInString(text[:at]) + 1
		}
	}
	return 1, 1
}
