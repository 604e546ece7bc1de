package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
)

// profiled runs fn and, when --profile names a folder, writes there what it spent:
// NAME.cpu of this stretch, and NAME.allocs of everything since the start, for the
// difference of two with go tool pprof -base.
func (b *benching) profiled(name string, fn func() error) (err error) {
	if b.profile == "" {
		return fn()
	}
	if err := os.MkdirAll(b.profile, 0o700); err != nil {
		return err
	}
	path := filepath.Join(b.profile, strings.ReplaceAll(name, " ", "-"))
	cpu, err := os.Create(path + ".cpu") // #nosec G304 -- in the operator's --profile
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return errors.Join(err, cpu.Close())
	}
	err = fn()
	pprof.StopCPUProfile()
	allocs, created := os.Create(path + ".allocs") // #nosec G304 -- in the operator's --profile
	if err = errors.Join(err, cpu.Close(), created); err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(allocs, 0), allocs.Close())
}
