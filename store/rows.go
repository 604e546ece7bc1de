package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"duban/workflow"
	"duban/workflow/account"

	"go.etcd.io/bbolt"
)

// kv is the little that rows need of a transaction. Bytes it hands out are only
// good until the transaction ends and must not be changed.
type kv interface {
	get(in space, key string) []byte // nil when missing
	// scan visits every key with the prefix in order, until visit fails.
	scan(in space, prefix string, visit func(key string, value []byte) error) error
}

// txKV reads a bbolt transaction. busy is set while bbolt's own code runs, so
// that a panic can be told apart from one in a caller's function.
type txKV struct {
	tx      *bbolt.Tx
	buckets [spaces]*bbolt.Bucket
	busy    bool
}

func newTxKV(tx *bbolt.Tx) *txKV { return &txKV{tx: tx} }

func (t *txKV) in(in space) *bbolt.Bucket {
	if t.buckets[in] == nil {
		t.buckets[in] = bucket(t.tx, in)
	}
	return t.buckets[in]
}

func (t *txKV) get(in space, key string) []byte {
	t.busy = true
	v := t.in(in).Get([]byte(key))
	t.busy = false
	return v
}

func (t *txKV) scan(in space, prefix string, visit func(string, []byte) error) error {
	t.busy = true
	c := t.in(in).Cursor()
	for k, v := c.Seek([]byte(prefix)); k != nil && strings.HasPrefix(string(k), prefix); k, v = c.Next() {
		t.busy = false
		if err := visit(string(k), v); err != nil {
			return err
		}
		t.busy = true
	}
	t.busy = false
	return nil
}

// view is the folded state over a kv.
type view struct{ kv }

var _ workflow.View = view{}

func (v view) Assignment(id string) (workflow.Assignment, bool, error) {
	return load[workflow.Assignment](v, inAssignments, id)
}

func (v view) TaskAssignments(period string, task int) ([]workflow.Assignment, error) {
	return v.taskAssignments(period, task, func(k string, b []byte) (workflow.Assignment, error) {
		return decode[workflow.Assignment](inAssignments, k, b)
	})
}

func (v view) taskAssignments(period string, task int,
	row func(key string, value []byte) (workflow.Assignment, error)) ([]workflow.Assignment, error) {
	var out []workflow.Assignment
	// Ids begin with period and task (workflow.AssignmentID); another period's id
	// may begin alike, so the row has the last word.
	prefix := fmt.Sprintf("%s-%02d-", period, task)
	err := v.scan(inAssignments, prefix, func(k string, b []byte) error {
		a, err := row(k, b)
		if err == nil && a.Period == period && a.Task == task {
			out = append(out, a)
		}
		return err
	})
	return out, err
}

func (v view) Period(id string) (workflow.Period, bool, error) {
	return load[workflow.Period](v, inPeriods, id)
}

func (v view) Periods() ([]workflow.Period, error) { return list[workflow.Period](v, inPeriods) }

func (v view) Series(id string) (workflow.Series, bool, error) {
	return load[workflow.Series](v, inSeries, id)
}

func (v view) Plan() (workflow.PlanRef, bool, error) {
	return load[workflow.PlanRef](v, inPlan, keyPlan)
}

func (v view) File(id string) (workflow.File, bool, error) {
	return load[workflow.File](v, inFiles, id)
}

func (v view) Assessment(period string) (workflow.Assessment, bool, error) {
	return load[workflow.Assessment](v, inAssessments, period)
}

func (v view) Draft(assignment string) (workflow.Draft, error) {
	d, _, err := load[workflow.Draft](v, inDrafts, assignment)
	return d, err
}

func (v view) Texts(seq uint64) (workflow.Texts, error) {
	b := v.get(inEvents, seqKey(seq))
	if b == nil {
		return nil, nil
	}
	r, err := splitRecord(b)
	if err != nil {
		return nil, damagedRow(inEvents, seqKey(seq), err)
	}
	t, err := r.texts()
	if err != nil {
		return nil, damagedRow(inEvents, seqKey(seq), err)
	}
	return t, nil
}

// rows adds writing to a view, for workflow.Fold.
type rows struct {
	view
	put func(in space, key string, value []byte)
}

var _ workflow.Rows = rows{}

func (r rows) PutAssignment(a workflow.Assignment) error { return r.save(inAssignments, a.ID, a) }
func (r rows) PutPeriod(p workflow.Period) error         { return r.save(inPeriods, p.ID, p) }
func (r rows) PutSeries(s workflow.Series) error         { return r.save(inSeries, s.Indicator, s) }
func (r rows) PutPlan(p workflow.PlanRef) error          { return r.save(inPlan, keyPlan, p) }
func (r rows) PutFile(f workflow.File) error             { return r.save(inFiles, f.ID, f) }

func (r rows) PutAssessment(a workflow.Assessment) error {
	return r.save(inAssessments, a.Period, a)
}

func (r rows) save(in space, key string, row any) error {
	if key == "" {
		return fmt.Errorf("a row of %s without an id", spaceNames[in])
	}
	b, err := json.Marshal(row)
	if err != nil {
		return err
	}
	r.put(in, key, seal(key, b))
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(key string, b []byte) uint32 {
	crc := ^uint32(0)
	for i := range len(key) { // byte by byte: a key is short, and making it bytes costs more
		crc = castagnoli[byte(crc&0xff)^key[i]] ^ (crc >> 8)
	}
	return crc32.Update(^crc, castagnoli, b)
}

// seal appends a checksum of key and value: bbolt has none, and a flipped bit
// in a row would otherwise be read as somebody's due date.
func seal(key string, b []byte) []byte {
	return binary.BigEndian.AppendUint32(b, checksum(key, b))
}

// unseal takes the checksum off again.
func unseal(in space, key string, v []byte) ([]byte, error) {
	if len(v) < 4 {
		return nil, damagedRow(in, key, errRecord)
	}
	b, sum := v[:len(v)-4], binary.BigEndian.Uint32(v[len(v)-4:])
	if checksum(key, b) != sum {
		return nil, damagedRow(in, key, errors.New("its checksum is wrong"))
	}
	return b, nil
}

// accountTx is account.Tx over rows; without put it only reads.
type accountTx struct{ rows rows }

var errViewOnly = errors.New("store: ViewAccounts does not write")

func (t accountTx) Account(name string) (account.Account, bool, error) {
	return load[account.Account](t.rows, inAccounts, name)
}
func (t accountTx) Accounts() ([]account.Account, error) {
	return list[account.Account](t.rows, inAccounts)
}
func (t accountTx) PutAccount(a account.Account) error { return t.save(inAccounts, a.Name, a) }

func (t accountTx) Session(id string) (account.Session, bool, error) {
	return load[account.Session](t.rows, inSessions, id)
}
func (t accountTx) Sessions() ([]account.Session, error) {
	return list[account.Session](t.rows, inSessions)
}
func (t accountTx) PutSession(s account.Session) error { return t.save(inSessions, s.ID, s) }
func (t accountTx) DropSession(id string) error        { return t.drop(inSessions, id) }

func (t accountTx) Token(digest string) (account.Token, bool, error) {
	return load[account.Token](t.rows, inTokens, digest)
}
func (t accountTx) Tokens() ([]account.Token, error) { return list[account.Token](t.rows, inTokens) }
func (t accountTx) PutToken(k account.Token) error   { return t.save(inTokens, k.Digest, k) }

func (t accountTx) Screen(digest string) (account.ScreenPass, bool, error) {
	return load[account.ScreenPass](t.rows, inScreens, digest)
}
func (t accountTx) Screens() ([]account.ScreenPass, error) {
	return list[account.ScreenPass](t.rows, inScreens)
}
func (t accountTx) PutScreen(p account.ScreenPass) error { return t.save(inScreens, p.Digest, p) }
func (t accountTx) DropScreen(digest string) error       { return t.drop(inScreens, digest) }

func (t accountTx) save(in space, key string, row any) error {
	if t.rows.put == nil {
		return errViewOnly
	}
	return t.rows.save(in, key, row)
}

func (t accountTx) drop(in space, key string) error {
	if t.rows.put == nil {
		return errViewOnly
	}
	t.rows.put(in, key, nil)
	return nil
}

func load[T any](from kv, in space, key string) (row T, found bool, err error) {
	b := from.get(in, key)
	if b == nil {
		return row, false, nil
	}
	row, err = decode[T](in, key, b)
	return row, err == nil, err
}

func list[T any](from kv, in space) ([]T, error) {
	var out []T
	err := from.scan(in, "", func(k string, b []byte) error {
		row, err := decode[T](in, k, b)
		out = append(out, row)
		return err
	})
	return out, err
}

func decode[T any](in space, key string, v []byte) (row T, err error) {
	b, err := unseal(in, key, v)
	if err != nil {
		return row, err
	}
	if err := unmarshal(b, &row, nil); err != nil {
		return row, damagedRow(in, key, err)
	}
	return row, nil
}

func damagedRow(in space, key string, err error) error {
	return &workflow.Error{Kind: workflow.Internal, Code: "store.damaged",
		Err: fmt.Errorf("%s %q: %w", spaceNames[in], key, err)}
}

// cloneAssignment copies a row so that nothing is shared. A test fills every
// field to see that none is forgotten.
func cloneAssignment(a workflow.Assignment) workflow.Assignment {
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

func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

func seqKey(seq uint64) string {
	var k [8]byte
	binary.BigEndian.PutUint64(k[:], seq)
	return string(k[:])
}

func trailKey(assignment string, seq uint64) string { return assignment + "\x00" + seqKey(seq) }

// record is one value of the events bucket, taken apart. It shares the value's memory.
type record struct {
	hash       workflow.Hash
	core, tail []byte
}

// tail is an event's free text. Texts keeps the bytes that were digested.
type tail struct {
	Salt  string          `json:"salt"`
	Texts json.RawMessage `json:"texts"`
}

// How a tail begins, and what stands between its salt and its texts.
const (
	tailSalt  = `{"salt":"`
	tailTexts = `","texts":`
)

var errRecord = errors.New("the record is cut or garbled")

func splitRecord(v []byte) (r record, err error) {
	if len(v) < len(r.hash)+1 {
		return r, errRecord
	}
	copy(r.hash[:], v)
	n, used := binary.Uvarint(v[len(r.hash):])
	rest := v[len(r.hash)+max(used, 0):]
	if used <= 0 || n > uint64(len(rest)) {
		return r, errRecord
	}
	r.core, r.tail = rest[:n], rest[n:]
	return r, nil
}

func joinRecord(hash workflow.Hash, core, tail []byte) []byte {
	v := make([]byte, 0, len(hash)+binary.MaxVarintLen32+len(core)+len(tail))
	v = append(v, hash[:]...)
	v = binary.AppendUvarint(v, uint64(len(core)))
	v = append(v, core...)
	return append(v, tail...)
}

// event decodes the record; prev is the hash of the one before.
func (r record) event(prev workflow.Hash) (workflow.Event, error) { return r.named(prev, nil) }

// named is event with names as of shared.
func (r record) named(prev workflow.Hash, names map[string]string) (e workflow.Event, err error) {
	if e, err = r.shared(names); err != nil {
		return e, err
	}
	e.Prev = prev
	e.Texts, err = r.texts()
	return e, err
}

// bare decodes the record without its texts and the hash before it.
func (r record) bare() (e workflow.Event, err error) {
	return r.shared(nil)
}

// shared is bare with texts that many events have in common shared, if names is not nil.
func (r record) shared(names map[string]string) (e workflow.Event, err error) {
	err = unmarshal(r.core, &e, names)
	e.Hash = r.hash
	return e, err
}

// checkTexts compares the texts that are there with the digest in core.
func (r record) checkTexts(want string) error {
	t, err := r.splitTail()
	if err != nil {
		return fmt.Errorf("its texts cannot be read: %w", err)
	}
	if t.digest() != want {
		return errors.New("its texts are not the ones it was written with")
	}
	return nil
}

// splitTail takes a tail apart. One that looks as sealTexts writes it is cut
// rather than parsed: every read of an event passes here, and the digest says
// whether the bytes are right.
func (r record) splitTail() (t tail, err error) {
	const saltLen = 32
	if b, ok := bytes.CutPrefix(r.tail, []byte(tailSalt)); ok && len(b) > saltLen {
		if rest, ok := bytes.CutPrefix(b[saltLen:], []byte(tailTexts)); ok && len(rest) > 0 {
			return tail{Salt: string(b[:saltLen]), Texts: rest[:len(rest)-1]}, nil
		}
	}
	err = json.Unmarshal(r.tail, &t)
	return t, err
}

func (r record) texts() (workflow.Texts, error) {
	if len(r.tail) == 0 {
		return nil, nil
	}
	t, err := r.splitTail()
	if err != nil {
		return nil, err
	}
	var texts workflow.Texts
	err = unmarshal(t.Texts, &texts, nil)
	return texts, err
}
