package workflow

import (
	"context"
	"time"
)

// CircularSections are the four sections of a circular, in order: 总体情况 进展较好
// 存在问题 下步要求. They name the texts of a circular_edited event.
var CircularSections = []string{"overview", "ahead", "problems", "next"}

// CircularCommand keeps the prose of a circular; only a frozen assessment has one.
// Numbers stand in it as placeholders; Check is asked of each section before it is kept.
type CircularCommand struct {
	Sections map[string]string
	Check    func(section, text string) *Error
}

func (c CircularCommand) assess(_ Scene, actor Actor, a Assessment) (Event, error) {
	if !MayAssess(actor) {
		return Event{}, Fault(Forbidden, "assessment.office_only")
	}
	if a.Stage != Frozen {
		return Event{}, Refuse("assessment.not_frozen")
	}
	e := Event{Kind: KindCircularEdited, Texts: Texts{}, Data: Data{Assessment: &AssessmentData{}}}
	var f faults
	for _, name := range CircularSections {
		before := len(f)
		f.required(e.Texts, name, name, c.Sections[name], LongText, "circular.section_required")
		if len(f) > before {
			continue
		}
		if bad := c.Check(name, e.Texts[name]); bad != nil {
			f.put(bad)
		}
	}
	return e, f.err()
}

// foldTemplate keeps which file circulars are written on.
func foldTemplate(rows Rows, e Event) error {
	p, _, err := rows.Plan()
	if err != nil {
		return err
	}
	if p.Template = ""; e.Data.File != nil {
		p.Template = e.Data.File.ID
	}
	return rows.PutPlan(p)
}

// Template is the file circulars are written on; "" for the program's own paper.
func (d *Desk) Template(ctx context.Context) (file string, err error) {
	err = d.journal.Read(ctx, func(v ReadView) error {
		p, _, err := v.Plan()
		file = p.Template
		return err
	})
	return file, err
}

// SetTemplate says which file circulars are written on from now on; "" for the
// program's own paper. Nothing is written when it is so already.
//
// Errors: Forbidden (assessment.office_only), NotFound (file.unknown).
func (d *Desk) SetTemplate(ctx context.Context, call Call, file string) (Receipt, error) {
	ch := call.change("")
	ch.Decide = func(v View, now time.Time) ([]Event, error) {
		if !MayAssess(call.Actor) {
			return nil, Fault(Forbidden, "assessment.office_only")
		}
		p, _, err := v.Plan()
		if err != nil || p.Template == file {
			return nil, err
		}
		e := Event{At: now, Kind: KindTemplateSet, Actor: call.Actor.Ref()}
		if file != "" {
			f, ok, err := v.File(file)
			if err != nil {
				return nil, err
			}
			if !ok || f.Gone {
				return nil, Fault(NotFound, "file.unknown")
			}
			e.Data.File = &FileRef{ID: f.ID, SHA256: f.SHA256, Size: f.Size, Type: f.Type}
		}
		return []Event{e}, nil
	}
	return d.journal.Change(ctx, ch)
}
