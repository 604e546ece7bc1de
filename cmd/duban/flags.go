package main

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"strings"

	"duban/store"
	"duban/workflow/plan"
)

// helpAsked is no error: a command's flags were asked for.
type helpAsked struct{ *flag.FlagSet }

func (helpAsked) Error() string { return "help was asked for" }

// flags is a flag set whose every flag has an environment twin: --admin-password-file
// is DUBAN_ADMIN_PASSWORD_FILE. The flag beats the environment.
func flags(name string, e env, define func(*flag.FlagSet)) *flag.FlagSet {
	f := flag.NewFlagSet("duban "+name, flag.ContinueOnError)
	f.SetOutput(io.Discard) // parse says what is wrong, once
	define(f)
	return f
}

// parse reads the arguments, flags and positional ones in any order, and then
// the environment for what no flag set.
func parse(f *flag.FlagSet, args []string, e env) ([]string, error) {
	var rest []string
	for {
		if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, helpAsked{f}
		} else if err != nil {
			return nil, usage("%s: %w; %s -h lists the flags", f.Name(), err, f.Name())
		}
		if f.NArg() == 0 {
			break
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
	given := map[string]bool{}
	f.Visit(func(x *flag.Flag) { given[x.Name] = true })
	var bad error
	f.VisitAll(func(x *flag.Flag) {
		key := "DUBAN_" + strings.ToUpper(strings.ReplaceAll(x.Name, "-", "_"))
		if v := e.getenv(key); v != "" && !given[x.Name] && bad == nil {
			if err := f.Set(x.Name, v); err != nil {
				bad = usage("duban: %s=%q: %v", key, v, err)
			}
		}
	})
	return rest, bad
}

// secret reads a secret from a file: its first line without the line end. Secrets
// never come on the command line, where every process can read them.
func secret(file string) (string, error) {
	b, err := os.ReadFile(file) // #nosec G304 -- the operator's own file
	if err != nil {
		return "", usage("duban: cannot read the secret: %v", err)
	}
	if bytes.HasPrefix(b, []byte{0xFF, 0xFE}) || bytes.HasPrefix(b, []byte{0xFE, 0xFF}) {
		return "", usage("duban: %s is UTF-16 (Windows calls it “Unicode”); save it as UTF-8", file)
	}
	line, _, _ := strings.Cut(strings.TrimPrefix(string(b), "\ufeff"), "\n") // as Windows' own editor begins a file
	line = strings.TrimRight(line, "\r")
	if line == "" {
		return "", usage("duban: %s: the first line is empty; put the secret there", file)
	}
	return line, nil
}

// readPlan reads and checks a plan file. What is wrong with it is said in Chinese
// first, as the office reads it, and is a usage error.
func readPlan(file string) (*plan.Plan, []byte, error) {
	b, err := os.ReadFile(file) // #nosec G304 G703 -- the operator's own file
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, usage("duban: %s: no such plan file (%w); name one with --plan", file, fs.ErrNotExist)
	}
	if err != nil {
		return nil, nil, usage("duban: %v", err)
	}
	p, err := parsePlan(file, b)
	return p, b, err
}

// parsePlan checks a plan's text; faults name the file.
func parsePlan(file string, b []byte) (*plan.Plan, error) {
	p, err := plan.Parse(file, b)
	var faults plan.Faults
	if errors.As(err, &faults) {
		return nil, usage("%s", strings.TrimRight(faults.Render("zh-CN"), "\n"))
	}
	return p, err
}

// inUse turns "another process holds the store" into a usage error that says so.
func inUse(err error) error {
	var held *store.InUseError
	if errors.As(err, &held) {
		return usage("duban: %v: stop it first, or use another --data folder", err)
	}
	return err
}

// need checks the number of positional arguments.
func need(args []string, n int, form string) error {
	if len(args) != n {
		return usage("usage: duban %s", form)
	}
	return nil
}
