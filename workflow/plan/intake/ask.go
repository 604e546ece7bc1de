package intake

import (
	"slices"
	"strings"
)

// ask lists what no rule decided.
func (d *document) ask() {
	if len(d.out.Tasks) == 0 {
		d.out.Questions = append(d.out.Questions, Question{Task: -1, Field: AskDocument, Code: "no_tasks"})
	}
	seen := map[string]bool{}
	for i, t := range d.out.Tasks {
		if len(t.Lead) == 0 {
			q := Question{Task: i, Field: AskLead, At: t.At, Code: "several_units"}
			for _, p := range t.Cooperating {
				if !p.Group {
					q.Candidates = append(q.Candidates, p.Name)
				}
			}
			switch {
			case len(t.Cooperating) == 0:
				q.Code = "no_unit"
			case len(q.Candidates) == 0:
				q.Code = "groups_only"
			case len(t.Parts) > 1:
				q.Code = "part_without_lead"
			}
			d.out.Questions = append(d.out.Questions, q)
		}
		if t.Open {
			d.out.Questions = append(d.out.Questions, Question{Task: i, Field: AskCooperating, Code: "others_unnamed", At: t.At})
		}
		for _, c := range d.items[i].claims {
			for _, p := range c.Odd {
				d.out.Questions = append(d.out.Questions, Question{Task: i, Field: AskCooperating, Candidates: []string{p.Name}, Args: []string{p.Name}, Code: "no_unit_name", At: p.At})
			}
		}
		if t.Deadline != nil && t.Deadline.Date == "" && !strings.Contains(t.Deadline.Text, "长期") && !strings.Contains(t.Deadline.Text, "持续") {
			d.out.Questions = append(d.out.Questions, Question{Task: i, Field: AskDeadline, Args: []string{t.Deadline.Text}, Code: "which_day", At: t.Deadline.At})
		}
		for _, f := range t.Figures {
			if f.Kind == "" {
				d.out.Questions = append(d.out.Questions, Question{Task: i, Field: AskFigure, Args: []string{f.Text}, Code: "which_kind", At: f.At})
			}
		}
		for _, p := range slices.Concat(t.Lead, t.Cooperating) {
			if p.Group && !seen[p.Name] {
				seen[p.Name] = true
				d.out.Questions = append(d.out.Questions, Question{Task: -1, Field: AskCooperating, Candidates: []string{p.Name}, Args: []string{p.Name}, Code: "which_members", At: p.At})
			}
		}
	}
	for _, name := range d.skipped {
		d.out.Questions = append(d.out.Questions, Question{Task: -1, Field: AskDocument, Args: []string{name}, Code: "hidden_sheet"})
	}
	for _, at := range d.lost {
		d.out.Questions = append(d.out.Questions, Question{Task: -1, Field: AskFigure, Code: "point_lost", At: at})
	}
}
