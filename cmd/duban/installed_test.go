package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unitFile is a file of docs/operate that starts the program.
func unitFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/operate/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestInstalled: the command lines of the systemd unit and of the image serve, and
// take commands on accounts through the store's socket.
func TestInstalled(t *testing.T) {
	t.Parallel()
	image := strings.ReplaceAll(regexp.MustCompile(`(?m)^CMD \[(.*)\]$`).FindStringSubmatch(unitFile(t, "Dockerfile"))[1], `", "`, " ")
	unit := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/duban (.*)$`).FindStringSubmatch(unitFile(t, "duban.service"))[1]
	for name, line := range map[string]string{"image": strings.Trim(image, `"`), "unit": unit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t)
			here := strings.NewReplacer("/var/lib/", p.dir+"/", "/data/", p.dir+"/", "/etc/duban/tasks.yaml", p.dir+"/tasks.yaml", " /tasks.yaml", " "+p.dir+"/tasks.yaml", "0.0.0.0:8080", p.address)
			args := strings.Fields(here.Replace(line))
			if !strings.Contains(line, "--addr") {
				args = append(args, "--addr", p.address)
			}
			cmd := exec.Command("duban", append(args, "--log-level", "error")...)
			cmd.Dir, cmd.Stderr = p.dir, os.Stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
			if err := waitReady(p.address); err != nil {
				t.Fatal(err)
			}
			data := args[1+slices.Index(args, "--data")]
			if _, err := os.Stat(filepath.Join(data, "run", "duban.sock")); err != nil {
				t.Error(err)
			}
			if got := p.run("user", "list", "--data", data); !strings.HasPrefix(got, "admin\t") {
				t.Errorf("accounts: %q", got)
			}
		})
	}
}

// TestUnitLetsTheSocketBe: the unit shuts the program in; the socket that commands
// on a running server go through is of a family of its own.
func TestUnitLetsTheSocketBe(t *testing.T) {
	families := regexp.MustCompile(`(?m)^RestrictAddressFamilies=(.*)$`).FindStringSubmatch(unitFile(t, "duban.service"))[1]
	for _, want := range []string{"AF_INET", "AF_INET6", "AF_UNIX"} {
		if !slices.Contains(strings.Fields(families), want) {
			t.Errorf("%s is not among %s", want, families)
		}
	}
}
