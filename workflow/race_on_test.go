//go:build race

package workflow_test

// raceDetector makes everything ten times slower: fewer games are played then.
const raceDetector = true
