package papers

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/ui/web"
	"duban/workflow"
)

// What a row of a figures sheet says, beside what is known.
const (
	figureNew   = "new"   // would change, or did
	figureSame  = "same"  // is known already
	figureMoved = "moved" // would change, and the indicator has a newer figure than the sheet knew
)

// sheetView is a figures sheet that came back, beside what stands now.
type sheetView struct {
	Period  string      `json:"period"` // "" for the office's
	Figures []sheetLine `json:"figures"`
	Seq     uint64      `json:"seq,omitempty"` // journal position of what was filed; drafts are no events
}

// sheetLine is a row of the sheet that says something.
type sheetLine struct {
	Row        int                  `json:"row"` // of the sheet
	Assignment string               `json:"assignment,omitempty"`
	Figure     workflow.FigureInput `json:"figure"`
	Stands     string               `json:"stands"` // new, same or moved
}

// apiPreviewSheet reads a filled figures sheet and says what it would change. Whatever
// is wrong with it is 422, named by its cell.
func apiPreviewSheet(s *web.Server, c *fiber.Ctx) error {
	f, got, _, err := broughtSheet(s, c)
	if err == nil {
		err = soundSheet(s, c, workflow.Call{Actor: session.From(c).Actor, Received: s.Now()}, f, got)
	}
	if err != nil {
		return err
	}
	got.see(f)
	return c.JSON(viewSheet(f, got, 0))
}

// apiTakeSheet does all that a filled figures sheet says, or nothing: the office's are
// filed in one change, a department's go into the drafts of its reports. A sheet that
// knew less than stands now is 412 figures.moved; a repeat under the key is answered as
// the first, before that is asked.
func apiTakeSheet(s *web.Server, c *fiber.Ctx) error {
	call, err := s.Keyed(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	f, got, b, err := broughtSheet(s, c)
	if err != nil {
		return err
	}
	call.Digest = web.Digest(c, fmt.Appendf(nil, "%s %x", f.period, sha256.Sum256(b)))
	var r workflow.Receipt
	if call.Actor.Supervises() {
		seen := map[string]uint64{}
		for _, row := range got.rows {
			seen[row.Figure.Indicator] = row.Seen
		}
		if err := workflow.Faults(got.bad); err != nil {
			return err
		}
		var bad []*workflow.Error
		r, err = s.Desk.FileFigures(c.UserContext(), call, figuresOf(got.rows), seen)
		if bad, err = addressed(got.rows, err); err == nil {
			err = workflow.Faults(bad)
		}
	} else {
		err = draftSheet(s, c, call, f, got)
		for n := 0; workflow.StaleDraft(err) && n < 5; n++ { // a draft was saved between: its figures are looked at once more
			if f, err = figuresBook(s, c.UserContext(), call.Actor, f.period); err == nil {
				err = draftSheet(s, c, call, f, got)
			}
		}
	}
	if err != nil {
		return err
	}
	if err := s.Settle(c, r); err != nil {
		return err
	}
	if f, err = figuresBook(s, c.UserContext(), call.Actor, f.period); err != nil {
		return err
	}
	got.stand(f)
	return c.JSON(viewSheet(f, got, r.Seq))
}

// draftSheet puts a department's figures into the drafts of its reports.
func draftSheet(s *web.Server, c *fiber.Ctx, call workflow.Call, f figureSheet, got filled) error {
	if err := soundSheet(s, c, call, f, got); err != nil {
		return err
	}
	for _, r := range got.rows {
		if slot, ok := f.slot(r.Assignment, r.Figure.Indicator); ok && slot.moved(r) {
			return workflow.Fault(workflow.Stale, "figures.moved", "id", web.Clipped(r.Figure.Indicator))
		}
	}
	all, err := f.fill(got.rows)
	if err != nil {
		return err
	}
	return s.Desk.SaveDrafts(c.UserContext(), call, all)
}

// broughtSheet is the uploaded sheet, read, and what may be filled in.
func broughtSheet(s *web.Server, c *fiber.Ctx) (f figureSheet, got filled, b []byte, err error) {
	who := session.From(c).Actor
	if f, err = figuresBook(s, c.UserContext(), who, c.Query("period")); err != nil {
		return f, got, nil, err
	}
	if b, err = sheetOf(c); err != nil {
		return f, got, nil, err
	}
	got, err = readFigures(b, f, who, s.Rules(), s.Book.Epoch())
	return f, got, b, err
}

// soundSheet is nil, or all that is wrong with the sheet's cells.
func soundSheet(s *web.Server, c *fiber.Ctx, call workflow.Call, f figureSheet, got filled) error {
	bad, err := checkFigures(s, c.UserContext(), call, f, got.rows)
	if err != nil {
		return err
	}
	return workflow.Faults(append(got.bad, bad...))
}

// stand sorts the rows anew by what stands now.
func (f *filled) stand(sheet figureSheet) {
	all := slices.Concat(f.rows, f.same)
	f.rows, f.same = nil, nil
	for _, r := range all {
		if slot, ok := sheet.slot(r.Assignment, r.Figure.Indicator); ok && slot.says(r.Figure) {
			f.same = append(f.same, r)
		} else {
			f.rows = append(f.rows, r)
		}
	}
}

func viewSheet(f figureSheet, got filled, seq uint64) sheetView {
	out := sheetView{Period: f.period, Figures: []sheetLine{}, Seq: seq}
	add := func(rows []filledRow, stands string) {
		for _, r := range rows {
			line := sheetLine{Row: r.N, Assignment: r.Assignment, Figure: r.Figure, Stands: stands}
			if stands == figureNew && got.moved[r.Figure.Indicator] {
				line.Stands = figureMoved
			}
			out.Figures = append(out.Figures, line)
		}
	}
	add(got.rows, figureNew)
	add(got.same, figureSame)
	slices.SortFunc(out.Figures, func(a, b sheetLine) int { return a.Row - b.Row })
	return out
}
