//go:build !linux

package serve

// defaultMax is what systems allow without being asked.
func defaultMax() int { return 4096 }
