package credential

import (
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duban/workflow"
	"duban/workflow/plan"
)

// codes are those of the error, in order.
func codes(err error) []string {
	if err == nil {
		return nil
	}
	e := workflow.AsError(err)
	if len(e.Fields) == 0 {
		return []string{e.Code}
	}
	var all []string
	for _, f := range e.Fields {
		all = append(all, f.Code)
	}
	return all
}

func TestPolicies(t *testing.T) {
	list := func(s ...string) []string { return s }
	for _, c := range []struct {
		name, password string
		dengbao, asvs  []string
	}{
		{"liwei", "Kx7#mP2q", nil, list("password.short")},
		{"liwei", "kx7#mp2q", nil, list("password.short")}, // three classes
		{"liwei", "kxvqmpzw", list("password.classes"), list("password.short")},
		{"liwei", "kxvqmpzwtrnh", list("password.classes"), nil},
		{"liwei", "kxvqmpzwtrnhbd", nil, nil}, // fourteen
		{"liwei", "Kx7#mP2", list("password.short"), list("password.short")},
		{"liwei", "a", list("password.short", "password.classes"), list("password.short")},
		{"liwei", "", list("password.short", "password.classes"), list("password.short")},
		{"liwei", "Liwei#82kqz!x", list("password.contains_name"), list("password.contains_name")},
		{"李伟", "我是李伟呀Kx7#你猜一猜", list("password.contains_name"), list("password.contains_name")},
		{"x", "Kx7#mP2qWvz9", nil, nil}, // too short a name to matter
		{"liwei", "P@ssw0rd", list("password.guessable"), list("password.short")},
		{"liwei", "Passw0rd2022!", list("password.guessable"), list("password.guessable")},
		{"liwei", "2022Passw0rd!x", list("password.guessable"), list("password.guessable")},
		{"liwei", "Admin@123456", list("password.guessable"), list("password.guessable")},
		{"liwei", "1qaz2wsx3EDC", list("password.guessable"), list("password.guessable")},
		{"liwei", "Aa111111111111", list("password.guessable"), list("password.guessable")},
		{"liwei", "Abcdefgh12345678", list("password.guessable"), list("password.guessable")},
		{"liwei", "督办办公室2022-Admin", list("password.guessable"), list("password.guessable")},
		{"liwei", "四号楼东门外有两棵银杏和一口老井", nil, nil},
		{"liwei", "correct horse battery staple", nil, nil},
		{"liwei", " Kx7#mP2qWvz9 ", nil, nil}, // spaces are characters like others
		{"liwei", "Kx7#mP2q\x00Wvz9", list("password.characters"), list("password.characters")},
		{"liwei", "Kx7#mP2q\xffWvz9", list("password.characters"), list("password.characters")},
		{"liwei", "Kx7#" + strings.Repeat("银杏老井", 31), nil, nil}, // 128 characters
		{"liwei", "Kx7#!" + strings.Repeat("银杏老井", 31), list("password.long"), list("password.long")},
	} {
		if got := codes(Dengbao.Check("password", c.name, c.password)); !slices.Equal(got, c.dengbao) {
			t.Errorf("dengbao %q: %v, want %v", c.password, got, c.dengbao)
		}
		if got := codes(ASVS.Check("password", c.name, c.password)); !slices.Equal(got, c.asvs) {
			t.Errorf("asvs %q: %v, want %v", c.password, got, c.asvs)
		}
	}
}

func TestFaultsNameTheFieldAndCarryWhatTheTextNeeds(t *testing.T) {
	e := workflow.AsError(Dengbao.Check("new_password", "liwei", "abc"))
	if e.Code != "fields.invalid" || e.Kind != workflow.Invalid || len(e.Fields) != 2 {
		t.Fatalf("%+v", e)
	}
	if f := e.Fields[0]; f.Field != "new_password" || f.Args["min"] != 8 || f.Args["count"] != 3 {
		t.Errorf("%+v", f)
	}
}

func TestRotationIsAdviceOfOneProfile(t *testing.T) {
	set := time.Date(2022, 9, 20, 9, 0, 0, 0, time.UTC)
	if Dengbao.Old(set, set.Add(90*24*time.Hour)) || !Dengbao.Old(set, set.Add(90*24*time.Hour+1)) {
		t.Error("dengbao: the ninetieth day")
	}
	if ASVS.Old(set, set.AddDate(50, 0, 0)) {
		t.Error("asvs has no rotation (6.2.10)")
	}
	for _, name := range []string{"dengbao", "asvs"} {
		if p, ok := FindPolicy(name); !ok || p.Name != name {
			t.Errorf("%s is not found", name)
		}
	}
	if _, ok := FindPolicy("none"); ok {
		t.Error("a profile that does not exist")
	}
}

func TestOneTimePasswordsMeetEveryPolicy(t *testing.T) {
	seen := map[string]bool{}
	for range 500 {
		p, err := OneTimePassword(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if seen[p] {
			t.Fatalf("%s came twice", p)
		}
		seen[p] = true
		for _, policy := range []Policy{Dengbao, ASVS} {
			if err := policy.Check("password", "admin", p); err != nil {
				t.Errorf("%s %s: %v", policy.Name, p, err)
			}
		}
		if strings.ContainsAny(p, "01lio") {
			t.Errorf("%s is easily misread", p)
		}
	}
}

func TestAnyPasswordIsJudgedWithoutPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-c1-3!@密]{0,20}`),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "password")
		name := rapid.StringMatching(`[a-z李]{0,5}`).Draw(t, "name")
		asvs, dengbao := ASVS.Check("p", name, password), Dengbao.Check("p", name, password)
		// asvs differs from dengbao by length and composition alone.
		for _, code := range codes(asvs) {
			if code != "password.short" && !slices.Contains(codes(dengbao), code) {
				t.Fatalf("%q: asvs %v, dengbao %v", password, codes(asvs), codes(dengbao))
			}
		}
		if fresh(password, nil) > len([]rune(password)) {
			t.Fatalf("%q has more fresh characters than characters", password)
		}
	})
}

// TestHouseWords: a place, the product, a unit or a keyboard row with a year is no password,
// in either profile, as letters or as the signs that stand for them.
func TestHouseWords(t *testing.T) {
	b, err := os.ReadFile("../../../tasks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Parse("tasks.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	for _, policy := range []Policy{Dengbao, ASVS} {
		policy.Words = func() []string { return HouseWords(p) }
		for _, bad := range []string{"Zhejiang2022", "zhejiang-2022", "Zhejiang@2022", "ZheJiang#2023!", "Zh3j1ang2022!", "2022Zhejiang.", "Hangzhou2022!!",
			"HangzhouDuban1", "Duban@202620", "Zrzyt-20222023", "Dfjrjgj2022!", "省科技厅2022Aa省科技厅", "浙江省科技厅2022年Aa", "小微企业三年成长计划2022A",
			"Xiaowei@2022!", "Keji2022Caizheng", "Poiuytrewq1!", "1q2w3e4r5t6Y!", "7890uiopUIOP", "Lkjhgfdsa123!", "!qaz@WSX2022"} {
			if err := policy.Check("password", "liwei", bad); err == nil || !strings.Contains(fmt.Sprint(codes(err)), "password.guessable") {
				t.Errorf("%s takes %s: %v", policy.Name, bad, err)
			}
		}
		for _, good := range []string{"Lake-Heron-58-Candle", "Zhejiang-tea4u-Kiln", "西湖的Heron飞过58盏灯"} {
			if err := policy.Check("password", "liwei", good); err != nil {
				t.Errorf("%s refuses %s: %v", policy.Name, good, err)
			}
		}
	}
}
