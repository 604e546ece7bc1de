package plan

import (
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the plan's zone is the same on a machine that has no zone files

	yaml "go.yaml.in/yaml/v3"
)

// The longest texts and lists. They are far above any real plan; they keep a
// hostile file from costing time, and a pasted paragraph from becoming a title.
const (
	longTitle  = 120
	shortTitle = 40
	maxEntries = 300 // departments, tasks, sections, groups, indicators
	maxParts   = 60  // measures, figures, aliases of one entry
)

// allMembers stands for every department but the lead.
const allMembers = "all-members"

// builder turns the nodes of a file into a Plan. Names used in one place and
// declared in another are resolved as they are read, so that a fault points at
// the use; the declarations are read first, wherever they stand.
type builder struct {
	*walker
	p           *Plan
	names       seen              // ids, names and aliases of departments and groups
	departments map[string]string // id, name or alias: id
	partyNames  map[string]string // of a party group: its id
	declared    bool              // every name of a department and a group could be read
	sections    map[string]bool
	groups      map[string]bool
	taskIDs     seen
	measures    seen
	indicators  seen
	parts       []part
}

// plan reads the whole file.
func (w *walker) plan(root *yaml.Node) *Plan {
	b := &builder{walker: w, p: &Plan{}, names: seen{OfficeID: 0}, departments: map[string]string{}, partyNames: map[string]string{}, taskIDs: seen{}, measures: seen{}, indicators: seen{}}
	f := w.fields(root, "version", "plan", "office", "departments", "groups", "sections", "tasks",
		"target_groups", "indicators", "periods", "lights", "rubric")
	f.optional = w.partial // what is missing may stand in the second document
	version := 1
	if v, ok := w.whole(f.may("version"), 1, 2); ok {
		version = v
	}
	if version < 2 && f.has("groups") {
		w.at(f.keys["groups"], "plan.needs_version", "groups", "2")
	}
	b.head(f.need("plan"))
	b.office(f.need("office"))
	b.members(f.need("departments"))
	b.partyGroups(f.may("groups"))
	b.sections = b.headings(f.need("sections"), func(id, title string) {
		b.p.Sections = append(b.p.Sections, Section{ID: id, Title: title})
	})
	b.groups = b.headings(f.need("target_groups"), func(id, title string) {
		b.p.TargetGroups = append(b.p.TargetGroups, Group{ID: id, Title: title})
	})
	b.tasks(f.need("tasks"))
	for _, n := range w.list(f.need("indicators"), maxEntries) {
		b.p.Indicators = append(b.p.Indicators, b.indicator(n, false))
	}
	b.checkParts()
	b.periods(f.need("periods"))
	b.lights(f.need("lights"))
	b.rubric(f.need("rubric"))
	return b.p
}

func (b *builder) head(n *yaml.Node) {
	f := b.fields(n, "id", "title", "short_title", "issuer", "issued", "from", "to", "time_zone")
	p := b.p
	p.ID = b.id(f.need("id"))
	p.Title = b.text(f.need("title"), longTitle)
	p.ShortTitle = b.text(f.need("short_title"), shortTitle)
	p.Issuer = b.text(f.need("issuer"), longTitle)
	p.Issued = b.date(f.need("issued"))
	p.From = b.date(f.need("from"))
	to := f.need("to")
	p.To = b.date(to)
	if !p.From.IsZero() && !p.To.IsZero() && !p.From.Before(p.To) {
		b.at(to, "plan.dates_reversed", p.From.String(), p.To.String())
	}
	zone := f.need("time_zone")
	p.TimeZone = b.text(zone, shortTitle)
	if p.TimeZone == "" {
		return
	}
	location, err := time.LoadLocation(p.TimeZone)
	if err != nil || p.TimeZone == "Local" {
		b.at(zone, "plan.zone_unknown", p.TimeZone)
		return
	}
	p.Zone = location
}

func (b *builder) office(n *yaml.Node) {
	f := b.fields(n, "name", "short_name", "leading_group")
	b.p.Office = Office{
		Name:         b.text(f.need("name"), longTitle),
		ShortName:    b.text(f.need("short_name"), shortTitle),
		LeadingGroup: b.text(f.need("leading_group"), longTitle),
	}
}

// members reads the departments. Ids, names and aliases share one space: each
// may be used for a department in the file and on the command line.
func (b *builder) members(list *yaml.Node) {
	b.declared = list != nil && list.Kind == yaml.SequenceNode
	var replaced []*yaml.Node
	for _, n := range b.list(list, maxEntries) {
		f := b.fields(n, "id", "name", "group", "not_assessed", "aliases", "replaces")
		id, name := f.need("id"), f.need("name")
		d := Department{
			ID:          b.id(id),
			Name:        b.text(name, shortTitle),
			Group:       b.text(f.may("group"), shortTitle),
			NotAssessed: b.flag(f.may("not_assessed")),
		}
		b.declared = b.declared && d.Name != "" // else uses of the name are not at fault
		if d.ID == OfficeID || d.Name == OfficeID {
			b.at(n, "plan.office_reserved", OfficeID)
		}
		names := map[string]*yaml.Node{d.ID: id, d.Name: name}
		order := []string{d.ID, d.Name}
		for _, a := range b.list(f.may("aliases"), maxParts) {
			alias := b.text(a, shortTitle)
			d.Aliases = append(d.Aliases, alias)
			names[alias] = a
			order = append(order, alias)
		}
		for _, r := range b.list(f.may("replaces"), maxParts) {
			if id := b.id(r); id != "" {
				d.Replaces = append(d.Replaces, id)
				replaced = append(replaced, r)
			}
		}
		slices.Sort(order[2:])
		for _, s := range slices.Compact(order) {
			if s == "" {
				continue
			}
			if s != OfficeID {
				b.once(b.names, names[s], s, "plan.department_twice")
			}
			if b.departments[s] == "" {
				// A department without a usable id is still known by name,
				// so that its own fault is the only one.
				b.departments[s] = firstOf(d.ID, d.Name, s)
			}
		}
		b.p.Departments = append(b.p.Departments, d)
	}
	for _, n := range replaced { // a unit that is there is not replaced
		if _, there := b.p.Department(n.Value); there || n.Value == OfficeID {
			b.at(n, "plan.replaces_present", n.Value)
		}
	}
	if b.declared && len(list.Content) == 0 {
		b.at(list, "plan.list_empty", "departments")
	}
}

func firstOf(ss ...string) string {
	i := slices.IndexFunc(ss, func(s string) bool { return s != "" })
	return ss[i]
}

// headings reads a list of id and title and returns the ids; nil when they are
// not all known, so that nothing is looked up in them.
func (b *builder) headings(list *yaml.Node, add func(id, title string)) map[string]bool {
	if list == nil || list.Kind != yaml.SequenceNode {
		b.list(list, maxEntries)
		return nil
	}
	ids, used := map[string]bool{}, seen{}
	for _, n := range b.list(list, maxEntries) {
		f := b.fields(n, "id", "title")
		idNode := f.need("id")
		id := b.id(idNode)
		b.once(used, idNode, id, "plan.id_twice")
		ids[id] = true
		add(id, b.text(f.need("title"), longTitle))
	}
	if ids[""] {
		return nil // one id is at fault; uses of it are not
	}
	return ids
}

func (b *builder) tasks(list *yaml.Node) {
	numbers := seen{}
	for _, n := range b.list(list, maxEntries) {
		b.p.Tasks = append(b.p.Tasks, b.task(n, numbers))
	}
	if list != nil && list.Kind == yaml.SequenceNode && len(list.Content) == 0 {
		b.at(list, "plan.list_empty", "tasks")
	}
}

func (b *builder) task(n *yaml.Node, numbers seen) Task {
	f := b.fields(n, "no", "id", "title", "section", "lead", "cooperating", "measures", "figures")
	var t Task
	no := f.need("no")
	if v, ok := b.whole(no, 1, 999); ok {
		t.No, t.Key = v, v
		b.once(numbers, no, strconv.Itoa(v), "plan.number_twice")
	}
	if id := f.may("id"); id != nil {
		t.ID = b.id(id)
		b.once(b.taskIDs, id, t.ID, "plan.id_twice")
	}
	t.Title = b.text(f.need("title"), longTitle)
	section := f.need("section")
	t.Section = b.id(section)
	if t.Section != "" && b.sections != nil && !b.sections[t.Section] {
		b.at(section, "plan.section_unknown", t.Section)
	}
	if f.node != nil && (!f.has("lead") || blank(f.values["lead"])) {
		at := f.node
		if f.has("lead") {
			at = f.keys["lead"]
		}
		b.at(at, "plan.lead_missing")
	} else {
		t.Lead = b.lead(f.may("lead"))
	}
	b.cooperating(f.need("cooperating"), &t)
	for _, m := range b.list(f.need("measures"), maxParts) {
		mf := b.fields(m, "id", "title")
		idNode := mf.need("id")
		measure := Measure{ID: b.id(idNode), Title: b.text(mf.need("title"), longTitle)}
		b.once(b.measures, idNode, measure.ID, "plan.id_twice")
		t.Measures = append(t.Measures, measure)
	}
	for _, g := range b.list(f.may("figures"), maxParts) {
		in := b.indicator(g, true)
		in.Task, in.TaskKey = t.No, t.Key
		t.Figures = append(t.Figures, in)
	}
	return t
}

func blank(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (strings.TrimSpace(n.Value) == "" || n.ShortTag() == "!!null") ||
		n.Kind == yaml.SequenceNode && len(n.Content) == 0
}

// lead reads the one lead: a list, or several names run together, is two leads.
func (b *builder) lead(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	if n.Kind == yaml.SequenceNode && len(n.Content) > 1 {
		names := make([]string, len(n.Content))
		for i, c := range n.Content {
			names[i] = c.Value
		}
		b.at(n, "plan.two_leads", joinNames(names))
		return ""
	}
	s := b.text(n, longTitle)
	if parts := b.joined(s); parts != nil {
		b.at(n, "plan.two_leads", joinNames(parts))
		return ""
	}
	if _, isGroup := b.partyNames[s]; isGroup {
		b.at(n, "plan.group_leads", s)
		return ""
	}
	return b.department(n, s)
}

// cooperating reads the list of cooperating departments and groups, or all-members.
func (b *builder) cooperating(n *yaml.Node, t *Task) {
	t.Cooperating = []string{}
	if n == nil {
		return
	}
	if n.Kind == yaml.ScalarNode && n.Value == allMembers {
		t.AllMembers = true
		for _, d := range b.p.Departments {
			if d.ID != t.Lead {
				t.Cooperating = append(t.Cooperating, d.ID)
			}
		}
		return
	}
	if n.Kind != yaml.SequenceNode && n.Kind != yaml.AliasNode {
		b.at(n, "plan.cooperating_shape")
		return
	}
	var parties []string
	grouped := false
	for _, c := range b.list(n, maxEntries) {
		s := b.text(c, longTitle)
		if s == allMembers {
			b.at(c, "plan.all_members_alone")
			continue
		}
		if parts := b.joined(s); parts != nil {
			b.at(c, "plan.names_joined", joinNames(parts))
			continue
		}
		id, isGroup := b.partyNames[s]
		if !isGroup {
			id = b.department(c, s)
		}
		switch {
		case id == "":
			continue
		case id == t.Lead:
			b.at(c, "plan.lead_cooperates", s)
			continue
		case slices.Contains(parties, id):
			b.at(c, "plan.cooperating_twice", s)
			continue
		}
		grouped = grouped || isGroup
		parties = append(parties, id)
	}
	b.resolve(t, parties)
	if grouped {
		t.Parties = parties
	}
}

// resolve puts the units in place that the parties stand for. The lead cooperates with
// itself in no group, and a unit that several parties bring has one part.
func (b *builder) resolve(t *Task, parties []string) {
	add := func(id string) {
		if id != t.Lead && !slices.Contains(t.Cooperating, id) {
			t.Cooperating = append(t.Cooperating, id)
		}
	}
	for _, party := range parties {
		g, isGroup := b.p.PartyGroup(party)
		if !isGroup {
			add(party)
		}
		for _, m := range g.Members {
			add(m.Department)
		}
	}
}

func joinNames(names []string) string { return strings.Join(names, ", ") }

// department resolves a name, alias or id.
func (b *builder) department(n *yaml.Node, s string) string {
	if s == "" || !b.declared {
		return ""
	}
	if id, ok := b.departments[s]; ok {
		return id
	}
	if near := b.nearest(s); near != "" {
		b.at(n, "plan.department_unknown", s, near)
	} else {
		b.at(n, "plan.department_unlisted", s)
	}
	return ""
}

// joined splits a text that is two or more known departments run together with
// a Chinese or a quoted comma; nil when it is not.
func (b *builder) joined(s string) []string {
	known := func(name string) bool { return b.departments[name] != "" || b.partyNames[name] != "" }
	if known(s) {
		return nil
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、，,；; ", r) })
	if len(parts) < 2 || !slices.ContainsFunc(parts, known) {
		return nil
	}
	return parts
}

// nearest is the known department name closest to s, if one is close.
func (b *builder) nearest(s string) string {
	if len(b.faults) > maxFaults {
		return ""
	}
	best, least := "", max(1, len([]rune(s))/2)+1
	for _, d := range b.p.Departments {
		for _, name := range append([]string{d.Name, d.ID}, d.Aliases...) {
			if n := distance([]rune(s), []rune(name)); n < least {
				best, least = name, n
			}
		}
	}
	return best
}

// distance is the number of characters to insert, drop or change (Levenshtein).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			change := diagonal
			if x != y {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
