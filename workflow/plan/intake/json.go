package intake

import (
	"bytes"
	"encoding/json"

	"duban/workflow/plan/intake/passage"
	"duban/workflow/plan/intake/wording"
)

// The JSON of a reading: names first, so that a program needs no more than these, and
// where each thing stands beside them.
type (
	jsonReading struct {
		Title     string         `json:"title,omitempty"`
		Issuer    string         `json:"issuer,omitempty"`
		Tasks     []jsonTask     `json:"tasks"`
		Targets   []jsonFigure   `json:"targets"`
		Questions []jsonQuestion `json:"questions"`
	}
	jsonTask struct {
		No           string        `json:"no"`
		Title        string        `json:"title"`
		Section      string        `json:"section"`
		Lead         []string      `json:"lead"`
		Cooperating  []string      `json:"cooperating"`
		Rule         wording.Rule  `json:"lead_rule"`
		Groups       []string      `json:"groups,omitempty"`
		Open         bool          `json:"open,omitempty"`
		Deadline     *string       `json:"deadline"`
		DeadlineDate *string       `json:"deadline_date"`
		Figures      []jsonFigure  `json:"figures"`
		Measures     []jsonMeasure `json:"measures,omitempty"`
		Text         string        `json:"text"`
		At           jsonPlaces    `json:"at"`
	}
	jsonMeasure struct {
		Text         string        `json:"text"`
		Lead         []string      `json:"lead"`
		Cooperating  []string      `json:"cooperating"`
		Rule         wording.Rule  `json:"lead_rule"`
		Deadline     *string       `json:"deadline"`
		DeadlineDate *string       `json:"deadline_date"`
		At           passage.Place `json:"at"`
	}
	jsonPlaces struct {
		Title    passage.Place   `json:"title"`
		Parties  []wording.Party `json:"parties,omitempty"`
		Deadline *passage.Place  `json:"deadline,omitempty"`
	}
	jsonFigure struct {
		Figure
		Date *string `json:"date"`
		Kind *string `json:"kind"`
	}
	jsonQuestion struct {
		Task       *int           `json:"task"`
		No         string         `json:"no,omitempty"`
		Field      Field          `json:"field"`
		Candidates []string       `json:"candidates"`
		Code       string         `json:"code"`
		Why        string         `json:"why"`
		At         *passage.Place `json:"at,omitempty"`
	}
)

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func jsonFigures(list []Figure) []jsonFigure {
	out := make([]jsonFigure, 0, len(list))
	for _, f := range list {
		out = append(out, jsonFigure{f, orNull(f.Date), orNull(string(f.Kind))})
	}
	return out
}

func when(d *wording.Deadline) (text, date *string) {
	if d == nil {
		return nil, nil
	}
	return orNull(d.Text), orNull(d.Date)
}

// JSON is the reading for a program; why of questions is in the language.
func (r *Reading) JSON(lang string) ([]byte, error) {
	out := jsonReading{Title: r.Title, Issuer: r.Issuer, Tasks: make([]jsonTask, 0, len(r.Tasks)), Targets: jsonFigures(r.Targets), Questions: []jsonQuestion{}}
	for _, t := range r.Tasks {
		j := jsonTask{No: t.No, Title: t.Title, Section: t.Section, Lead: names(t.Lead), Cooperating: names(t.Cooperating), Rule: t.Rule, Open: t.Open, Figures: jsonFigures(t.Figures), Text: t.Text}
		j.Deadline, j.DeadlineDate = when(t.Deadline)
		j.At = jsonPlaces{Title: t.At}
		if t.Deadline != nil {
			j.At.Deadline = &t.Deadline.At
		}
		for _, list := range [][]wording.Party{t.Lead, t.Cooperating} {
			for _, p := range list {
				j.At.Parties = append(j.At.Parties, p)
				if p.Group {
					j.Groups = append(j.Groups, p.Name)
				}
			}
		}
		for _, p := range t.Parts {
			m := jsonMeasure{Text: p.Text, Lead: names(p.Lead), Cooperating: names(p.Cooperating), Rule: p.Rule, At: p.At}
			m.Deadline, m.DeadlineDate = when(p.Deadline)
			j.Measures = append(j.Measures, m)
		}
		out.Tasks = append(out.Tasks, j)
	}
	for _, q := range r.Questions {
		j := jsonQuestion{Field: q.Field, Candidates: append([]string{}, q.Candidates...), Code: q.Code, Why: q.Why(lang)}
		if q.Task >= 0 {
			n := q.Task
			j.Task, j.No = &n, r.Tasks[n].No
		}
		if q.At.Line > 0 {
			at := q.At
			j.At = &at
		}
		out.Questions = append(out.Questions, j)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(out); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
