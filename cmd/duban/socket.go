package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net"
	"time"

	"duban/cmd/misuse"
	"duban/cmd/office"
	"duban/workflow/plan"
)

// A running server does the commands on accounts, periods and the plan for whoever may open its socket:
// a folder of the store that only the server's own user may enter. One connection
// carries one order and its outcome, as JSON.

const (
	orderLimit = 8 << 20          // bytes of an order: a plan's file is the largest
	orderTime  = 30 * time.Second // for all of it: a password is hashed in well under one
)

// order is a command as the person's own process has read it: flags with their
// environment, the first line of --password-file, and a plan's file. The server reads no
// file that an order names.
type order struct {
	Command string   `json:"command"`
	Args    []string `json:"args"`
	brought
}

// brought is what an order brings of files.
type brought struct {
	Secret string `json:"secret,omitempty"`
	Plan   []byte `json:"plan,omitempty"`
}

// outcome is what the command printed, and how it ended.
type outcome struct {
	Out    string `json:"out"`
	Err    string `json:"err"`
	Failed string `json:"failed,omitempty"`
	Usage  bool   `json:"usage,omitempty"`
}

// atServer hands the command to the server that runs on the store. done is false
// when none listens, and inside the server itself: then the caller does it.
func atServer(ctx context.Context, data, command string, f *flag.FlagSet, rest []string, bring func() (brought, error), e env) (done bool, err error) {
	if _, here := within(ctx); here {
		return false, nil
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", office.SocketFile(data))
	if err != nil { // none, or left behind: opening the store says what is so
		return false, nil
	}
	defer conn.Close()
	o := order{Command: command, Args: rest}
	f.Visit(func(x *flag.Flag) { o.Args = append(o.Args, "--"+x.Name+"="+x.Value.String()) })
	if bring != nil {
		if o.brought, err = bring(); err != nil {
			return true, err
		}
	}
	var got outcome
	err = errors.Join(conn.SetDeadline(time.Now().Add(orderTime)), json.NewEncoder(conn).Encode(o), json.NewDecoder(conn).Decode(&got)) // #nosec G117 -- to the server's own socket, which only its user may open
	if err != nil {
		return true, errors.New("the server did not answer; look what it has done before trying again: " + err.Error())
	}
	say(e.out, "%s", got.Out)
	say(e.err, "%s", got.Err)
	switch {
	case got.Usage:
		return true, usage("%s", got.Failed)
	case got.Failed != "":
		return true, errors.New(got.Failed)
	}
	return true, nil
}

// server is where an order is done: the context of its command carries it.
type server struct {
	office *office.Office
	brought
}

type serverKey struct{}

// within is the server that the command runs in, if it runs in one.
func within(ctx context.Context) (server, bool) {
	s, ok := ctx.Value(serverKey{}).(server)
	return s, ok
}

// secretOf is the secret in a file; inside a server it came with the order.
func secretOf(ctx context.Context, file string) (string, error) {
	if s, here := within(ctx); here {
		return s.Secret, nil
	}
	return secret(file)
}

// bringSecret brings the secret in a file; none where no file is named.
func bringSecret(file string) func() (brought, error) {
	return func() (b brought, err error) {
		if file != "" {
			b.Secret, err = secret(file)
		}
		return b, err
	}
}

// planOf is the plan in a file; inside a server it came with the order.
func planOf(ctx context.Context, file string) (*plan.Plan, []byte, error) {
	if s, here := within(ctx); here {
		p, err := parsePlan(file, s.Plan)
		return p, s.Plan, err
	}
	return readPlan(file)
}

// obey does one order on the open house.
func obey(ctx context.Context, a *office.Office, conn net.Conn) error {
	if err := conn.SetDeadline(time.Now().Add(orderTime)); err != nil {
		return err
	}
	var o order
	if err := json.NewDecoder(io.LimitReader(conn, orderLimit)).Decode(&o); err != nil {
		return err
	}
	run, ok := map[string]func(context.Context, []string, env) error{"user": user, "token": token, "delegation": delegation, "period": periodCommand, "plan": planCommand}[o.Command]
	if !ok {
		return json.NewEncoder(conn).Encode(outcome{Failed: "this server does not take the command " + o.Command, Usage: true})
	}
	var out, warnings bytes.Buffer
	ctx = context.WithValue(ctx, serverKey{}, server{a, o.brought})
	err := run(ctx, o.Args, env{in: bytes.NewReader(nil), out: &out, err: &warnings, getenv: func(string) string { return "" }})
	got := outcome{Out: out.String(), Err: warnings.String()}
	if err != nil {
		var wrong misuse.Error
		got.Failed, got.Usage = err.Error(), errors.As(err, &wrong)
	}
	return json.NewEncoder(conn).Encode(got)
}
