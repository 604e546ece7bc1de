package page

import (
	"net/url"
	"slices"

	"duban/workflow"
	"duban/workflow/ledger"
)

// JournalInput is one page of the record. Texts must have been taken out of
// events the reader may not read.
type JournalInput struct {
	Events []workflow.Event
	Values url.Values // the query: q, kind, unit, user, assignment, period, from, to, after
	First  string     // URL of the first page, from the first page of the other order
	Next   string
	Oldest bool // the events are in the order they were written; else the newest are first
	Head   uint64
	Hash   workflow.Hash

	Periods  []workflow.Period
	Reached  uint64        // how far the search came, when there is a next page
	Followed *ledger.Item  // the one assignment asked for
	Check    *JournalCheck // nil: not asked for
}

// Lowest is the first position shown; there must be one.
func (in JournalInput) Lowest() uint64 {
	return min(in.Events[0].Seq, in.Events[len(in.Events)-1].Seq)
}

// Highest is the last position shown; there must be one.
func (in JournalInput) Highest() uint64 {
	return max(in.Events[0].Seq, in.Events[len(in.Events)-1].Seq)
}

// shownHash is how many characters of a hash a table shows: enough to compare by eye.
const shownHash = 12

// NewJournal builds the record of what was done.
func NewJournal(k Kit, f Frame, in JournalInput) Journal {
	f.Title = k.P.T("journal.title")
	j := Journal{Frame: f, Chain: k.P.T("journal.chain"),
		Head: k.P.T("journal.head", "seq", in.Head, "hash", in.Hash.String()[:shownHash])}
	k.followed(&j, in)
	j.First, j.Next = Link{k.P.T("journal.from_first"), in.First}, Link{k.P.T("journal.older"), in.Next}
	if in.Oldest {
		j.Next.Text = k.P.T("journal.newer")
	}
	if in.Oldest || in.Values.Get("before") != "" {
		j.First.Text = k.P.T("journal.from_newest")
	}
	for _, e := range in.Events {
		row := EventRow{Seq: e.Seq, At: When{k.P.Exact(e.At), e.At.Format("2006-01-02T15:04:05Z07:00")}, Kind: k.P.Show(e.Kind),
			Who: k.person(e.Actor), Unit: k.unitName(e.Actor.Unit), What: k.what(e), Hash: e.Hash.String()[:shownHash], Whole: e.Hash.String()}
		if row.What == row.Kind {
			row.What = ""
		}
		if s := stepText(e); s != "" {
			row.What += " " + s
		}
		if e.RecordedAt.Sub(e.At).Minutes() >= 1 {
			row.Recorded = k.P.T("journal.recorded", "at", k.P.Exact(e.RecordedAt))
		}
		k.redaction(&row, e)
		row.Subject = k.subject(e)
		if e.Assignment != "" && in.Values.Get("assignment") == "" {
			row.Follow = journalPath + "?assignment=" + url.QueryEscape(e.Assignment)
		}
		j.Rows = append(j.Rows, row)
	}
	if len(in.Events) > 0 && (in.Next != "" || in.Values.Get("after") != "" || in.Values.Get("before") != "") {
		j.Part = k.P.T("journal.part", "first", in.Lowest(), "last", in.Highest(), "n", len(in.Events))
	}
	j.Filter = k.journalFilter(in)
	k.recount(&j, in)
	return j
}

// followed names the one assignment whose events are shown, and says when a search has
// not come to the end yet.
func (k Kit) followed(j *Journal, in JournalInput) {
	if id := in.Values.Get("assignment"); id != "" {
		j.Followed, j.All = &Link{Text: id}, journalPath
		if i := in.Followed; i != nil {
			j.Followed = &Link{k.P.T("journal.followed", "no", i.Task.No, "title", i.Task.Title, "department", i.Department.Name, "role", i.Role, "period", i.Period), AssignmentPath(id)}
		}
	}
	if in.Reached != 0 && len(in.Events) == 0 {
		j.More = k.P.T("journal.more", "seq", in.Reached)
	}
}

// recount offers to check the events shown, and says what the server's check came to.
func (k Kit) recount(j *Journal, in JournalInput) {
	if len(in.Events) == 0 {
		return
	}
	r := &Recount{First: in.Lowest(), Last: in.Highest(), Hidden: []Hidden{{"check", "1"}}}
	for _, name := range sortedKeys(in.Values) {
		for _, v := range in.Values[name] {
			if name != "check" {
				r.Hidden = append(r.Hidden, Hidden{name, v})
			}
		}
	}
	j.Recount = r
	switch c := in.Check; {
	case c == nil:
	case c.Broken != 0:
		j.Checked, j.Tone = k.P.T("journal.broken", "seq", c.Broken), Bad
	case c.Counted == 0:
		j.Checked, j.Tone = k.P.T("journal.too_long", "n", c.Range), Warn
	default:
		j.Checked, j.Tone = k.P.T("journal.checked", "first", c.First, "last", c.Last, "n", c.Counted, "hash", c.Hash.String()), Good
	}
}

// subject is what an event is about.
func (k Kit) subject(e workflow.Event) Link {
	switch {
	case e.Assignment != "":
		return Link{k.P.T("journal.assignment", "no", k.taskAt(e).No, "department", k.Rules.UnitAt(e.Seq, e.Department)), AssignmentPath(e.Assignment)}
	case e.Data.Indicator != "":
		return Link{e.Data.Indicator, IndicatorPath(e.Data.Indicator)}
	case e.Period != "":
		return Link{e.Period, assignmentsPath + "?period=" + url.QueryEscape(e.Period)}
	case e.Data.Account != nil:
		return Link{Text: e.Data.Account.Name}
	case e.Data.Plan != nil:
		return Link{Text: e.Data.Plan.Title}
	}
	return Link{}
}

// journalFields are the query's parameters that select events.
var journalFields = []string{"q", "kind", "unit", "user", "assignment", "period", "from", "to"}

func (k Kit) journalFilter(in JournalInput) Filter {
	v := in.Values
	fl := Filter{Action: journalPath, Q: v.Get("q"), Clear: journalPath}
	kept := url.Values{}
	for _, name := range journalFields {
		if s := v.Get(name); s != "" {
			fl.Active = true
			kept.Set(name, s)
		}
	}
	fl.Export, fl.Taken = pathWith("/export/journal.jsonl", kept), k.P.T("journal.export")
	choice := func(name, key string) Select {
		return Select{Name: name, Label: k.P.T(key), Options: []Option{{Text: k.P.T("filter.any")}}}
	}
	kind, unit, period := choice("kind", "col.kind"), choice("unit", "col.unit"), choice("period", "col.period")
	for _, x := range kinds {
		kind.Options = append(kind.Options, Option{Value: string(x), Text: k.P.Show(x), Selected: string(x) == v.Get("kind")})
	}
	for _, id := range k.knownUnits() {
		unit.Options = append(unit.Options, Option{Value: id, Text: k.Rules.Plan.Name(id), Selected: id == v.Get("unit")})
	}
	for _, p := range slices.Backward(in.Periods) {
		period.Options = append(period.Options, Option{Value: p.ID, Text: p.Name, Selected: p.ID == v.Get("period")})
	}
	fl.Selects = []Select{kind, unit, period}
	fl.Fields = []Field{
		{Kind: "text", Name: "user", ID: "q-user", Label: k.P.T("journal.user"), Value: v.Get("user"), Class: "short"},
		{Kind: "date", Name: "from", ID: "q-from", Label: k.P.T("journal.from"), Value: v.Get("from")},
		{Kind: "date", Name: "to", ID: "q-to", Label: k.P.T("journal.to"), Value: v.Get("to")},
	}
	if id := v.Get("assignment"); id != "" {
		fl.Keep = []Hidden{{"assignment", id}}
	}
	return fl
}
