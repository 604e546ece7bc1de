// Command duban serves a plan's task supervision and keeps its store.
//
// main has flags and verbs and nothing else: each subcommand reads its flags, opens what it
// needs and calls the domain. What serves is an office (cmd/office); here are the real clock
// and the real randomness that it is handed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"duban/cmd/misuse"
)

// Exit codes of the contract.
const (
	exitOK    = 0
	exitFail  = 1
	exitUsage = 2 // bad flags, a bad plan, a store that is in use
)

// version is set by the release build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], env{os.Stdin, os.Stdout, os.Stderr, os.Getenv})
	stop()
	os.Exit(code)
}

// env is the world outside a subcommand.
type env struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
}

func usage(format string, args ...any) error { return misuse.Errorf(format, args...) }

// commands are the subcommands in the order help lists them.
var commands = []struct {
	name, help string
	run        func(context.Context, []string, env) error
}{
	{"serve", "serve the plan (the default)", runServe},
	{"demo", "a rehearsal with sample data on a store of its own", runDemo},
	{"user", "user add|list|disable|enable|move|reset|reset-second-factor|link-oidc|unlink-oidc", user},
	{"token", "token add|list|revoke", token},
	{"delegation", "delegation grant|list|revoke: who may act for whom", delegation},
	{"plan", "plan check FILE | diff OLD NEW | apply FILE | read DOCUMENT", planCommand},
	{"period", "period missing | open ID: regular periods that went by while no server ran", periodCommand},
	{"verify", "check the journal's chain and that folding it gives the stored state", verify},
	{"assess", "assess recompute PERIOD: a frozen assessment worked out again, digit by digit", assessCommand},
	{"backup", "write a stopped server's store into one verified archive, or check one", backup},
	{"restore", "make a store of an archive", restore},
	{"pull", "keep verified copies of a running server's store here, in another house", pull},
	{"compact", "write a stopped server's database anew and clear the old file, with what was freed in it", compact},
	{"generate", "fill an empty store with made-up work, to measure on", generate},
	{"bench", "measure the program beside floors that do the bare work only", runBench},
	{"version", "print the version", printVersion},
}

// run does one call and answers its exit code.
func run(ctx context.Context, args []string, e env) int {
	name := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	} else if len(args) > 0 {
		switch args[0] {
		case "-version", "--version":
			name, args = "version", args[1:]
		case "-h", "-help", "--help":
			if len(args) == 1 {
				name, args = "help", nil
			}
		}
	}
	for _, c := range commands {
		if c.name == name {
			err := c.run(ctx, args, e)
			if asked := (helpAsked{}); errors.As(err, &asked) { // to standard output, as what was asked for
				say(e.out, "duban %s: %s\n", c.name, c.help)
				asked.SetOutput(e.out)
				asked.PrintDefaults()
				return exitOK
			}
			return exit(err, e)
		}
	}
	w, code := e.err, exitUsage
	if name == "help" {
		w, code = e.out, exitOK
	} else {
		say(w, "duban: no command %q\n", name)
	}
	say(w, "usage: duban COMMAND [flags]; duban COMMAND -h lists its flags\n")
	for _, c := range commands {
		say(w, "  %-10s %s\n", c.name, c.help)
	}
	return code
}

// exit prints an error and chooses its exit code.
func exit(err error, e env) int {
	var wrong misuse.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &wrong):
		say(e.err, "%v\n", err)
		return exitUsage
	}
	say(e.err, "duban: %v\n", err)
	return exitFail
}

// say prints for the person at the terminal; a terminal that is gone cannot be told.
func say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

func printVersion(_ context.Context, args []string, e env) error {
	rest, err := parse(flags("version", e, func(*flag.FlagSet) {}), args, e)
	if err == nil {
		err = need(rest, 0, "version")
	}
	if err != nil {
		return err
	}
	say(e.out, "duban %s\n", build())
	return nil
}
