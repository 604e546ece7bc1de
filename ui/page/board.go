package page

import "html/template"

// Board is the wall screen: pages that turn by themselves.
type Board struct {
	Frame
	Theme    string // dark or light
	Dwell    int    // seconds a page stays
	Heading  string
	Clock    string // 14:32
	Date     string // 9月30日 周五
	Updated  string // 14:32:05
	Pages    []BoardPage
	Regions  []BoardRegion
	Snapshot string // URL of the data, for a screen without websocket
}

// BoardPage is one page of the rotation.
type BoardPage struct {
	ID    string // overview, grid, indicators-1 …
	Title string
	Body  template.HTML
	First bool
}

// BoardRegion is a part of the board that changes: an element's id and what is in it.
type BoardRegion struct {
	ID   string
	HTML template.HTML
}

// BoardTask is one of the tasks on the wall.
type BoardTask struct {
	No     int
	Title  string
	Lead   string
	Chip   Chip
	Coop   string // 2 / 5
	Due    string // 逾期 9 天
	Marked bool   // the late one is bold
}

// BoardCount is one tile of the strip.
type BoardCount struct {
	Class string
	Word  string
	N     string
	Zero  bool
}

// BoardIndicator is one target on the wall.
type BoardIndicator struct {
	Title  string
	Value  string
	Target string
	Unit   string
	AsOf   string
	Light  Light
	Bar    template.HTML
}

// BoardCell is one field of departments × tasks.
type BoardCell struct {
	Class string // chip class; empty: no part in it
	Word  string
	Lead  bool
}

// BoardRow is one department of the grid.
type BoardRow struct {
	Name  string
	Cells []BoardCell
	Late  int
}
