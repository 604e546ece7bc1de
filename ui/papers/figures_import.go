package papers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duban/ui/export"
	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/upload"
	"duban/ui/web"
	"duban/workflow"
)

func figuresPage(s *web.Server, c *fiber.Ctx) error {
	f, err := figuresBook(s, c.UserContext(), session.From(c).Actor, c.Query("period"))
	if err != nil {
		return err
	}
	return showFigures(s, c, f, nil, nil)
}

// showFigures shows the import: bad is what is wrong with a sheet, got what it brings.
func showFigures(s *web.Server, c *fiber.Ctx, f figureSheet, got *filled, bad []*workflow.Error) error {
	k := s.Kit(c)
	in := page.FiguresInput{Period: f.period, Office: k.Actor.Supervises(), Wrong: bad, MaxFile: web.MaxSheet, Count: len(f.slots)}
	if got != nil {
		in.Same, in.Read = len(got.same), true
		for _, r := range got.rows {
			slot, _ := f.slot(r.Assignment, r.Figure.Indicator)
			in.Rows = append(in.Rows, page.FigureChange{Row: r.N, Task: slot.row.Task, Indicator: slot.ind, Last: slot.last,
				Drafted: slot.drafted, Figure: r.Figure, Moved: got.moved[slot.ind.ID]})
		}
		if len(bad) == 0 && len(got.rows) > 0 {
			var err error
			if in.Packed, err = pack(got.rows); err != nil {
				return err
			}
		}
	}
	var err error
	if in.Key, err = s.Key(k); err != nil {
		return err
	}
	if len(bad) > 0 {
		c.Status(fiber.StatusUnprocessableEntity)
	}
	return web.Render(c, page.NewFiguresImport(k, s.Frame(c, k, ""), in))
}

// readSheet takes the uploaded sheet and shows what it would change; nothing is kept.
func readSheet(s *web.Server, c *fiber.Ctx) error {
	who := session.From(c).Actor
	form, err := web.Posted(c)
	if err != nil {
		return err
	}
	f, err := figuresBook(s, c.UserContext(), who, form.Get("period"))
	if err != nil {
		return err
	}
	b, err := sheetOf(c)
	var got filled
	if err == nil {
		got, err = readFigures(b, f, who, s.Rules(), s.Book.Epoch())
	}
	var e *workflow.Error
	if errors.As(err, &e) && e.Kind == workflow.Invalid {
		return showFigures(s, c, f, nil, []*workflow.Error{e})
	}
	if err != nil {
		return err
	}
	bad, err := checkFigures(s, c.UserContext(), workflow.Call{Actor: who, Received: s.Now()}, f, got.rows)
	if err != nil {
		return err
	}
	got.see(f)
	return showFigures(s, c, f, &got, append(got.bad, bad...))
}

// sheetOf is the uploaded file's content.
func sheetOf(c *fiber.Ctx) (b []byte, err error) {
	h, err := c.FormFile("sheet")
	if err != nil {
		return nil, &workflow.Error{Kind: workflow.Invalid, Code: "file.missing", Field: "sheet", Err: err}
	}
	if h.Size > web.MaxSheet {
		return nil, web.TooLargeFor(web.MaxSheet, h.Filename)
	}
	if h.Size == 0 {
		return nil, upload.EmptyFile("sheet", h.Filename)
	}
	r, err := h.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return io.ReadAll(r)
}

// takeFigures does what the preview showed, all of it or nothing. It is judged again:
// what has changed since is shown once more.
func takeFigures(s *web.Server, c *fiber.Ctx) error {
	form, call, err := s.Sent(c)
	if err != nil {
		return err
	}
	f, err := figuresBook(s, c.UserContext(), call.Actor, form.Get("period"))
	if err != nil {
		return err
	}
	rows, err := unpack(form.Get("rows"))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if _, ok := f.slot(r.Assignment, r.Figure.Indicator); !ok {
			return workflow.Refuse("figures.gone", "id", web.Clipped(r.Figure.Indicator))
		}
	}
	got := filled{rows: rows}
	if call.Actor.Supervises() {
		return fileFigures(s, c, call, f, got)
	}
	bad, err := checkFigures(s, c.UserContext(), call, f, rows)
	if err != nil {
		return err
	}
	if got.see(f); len(bad) > 0 || len(got.moved) > 0 {
		return showFigures(s, c, f, &got, bad)
	}
	all, err := f.fill(rows)
	if err != nil {
		return err
	}
	err = s.Desk.SaveDrafts(c.UserContext(), call, all)
	if workflow.StaleDraft(err) { // a draft was saved between: its figures are looked at once more
		return takeFigures(s, c)
	}
	if err != nil {
		return err
	}
	next := "/"
	if len(all) == 1 {
		next = page.ReportPath(all[0].Assignment)
	}
	return s.Done(c, next, "figures_drafted", "n", web.Itoa(len(rows)))
}

// fileFigures files the office's figures in one change. Whether one has moved since
// the preview is asked where they are filed, so that a second click is answered as the
// first.
func fileFigures(s *web.Server, c *fiber.Ctx, call workflow.Call, f figureSheet, got filled) error {
	seen := map[string]uint64{}
	for _, r := range got.rows {
		seen[r.Figure.Indicator] = r.Seen
	}
	r, err := s.Desk.FileFigures(c.UserContext(), call, figuresOf(got.rows), seen)
	if err == nil {
		err = s.Book.Wait(c.UserContext(), r.Seq)
	}
	var e *workflow.Error
	if errors.As(err, &e) && e.Kind == workflow.Stale && !workflow.PlanChanged(err) {
		c.Status(fiber.StatusPreconditionFailed)
		got.see(f)
		return showFigures(s, c, f, &got, nil)
	}
	bad, err := addressed(got.rows, err)
	switch {
	case err != nil:
		return err
	case len(bad) > 0:
		return showFigures(s, c, f, &got, bad)
	}
	return s.Done(c, "/indicators", "figures_filed", "n", web.Itoa(len(got.rows)))
}

// see marks what has moved since the rows were filled in or shown, and takes it as seen
// now.
func (f *filled) see(sheet figureSheet) {
	f.moved = map[string]bool{}
	for i, r := range f.rows {
		if slot, ok := sheet.slot(r.Assignment, r.Figure.Indicator); ok {
			if slot.moved(r) {
				f.moved[slot.ind.ID] = true
			}
			f.rows[i].Seen = slot.seq
			if slot.row.ID != "" {
				f.rows[i].Draft = slot.draftMark()
			}
		}
	}
}

func figuresOf(rows []filledRow) []workflow.FileFigureInput {
	var all []workflow.FileFigureInput
	for _, r := range rows {
		all = append(all, workflow.FileFigureInput{FigureInput: r.Figure})
	}
	return all
}

// checkFigures asks the domain of every row what the report form would ask. The faults
// are named by their cells.
func checkFigures(s *web.Server, ctx context.Context, call workflow.Call, f figureSheet, rows []filledRow) ([]*workflow.Error, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	if call.Actor.Supervises() {
		return addressed(rows, s.Desk.PreviewFigures(ctx, call, figuresOf(rows)))
	}
	var bad []*workflow.Error
	done := map[string]bool{}
	for _, r := range rows {
		if done[r.Assignment] {
			continue
		}
		done[r.Assignment] = true
		mine := rowsOf(rows, r.Assignment)
		var figures []workflow.FigureInput
		for _, m := range mine {
			figures = append(figures, m.Figure)
		}
		some, err := addressed(mine, s.Desk.CheckFigures(ctx, call, r.Assignment, figures))
		if err != nil {
			return nil, err
		}
		bad = append(bad, some...)
	}
	return bad, nil
}

func rowsOf(rows []filledRow, assignment string) (mine []filledRow) {
	for _, r := range rows {
		if r.Assignment == assignment {
			mine = append(mine, r)
		}
	}
	return mine
}

// with is the report with the rows' figures in the place of its own: theirs first, in
// their order.
func with(report workflow.ReportInput, rows []filledRow) workflow.ReportInput {
	figures := make([]workflow.FigureInput, 0, len(rows)+len(report.Figures))
	brought := map[string]bool{}
	for _, r := range rows {
		figures = append(figures, r.Figure)
		brought[r.Figure.Indicator] = true
	}
	for _, was := range report.Figures {
		if !brought[was.Indicator] {
			figures = append(figures, was)
		}
	}
	report.Figures = figures
	return report
}

// fill puts the rows into the reports they belong to.
func (f figureSheet) fill(rows []filledRow) ([]workflow.Filled, error) {
	var all []workflow.Filled
	done := map[string]bool{}
	for _, slot := range f.slots {
		mine := rowsOf(rows, slot.row.ID)
		if len(mine) == 0 || done[slot.row.ID] {
			continue
		}
		done[slot.row.ID] = true
		start := f.starts[slot.row.ID]
		body, err := json.Marshal(with(start.report, mine))
		if err != nil {
			return nil, err
		}
		for _, r := range mine {
			start.unread = page.ForgetFigure(start.unread, r.Figure.Indicator)
		}
		all = append(all, workflow.Filled{Assignment: slot.row.ID,
			DraftInput: workflow.DraftInput{Body: body, Unread: start.unread, Basis: workflow.From(start.tag)}})
	}
	return all, nil
}

// faultColumns are the columns of a figure's fields.
var faultColumns = map[string]export.FigureColumn{"indicator": export.FigureIndicator, "as_of": export.FigureAsOf,
	"comparison": export.FigureComparison, "explanation": export.FigureExplanation}

// addressed turns the domain's faults about figures.N into faults of the rows' cells.
func addressed(rows []filledRow, err error) ([]*workflow.Error, error) {
	var e *workflow.Error
	if err == nil || !errors.As(err, &e) || e.Kind != workflow.Invalid {
		return nil, err
	}
	fields := e.Fields
	if len(fields) == 0 {
		fields = []*workflow.Error{e}
	}
	var bad []*workflow.Error
	for _, one := range fields {
		at := *one
		at.Field = "sheet" // of all of it: too many
		if parts := strings.SplitN(one.Field, ".", 3); len(parts) == 3 {
			n, err := strconv.Atoi(parts[1])
			if err != nil || n >= len(rows) {
				return nil, e
			}
			column, ok := faultColumns[parts[2]]
			if !ok {
				column = export.FigureValue
			}
			at.Field = export.CellName(column, rows[n].N)
		}
		bad = append(bad, &at)
	}
	return bad, nil
}
