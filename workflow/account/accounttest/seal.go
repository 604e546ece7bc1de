package accounttest

import (
	"crypto/rand"

	"duban/workflow/account"
)

// Sealer seals with a key that is the same each time, so that a test can open a
// store again.
func Sealer() *account.Sealer {
	s, err := account.NewSealer([account.SealKeySize]byte{1: 'k'}, rand.Reader)
	if err != nil {
		panic(err)
	}
	return s
}
