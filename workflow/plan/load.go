package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	yaml "go.yaml.in/yaml/v3"
)

// maxSize is the largest plan file read, in bytes. The shipped plan of twelve
// tasks takes 19 KB; 256 KB leave room for ten times that and keep a wrong file
// from costing memory.
const maxSize = 256 << 10

// Load reads a plan file from r; name is what faults call the file. It reads a
// little more than 256 KB at most, so that a huge file is refused at once. The
// error is Faults when the content is wrong, or what r returned.
func Load(name string, r io.Reader) (*Plan, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return Parse(name, b)
}

// Parse checks the bytes of a plan file and returns the plan, or Faults holding
// every fault found, in the order of the file.
func Parse(name string, b []byte) (*Plan, error) {
	src, faults := readSource(name, b)
	if src == nil {
		return nil, faults
	}
	if len(faults) > maxFaults {
		return nil, tidy(faults) // more than is shown already
	}
	best := src.parse(src.tabWidths()[0])
	for _, width := range src.tabWidths()[1:] {
		if r := src.parse(width); r.better(best) {
			best = r
		}
	}
	faults = append(faults, best.faults...)
	if len(faults) > 0 {
		return nil, tidy(faults)
	}
	sum := sha256.Sum256(b)
	best.plan.Digest = hex.EncodeToString(sum[:])
	return best.plan, nil
}

// tidy sorts faults by position and keeps those that a person can act on.
func tidy(faults Faults) Faults {
	sort.SliceStable(faults, func(i, j int) bool {
		a, b := faults[i], faults[j]
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	if len(faults) > maxFaults {
		last := faults[maxFaults]
		last.Code, last.Args = "plan.more_faults", []string{fmt.Sprint(maxFaults)}
		faults = append(faults[:maxFaults:maxFaults], last)
	}
	return faults
}

// reading is one attempt to make sense of the text; the plan is nil when it is
// not YAML.
type reading struct {
	plan   *Plan
	faults Faults
}

// better reports whether r is likelier what was meant than s.
func (r reading) better(s reading) bool {
	if r.plan == nil || s.plan == nil {
		return r.plan != nil
	}
	return len(r.faults) < len(s.faults)
}

// parse reads the text with each tab of an indentation taken for width spaces.
func (s *source) parse(width int) reading {
	w := &walker{src: s, tab: width}
	feed := &lineReader{text: s.text(width)}
	dec := yaml.NewDecoder(feed)
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0 {
		w.put(1, 1, "plan.empty_file")
		return reading{faults: w.faults}
	}
	if err == nil {
		switch err = dec.Decode(&second); {
		case err == nil:
			w.partial = true
			w.at(&second, "plan.second_document")
		case errors.Is(err, io.EOF):
			err = nil
		}
	}
	if err != nil {
		w.syntax(err, feed.lines, s.tabbed)
		return reading{faults: w.faults}
	}
	root := doc.Content[0]
	w.refuse(root, 1)
	p := w.plan(root)
	w.hints(false)
	return reading{p, w.faults}
}

// lineReader gives the YAML reader one line at a time and counts them. The
// parser's own error positions name the start of the surrounding block; how
// far it had read names the line it stumbled on.
type lineReader struct {
	text  string
	lines int
}

func (r *lineReader) Read(b []byte) (int, error) {
	if r.text == "" {
		return 0, io.EOF
	}
	end := strings.IndexByte(r.text, '\n') + 1
	if end == 0 {
		end = len(r.text)
	}
	n := copy(b, r.text[:end])
	if r.text[n-1] == '\n' {
		r.lines++
	}
	r.text = r.text[n:]
	return n, nil
}

// utf16Text reports whether b begins as the files do that Windows calls "Unicode", with
// their mark or, the first character being ASCII, without it.
func utf16Text(b []byte) bool {
	return bytes.HasPrefix(b, []byte{0xFF, 0xFE}) || bytes.HasPrefix(b, []byte{0xFE, 0xFF}) ||
		len(b) > 3 && len(b)%2 == 0 && (b[0] == 0) != (b[1] == 0)
}
