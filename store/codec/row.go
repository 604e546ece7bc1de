package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"duban/store/kv"
	"duban/workflow"
)

// PlanKey is the one key of the plan's table.
const PlanKey = "current"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(key string, b []byte) uint32 {
	crc := ^uint32(0)
	for i := range len(key) { // byte by byte: a key is short, and making it bytes costs more
		crc = castagnoli[byte(crc&0xff)^key[i]] ^ (crc >> 8)
	}
	return crc32.Update(^crc, castagnoli, b)
}

// Seal appends a checksum of key and value. Engines need not have one of their own, and a
// flipped bit in a row would otherwise be read as somebody's due date.
func Seal(key string, b []byte) []byte {
	return binary.BigEndian.AppendUint32(b, checksum(key, b))
}

// Unseal takes the checksum off again.
func Unseal(in kv.Space, key string, v []byte) ([]byte, error) {
	if len(v) < 4 {
		return nil, Damaged(in, key, ErrRecord)
	}
	b, sum := v[:len(v)-4], binary.BigEndian.Uint32(v[len(v)-4:])
	if checksum(key, b) != sum {
		return nil, Damaged(in, key, errors.New("its checksum is wrong"))
	}
	return b, nil
}

// Row decodes a sealed row.
func Row[T any](in kv.Space, key string, v []byte) (row T, err error) {
	err = RowInto(in, key, v, &row, nil)
	return row, err
}

// RowInto is Row into a zero T, without a copy of it. Texts that many rows have in common
// are shared through names; with nil each row has its own.
func RowInto[T any](in kv.Space, key string, v []byte, to *T, names map[string]string) error {
	b, err := Unseal(in, key, v)
	if err != nil {
		return err
	}
	if err := unmarshal(b, to, names); err != nil {
		return Damaged(in, key, err)
	}
	return nil
}

// Damaged is the error of a value that is not what it must be.
func Damaged(in kv.Space, key string, err error) error {
	return &workflow.Error{Kind: workflow.Internal, Code: "store.damaged", Err: fmt.Errorf("%s %q: %w", in, key, err)}
}

// CloneAssignment copies a row so that nothing is shared. A test fills every field to see
// that none is forgotten.
func CloneAssignment(a workflow.Assignment) workflow.Assignment {
	a.AcceptedAt, a.ReportedAt, a.ClosedAt = clonePtr(a.AcceptedAt), clonePtr(a.ReportedAt), clonePtr(a.ClosedAt)
	a.Reports, a.Urges, a.Extensions = slices.Clone(a.Reports), slices.Clone(a.Urges), slices.Clone(a.Extensions)
	a.Reminded, a.Figures = slices.Clone(a.Reminded), slices.Clone(a.Figures)
	a.Asked = slices.Clone(a.Asked)
	for i := range a.Asked {
		a.Asked[i].Words = slices.Clone(a.Asked[i].Words)
	}
	for i := range a.Urges {
		u := &a.Urges[i]
		u.ReadAt, u.RepliedAt = clonePtr(u.ReadAt), clonePtr(u.RepliedAt)
	}
	for i := range a.Extensions {
		a.Extensions[i].DecidedAt = clonePtr(a.Extensions[i].DecidedAt)
	}
	return a
}

// CloneSeries copies a series so that nothing is shared.
func CloneSeries(s workflow.Series) workflow.Series {
	s.Points = slices.Clone(s.Points)
	for i := range s.Points {
		s.Points[i].Met = clonePtr(s.Points[i].Met)
	}
	return s
}

func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
