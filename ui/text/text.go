// Package text is every word the program shows to people: two catalogues, zh-CN
// (the default) and en, and how dates, times and numbers are written in each.
//
// A catalogue is a folder of flat YAML files, key: text. A text may hold
// placeholders {name}, and {name|one|many} for an English word that follows a
// count. Both languages have the same keys and the same placeholders; a test
// holds them together and finds every key the program uses.
//
// The key of a refusal is its code (workflow.Error.Code). The key of a value of
// an enumeration is its name, a dot and the value: state.overdue.
package text

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed catalog
var files embed.FS

// The languages.
const (
	Chinese = "zh-CN"
	English = "en"
)

// Languages lists the languages, the default first.
var Languages = []string{Chinese, English}

// catalogues are read once; a fault in them is a fault of the build, so it stops
// the program at its first breath, and the first test with it.
var catalogues = func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, lang := range Languages {
		c, err := read(files, path.Join("catalog", lang))
		if err != nil {
			panic(fmt.Sprintf("text catalogue %s: %v", lang, err))
		}
		all[lang] = c
	}
	return all
}()

// read joins the files of a folder. A key stands in one file only.
func read(fsys fs.FS, dir string) (map[string]string, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	var faults []error
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		var one map[string]string
		if err := yaml.Unmarshal(b, &one); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", path.Base(name), err))
			continue
		}
		for k, v := range one {
			if _, twice := all[k]; twice {
				faults = append(faults, fmt.Errorf("%s: %s stands in another file too", path.Base(name), k))
			}
			all[k] = v
		}
	}
	return all, errors.Join(faults...)
}

// Printer writes in one language and one time zone, for readers of one year. It is
// read-only and safe to share.
type Printer struct {
	lang string
	zone *time.Location
	year int // of At; 0: every date is of another year
	text map[string]string
}

// For is the printer of a language; an unknown one is Chinese. Times are written
// in the zone they carry (see In), and every date with its year (see At).
func For(lang string) *Printer {
	c, ok := catalogues[lang]
	if !ok {
		lang, c = Chinese, catalogues[Chinese]
	}
	return &Printer{lang: lang, text: c}
}

// Match chooses a language for an Accept-Language header: the first of ours it
// names, in the order it is written; Chinese when it names none.
func Match(header string) string {
	for part := range strings.SplitSeq(header, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		switch base, _, _ := strings.Cut(strings.ToLower(tag), "-"); base {
		case "zh":
			return Chinese
		case "en":
			return English
		}
	}
	return Chinese
}

// In is the printer with times written in the zone.
func (p *Printer) In(zone *time.Location) *Printer {
	q := *p
	q.zone = zone
	return &q
}

// At is the printer for who reads at now: dates of that year are written without it. What
// is kept and read in other years (papers, workbooks) is printed without At.
func (p *Printer) At(now time.Time) *Printer {
	q := *p
	q.year = p.Day(now).Year
	return &q
}

// Lang is the printer's language, as an HTML lang attribute wants it.
func (p *Printer) Lang() string { return p.lang }

// Has reports whether the catalogue has the key.
func (p *Printer) Has(key string) bool { _, ok := p.text[key]; return ok }

// T is the text of the key with its placeholders filled. args are name, value
// pairs; a value is written as Show does. A missing key is shown as itself, so
// that a page is never empty where a word is missing.
func (p *Printer) T(key string, args ...any) string {
	s, ok := p.text[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return s
	}
	m := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[fmt.Sprint(args[i])] = args[i+1]
	}
	return p.fill(s, m)
}

// Map is T with the arguments as a map.
func (p *Printer) Map(key string, args map[string]any) string {
	s, ok := p.text[key]
	if !ok {
		return key
	}
	return p.fill(s, args)
}

// Filled is Map, and whether the catalogue has the key and args all that it names.
func (p *Printer) Filled(key string, args map[string]any) (string, bool) {
	s, ok := p.text[key]
	if !ok {
		return "", false
	}
	for rest := s; ; {
		_, hole, open := strings.Cut(rest, "{")
		if !open {
			return p.fill(s, args), true
		}
		hole, rest, _ = strings.Cut(hole, "}")
		name, _, _ := strings.Cut(hole, "|")
		if _, given := args[name]; !given {
			return "", false
		}
	}
}

// fill replaces {name} and {name|one|many}; an unknown name stays as written.
func (p *Printer) fill(s string, args map[string]any) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			break
		}
		end := strings.IndexByte(s[open:], '}')
		if end < 0 {
			break
		}
		b.WriteString(s[:open])
		hole := s[open+1 : open+end]
		s = s[open+end+1:]
		parts := strings.Split(hole, "|")
		v, ok := args[parts[0]]
		switch {
		case !ok:
			b.WriteString("{" + hole + "}")
		case len(parts) == 3 && p.Show(v) == "1":
			b.WriteString(parts[1])
		case len(parts) == 3:
			b.WriteString(parts[2])
		default:
			b.WriteString(p.Show(v))
		}
	}
	b.WriteString(s)
	return b.String()
}

// Keys lists the catalogue's keys in order.
func (p *Printer) Keys() []string {
	keys := make([]string, 0, len(p.text))
	for k := range p.text {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
