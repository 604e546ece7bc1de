package web

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/workflow"
)

// The bounds of what is recorded of exports: a request that reads must not make the
// journal grow without end.
const (
	// takenOnce is how long the same export by the same account is one taking.
	takenOnce = 10 * time.Minute
	// TakenMost is how many takings of one account are recorded in takenWithin; more are
	// refused, since nothing is handed out unrecorded.
	TakenMost   = 120
	takenWithin = time.Hour
	// takers is of how many accounts takings are remembered.
	takers = 4096
	// takenValue is the most characters of one value that stand in the record.
	takenValue = 100
)

// LedgerTaken and journalTaken are the parameters that say which part was taken; others
// select nothing and are not recorded.
var (
	LedgerTaken  = []string{"period", "task", "department", "role", "state", "light", "q", "sort", "asof"}
	JournalTaken = []string{"kind", "unit", "user", "assignment", "period", "from", "to", "q", "after", "asof"}
)

// plainValue is a value that names a period, a day, a state. Whatever else somebody
// typed may be a person's name: it is recorded as a text, which can be redacted.
var plainValue = regexp.MustCompile(`^[0-9A-Za-z_.,:+-]{1,40}$`)

// typedFreely are parameters whose values are recorded as a text whatever they look like.
var typedFreely = []string{"q", "user", "unit", "assignment", "department"}

// Selected says which part of an export a request asks for: what by, and what stands in a
// text. The same selection is the same, in whatever order or with whatever else it comes.
func Selected(c *fiber.Ctx, name string, known []string) (what, selection string) {
	plain, free := url.Values{}, url.Values{}
	for _, p := range known {
		v := strings.TrimSpace(c.Query(p))
		switch {
		case v == "":
		case plainValue.MatchString(v) && !slices.Contains(typedFreely, p):
			plain.Set(p, v)
		default:
			if r := []rune(v); len(r) > takenValue {
				v = string(r[:takenValue]) + "…"
			}
			free.Set(p, v)
		}
	}
	if what = name; len(plain) > 0 {
		what += "?" + plain.Encode()
	}
	for i, p := range known {
		if free.Get(p) != "" && !slices.Contains(known[:i], p) {
			selection += p + "=" + free.Get(p) + "\n"
		}
	}
	return what, strings.TrimSuffix(selection, "\n")
}

// Exported records that something was taken, once for whoever takes the same again within
// some minutes.
func (s *Server) Exported(c *fiber.Ctx, what, selection string) error {
	if c.Method() == fiber.MethodHead {
		return nil // nothing is handed out
	}
	s = s.Present() // it is taken now, whatever it shows
	call, err := s.Call(c, session.From(c).Actor)
	if err != nil {
		return err
	}
	call.Key = "" // a taking is no act that is repeated
	asked := what + "\n" + selection + "\n" + call.Actor.OnBehalf
	known, err := s.taken.note(s.CallerOf(c), asked, s.Wall())
	if err != nil || known {
		return err
	}
	if err := s.Desk.Exported(c.UserContext(), call, what, selection); err != nil {
		s.taken.forget(s.CallerOf(c), asked)
		return err
	}
	return nil
}

// takings remembers what was recorded lately.
type takings struct {
	mu     sync.Mutex
	lately map[string][]taking // by caller, oldest first
}

type taking struct {
	what string
	at   time.Time
}

// note reports whether the caller's taking is recorded already; if not, it counts as
// recorded from now on. TooMany export.too_many when there are too many.
func (t *takings) note(caller, what string, now time.Time) (known bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lately == nil || len(t.lately) >= takers && t.lately[caller] == nil {
		t.lately = map[string][]taking{}
	}
	all := slices.DeleteFunc(t.lately[caller], func(k taking) bool {
		age := now.Sub(k.at)
		return age >= takenWithin || age < -takenWithin // a clock that was set back
	})
	t.lately[caller] = all
	for _, k := range all {
		if k.what == what && now.Sub(k.at) < takenOnce {
			return true, nil
		}
	}
	if len(all) >= TakenMost {
		wait := max(1, int(all[0].at.Add(takenWithin).Sub(now).Seconds()))
		return false, workflow.Fault(workflow.TooMany, "export.too_many", "limit", TakenMost, "retry_after", wait)
	}
	t.lately[caller] = append(all, taking{what, now})
	return false, nil
}

// forget takes back what could not be recorded.
func (t *takings) forget(caller, what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.lately[caller]
	for i, k := range slices.Backward(all) {
		if k.what == what {
			t.lately[caller] = slices.Delete(all, i, i+1)
			return
		}
	}
}
