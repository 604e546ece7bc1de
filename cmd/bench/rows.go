package bench

import (
	"encoding/json"
	"errors"

	"go.etcd.io/bbolt"

	"duban/workflow"
)

// rowSum is how many bytes of checksum stand behind a row's JSON.
const rowSum = 4

// DecodeRows is the floor of a start-up: it opens a store's file and decodes every
// assignment, one after another with encoding/json, and keeps them. It answers how
// many there were.
func DecodeRows(file string) (n int, err error) {
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var rows []*workflow.Assignment
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("assignments")).ForEach(func(_, v []byte) error {
			var a workflow.Assignment
			rows = append(rows, &a)
			return json.Unmarshal(v[:max(0, len(v)-rowSum)], &a)
		})
	})
	return len(rows), err
}
