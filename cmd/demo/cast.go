package demo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"duban/workflow/calendar"
	"duban/workflow/plan"
)

// Office is the key of the office's token.
const Office = plan.OfficeID

//go:embed sample.yaml
var sampleSource []byte

// sample is sample.yaml.
type sample struct {
	Owners     map[string]string `yaml:"owners"`
	Progress   []string          `yaml:"progress"`
	Obstacles  []string          `yaml:"obstacles"`
	Asks       []string          `yaml:"asks"`
	NextSteps  []string          `yaml:"next_steps"`
	Forecast   []string          `yaml:"forecast"`
	NoChange   string            `yaml:"no_change"`
	Note       string            `yaml:"measure_note"`
	Returns    []string          `yaml:"returns"`
	Comments   []string          `yaml:"comments"`
	Urge       string            `yaml:"urge"`
	AcceptUrge string            `yaml:"accept_urge"`
	Formal     string            `yaml:"formal"`
	Reply      string            `yaml:"reply"`
	Extension  string            `yaml:"extension"`
	Granted    string            `yaml:"granted"`
	Refused    string            `yaml:"refused"`
	Directive  string            `yaml:"directive"`
	Judgement  string            `yaml:"judgement"`
}

// Cast is the sample departments and office. Its methods are for one goroutine.
type Cast struct {
	Base    string            // the server's address, as http://127.0.0.1:8080
	Client  *http.Client      // with a timeout
	Tokens  map[string]string // API tokens by unit: departments' ids and Office
	Plan    *plan.Plan
	Clock   calendar.Clock
	Workday func(plan.Date) bool
	Now     func() time.Time // the plan clock
	Seed    uint64
	Log     *slog.Logger

	says    sample
	owner   map[string]string // who files a main target, by its id
	courses map[string]course
	done    map[string]bool // acts that were done, or given up
	tries   map[string]int  // refusals of acts that are tried again
	refused int
}

// Refused is how many acts were given up because the server refused them: none
// when nobody else plays with the same assignments.
func (c *Cast) Refused() int { return c.refused }

// Prepare hands the main targets out and files where they stood the month before,
// so that the board shows figures from its first second. In the plan's first month there
// are none yet.
func (c *Cast) Prepare(ctx context.Context) error {
	if err := yaml.Unmarshal(sampleSource, &c.says); err != nil {
		return fmt.Errorf("sample.yaml: %w", err)
	}
	c.owner, c.courses, c.done, c.tries = map[string]string{}, map[string]course{}, map[string]bool{}, map[string]int{}
	for n, ind := range c.Plan.AllIndicators() {
		if ind.Kind == plan.Judged {
			continue
		}
		if ind.Task == 0 {
			owner := c.says.Owners[ind.ID]
			if _, known := c.Plan.Department(owner); !known {
				owner = c.Plan.Departments[n%len(c.Plan.Departments)].ID
			}
			c.owner[ind.ID] = owner
			if err := c.send(ctx, Office, http.MethodPut, "/api/v1/indicators/"+ind.ID+"/owner", "owner/"+ind.ID, map[string]any{"owner": owner}, nil); err != nil {
				return err
			}
		}
		day, ok := c.monthBefore()
		if !ok {
			continue
		}
		fig := c.figure(ind, day)
		if err := c.send(ctx, Office, http.MethodPost, "/api/v1/indicators/"+ind.ID+"/figures", "opening/"+ind.ID, fig, nil); err != nil {
			return err
		}
	}
	return nil
}

// Run looks every so often until ctx ends. A look that fails is told and tried
// again: the server may be stopping, or busy.
func (c *Cast) Run(ctx context.Context, every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if err := c.Look(ctx); err != nil && ctx.Err() == nil {
			c.Log.Warn("the sample units could not act", "err", err)
		}
	}
}

// Look does everything that is due by now.
func (c *Cast) Look(ctx context.Context) error {
	all, err := c.open(ctx)
	if err != nil {
		return err
	}
	now := c.Now()
	for _, i := range all {
		k, ok := c.courses[i.ID]
		if !ok {
			k = plot(c.Seed, c.days(), i)
			c.courses[i.ID] = k
		}
		err = errors.Join(err, c.department(ctx, now, i, k, all), c.office(ctx, now, i, k))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(err, c.judge(ctx, now))
}

func (c *Cast) days() days { return days{c.Clock, c.Workday} }

// patience is how often a refused act is tried again: what it was made from may
// have changed a moment before.
const patience = 3

// act posts one act, once. One that stays refused is told and given up: a person
// who logged in to look may have done it before.
func (c *Cast) act(ctx context.Context, unit string, i item, name, method, path string, body any) error {
	key := i.ID + "/" + name
	if c.done[key] {
		return nil
	}
	err := c.send(ctx, unit, method, "/api/v1/assignments/"+i.ID+"/"+path, key, body, nil)
	var no *refusal
	if errors.As(err, &no) && no.Status < 500 && no.Status != http.StatusTooManyRequests {
		if c.tries[key]++; c.tries[key] < patience {
			return nil
		}
		c.refused++
		c.Log.Warn("refused", "unit", unit, "act", name, "assignment", i.ID, "why", no.Error())
		err = nil
	}
	if err == nil {
		c.done[key] = true
	}
	return err
}

// department is what the assignment's department does.
func (c *Cast) department(ctx context.Context, now time.Time, i item, k course, all []item) error {
	unit := i.Department.ID
	r := drawn(c.Seed, "filing", i.ID, strconv.Itoa(i.Returned))
	post := func(name, path string, body any) error {
		return c.act(ctx, unit, i, name, http.MethodPost, path, body)
	}
	if i.State == "reported" {
		return nil
	}
	if i.AcceptedAt == nil {
		if now.Before(k.accept) {
			return nil
		}
		return post("accept", "acceptance", map[string]any{})
	}
	if replyTo := i.Urged; replyTo > 0 && i.UrgeLevel != "reminder" && r.IntN(2) == 0 {
		if err := post("reply/"+strconv.Itoa(replyTo), "urges/"+strconv.Itoa(replyTo)+"/reply", map[string]any{"text": c.says.Reply}); err != nil {
			return err
		}
	}
	due := c.Clock.Today(i.Due)
	if k.extension && i.Returned == 0 && i.State == "in_progress" && !now.Before(c.days().at(c.days().step(due, -6), r)) && i.Extended == 0 {
		if err := post("extension", "extension-requests", map[string]any{
			"due": c.days().step(due, 8).String(), "reason": c.says.Extension}); err != nil {
			return err
		}
	}
	refused := c.done[i.ID+"/refuse"] || k.extension && i.State == "overdue" && i.Pending == nil
	at := k.readyAt(c.days(), i, refused, drawn(c.Seed, "ready", i.ID, strconv.Itoa(i.Returned)))
	if at.IsZero() {
		return nil
	}
	version := strconv.Itoa(i.Returned)
	if !now.Before(k.draft) && now.Before(at) && i.Returned == 0 {
		return c.act(ctx, unit, i, "draft", http.MethodPut, "draft", c.filing(i, k, all, r))
	}
	if now.Before(at) {
		return nil
	}
	return post("report/"+version, "reports", c.filing(i, k, all, r))
}

// office is what the office does about the assignment.
func (c *Cast) office(ctx context.Context, now time.Time, i item, k course) error {
	r := drawn(c.Seed, "office", i.ID, strconv.Itoa(i.Returned), i.State)
	post := func(name, path string, body any) error {
		return c.act(ctx, Office, i, name, http.MethodPost, path, body)
	}
	since := func(t time.Time, workdays int) bool {
		return !now.Before(c.days().at(c.days().step(c.Clock.Today(t), workdays), r))
	}
	if p := i.Pending; p != nil && since(p.At, 1) {
		if k.granted {
			return post("grant", "extension-requests/"+strconv.Itoa(p.N)+"/decision", map[string]any{"granted": true, "reason": c.says.Granted})
		}
		return post("refuse", "extension-requests/"+strconv.Itoa(p.N)+"/decision", map[string]any{"granted": false, "reason": c.says.Refused})
	}
	switch {
	case i.State == "reported" && i.ReportedAt != nil && since(*i.ReportedAt, k.verifyAfter):
		if k.returned && i.Returned == 0 {
			return post("return", "return", map[string]any{"reason": pick(r, c.says.Returns)})
		}
		return post("verify", "verification", map[string]any{"grade": k.grade, "comment": pick(r, c.says.Comments)})
	case i.State == "overdue" && i.UrgeLevel != "formal" && since(i.Due, 4):
		return post("formal", "urges", map[string]any{"level": "formal", "text": c.says.Formal})
	case i.State == "overdue" && since(i.Due, 1):
		return post("urge", "urges", map[string]any{"level": "urge", "text": c.says.Urge})
	case i.State == "assigned" && since(i.AcceptBy, 1):
		return post("accept-urge", "urges", map[string]any{"level": "urge", "text": c.says.AcceptUrge})
	case !k.directed.IsZero() && !now.Before(k.directed) && i.State == "in_progress":
		return post("directive", "directives", map[string]any{"text": c.says.Directive})
	}
	return nil
}

// judge is the office's word on the targets no number measures, once a quarter.
func (c *Cast) judge(ctx context.Context, now time.Time) error {
	day, ok := c.monthBefore()
	if !ok || day.Month%3 != 0 {
		return nil
	}
	for _, ind := range c.Plan.AllIndicators() {
		key := "judged/" + ind.ID + "/" + day.String()
		if ind.Kind != plan.Judged || c.done[key] {
			continue
		}
		body := map[string]any{"indicator": ind.ID, "as_of": day.String(), "met": true, "reason": c.says.Judgement}
		if err := c.send(ctx, Office, http.MethodPost, "/api/v1/indicators/"+ind.ID+"/figures", key, body, nil); err != nil {
			return err
		}
		c.done[key] = true
	}
	return nil
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }
