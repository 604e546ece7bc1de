package page

import (
	"html/template"
	"maps"

	"duban/workflow/ledger"
)

// Board is the wall screen: pages that turn by themselves. Its changing parts are
// regions, each the same partial on the full page and in a live frame.
type Board struct {
	Frame
	Theme   string // dark or light
	Dwell   int    // seconds a page stays
	Night   string // hours the screen is dark, as 22-6; empty: none
	Show    string // URL of what a meeting shows; empty: nobody steers this screen
	Now     string // RFC 3339: where the screen's clock starts
	Fast    bool   // it runs faster than real time
	Offset  int    // seconds the plan's zone is east of UTC
	Clock   string // 14:32
	Date    string // 9月30日 周五
	Updated string // 14:32:05 更新
	Pages   []BoardPage
	Latest  template.HTML
	Track   *Track // nil: nobody is in front of it to look back
}

// BoardPage is one page of the rotation.
type BoardPage struct {
	ID    string // overview, overview-2, grid, charts, indicators-1, ranking, today
	Title string
	Body  template.HTML
	First bool
}

// Pairing is what a screen shows until the office approves it.
type Pairing struct {
	Frame
	Theme   string
	Code    string
	Poll    string // URL asked whether it is approved yet
	Expires string
}

// boardTask is one of the tasks on the wall.
type boardTask struct {
	No                int
	Title, Lead, Coop string
	Period            string // of a row another period left open, instead of Coop
	Chip              Chip
	Due               string
}

// boardTasks are the rows of one page.
type boardTasks struct {
	Period string
	Rows   []boardTask
	Dense  bool // more rows than the stage has room for at the usual height
	Mixed  bool // some are of another period
	Left   int  // rows that no page has room for
}

// boardCount is one tile of the strip.
type boardCount struct {
	Class, Word, N string
	Zero           bool
}

// boardTime is how much of the plan's time is over.
type boardTime struct{ Word, Share, Width, From, To string }

// boardIndicator is one target on the wall.
type boardIndicator struct {
	Title, Value, Target, Unit, AsOf string
	Note                             string // what the value is, when it is not the newest figure
	Light                            Light
	Bar                              template.HTML
	Unknown                          bool // no figure yet: never shown as 0
}

// boardCell is one field of departments × tasks; without class it has no part in it.
type boardCell struct {
	Class, Word string
	Lead        bool
}

type boardRow struct {
	Name  string
	Cells []boardCell
}

type boardColumn struct {
	No    int
	Title string
}

type boardGrid struct {
	Key   []Chip
	Tasks []boardColumn
	Rows  []boardRow
}

// boardChart is a target with its course: a picture without words and, beside it,
// what its lines mean.
type boardChart struct {
	boardIndicator
	Chart    template.HTML
	Forecast string
	Expected string
}

// boardRanking is a frozen assessment, in two columns; none before the first.
type boardRanking struct {
	Title, Note string
	Columns     [][]boardRank
	Apart       []boardRank // without a rank
	Few         bool        // room for taller rows
}

type boardRank struct {
	Rank, Name, Points string
	Width              string // of the bar, percent
	Group              string // heading before the row; empty: none
}

type boardEvent struct{ At, Who, What string }

type boardHead struct{ Title, Counts string }

// boardRegions are the ids of the regions, in the order of the pages; indicator
// pages follow by number.
const (
	regionCounts  = "board-counts"
	regionTime    = "board-time"
	regionTasks   = "board-tasks"
	regionMore    = "board-tasks-" // by the number of the page, from 2
	regionTargets = "board-targets"
	regionGrid    = "board-grid"
	regionCharts  = "board-charts"
	regionRanking = "board-ranking"
	regionToday   = "board-today"
	regionLatest  = "board-latest"
	regionPages   = "board-indicators-"
)

// Limits of what fits on the stage.
const (
	tasksUsual   = 12 // rows at the usual height
	tasksShown   = 16 // rows beside the targets, lower ones
	tasksMore    = 18 // rows of a page of tasks alone
	taskPages    = 3
	targetsShown = 8 // beside the tasks
	chartsShown  = 6
	perPage      = 14 // indicators a page
	eventsShown  = 12
	defaultDwell = 15
)

// BoardOptions are a screen's wishes, from its URL.
type BoardOptions struct {
	Theme string   // dark, light; another is dark
	Pages []string // of BoardPages, in their order; empty: all
	Dwell int      // seconds; 0: 15
	Night string   // hours the screen is dark, as 22-6; empty: none
	Show  string   // URL of what a meeting shows; empty: nobody steers the screen
}

// BoardPages are the names of the pages, as a screen's address and settings choose them.
var BoardPages = []string{"overview", "grid", "charts", "indicators", "ranking", "today"}

// BoardRegions prints every region of the board by its element's id: what the
// full page shows and what a live frame carries.
func BoardRegions(k Kit, b *ledger.Board) map[string]string {
	out := BoardFigures(k, b)
	maps.Copy(out, BoardWork(k, b))
	return out
}

// BoardFigures prints the regions of the indicators. They change when Board.Charts is
// another list: with figures, the day and the plan, and not with every event.
func BoardFigures(k Kit, b *ledger.Board) map[string]string {
	out := regionPrinter{k, map[string]string{}}
	out.put(regionTargets, "board-targets", both(k.indicatorCounts(b, "board.target_counts"), k.boardTargets(b)))
	out.put(regionCharts, "board-charts", k.boardCharts(b))
	for n, page := range k.indicatorPages(b) {
		head := boardHead{k.P.T("board.indicators", "n", n+1), k.indicatorCounts(b, "board.target_all")}
		out.put(regionPages+itoa(n+1), "board-indicators", both(head, page))
	}
	return out.regions
}

// BoardWork prints the other regions.
func BoardWork(k Kit, b *ledger.Board) map[string]string {
	out := regionPrinter{k, map[string]string{}}
	out.put(regionCounts, "board-counts", k.boardCounts(b))
	out.put(regionTime, "board-time", k.boardTime(b))
	for n, part := range k.boardTasks(b) {
		if n == 0 {
			out.put(regionTasks, "board-tasks", part)
			continue
		}
		out.put(regionMore+itoa(n+1), "board-more", part)
	}
	out.put(regionGrid, "board-grid", k.boardGrid(b))
	out.put(regionRanking, "board-ranking", k.boardRanking(b))
	out.put(regionToday, "board-today", both(k.P.T("board.events", "n", len(b.EventsToday)), k.boardEvents(b.EventsToday)))
	out.put(regionLatest, "board-latest", k.boardLatest(b))
	return out.regions
}

type regionPrinter struct {
	k       Kit
	regions map[string]string
}

func (p regionPrinter) put(id, name string, data any) {
	p.regions[id] = string(partial(p.k.P.Lang(), "board", name, data))
}

// NewBoard builds the wall screen.
func NewBoard(k Kit, f Frame, b *ledger.Board, o BoardOptions) Board {
	f.Title, f.Plan = k.P.T("board.title"), b.Plan.ShortTitle
	local := k.Now.In(k.Rules.Clock.Zone)
	_, offset := local.Zone()
	today := k.P.Day(k.Now)
	p := Board{Frame: f, Theme: "dark", Dwell: o.Dwell, Night: o.Night, Show: o.Show, Now: k.Now.Format("2006-01-02T15:04:05Z07:00"), Offset: offset,
		Clock: k.P.Clock(k.Now), Date: k.P.T("board.today_date", "date", k.P.Date(today), "weekday", k.P.Weekday(today)),
		Updated: k.P.T("board.updated", "time", local.Format("15:04:05"))}
	if o.Theme == "light" {
		p.Theme = "light"
	}
	if p.Dwell <= 0 {
		p.Dwell = defaultDwell
	}
	regions := BoardRegions(k, b)
	html := func(id string) template.HTML { return template.HTML(regions[id]) } // #nosec G203 -- printed by html/template
	p.Latest = html(regionLatest)
	add := func(id, title string, body template.HTML) {
		p.Pages = append(p.Pages, BoardPage{ID: id, Title: title, Body: body, First: len(p.Pages) == 0})
	}
	full := func(id string) template.HTML {
		return partial(k.P.Lang(), "board", "board-full", struct {
			ID   string
			HTML template.HTML
		}{id, html(id)})
	}
	pages := map[string]func(){
		"overview": func() {
			add("overview", k.P.T("board.tasks"), partial(k.P.Lang(), "board", "board-overview", map[string]template.HTML{
				"Counts": html(regionCounts), "Time": html(regionTime), "Tasks": html(regionTasks), "Targets": html(regionTargets)}))
			for n := 2; n <= taskPages; n++ {
				add("overview-"+itoa(n), k.P.T("board.tasks"), full(regionMore+itoa(n)))
			}
		},
		"grid":   func() { add("grid", k.P.T("board.grid"), full(regionGrid)) },
		"charts": func() { add("charts", k.P.T("board.charts"), full(regionCharts)) },
		"indicators": func() {
			for n := range k.indicatorPages(b) {
				add("indicators-"+itoa(n+1), k.P.T("board.indicators", "n", n+1), full(regionPages+itoa(n+1)))
			}
		},
		"ranking": func() { add("ranking", k.P.T("board.ranking"), full(regionRanking)) },
		"today":   func() { add("today", k.P.T("board.today"), full(regionToday)) },
	}
	for _, name := range BoardPages {
		if len(o.Pages) == 0 || holds(o.Pages, name) {
			pages[name]()
		}
	}
	if len(p.Pages) == 0 { // a screen was set to names that an older build knew
		pages["overview"]()
	}
	return p
}

// NewPairing builds what a screen shows until it is approved.
func NewPairing(k Kit, f Frame, code, poll, theme string) Pairing {
	f.Title = k.P.T("pairing.title")
	p := Pairing{Frame: f, Theme: "dark", Code: code, Poll: poll, Expires: k.P.T("pairing.expires")}
	if theme == "light" {
		p.Theme = theme
	}
	return p
}
