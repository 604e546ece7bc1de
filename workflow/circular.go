package workflow

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
