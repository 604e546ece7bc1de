package plan

import (
	"slices"

	yaml "go.yaml.in/yaml/v3"
)

// PartyGroup is a name a plan uses for several units at once, such as 各县（市、区）人民政府:
// every member takes the part that the group is given. Plan files of version 2 have them.
type PartyGroup struct {
	ID      string   `json:"id"`   // short, stable, ASCII; differs from every unit's
	Name    string   `json:"name"` // as printed in the plan
	Aliases []string `json:"aliases,omitempty"`
	Members []Member `json:"members"`
}

// Member is a unit's membership of a PartyGroup. A period asks those who are members on
// the day it is opened; work that was given out earlier stays with whom it was given to.
type Member struct {
	Department string `json:"department"`     // a Department's ID
	From       Date   `json:"from,omitzero"`  // its first day; zero: from the beginning
	Until      Date   `json:"until,omitzero"` // its last day; zero: to the end
}

// On reports whether the membership holds on the day.
func (m Member) On(day Date) bool {
	return (m.From.IsZero() || !day.Before(m.From)) && (m.Until.IsZero() || !m.Until.Before(day))
}

// days is when the membership holds, for a message: both ends, open where there is none.
func (m Member) days() string {
	if m.From.IsZero() && m.Until.IsZero() {
		return ""
	}
	return "（" + m.From.String() + "—" + m.Until.String() + "）"
}

// PartiesAsWritten are the cooperating departments and groups as the file has them.
func (t Task) PartiesAsWritten() []string {
	if len(t.Parties) > 0 {
		return t.Parties
	}
	return t.Cooperating
}

// has reports whether the unit is a member, on the day or, for the zero day, at any time.
func (g PartyGroup) has(department string, day Date) bool {
	return slices.ContainsFunc(g.Members, func(m Member) bool {
		return m.Department == department && (day.IsZero() || m.On(day))
	})
}

// PartyGroup is the group with the id.
func (p *Plan) PartyGroup(id string) (PartyGroup, bool) {
	i := slices.IndexFunc(p.PartyGroups, func(g PartyGroup) bool { return g.ID == id })
	if i < 0 {
		return PartyGroup{}, false
	}
	return p.PartyGroups[i], true
}

// CooperatingOn lists the departments that cooperate in a task on a day, in the order of
// Task.Cooperating: all of them but those that only a group brings whose membership does
// not hold then.
func (p *Plan) CooperatingOn(t Task, day Date) []string {
	if len(t.Parties) == 0 {
		return t.Cooperating
	}
	return slices.DeleteFunc(slices.Clone(t.Cooperating), func(id string) bool {
		return !slices.ContainsFunc(t.Parties, func(party string) bool {
			g, isGroup := p.PartyGroup(party)
			return party == id || isGroup && g.has(id, day)
		})
	})
}

// GroupOf is the group that brings a department into a task, nil when it is named itself
// or has no part.
func (p *Plan) GroupOf(t Task, department string) *PartyGroup {
	if slices.Contains(t.Parties, department) {
		return nil
	}
	for _, party := range t.Parties {
		if g, ok := p.PartyGroup(party); ok && g.has(department, Date{}) {
			return &g
		}
	}
	return nil
}

// partyGroups reads the groups. Their ids, names and aliases share one space with those
// of the departments, because a task may name either.
func (b *builder) partyGroups(list *yaml.Node) {
	for _, n := range b.list(list, maxEntries) {
		f := b.fields(n, "id", "name", "aliases", "members")
		id, name := f.need("id"), f.need("name")
		g := PartyGroup{ID: b.id(id), Name: b.text(name, shortTitle)}
		b.declared = b.declared && g.Name != ""
		names := []*yaml.Node{id, name}
		for _, a := range b.list(f.may("aliases"), maxParts) {
			g.Aliases = append(g.Aliases, b.text(a, shortTitle))
			names = append(names, a)
		}
		members := f.need("members")
		for _, m := range b.list(members, maxEntries) {
			b.member(m, &g)
		}
		if members != nil && len(members.Content) == 0 {
			b.at(members, "plan.list_empty", "members")
		}
		known := append([]string{g.ID, g.Name}, g.Aliases...)
		for i, s := range known {
			switch {
			case s == "" || slices.Contains(known[:i], s):
			case s == OfficeID || s == allMembers:
				b.at(names[i], "plan.office_reserved", s)
			default:
				b.once(b.names, names[i], s, "plan.department_twice")
				b.partyNames[s] = firstOf(g.ID, g.Name, s)
			}
		}
		b.p.PartyGroups = append(b.p.PartyGroups, g)
	}
}

// member reads a member: a name, or fields with the days of its membership.
func (b *builder) member(n *yaml.Node, g *PartyGroup) {
	name, from, until := n, (*yaml.Node)(nil), (*yaml.Node)(nil)
	if n.Kind == yaml.MappingNode {
		f := b.fields(n, "department", "from", "until")
		name, from, until = f.need("department"), f.may("from"), f.may("until")
	}
	if name == nil {
		return
	}
	s := b.text(name, longTitle)
	if parts := b.joined(s); parts != nil {
		b.at(name, "plan.names_joined", joinNames(parts))
		return
	}
	m := Member{Department: b.department(name, s), From: b.date(from), Until: b.date(until)}
	if m.Department == "" {
		return
	}
	if !m.From.IsZero() && !m.Until.IsZero() && m.Until.Before(m.From) {
		b.at(until, "plan.dates_reversed", m.From.String(), m.Until.String())
	}
	if slices.ContainsFunc(g.Members, func(o Member) bool { return o.Department == m.Department && o.meets(m) }) {
		b.at(name, "plan.member_twice", s)
		return
	}
	g.Members = append(g.Members, m)
}

// meets reports whether two memberships have a day in common.
func (m Member) meets(o Member) bool {
	return (m.From.IsZero() || o.Until.IsZero() || !o.Until.Before(m.From)) && (o.From.IsZero() || m.Until.IsZero() || !m.Until.Before(o.From))
}
