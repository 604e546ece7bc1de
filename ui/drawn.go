package ui

import (
	"html/template"

	"duban/ui/page"
	"duban/workflow/held"
	"duban/workflow/ledger"
)

// drawnBytes is what drawnRows takes at most: some five thousand rows.
const drawnBytes = 16 << 20

// drawnRows keeps the rows of list pages as they were printed: printing was most of a list
// page, open pages fetch theirs anew with every event, and most rows are as before. A row
// holds no text and no person's name; rights decide which rows are on the page, and of the
// reader a row knows only whether its box can be ticked (page.Kit.DrawListRow).
type drawnRows struct {
	*held.Held[drawnKey, template.HTML]
}

type drawnKey struct {
	mark         ledger.Mark
	lang, period string
	selectable   bool
}

func newDrawnRows() drawnRows { return drawnRows{held.New[drawnKey, template.HTML](drawnBytes)} }

// drawRows prints the rows; named: with the names of their periods.
func (s *server) drawRows(k page.Kit, rows []ledger.Row, named bool) []template.HTML {
	out, stand := make([]template.HTML, len(rows)), s.drawn.Stand()
	for i, row := range rows {
		key := drawnKey{mark: row.Mark(), lang: k.P.Lang(), selectable: k.Actor.Supervises()}
		if p, ok := s.o.Book.Period(row.Assignment().Period); ok && named {
			key.period = k.Rules.ShowPeriod(k.Actor, p).Name
		}
		keep := s.back == nil && k.Rules == row.Rules()
		if keep {
			if drawn, found := s.drawn.Get(key); found {
				out[i] = drawn
				continue
			}
		}
		item := row.Item()
		out[i] = k.DrawListRow(item, key.period)
		if keep && !item.Unread() {
			s.drawn.Put(stand, key, out[i], len(out[i])+toldBeside)
		}
	}
	return out
}
