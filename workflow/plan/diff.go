package plan

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Change is one difference between two plans.
type Change struct {
	Code string   `json:"code"` // stable, e.g. plan.lead_changed
	Task int      `json:"task,omitempty"`
	Args []string `json:"args"` // what the message names
}

// Message says what changed, in Chinese or, for "en", in English.
func (c Change) Message(lang string) string { return say(planMessages, lang, c.Code, c.Args) }

// Transfer is a task that both plans have and whose lead differs.
type Transfer struct {
	Task int    `json:"task"` // a Task's Key
	From string `json:"from"` // a Department's ID
	To   string `json:"to"`
}

// Changes is what a new plan changes in an old one: every difference for
// people, in the order of the file, and what it does to the slots. The lead
// slots of a transferred task are in Transferred alone.
type Changes struct {
	List        []Change   `json:"list"`
	Added       []Slot     `json:"added"`
	Withdrawn   []Slot     `json:"withdrawn"`
	Transferred []Transfer `json:"transferred"`
}

// Render lists the changes, one a line; empty when there is none.
func (c Changes) Render(lang string) string {
	lines := make([]string, len(c.List))
	for i, ch := range c.List {
		lines[i] = visible(ch.Message(lang))
	}
	return strings.Join(lines, "\n")
}

// Diff compares two plans. Entries are matched by id and tasks as Follow matches them;
// the order of a list alone is no change.
func Diff(old, new *Plan) Changes {
	d := &differ{old: old, new: new.Follow(old)}
	d.rules("plan", head(old), head(new))
	d.rules("office", old.Office, new.Office)
	d.entries("department", 0, departmentEntries(old), departmentEntries(new))
	d.succession()
	d.partyGroups()
	d.entries("section", 0, sectionEntries(old), sectionEntries(new))
	d.tasks()
	d.entries("group", 0, groupEntries(old), groupEntries(new))
	d.entries("indicator", 0, indicatorEntries(old.Indicators), indicatorEntries(new.Indicators))
	d.figures()
	d.rules("periods", old.Periods, new.Periods)
	if old.Periods.Every != new.Periods.Every {
		d.add("plan.periods_turn", 0)
	}
	d.rules("lights", old.Lights, new.Lights)
	d.rules("rubric", old.Rubric, new.Rubric)
	d.slots()
	return d.Changes
}

type differ struct {
	old, new *Plan
	Changes
}

func (d *differ) add(code string, task int, args ...string) {
	d.List = append(d.List, Change{Code: code, Task: task, Args: args})
}

// head is the plan's own fields, as the file's section plan holds them.
func head(p *Plan) any {
	return struct {
		ID         string `json:"id"`
		Title      string `json:"title"`
		ShortTitle string `json:"short_title"`
		Issuer     string `json:"issuer"`
		Issued     Date   `json:"issued"`
		From       Date   `json:"from"`
		To         Date   `json:"to"`
		TimeZone   string `json:"time_zone"`
	}{p.ID, p.Title, p.ShortTitle, p.Issuer, p.Issued, p.From, p.To, p.TimeZone}
}

// rules reports each differing field of a fixed group of fields.
func (d *differ) rules(path string, old, new any) {
	for _, f := range differing(old, new) {
		d.add("plan.rule_changed", 0, path+"."+f.name, f.old, f.new)
	}
}

// entry is one item of a list, by its id.
type entry struct {
	id, title string
	value     any
}

func departmentEntries(p *Plan) (all []entry) {
	for _, v := range p.Departments {
		all = append(all, entry{v.ID, v.Name, v})
	}
	return all
}

func sectionEntries(p *Plan) (all []entry) {
	for _, v := range p.Sections {
		all = append(all, entry{v.ID, v.Title, v})
	}
	return all
}

func groupEntries(p *Plan) (all []entry) {
	for _, v := range p.TargetGroups {
		all = append(all, entry{v.ID, v.Title, v})
	}
	return all
}

func measureEntries(t Task) (all []entry) {
	for _, v := range t.Measures {
		all = append(all, entry{v.ID, v.Title, v})
	}
	return all
}

func indicatorEntries(list []Indicator) (all []entry) {
	for _, v := range list {
		all = append(all, entry{v.ID, v.Title, v})
	}
	return all
}

// entries compares two lists of one sort: changed and removed ones in the old
// order, then the added ones in the new.
func (d *differ) entries(sort string, task int, old, new []entry) {
	find := func(list []entry, id string) *entry {
		for i := range list {
			if list[i].id == id {
				return &list[i]
			}
		}
		return nil
	}
	for _, o := range old {
		n := find(new, o.id)
		if n == nil {
			d.add("plan."+sort+"_removed", task, o.id, o.title)
			continue
		}
		for _, f := range differing(o.value, n.value) {
			d.add("plan."+sort+"_changed", task, o.id, o.title, f.name, f.old, f.new)
		}
	}
	for _, n := range new {
		if find(old, n.id) == nil {
			d.add("plan."+sort+"_added", task, n.id, n.title)
		}
	}
}

// succession says of every unit that is gone who stands for it, or that nobody does.
func (d *differ) succession() {
	for _, o := range d.old.Departments {
		heirs := d.new.Heirs(o.ID)
		switch {
		case len(heirs) == 0:
			d.add("plan.department_lost", 0, o.ID, o.Name)
		case heirs[0] != o.ID:
			for _, h := range heirs {
				d.add("plan.department_replaced", 0, o.ID, o.Name, h, d.new.Name(h))
			}
			if len(heirs) > 1 {
				d.add("plan.department_split", 0, o.ID, o.Name)
			}
		}
	}
}

// partyGroups says which groups came, went and changed, and who joins and leaves them.
func (d *differ) partyGroups() {
	plain := func(p *Plan) (all []entry) {
		for _, g := range p.PartyGroups {
			all = append(all, entry{g.ID, g.Name, PartyGroup{ID: g.ID, Name: g.Name, Aliases: g.Aliases}})
		}
		return all
	}
	d.entries("party_group", 0, plain(d.old), plain(d.new))
	for _, n := range d.new.PartyGroups {
		o, _ := d.old.PartyGroup(n.ID)
		for _, m := range o.Members {
			if !slices.Contains(n.Members, m) {
				d.add("plan.member_removed", 0, n.ID, n.Name, d.old.Name(m.Department), m.days())
			}
		}
		for _, m := range n.Members {
			if !slices.Contains(o.Members, m) {
				d.add("plan.member_added", 0, n.ID, n.Name, d.new.Name(m.Department), m.days())
			}
		}
	}
}

// figures says what becomes of figures whose indicator has another unit or kind.
func (d *differ) figures() {
	for _, o := range d.old.AllIndicators() {
		n, ok := d.new.Indicator(o.ID)
		switch {
		case !ok || o.Unit == n.Unit && o.Kind == n.Kind:
		case o.Kind == n.Kind && Convertible(o.Unit, n.Unit):
			d.add("plan.figures_converted", 0, o.ID, o.Title, o.Unit, n.Unit)
		default:
			d.add("plan.figures_anew", 0, o.ID, o.Title)
		}
	}
}

func (d *differ) tasks() {
	for _, o := range d.old.Tasks {
		n, ok := d.new.Task(o.Key)
		if !ok {
			d.add("plan.task_removed", o.No, strconv.Itoa(o.No), o.Title, d.old.Name(o.Lead))
			continue
		}
		d.task(o, n)
	}
	for _, n := range d.new.Tasks {
		if _, ok := d.old.Task(n.Key); !ok {
			d.add("plan.task_added", n.No, strconv.Itoa(n.No), n.Title, d.new.Name(n.Lead))
		}
	}
}

// task compares two forms of one task.
func (d *differ) task(o, n Task) {
	no := strconv.Itoa(o.No)
	field := func(name, old, new string) {
		if old != new {
			d.add("plan.task_changed", o.No, no, o.Title, name, old, new)
		}
	}
	if o.No != n.No {
		d.add("plan.task_renumbered", o.No, no, o.Title, strconv.Itoa(n.No))
	}
	field("id", o.ID, n.ID)
	field("title", o.Title, n.Title)
	field("section", o.Section, n.Section)
	if o.Lead != n.Lead {
		d.add("plan.lead_changed", o.No, no, o.Title, d.old.Name(o.Lead), d.new.Name(n.Lead))
		d.Transferred = append(d.Transferred, Transfer{o.Key, o.Lead, n.Lead})
	}
	field("all_members", strconv.FormatBool(o.AllMembers), strconv.FormatBool(n.AllMembers))
	for _, id := range o.PartiesAsWritten() {
		if !slices.Contains(n.PartiesAsWritten(), id) {
			d.add("plan.cooperating_removed", o.No, no, o.Title, d.old.Name(id))
		}
	}
	for _, id := range n.PartiesAsWritten() {
		if !slices.Contains(o.PartiesAsWritten(), id) {
			d.add("plan.cooperating_added", o.No, no, o.Title, d.new.Name(id))
		}
	}
	d.entries("measure", o.No, measureEntries(o), measureEntries(n))
	d.entries("figure", o.No, indicatorEntries(o.Figures), indicatorEntries(n.Figures))
}

// slots sets what is added and what is withdrawn, leaving out the leads of
// transferred tasks.
func (d *differ) slots() {
	moved := map[Slot]bool{}
	for _, t := range d.Transferred {
		moved[Slot{t.Task, t.From, leadRole}] = true
		moved[Slot{t.Task, t.To, leadRole}] = true
	}
	without := func(all, taken []Slot) (left []Slot) {
		gone := map[Slot]bool{}
		for _, s := range taken {
			gone[s] = true
		}
		for _, s := range all {
			if !gone[s] && !moved[s] {
				left = append(left, s)
			}
		}
		return left
	}
	before, after := d.old.Assignments(), d.new.Assignments()
	d.Added, d.Withdrawn = without(after, before), without(before, after)
}

// difference is one field that differs; an absent value is "-".
type difference struct{ name, old, new string }

// differing compares two values field by field, in the form they have in JSON,
// so that a field added to a type is compared from then on. Names are in order.
func differing(old, new any) []difference {
	a, b := map[string]string{}, map[string]string{}
	flatten("", old, a)
	flatten("", new, b)
	names := maps.Clone(a)
	maps.Copy(names, b)
	var out []difference
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if a[name] != b[name] {
			out = append(out, difference{name, orDash(a[name]), orDash(b[name])})
		}
	}
	return out
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// flatten writes the fields of v under their dotted names. Numbers keep their
// digits; null is an absent value.
func flatten(path string, v any, into map[string]string) {
	raw, isRaw := v.(json.RawMessage)
	if !isRaw {
		b, err := json.Marshal(v)
		if err != nil {
			panic("plan: a plan's own value has no JSON form: " + err.Error())
		}
		raw = b
	}
	var object map[string]json.RawMessage
	var text string
	switch {
	case bytes.Equal(raw, []byte("null")):
	case json.Unmarshal(raw, &object) == nil:
		for name, value := range object {
			flatten(strings.TrimPrefix(path+"."+name, "."), value, into)
		}
	case json.Unmarshal(raw, &text) == nil:
		into[path] = text
	default:
		into[path] = string(raw)
	}
}
