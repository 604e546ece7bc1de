package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"strings"

	"duban/cmd/office"
	"duban/ui/document"
	"duban/ui/text"
	"duban/workflow"
	"duban/workflow/account"
	"duban/workflow/plan"
	"duban/workflow/plan/intake"
)

// refused puts a refusal in words for the terminal: the office reads Chinese.
func refused(err error) error {
	var e *workflow.Error
	if err == nil || !errors.As(err, &e) || e.Kind == workflow.Internal {
		return err
	}
	p := text.For(text.Chinese)
	lines := []string{}
	for _, f := range append([]*workflow.Error{e}, e.Fields...) {
		_, detail := p.Error(f)
		lines = append(lines, f.Code+": "+detail)
	}
	return errors.New(strings.Join(lines, "\n"))
}

// planCommand is "duban plan …".
func planCommand(ctx context.Context, args []string, e env) error {
	var p place
	var reason, lang, dissolved, out string
	var asJSON bool
	f := flags("plan", e, func(f *flag.FlagSet) {
		p.flags(f)
		f.StringVar(&reason, "reason", "", "apply: why the plan changes; it is recorded")
		f.StringVar(&dissolved, "dissolved", "", "apply: comma-separated `ids` of units that are gone and that nobody replaces; their open work is withdrawn")
		f.BoolVar(&asJSON, "json", false, "read: print JSON for programs, with the place of each thing in the document")
		f.StringVar(&out, "o", "", "read: write a plan file of version 1 to `FILE`, with every question at its place; an existing file is left alone")
		f.StringVar(&lang, "lang", text.Chinese, "language of the answer: zh-CN or en")
	})
	rest, err := parse(f, args, e)
	if err != nil {
		return err
	}
	if _, here := within(ctx); here && (len(rest) != 2 || rest[0] != "apply") {
		return usage("duban: a server applies plans and does nothing else with them")
	}
	switch {
	case len(rest) == 2 && rest[0] == "check":
		checked, _, err := readPlan(rest[1])
		if err != nil {
			return err
		}
		say(e.out, "%s\n", checked.Summary(lang))
		return nil
	case len(rest) == 3 && rest[0] == "diff":
		older, _, err := readPlan(rest[1])
		newer, _, err2 := readPlan(rest[2])
		if err := errors.Join(err, err2); err != nil {
			return usage("%v", err)
		}
		say(e.out, "%s\n", plan.Diff(older, newer).Render(lang))
		return nil
	case len(rest) == 2 && rest[0] == "read":
		return readDocument(ctx, e, rest[1], out, asJSON, lang)
	case len(rest) == 2 && rest[0] == "apply":
		next, source, err := planOf(ctx, rest[1]) // what is wrong with it is said here, and no server is asked
		if err != nil {
			return err
		}
		bring := func() (brought, error) { return brought{Plan: source}, nil }
		if done, err := atServer(ctx, p.data, "plan", f, rest, bring, e); done {
			return err
		}
		return withHouse(ctx, p, e, func(h *office.House) error { return applyPlan(ctx, h, e, next, source, reason, words(dissolved), lang) })
	}
	return usage("usage: duban plan check FILE | diff OLD NEW | apply FILE --reason WHY [--dissolved UNIT] | read FILE [--json] [-o tasks.yaml]")
}

// readDocument reads a plan's document and prints the tasks, units, figures and dates in
// it, and what it leaves open.
func readDocument(ctx context.Context, e env, file, planFile string, asJSON bool, lang string) error {
	b, err := readSome(file, document.MaxSize)
	if err != nil {
		return usage("duban: %v", err)
	}
	lines, err := document.Read(ctx, b)
	if err != nil {
		return usage("%s: %v", file, refused(err))
	}
	r := intake.Read(lines)
	said := ""
	if planFile != "" {
		written := r.PlanFile(lang)
		if err := writeNew(planFile, written.Text); err != nil {
			return err
		}
		said = r.Asked(lang, planFile, written)
	}
	if !asJSON && said != "" {
		say(e.out, "%s", said)
		return nil
	}
	if !asJSON {
		say(e.out, "%s", r.Summary(lang))
		return nil
	}
	out, err := r.JSON(lang)
	if err != nil {
		return err
	}
	say(e.out, "%s", out)
	return nil
}

// writeNew writes a file that is not there yet.
func writeNew(name, text string) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) // #nosec G302 G304 -- the operator's own file, to be read by others
	if errors.Is(err, os.ErrExist) {
		return usage("duban: %s is there already and is left as it is; give -o another name", name)
	}
	if err != nil {
		return usage("duban: %v", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.WriteString(text)
	return err
}

// readSome reads a file, and one byte more than the limit of one that is larger: what reads it says so.
func readSome(file string, limit int64) (_ []byte, err error) {
	f, err := os.Open(file) // #nosec G304 -- the operator's own file
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// applyPlan puts a changed plan in force, at once for everybody who is served here: what it does to open assignments and to
// accounts is printed, and recorded with the reason.
func applyPlan(ctx context.Context, h *office.House, e env, next *plan.Plan, source []byte, reason string, dissolved []string, lang string) error {
	current, _, err := h.Desk.EnsurePeriod(ctx, h.Now())
	if err != nil {
		return err
	}
	call := workflow.Call{Actor: account.Console, Received: h.Now()}
	before := h.Rules().Plan
	r, err := h.Desk.ApplyPlan(ctx, call, workflow.NewPlan{Plan: next, Source: source, Reason: reason, Dissolved: dissolved}, current)
	if err != nil {
		return refused(err)
	}
	say(e.out, "%s\n", plan.Diff(before, next).Render(lang))
	after := next.Follow(before)
	if s, here := within(ctx); here && r.Seq != 0 {
		if err := s.office.Settle(ctx, r.Seq); err != nil {
			return err
		}
	}
	moved, err := h.Accounts.Follow(ctx, h.Now(), account.Console, after)
	if err != nil {
		return err
	}
	accounts, err := h.Accounts.Accounts(ctx, account.Console)
	if err != nil {
		return err
	}
	p := text.For(lang)
	for _, a := range moved {
		say(e.out, "%s\n", p.T("plan.account_moved", "name", a.Name, "unit", after.Name(a.Unit)))
	}
	for _, a := range accounts {
		if a.Astray(after) {
			say(e.out, "%s\n", p.T("plan.account_astray", "name", a.Name, "unit", after.Name(a.Unit)))
		}
	}
	counts := map[workflow.Kind]int{}
	for _, ev := range r.Events {
		counts[ev.Kind]++
	}
	say(e.out, "events %d, assigned %d, withdrawn %d, handed over %d\n", len(r.Events), counts[workflow.KindAssigned], counts[workflow.KindWithdrawn], counts[workflow.KindHandedOver])
	return nil
}
