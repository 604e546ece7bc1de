package store

import "context"

// Compact writes the database of a stopped server anew with what is in it now, and
// overwrites the old file before it is let go: pages that were freed, with old
// digests of passwords and tokens and redacted texts, are gone from this disk. A disk that
// writes each block elsewhere (flash, copy on write) may keep what it replaced.
//
// Errors: InUseError, DamagedError, or the system's; a full disk changes nothing.
func Compact(ctx context.Context, dir string, o Options) (Compacted, error) {
	s, err := Open(dir, o)
	if err != nil {
		return Compacted{}, err
	}
	c, err := s.file.Compact(ctx, s.Close)
	return c, diskError(err)
}
