package intake_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"duban/workflow/plan/intake"
	"duban/workflow/plan/intake/wording"
)

// score counts what a reading got of the truth.
type score struct {
	tasks, found, extra           int
	leads, right, wrong           int
	open, guessed, asked          int
	cooperating                   int
	figures, hits, read, ops      int
	kinds, kindsRight             int
	deadlines, dueRight, dueFound int
}

func percent(a, b int) float64 {
	if b == 0 {
		return 100
	}
	return float64(a) * 100 / float64(b)
}

func (s score) String() string {
	return fmt.Sprintf("tasks %d: recall %.1f precision %.1f · lead right %.1f wrong %.1f · open %d guessed %d asked %d · cooperating %.1f · figures %d: P %.1f R %.1f op %.1f kind %.1f · deadlines %d: P %.1f R %.1f",
		s.tasks, percent(s.found, s.tasks), percent(s.found, s.found+s.extra), percent(s.right, s.leads), percent(s.wrong, s.leads), s.open, s.guessed, s.asked,
		percent(s.cooperating, s.tasks), s.figures, percent(s.hits, s.read), percent(s.hits, s.figures), percent(s.ops, s.hits), percent(s.kindsRight, s.kinds),
		s.deadlines, percent(s.dueRight, s.dueFound), percent(s.dueRight, s.deadlines))
}

// truth is a task as a person read it.
type truth struct {
	no, title          string
	lead, others, figs []string
	due                string
}

func truths(t *testing.T, s string) []truth {
	var out []truth
	for _, line := range strings.Split(strings.TrimSpace(s), "\n") {
		f := strings.Split(line, "|")
		for len(f) < 6 {
			f = append(f, "")
		}
		if len(f) != 6 {
			t.Fatalf("a line of truth has six parts: %s", line)
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		list := func(s string) []string {
			return slices.DeleteFunc(strings.Split(s, ";"), func(x string) bool { return strings.TrimSpace(x) == "" })
		}
		out = append(out, truth{no: f[0], title: f[1], lead: list(f[2]), others: list(f[3]), due: f[4], figs: list(f[5])})
	}
	return out
}

// same is whether names are those of the truth, each in one of its spellings.
func same(want []string, got []wording.Party) bool {
	if len(want) != len(got) {
		return false
	}
	for _, w := range want {
		if !slices.ContainsFunc(got, func(p wording.Party) bool { return slices.Contains(strings.Split(w, "~"), p.Name) }) {
			return false
		}
	}
	return true
}

var figureForm = regexp.MustCompile(`^([≥>≤<=≈])([0-9.]+)([^ ]*) ?(.*)$`)

// measure compares a reading with the truth and says each difference.
func (s *score) measure(want []truth, r *intake.Reading, say func(...any)) {
	got := r.Tasks
	s.tasks += len(want)
	used := 0
	for i, w := range want {
		k := slices.IndexFunc(got, func(x intake.Task) bool {
			return strings.Trim(x.No, "（）()、.") == strings.Trim(w.no, "（）()、.") && strings.Trim(x.No, "（）()、.") != ""
		})
		if k < 0 && i < len(got) && got[i].No == "" {
			k = i
		}
		s.figures += len(w.figs)
		open := slices.Equal(w.lead, []string{"?"})
		if open {
			s.open++
		} else {
			s.leads++
		}
		if w.due != "" && !strings.Contains(w.due, "~") {
			s.deadlines++
		}
		if k < 0 {
			say("MISSED", w.no, w.title)
			continue
		}
		x := got[k]
		used++
		s.found++
		if w.title != "~" && x.Title != w.title {
			say("title", w.title, "|", x.Title)
		}
		asked := slices.ContainsFunc(r.Questions, func(q intake.Question) bool { return q.Task == k && q.Field == intake.AskLead })
		switch {
		case open && len(x.Lead) > 0:
			s.guessed++
			say("GUESSED", w.no, called(x.Lead))
		case open && asked:
			s.asked++
		case open:
			say("NOT ASKED", w.no)
		case same(w.lead, x.Lead):
			s.right++
		default:
			if len(x.Lead) > 0 {
				s.wrong++
			}
			say("lead", w.no, w.lead, "|", called(x.Lead))
		}
		if same(w.others, x.Cooperating) || len(x.Lead) == 0 && !open && same(slices.Concat(w.lead, w.others), x.Cooperating) {
			s.cooperating++
		} else {
			say("cooperating", w.no, w.others, "|", called(x.Cooperating))
		}
		due := false
		if x.Deadline != nil {
			due = slices.Contains(strings.Split(w.due, "~"), x.Deadline.Date) && x.Deadline.Date != "" || slices.Contains(strings.Split(w.due, "~"), x.Deadline.Text)
		}
		if !strings.Contains(w.due, "~") {
			if x.Deadline != nil {
				s.dueFound++
			}
			if due {
				s.dueRight++
			}
			if due != (x.Deadline != nil) || due != (w.due != "") {
				say("deadline", w.no, w.due, "|", x.Deadline)
			}
		}
		s.read += len(x.Figures)
		taken := map[int]bool{}
		for _, fig := range w.figs {
			m := figureForm.FindStringSubmatch(strings.TrimSpace(fig))
			if m == nil {
				say("no figure of truth", fig)
				continue
			}
			j := -1
			for n, f := range x.Figures {
				if !taken[n] && f.Value.String()+f.Unit == m[2]+m[3] && (j < 0 || f.Op == m[1] && x.Figures[j].Op != m[1]) {
					j = n
				}
			}
			if j < 0 {
				say("figure missed", w.no, fig)
				continue
			}
			taken[j] = true
			s.hits++
			if x.Figures[j].Op == m[1] {
				s.ops++
			} else {
				say("op", w.no, fig, x.Figures[j].Op)
			}
			if m[4] != "" && !strings.HasSuffix(m[4], "~") {
				s.kinds++
				if slices.Contains(strings.Split(m[4], "~"), string(x.Figures[j].Kind)) {
					s.kindsRight++
				} else {
					say("kind", w.no, fig, "|", x.Figures[j].Kind)
				}
			}
		}
		for n, f := range x.Figures {
			if !taken[n] {
				say("figure invented", w.no, f.Op, f.Value, f.Unit, "|", f.Text)
			}
		}
	}
	if used < len(got) {
		s.extra += len(got) - used
		say("EXTRA tasks:", len(got), "read")
	}
}

// TestUnseen measures the reader on texts that were fresh when it first read them, with the
// figures that the product promises. Each difference that known.txt does not list is an
// error, so that what was mended stays so.
func TestUnseen(t *testing.T) {
	files, err := filepath.Glob("testdata/unseen/[0-9]-*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no texts", err)
	}
	b, err := os.ReadFile("testdata/unseen/known.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, line := range strings.Split(string(b), "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			known[line] = true
		}
	}
	var all score
	rounds := map[string]*score{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text, tail, ok := strings.Cut(string(b), "=====\n")
		if !ok {
			t.Fatal(f, "has no truth")
		}
		name := filepath.Base(f)
		round := rounds[name[:1]]
		if round == nil {
			round = &score{}
			rounds[name[:1]] = round
		}
		want, r := truths(t, tail), read(text)
		round.measure(want, r, func(a ...any) {
			line := strings.TrimSpace(fmt.Sprintln(append([]any{name}, a...)...))
			if !known[line] {
				t.Errorf("%s", line)
			}
			delete(known, line)
		})
		all.measure(want, r, func(...any) {})
	}
	for line := range known {
		t.Errorf("known.txt lists what is right now: %s", line)
	}
	for k, v := range rounds {
		t.Log("round", k, v)
	}
	t.Log("all", all)
	for what, bad := range map[string]bool{
		"tasks":       percent(all.found, all.tasks) < 97 || percent(all.found, all.found+all.extra) < 97,
		"lead":        percent(all.right, all.leads) < 97 || percent(all.wrong, all.leads) > 0.5,
		"guessed":     all.guessed > 0 || all.asked < all.open,
		"cooperating": percent(all.cooperating, all.tasks) < 92,
		"figures":     percent(all.hits, all.read) < 95 || percent(all.hits, all.figures) < 90,
		"deadlines":   percent(all.dueRight, all.deadlines) < 95 || percent(all.dueRight, all.dueFound) < 95,
	} {
		if bad {
			t.Errorf("%s: below what is promised: %s", what, all)
		}
	}
}
