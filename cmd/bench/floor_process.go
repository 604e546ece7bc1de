package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
)

// The words after "duban bench" that start the two processes a bench needs beside itself.
const (
	// Floored is the floor, in a process of its own as the program is: FILE.
	Floored = "floor"
	// Profiled is the program serving, with profiles: DIR NAME, then serve's own flags.
	Profiled = "profiled"
)

// places are where a floor serves, as it says in a line.
type places struct{ Base, Live string }

// ServeFloor serves the floor over the file until ctx ends, and says where in a line on out.
func ServeFloor(ctx context.Context, file string, out io.Writer) error {
	floor, err := NewFloor(file)
	if err != nil {
		return err
	}
	bare, err := NewBare(floor)
	if err != nil {
		return errors.Join(err, floor.Close())
	}
	err = json.NewEncoder(out).Encode(places{bare.Base, bare.Live})
	if err == nil {
		<-ctx.Done()
	}
	return errors.Join(err, bare.Close(), floor.Close())
}

// floorProcess is a floor that runs.
type floorProcess struct {
	process
	places
}

// floor starts one over the file, which must not be there.
func (p program) floor(ctx context.Context, file string) (*floorProcess, error) {
	f := &floorProcess{}
	err := f.start(ctx, p.self, []string{"bench", Floored, file}, nil, func(c *exec.Cmd) (io.Reader, error) { return c.StdoutPipe() },
		func(line []byte) bool { return json.Unmarshal(line, &f.places) == nil && f.Live != "" })
	if err != nil {
		return nil, fmt.Errorf("the floor: %w", err)
	}
	return f, nil
}
