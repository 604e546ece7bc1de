package journal

import (
	"encoding/json"
	"errors"
	"fmt"

	"duban/store/codec"
	"duban/store/kv"
	"duban/workflow"
	"duban/workflow/account"
)

// source is the little that rows need of a transaction or of a job's overlay. Bytes it
// hands out are only good until the transaction ends and must not be changed.
type source interface {
	get(in kv.Space, key string) ([]byte, error) // nil when missing
	// scan visits every key with the prefix in order, until visit fails.
	scan(in kv.Space, prefix string, visit func(key string, value []byte) error) error
}

// tables is a source of what stands in the engine's tables.
type tables struct{ kv.Reader }

func (t tables) get(in kv.Space, key string) ([]byte, error) { return t.Get(in, key) }

func (t tables) scan(in kv.Space, prefix string, visit func(string, []byte) error) error {
	return kv.ScanPrefix(t, in, prefix, visit)
}

// view is the folded state over a source.
type view struct{ source }

var _ workflow.View = view{}

func (v view) Assignment(id string) (workflow.Assignment, bool, error) {
	return load[workflow.Assignment](v, kv.Assignments, id)
}

func (v view) TaskAssignments(period string, task int) ([]workflow.Assignment, error) {
	return v.taskAssignments(period, task, func(k string, b []byte) (workflow.Assignment, error) {
		return codec.Row[workflow.Assignment](kv.Assignments, k, b)
	})
}

func (v view) taskAssignments(period string, task int,
	row func(key string, value []byte) (workflow.Assignment, error)) ([]workflow.Assignment, error) {
	var out []workflow.Assignment
	// Ids begin with period and task (workflow.AssignmentID); another period's id
	// may begin alike, so the row has the last word.
	prefix := fmt.Sprintf("%s-%02d-", period, task)
	err := v.scan(kv.Assignments, prefix, func(k string, b []byte) error {
		a, err := row(k, b)
		if err == nil && a.Period == period && a.Task == task {
			out = append(out, a)
		}
		return err
	})
	return out, err
}

func (v view) Period(id string) (workflow.Period, bool, error) {
	return load[workflow.Period](v, kv.Periods, id)
}

func (v view) Periods() ([]workflow.Period, error) { return list[workflow.Period](v, kv.Periods) }

func (v view) Series(id string) (workflow.Series, bool, error) {
	return load[workflow.Series](v, kv.Series, id)
}

func (v view) Plan() (workflow.PlanRef, bool, error) {
	return load[workflow.PlanRef](v, kv.Plan, codec.PlanKey)
}

func (v view) File(id string) (workflow.File, bool, error) {
	return load[workflow.File](v, kv.Files, id)
}

func (v view) Assessment(period string) (workflow.Assessment, bool, error) {
	return load[workflow.Assessment](v, kv.Assessments, period)
}

func (v view) Draft(assignment string) (workflow.Draft, error) {
	d, _, err := load[workflow.Draft](v, kv.Drafts, assignment)
	return d, err
}

func (v view) Texts(seq uint64) (workflow.Texts, error) {
	b, err := v.get(kv.Events, codec.SeqKey(seq))
	if b == nil || err != nil {
		return nil, err
	}
	r, err := codec.Split(b)
	if err != nil {
		return nil, codec.Damaged(kv.Events, codec.SeqKey(seq), err)
	}
	t, err := r.Texts()
	if err != nil {
		return nil, codec.Damaged(kv.Events, codec.SeqKey(seq), err)
	}
	return t, nil
}

// rows adds writing to a view, for workflow.Fold.
type rows struct {
	view
	put func(in kv.Space, key string, value []byte)
}

var _ workflow.Rows = rows{}

func (r rows) PutAssignment(a workflow.Assignment) error { return r.save(kv.Assignments, a.ID, a) }
func (r rows) PutPeriod(p workflow.Period) error         { return r.save(kv.Periods, p.ID, p) }
func (r rows) PutSeries(s workflow.Series) error         { return r.save(kv.Series, s.Indicator, s) }
func (r rows) PutPlan(p workflow.PlanRef) error          { return r.save(kv.Plan, codec.PlanKey, p) }
func (r rows) PutFile(f workflow.File) error             { return r.save(kv.Files, f.ID, f) }

func (r rows) PutAssessment(a workflow.Assessment) error {
	return r.save(kv.Assessments, a.Period, a)
}

func (r rows) save(in kv.Space, key string, row any) error {
	if key == "" {
		return fmt.Errorf("a row of %s without an id", in)
	}
	b, err := json.Marshal(row)
	if err != nil {
		return err
	}
	r.put(in, key, codec.Seal(key, b))
	return nil
}

// accountTx is account.Tx over rows; without put it only reads.
type accountTx struct{ rows rows }

var errViewOnly = errors.New("store: ViewAccounts does not write")

func (t accountTx) Account(name string) (account.Account, bool, error) {
	return load[account.Account](t.rows, kv.Accounts, name)
}
func (t accountTx) Accounts() ([]account.Account, error) {
	return list[account.Account](t.rows, kv.Accounts)
}
func (t accountTx) PutAccount(a account.Account) error { return t.save(kv.Accounts, a.Name, a) }

func (t accountTx) Session(id string) (account.Session, bool, error) {
	return load[account.Session](t.rows, kv.Sessions, id)
}
func (t accountTx) Sessions() ([]account.Session, error) {
	return list[account.Session](t.rows, kv.Sessions)
}
func (t accountTx) PutSession(s account.Session) error { return t.save(kv.Sessions, s.ID, s) }
func (t accountTx) DropSession(id string) error        { return t.drop(kv.Sessions, id) }

func (t accountTx) Token(digest string) (account.Token, bool, error) {
	return load[account.Token](t.rows, kv.Tokens, digest)
}
func (t accountTx) Tokens() ([]account.Token, error) { return list[account.Token](t.rows, kv.Tokens) }
func (t accountTx) PutToken(k account.Token) error   { return t.save(kv.Tokens, k.Digest, k) }

func (t accountTx) Screen(digest string) (account.ScreenPass, bool, error) {
	return load[account.ScreenPass](t.rows, kv.Screens, digest)
}
func (t accountTx) Screens() ([]account.ScreenPass, error) {
	return list[account.ScreenPass](t.rows, kv.Screens)
}
func (t accountTx) PutScreen(p account.ScreenPass) error { return t.save(kv.Screens, p.Digest, p) }
func (t accountTx) DropScreen(digest string) error       { return t.drop(kv.Screens, digest) }

func (t accountTx) save(in kv.Space, key string, row any) error {
	if t.rows.put == nil {
		return errViewOnly
	}
	return t.rows.save(in, key, row)
}

func (t accountTx) drop(in kv.Space, key string) error {
	if t.rows.put == nil {
		return errViewOnly
	}
	t.rows.put(in, key, nil)
	return nil
}

func load[T any](from source, in kv.Space, key string) (row T, found bool, err error) {
	b, err := from.get(in, key)
	if b == nil || err != nil {
		return row, false, err
	}
	row, err = codec.Row[T](in, key, b)
	return row, err == nil, err
}

func list[T any](from source, in kv.Space) ([]T, error) {
	var out []T
	err := from.scan(in, "", func(k string, b []byte) error {
		row, err := codec.Row[T](in, k, b)
		out = append(out, row)
		return err
	})
	return out, err
}
