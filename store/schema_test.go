package store_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"duban/store"
	"duban/store/storetest"
	"duban/workflow"
	"duban/workflow/account"

	"go.etcd.io/bbolt"
)

// edit changes a store's file by hand.
func edit(t *testing.T, dir string, change func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(dir, "duban.db"), 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// old is a store of version 1: as a new one, which says it is of version 1.
func old(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	b, err := os.ReadFile("testdata/v1.db")
	if err = errors.Join(err, os.MkdirAll(filepath.Join(dir, "files", "tmp"), 0o700)); err == nil {
		err = os.WriteFile(filepath.Join(dir, "duban.db"), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestAnOlderProgramRefuses: a program that knows version 1 alone, which is what stands in
// its list, opens nothing that this one has made or migrated.
func TestAnOlderProgramRefuses(t *testing.T) {
	fresh := t.TempDir()
	s, err := store.Open(fresh, opts())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	migrated := old(t)
	if s, err = store.Open(migrated, opts()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	defer store.KnowOnly(1)()
	for name, dir := range map[string]string{"fresh": fresh, "migrated": migrated} {
		before, err := os.ReadFile(filepath.Join(dir, "duban.db"))
		if err != nil {
			t.Fatal(err)
		}
		for _, open := range []func(string, store.Options) (*store.Store, error){store.Open, store.OpenReadOnly} {
			_, err := open(dir, opts())
			var e *store.SchemaError
			if !errors.As(err, &e) || e.Known != 1 || !strings.Contains(err.Error(), "use the newer program") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if after, err := os.ReadFile(filepath.Join(dir, "duban.db")); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: the older program changed the file: %v", name, err)
		}
	}
	// The copy from before the migration is what an older program takes.
	if err := os.Rename(filepath.Join(migrated, "backup-before-v2.db"), filepath.Join(migrated, "duban.db")); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(migrated, opts()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestAnOlderStoreIsReadAsItIs: to verify and to export it nothing has to be migrated, and
// nothing is written.
func TestAnOlderStoreIsReadAsItIs(t *testing.T) {
	dir := old(t)
	s, err := store.OpenReadOnly(dir, opts())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Verify(bg, nil); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	was, _ := os.ReadFile("testdata/v1.db")
	if is, err := os.ReadFile(filepath.Join(dir, "duban.db")); err != nil || !bytes.Equal(is, was) {
		t.Errorf("reading changed it: %v", err)
	}
}

// TestAMigrationThatWasCutOff: what it left is in nobody's way, and no copy is written over.
func TestAMigrationThatWasCutOff(t *testing.T) {
	dir := old(t)
	for _, name := range []string{"backup-before-v2.db", "duban-copy-1.db"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("an earlier try"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := store.Open(dir, opts())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(filepath.Join(dir, "backup-before-v2.db"))
	if err != nil || string(first) != "an earlier try" {
		t.Errorf("%v: %.40q", err, first)
	}
	if _, err := os.Stat(filepath.Join(dir, "backup-before-v2-2.db")); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "duban-copy-*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestStrangeStores: whatever is missing of a store or garbled in it, opening and verifying
// say so in words: no trace, and the file is left as it was.
func TestStrangeStores(t *testing.T) {
	type wrong struct {
		name   string
		change func(tx *bbolt.Tx) error
		says   string
	}
	var cases []wrong
	note := func(key, value string) func(tx *bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte(key), []byte(value)) }
	}
	for _, version := range []string{"", "0", "-1", "-9223372036854775808", "two", "1.5", "2\x00", "99999999999999999999"} {
		cases = append(cases, wrong{"version " + version, note("schema", version), "which is none"})
	}
	cases = append(cases,
		wrong{"version of later", note("schema", "3"), "newer version"},
		wrong{"version of much later", note("schema", "4000000"), "newer version"},
		wrong{"no version", func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("schema")) }, "of which version"},
		wrong{"no epoch", func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("epoch")) }, "epoch"},
		wrong{"half an epoch", note("epoch", "abcd"), "epoch"},
		wrong{"a nested meta", func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte("meta"))
			if err := b.Delete([]byte("schema")); err != nil {
				return err
			}
			_, err := b.CreateBucket([]byte("schema"))
			return err
		}, "of which version"},
	)
	for _, name := range store.SpaceNames() {
		gone := func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(name)) }
		says := fmt.Sprintf("the bucket %q is missing", name)
		if name == "meta" {
			says = "not a store of this program"
		}
		cases = append(cases, wrong{"without " + name, gone, says})
		says = strings.Replace(says, "the bucket \"assessments\" is missing", "early build", 1)
		cases = append(cases, wrong{"of version 1 without " + name, func(tx *bbolt.Tx) error {
			if err := note("schema", "1")(tx); err != nil {
				return err
			}
			return gone(tx)
		}, says})
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := old(t)
			s, err := store.Open(dir, opts())
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			edit(t, dir, c.change)
			refused(t, dir, c.says)
		})
	}
	t.Run("an early build's", func(t *testing.T) {
		dir := t.TempDir()
		b, err := os.ReadFile("testdata/early.db")
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "duban.db"), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		refused(t, dir, "early build")
	})
}

// refused holds that the store is opened by nobody, with those words, and stays as it is.
func refused(t *testing.T, dir, says string) {
	t.Helper()
	before, err := os.ReadFile(filepath.Join(dir, "duban.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, open := range []func(string, store.Options) (*store.Store, error){store.Open, store.OpenReadOnly} {
		s, err := open(dir, opts())
		if err == nil {
			_ = s.Close()
			t.Fatal("it is opened")
		}
		if text := err.Error(); !strings.Contains(text, says) || strings.Contains(text, "goroutine") || strings.Contains(text, "nil pointer") || !strings.Contains(text, dir) {
			t.Errorf("not %q: %s", says, text)
		}
	}
	if after, err := os.ReadFile(filepath.Join(dir, "duban.db")); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %v", err)
	}
}

var learn = flag.Bool("learn", false, "put names that testdata/readers.txt lacks into it, with the version that is open: before it is closed")

// names are the kinds of event, and the fields of events and rows, that stores hold.
func names(t *testing.T) []string {
	t.Helper()
	var all []string
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || seen[t] || !strings.HasPrefix(t.PkgPath(), "duban/") {
			return
		}
		seen[t] = true
		for i := range t.NumField() {
			f := t.Field(i)
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() || tag == "-" {
				continue
			}
			if tag == "" {
				tag = f.Name
			}
			all = append(all, t.String()+"."+tag)
			walk(f.Type)
		}
	}
	for _, row := range []any{workflow.Event{}, workflow.Assignment{}, workflow.Period{}, workflow.Series{}, workflow.PlanRef{}, workflow.File{},
		workflow.Assessment{}, workflow.Draft{}, account.Account{}, account.Session{}, account.Token{}, account.ScreenPass{}} {
		walk(reflect.TypeOf(row))
	}
	sources, err := filepath.Glob("../workflow/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		file, err := parser.ParseFile(token.NewFileSet(), source, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 && strings.HasPrefix(v.Names[0].Name, "Kind") {
				s, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, "kind "+s)
			}
			return true
		})
	}
	for _, name := range store.SpaceNames() {
		all = append(all, "bucket "+name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestReadersKnow: every kind, field and bucket is of a version of the schema, and none that
// stands in testdata/readers.txt is gone. The names of versions that are closed are what
// programs that were given out know. A name that stands nowhere is of the version that is
// open; when none is, it needs a new one, so that those programs refuse the store.
func TestReadersKnow(t *testing.T) {
	const file = "testdata/readers.txt"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, lines := []string{}, map[string]int{}
	closed := 0
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		if strings.HasPrefix(line, "#") {
			head = append(head, line)
			if n, ok := strings.CutPrefix(line, "# closed: "); ok {
				closed, err = strconv.Atoi(n)
			}
			continue
		}
		n, name, _ := strings.Cut(line, " ")
		if lines[name], err = strconv.Atoi(n); err != nil || lines[name] < 1 || lines[name] > store.Versions() {
			t.Errorf("%q: no version of the schema", line)
		}
	}
	if err != nil || closed < 1 || closed > store.Versions() {
		t.Fatalf("closed: %d %v", closed, err)
	}
	all := names(t)
	for _, name := range all {
		switch {
		case lines[name] != 0:
		case store.Versions() == closed:
			t.Errorf("%s is in no version of the schema: a program of version %d would drop it in silence. Append a version to versions in schema.go", name, closed)
		case *learn:
			lines[name] = store.Versions()
		default:
			t.Logf("%s comes with version %d, which is open", name, store.Versions())
		}
	}
	for name := range lines {
		if !slices.Contains(all, name) {
			t.Errorf("%s is gone: stores that hold it cannot be read any more", name)
		}
	}
	if *learn && !t.Failed() {
		out := slices.Clone(head)
		for _, name := range all {
			out = append(out, fmt.Sprintf("%d %s", lines[name], name))
		}
		if err := os.WriteFile(file, []byte(strings.Join(out, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestArchivesOfOlderVersions: an archive of version 1 is restored and migrated; its
// manifest says of which version its file is.
func TestArchivesOfOlderVersions(t *testing.T) {
	s, err := store.OpenReadOnly(old(t), opts())
	if err != nil {
		t.Fatal(err)
	}
	archive, m := archived(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if m.Schema != 1 {
		t.Errorf("it says version %d", m.Schema)
	}
	dir := filepath.Join(t.TempDir(), "restored")
	if _, err := store.Restore(bg, bytes.NewReader(archive), dir, opts(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := storetest.Open(t, dir).Verify(bg, nil); err != nil {
		t.Error(err)
	}
}
