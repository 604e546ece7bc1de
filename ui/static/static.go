// Package static holds what browsers fetch besides pages: two style sheets, the
// scripts, and the icon sprite that pages carry inline.
//
// Style sheets are written one file a component and joined in a declared order:
// tokens, base, frame, components, print. (The browser floor, Chromium 78, drops
// every block inside @layer, so the order of the file is the layer.) Every
// address holds a digest of all files: whatever has the right address never
// changes and may be kept for ever, and a script's relative imports stay within
// one digest.
package static

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed css js icons.svg favicon.svg
var files embed.FS

// sheets are the served style sheets and, in order, what they are made of.
var sheets = map[string][]string{
	"app.css":   {"tokens", "base", "frame", "button", "chip", "card", "table", "form", "case", "chart", "meeting", "sheet", "print", "paper"},
	"board.css": {"board"},
}

// Prefix is the path all addresses begin with.
const Prefix = "/static/"

// CacheControl is for every file found: its address changes with its content.
const CacheControl = "public, max-age=31536000, immutable"

// File is one served file.
type File struct {
	Name string // app.css, js/live.js
	Type string // media type
	Body []byte // not to be changed
}

var (
	served = load()
	digest = sum(served)
)

// load reads and joins the embedded files; they are part of the build, so a
// missing one stops the program at its start.
func load() map[string]File {
	all := map[string]File{}
	for name, parts := range sheets {
		var b bytes.Buffer
		for _, part := range parts {
			b.Write(must(files.ReadFile("css/" + part + ".css")))
		}
		all[name] = File{name, "text/css; charset=utf-8", b.Bytes()}
	}
	for _, name := range must(fs.Glob(files, "js/*.js")) {
		all[name] = File{name, "text/javascript; charset=utf-8", must(files.ReadFile(name))}
	}
	all["favicon.svg"] = File{"favicon.svg", "image/svg+xml", must(files.ReadFile("favicon.svg"))}
	return all
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("embedded file: %v", err))
	}
	return v
}

func sum(all map[string]File) string {
	h := sha256.New()
	for _, name := range Names() {
		fmt.Fprintf(h, "%s %d\n", name, len(all[name].Body))
		h.Write(all[name].Body)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// Names lists the served files in order.
func Names() []string {
	names := make([]string, 0, len(served))
	for name := range served {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// URL is the address of a served file. An unknown name panics: templates are
// tested, so it never reaches a page.
func URL(name string) string {
	if _, ok := served[name]; !ok {
		panic("static: no file " + name)
	}
	return Prefix + digest + "/" + name
}

// Find is the file at an address, with or without Prefix; false for an unknown
// name and for a digest that is not this build's.
func Find(address string) (File, bool) {
	rest := strings.TrimPrefix(address, Prefix)
	d, name, ok := strings.Cut(rest, "/")
	if !ok || d != digest || path.Clean(name) != name {
		return File{}, false
	}
	f, ok := served[name]
	return f, ok
}

// Icons is the sprite: a page carries it once and uses symbols by id.
func Icons() template.HTML {
	return template.HTML(must(files.ReadFile("icons.svg"))) // #nosec G203 -- embedded, not from outside
}
