package web

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"sync/atomic"
	"time"

	"duban/ui/live"
	"duban/ui/page"
	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/ledger"
	"duban/workflow/plan"
)

// A class of live readers is a language and whose rights they have, as
// "zh-CN|office", "en|dept/zrzyt" or "zh-CN|screen": few, so that each event is
// encoded few times.
func ClassOf(lang string, a workflow.Actor) string {
	if a.InDepartment() {
		return lang + "|dept/" + a.Unit
	}
	return lang + "|" + string(a.Role)
}

// classActor is an actor with the rights of the class.
func classActor(class string) (lang string, a workflow.Actor) {
	lang, who, _ := strings.Cut(class, "|")
	if unit, ok := strings.CutPrefix(who, "dept/"); ok {
		return lang, workflow.Actor{Unit: unit, Role: workflow.Liaison}
	}
	return lang, workflow.Actor{Unit: plan.OfficeID, Role: workflow.UserRole(who)}
}

// Feed is what the live hub asks: its Source.
type Feed struct {
	Book  *ledger.Book
	Rules func() workflow.Rules
	Clock func() time.Time

	views  views
	boards [2]atomic.Pointer[board] // by language: the snapshot last encoded
}

// board is an encoded snapshot; its bytes are shared and never changed.
type board struct {
	seq    uint64
	minute int64
	body   []byte
}

// Pushing is the observer of the Book that tells the hub of committed events. After a change
// of plan the pages of the board are loaded again.
func (f *Feed) Pushing(h *live.Hub) func(ledger.Update) {
	return func(u ledger.Update) {
		h.Push(f.update(u))
		if u.Event.Kind == workflow.KindPlanLoaded {
			h.ReloadPages()
		}
	}
}

func (f *Feed) update(u ledger.Update) live.Update {
	return live.Update{Seq: u.Event.Seq,
		Frame:  func(class string) []byte { return f.frame(class, u) },
		Counts: func(class string) []byte { return f.counts() },
	}
}

// liveEvent is an event as a live frame carries it: without texts, and with the
// assignment as it stood after it.
type liveEvent struct {
	workflow.Event
	Assignment *ledger.Item `json:"assignment,omitempty"`
	ID         string       `json:"assignment_id,omitempty"`
	Prev       string       `json:"prev"`
	Hash       string       `json:"hash"`
}

func (f *Feed) frame(class string, u ledger.Update) []byte {
	lang, actor := classActor(class)
	rules := f.Rules()
	e, ok := rules.ShowEvent(actor, u.Event)
	if !ok {
		return nil
	}
	v := liveEvent{Event: e, ID: e.Assignment, Prev: e.Prev.String(), Hash: e.Hash.String()}
	if u.Assignment != nil {
		now := f.Clock()
		item := f.Book.Item(*u.Assignment, now).Localise(Say(f.printer(lang, now)))
		v.Assignment = &item
	}
	b, err := json.Marshal(v)
	if err != nil {
		// A frame is made of our own types; this cannot be reached by any input.
		panic(err)
	}
	return b
}

func (f *Feed) printer(lang string, now time.Time) *text.Printer {
	return text.For(lang).In(f.Rules().Plan.Zone).At(now)
}

func (f *Feed) counts() []byte {
	b, err := json.Marshal(f.Book.TaskCounts(f.Clock()))
	if err != nil {
		panic(err)
	}
	return b
}

// Head is the position of the newest event the feed knows.
func (f *Feed) Head() uint64 { return f.Book.Seq() }

// PagesSince is where the plan in force began.
func (f *Feed) PagesSince() uint64 {
	v := f.Rules().Versions
	if v == nil || len(*v) == 0 {
		return 0
	}
	return (*v)[len(*v)-1].Seq
}

// Epoch names the journal.
func (f *Feed) Epoch() string { return f.Book.Epoch() }

// Now is the plan clock, in the plan's zone: a wall takes the zone's offset from it.
func (f *Feed) Now() time.Time { return f.Clock().In(f.Rules().Plan.Zone) }

// History is what a screen missed that the hub no longer holds.
func (f *Feed) History(ctx context.Context, after uint64, limit int) ([]live.Update, bool, error) {
	us, ok, err := f.Book.History(ctx, after, limit)
	if err != nil || !ok {
		return nil, false, err
	}
	out := make([]live.Update, len(us))
	for i, u := range us {
		out[i] = f.update(u)
	}
	return out, true, nil
}

// Snapshot is the board in the class's language.
func (f *Feed) Snapshot(_ context.Context, class string) (uint64, []byte, error) {
	lang, _ := classActor(class)
	return f.Board(lang)
}

// Board is the encoded board, made anew when the journal or the minute moved.
func (f *Feed) Board(lang string) (uint64, []byte, error) {
	slot := &f.boards[0]
	if lang == text.English {
		slot = &f.boards[1]
	}
	now := f.Clock()
	minute := now.Unix() / 60
	if b := slot.Load(); b != nil && b.seq == f.Book.Seq() && b.minute == minute {
		return b.seq, b.body, nil
	}
	v := f.Book.BoardAt(now).Localise(Say(f.printer(lang, now)))
	body, err := json.Marshal(v)
	if err != nil {
		return 0, nil, err
	}
	slot.Store(&board{v.Seq, minute, body})
	return v.Seq, body, nil
}

// views remembers each board view as it was last rendered, so that only what changed
// is rendered and sent.
type views map[string]*boardView

type boardView struct {
	regions map[string]region
	figures map[string]string // the regions of indicators, as of charts
	charts  *ledger.IndicatorView
}

type region struct {
	html string
	seq  uint64 // when it last changed
}

// render is every region of the view now. Those of indicators are half of the work and
// are printed again only when the Book has made them anew.
func (v *boardView) render(k page.Kit, b *ledger.Board) map[string]string {
	all := page.BoardWork(k, b)
	if len(b.Charts) == 0 || v.charts != &b.Charts[0] {
		v.figures, v.charts = page.BoardFigures(k, b), nil
		if len(b.Charts) > 0 {
			v.charts = &b.Charts[0]
		}
	}
	maps.Copy(all, v.figures)
	return all
}

// Regions renders a board view ("board/zh-CN") once for all its screens and
// answers what changed after since. The hub calls it one at a time.
func (f *Feed) Regions(_ context.Context, view string, since uint64) (uint64, []byte, error) {
	lang := strings.TrimPrefix(view, "board/")
	now := f.Clock()
	b := f.Book.BoardAt(now)
	if f.views == nil {
		f.views = views{}
	}
	v := f.views[view]
	if v == nil {
		v = &boardView{regions: map[string]region{}}
		f.views[view] = v
	}
	changed := map[string]string{}
	for id, html := range v.render(page.NewKit(lang, f.Rules(), now, workflow.Actor{Role: workflow.Screen}), b) {
		if v.regions[id].html != html {
			v.regions[id] = region{html, b.Seq}
		}
		if since == 0 || v.regions[id].seq > since {
			changed[id] = html
		}
	}
	if len(changed) == 0 {
		return b.Seq, nil, nil
	}
	out, err := json.Marshal(changed)
	return b.Seq, out, err
}

// CloseCode is what the sockets of a session, token or screen that has ended are told: one
// that was revoked is let in again by somebody else, the others log in again.
func CloseCode(key string, why account.EndReason) int {
	if why == account.EndRevoked || strings.HasPrefix(key, account.ScreenKey("")) {
		return live.CloseRevoked
	}
	return live.CloseLogin
}
