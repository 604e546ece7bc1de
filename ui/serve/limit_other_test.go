//go:build !linux

package serve

import "errors"

func lowerLimit(uint64) error { return errors.New("cannot lower the limit here") }
