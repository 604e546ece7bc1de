package papers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/export"
	"duban/ui/page"
	"duban/ui/session"
	"duban/ui/text"
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// A figures sheet asks for figures outside the browser: a department's for the reports
// it owes in a period, the office's for every indicator that is no judgement. What is
// exported is what is imported: figures_import.go reads it back.

// figureSlot is a figure that may be filled in.
type figureSlot struct {
	row     workflow.Assignment // whose report it goes to; the zero Assignment: the office's
	ind     plan.Indicator
	last    ledger.IndicatorView  // where it stands
	seq     uint64                // journal position of the last event of its series
	drafted *workflow.FigureInput // what the report's draft says of it
}

// figureSheet is what may be filled in, and the reports it goes into.
type figureSheet struct {
	period string // "" for the office
	slots  []figureSlot
	starts map[string]draftStart // by assignment: what the draft goes on from
}

// draftStart is a report that figures are put into, and the draft it was read from.
type draftStart struct {
	report workflow.ReportInput
	unread map[string]string
	tag    string
}

// slot finds a figure by its two keys.
func (f figureSheet) slot(assignment, indicator string) (figureSlot, bool) {
	for _, s := range f.slots {
		if s.row.ID == assignment && s.ind.ID == indicator {
			return s, true
		}
	}
	return figureSlot{}, false
}

// figureSheet gathers what the actor may fill in: Forbidden figures.sheet_forbidden
// for who neither reports nor supervises.
func figuresBook(s *web.Server, ctx context.Context, actor workflow.Actor, period string) (figureSheet, error) {
	out := figureSheet{starts: map[string]draftStart{}}
	rules, now := s.Rules(), s.Now()
	switch {
	case actor.Supervises():
		for _, in := range rules.Plan.AllIndicators() {
			out.slots = append(out.slots, figureSlot{ind: in})
		}
	case actor.InDepartment():
		if out.period = period; period == "" {
			p, _ := s.Book.CurrentPeriod(now)
			out.period = p.ID
		}
		if err := reportSlots(s, ctx, actor, &out); err != nil {
			return out, err
		}
	default:
		return out, workflow.Fault(workflow.Forbidden, "figures.sheet_forbidden")
	}
	standings(s, &out, now)
	return out, nil
}

// reportSlots are the figures of the reports the actor's department owes.
func reportSlots(s *web.Server, ctx context.Context, actor workflow.Actor, out *figureSheet) error {
	rows, err := s.Book.Moment(s.Now()).Each(ledger.Query{Period: out.period, Department: actor.Unit}, actor)
	if err != nil {
		return err
	}
	for a := range rows {
		if out.period == "" || s.Rules().Relation(actor, a) != workflow.Own || !a.State.AwaitsReport() {
			continue
		}
		asked, err := view.Asked(s, ctx, s.Rules(), a)
		if err != nil {
			return err
		}
		if len(asked) == 0 {
			continue
		}
		start, err := reportStart(s, ctx, actor, a)
		if err != nil {
			return err
		}
		out.starts[a.ID] = start
		for _, in := range asked {
			slot := figureSlot{row: a, ind: in}
			for i := range start.report.Figures {
				if f := start.report.Figures[i]; f.Indicator == in.ID {
					slot.drafted = &f
				}
			}
			out.slots = append(out.slots, slot)
		}
	}
	return nil
}

// reportStart is the report that a department's figures are put into.
func reportStart(s *web.Server, ctx context.Context, actor workflow.Actor, a workflow.Assignment) (draftStart, error) {
	draft, ok, err := s.Desk.Draft(ctx, actor, a)
	if err != nil {
		return draftStart{}, err
	}
	rules, tag := s.Rules(), draft.Tag()
	if ok {
		d, err := web.DraftText(rules, draft.Text())
		return draftStart{report: d.Report, unread: d.Unread, tag: tag}, err
	}
	trail, err := s.Trail(ctx, actor, a)
	d := page.StartReport(rules, trail)
	return draftStart{report: d.Report, unread: d.Unread, tag: tag}, err
}

// standings adds where each figure stands and leaves out what is judged, not measured.
func standings(s *web.Server, out *figureSheet, now time.Time) {
	kept := out.slots[:0]
	var ids []string
	for _, slot := range out.slots {
		if slot.ind.Kind != plan.Judged {
			kept, ids = append(kept, slot), append(ids, slot.ind.ID)
		}
	}
	series := view.Series(s, ids)
	for i := range kept {
		kept[i].seq = series[kept[i].ind.ID].Seq
		kept[i].last, _ = s.Book.Indicator(kept[i].ind.ID, now)
	}
	out.slots = kept
}

// The marks a figures sheet carries.
const (
	markEpoch  = "epoch"
	markUnit   = "unit"
	markPeriod = "period"
	markPlan   = "plan"
	markSeen   = "seen:"  // and the indicator: the position its series stood at
	markDraft  = "draft:" // and assignment and indicator: the draft's figure
)

// figureTitles are the columns' names in the catalogue.
var figureTitles = [export.FigureColumns]string{"indicator", "assignment", "title", "unit", "target", "last", "last_as_of",
	"value", "comparison", "as_of", "kind", "explanation"}

func titlesOf(p *text.Printer) (all [export.FigureColumns]string) {
	for i, name := range figureTitles {
		all[i] = p.T("figures.col_" + name)
	}
	return all
}

// exportFigures hands out the figures sheet to be filled in.
func exportFigures(s *web.Server, c *fiber.Ctx) error {
	who, p, rules := session.From(c).Actor, s.Paper(c), s.Rules()
	f, err := figuresBook(s, c.UserContext(), who, c.Query("period"))
	if err != nil {
		return err
	}
	out := export.FigureSheet{Name: p.T("figures.sheet"), NotesName: p.T("figures.notes"), Titles: titlesOf(p),
		Kinds: []string{p.T("figures.final"), p.T("rep.provisional")}, Notes: strings.Split(strings.TrimSpace(p.T("figures.how")), "\n"),
		Earliest: day(rules.Plan.From).(time.Time), Latest: day(p.Day(s.Now())).(time.Time),
		Marks: map[string]string{markEpoch: s.Book.Epoch(), markUnit: who.Unit, markPeriod: f.period, markPlan: rules.Plan.Digest}}
	if p, ok := s.Book.Period(f.period); ok {
		k := s.Kit(c)
		v, err := view.Special(s, c.UserContext(), k, p)
		if err != nil {
			return err
		}
		out.Notes = append(v.Lines(k), out.Notes...)
	}
	for _, slot := range f.slots {
		out.Marks[markSeen+slot.ind.ID] = strconv.FormatUint(slot.seq, 10)
		if slot.row.ID != "" {
			out.Marks[markDraft+slot.row.ID+":"+slot.ind.ID] = slot.draftMark()
		}
		out.Rows = append(out.Rows, slot.cells(p, rules))
	}
	var b bytes.Buffer
	if err := export.WriteFigures(&b, out, newLedgerWriter(s, c.UserContext(), who, p).footer()); err != nil {
		return err
	}
	if err := s.Exported(c, "figures.xlsx?period="+url.QueryEscape(f.period), ""); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, workbookType)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="figures-`+s.Now().Format("20060102")+`.xlsx"`)
	return c.Send(b.Bytes())
}

// draftMark names what the draft says of the figure, so that a sheet can tell whether
// somebody has changed it since.
func (f figureSlot) draftMark() string {
	d := f.drafted
	if d == nil {
		return "-"
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", []string{d.Value.String(), d.AsOf.String(), d.Comparison.String(), strconv.FormatBool(d.Provisional), d.Explanation}))
	return hex.EncodeToString(sum[:8])
}

// cells are the slot's row: what is known, and what the draft says already.
func (f figureSlot) cells(p *text.Printer, rules workflow.Rules) (row [export.FigureColumns]any) {
	in := f.ind
	row[export.FigureIndicator], row[export.FigureTitle], row[export.FigureUnit] = in.ID, in.Title, in.Unit
	row[export.FigureAssignment] = f.row.ID
	if in.Target.Set {
		row[export.FigureTarget] = string(in.Op) + " " + p.Number(in.Target)
	}
	row[export.FigureLast], row[export.FigureLastAsOf] = cell(f.last.Value), day(f.last.AsOf)
	if in.RelativeTo != "" {
		row[export.FigureTitle] = p.T("figures.relative", "title", in.Title, "series", in.RelativeTo)
	}
	if d := f.drafted; d != nil {
		row[export.FigureValue], row[export.FigureComparison], row[export.FigureAsOf] = cell(d.Value), cell(d.Comparison), day(d.AsOf)
		row[export.FigureKind], row[export.FigureExplanation] = kindWord(p, d.Provisional), d.Explanation
	}
	return row
}

// kindWord is a figure's kind in words.
func kindWord(p *text.Printer, provisional bool) string {
	if provisional {
		return p.T("rep.provisional")
	}
	return p.T("figures.final")
}
