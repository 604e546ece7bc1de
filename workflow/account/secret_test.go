package account_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/workflow"
	"duban/workflow/account"
)

func TestTokens(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.add(t, "liwei", "finance", workflow.Liaison)
	secret, token, err := d.AddToken(ctx, noon, admin, "  报送   接口 ", "liwei", noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(secret, "db_") || len(secret) != 3+43 || token.Name != "报送 接口" {
		t.Errorf("%s %q", secret, token.Name)
	}
	dump, err := d.store.Dump()
	if err != nil || strings.Contains(dump, secret) || strings.Contains(dump, secret[3:]) {
		t.Error("the store holds the secret")
	}
	if !d.bears(t, noon, secret) || d.bears(t, noon.Add(time.Hour), secret) || d.bears(t, noon, secret[3:]) {
		t.Error("it does not live, lives too long, or without its prefix")
	}
	if err := d.RevokeToken(ctx, noon, admin, token.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.RevokeToken(ctx, noon, admin, token.ID); err != nil {
		t.Errorf("revoking again: %v", err)
	}
	if d.bears(t, noon, secret) {
		t.Error("it lives after it was revoked")
	}
	want := []workflow.Kind{workflow.KindAccountAdded, workflow.KindAccountAdded, workflow.KindTokenAdded, workflow.KindTokenRevoked}
	if !slices.Equal(d.kinds(), want) || !slices.Contains(d.ended, account.TokenKey(token.ID)+" revoked") {
		t.Errorf("%v %v", d.kinds(), d.ended)
	}
	for code, err := range map[string]error{
		"account.unknown":          second(d.AddToken(ctx, noon, admin, "x", "nobody", time.Time{})),
		"name.empty":               second(d.AddToken(ctx, noon, admin, " ", "liwei", time.Time{})),
		"token.expires_in_past":    second(d.AddToken(ctx, noon, admin, "x", "liwei", noon)),
		"token.unknown":            d.RevokeToken(ctx, noon, admin, "beef"),
		"account.already_disabled": errors.Join(d.Disable(ctx, noon, admin, "liwei"), d.Disable(ctx, noon, admin, "liwei")),
		"account.not_disabled":     d.Enable(ctx, noon, admin, "admin"),
	} {
		if workflow.AsError(err).Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	if err := second(d.AddToken(ctx, noon, admin, "x", "liwei", time.Time{})); workflow.AsError(err).Code != "account.disabled" {
		t.Errorf("a token for a disabled account: %v", err)
	}
}

func second[A, B any](_ A, _ B, err error) error { return err }

func TestScreens(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	secret, p, err := d.RequestScreen(ctx, noon, "build\x1b[31m 1")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Code) != 6 || strings.ContainsAny(p.Code, "01OIL") || p.Build != "build[31m 1" {
		t.Errorf("code %s, build %q", p.Code, p.Build)
	}
	state := func(at time.Time) string {
		_, err := d.AuthenticateScreen(ctx, at, secret)
		if err == nil {
			return "in"
		}
		return workflow.AsError(err).Code
	}
	if got := state(noon); got != "screen.pending" {
		t.Error(got)
	}
	if got := state(noon.Add(16 * time.Minute)); got != "screen.unknown" {
		t.Errorf("nobody approved it in time: %s", got)
	}
	office := workflow.Actor{User: "zhao", Unit: "office", Role: workflow.OfficeMan}
	if _, err := d.ApproveScreen(ctx, noon.Add(16*time.Minute), office, p.Code, "x"); workflow.AsError(err).Code != "screen.code_unknown" {
		t.Errorf("an old code was approved: %v", err)
	}
	typed := strings.ToLower(p.Code[:3]) + " " + p.Code[3:]
	if _, err := d.ApproveScreen(ctx, noon, office, typed, "三楼会议室"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ApproveScreen(ctx, noon, office, p.Code, "twice"); workflow.AsError(err).Code != "screen.code_unknown" {
		t.Errorf("a code was good twice: %v", err)
	}
	if _, err := d.ApproveScreen(ctx, noon, office, "", "empty"); workflow.AsError(err).Code != "screen.code_unknown" {
		t.Errorf("an empty code: %v", err)
	}
	if got := state(noon.AddDate(1, 0, 0)); got != "in" {
		t.Errorf("weeks later: %s", got)
	}
	in, err := d.AuthenticateScreen(ctx, noon, secret)
	if err != nil || in.Actor().Role != workflow.Screen || in.By != "zhao" || in.Name != "三楼会议室" {
		t.Errorf("%+v %v", in, err)
	}
	set := account.ScreenSettings{Theme: "light", Pages: []string{"overview", "grid"}, Dwell: 30, Night: "22-6"}
	if err := d.SetScreen(ctx, noon, office, p.ID, "大厅", set); err != nil {
		t.Error(err)
	}
	if in, err := d.AuthenticateScreen(ctx, noon, secret); err != nil || in.Name != "大厅" || !reflect.DeepEqual(in.Settings, set) {
		t.Errorf("%+v %v", in, err)
	}
	for field, bad := range map[string]account.ScreenSettings{"theme": {Theme: "pink"}, "dwell": {Dwell: 2}, "pages": {Pages: []string{"<b>"}}, "night": {Night: "6-6"}} {
		if err := workflow.AsError(d.SetScreen(ctx, noon, office, p.ID, "大厅", bad)); err == nil || err.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if err := workflow.AsError(d.SetScreen(ctx, noon, workflow.Actor{Unit: "kjt", Role: workflow.Liaison}, p.ID, "x", set)); err == nil || err.Kind != workflow.Forbidden {
		t.Errorf("a department sets a screen: %v", err)
	}
	if err := d.RevokeScreen(ctx, noon, office, p.ID); err != nil {
		t.Error(err)
	}
	if got := state(noon); got != "screen.revoked" {
		t.Error(got)
	}
	if !slices.Contains(d.ended, account.ScreenKey(p.ID)+" revoked") {
		t.Errorf("%v", d.ended)
	}
	want := []workflow.Kind{workflow.KindAccountAdded, workflow.KindScreenPaired, workflow.KindAccountChanged, workflow.KindScreenRevoked}
	if !slices.Equal(d.kinds(), want) {
		t.Errorf("%v", d.kinds())
	}
	if dump, _ := d.store.Dump(); strings.Contains(dump, secret) {
		t.Error("the store holds the secret")
	}
}

func TestScreensThatAskAreBounded(t *testing.T) {
	d := newDesk(t)
	var err error
	n := 0
	for ; n < 200 && err == nil; n++ {
		_, _, err = d.RequestScreen(t.Context(), noon, "")
	}
	if workflow.AsError(err).Kind != workflow.TooMany || n != 65 {
		t.Fatalf("after %d: %v", n, err)
	}
	later := noon.Add(20 * time.Minute) // those that nobody approved are gone
	if _, _, err := d.RequestScreen(t.Context(), later, ""); err != nil {
		t.Errorf("later: %v", err)
	}
	all, err := d.Screens(t.Context(), admin)
	if err != nil || len(all) != 1 || all[0].Code != "" || all[0].Digest != "" {
		t.Errorf("%+v %v", all, err)
	}
}

func TestATokenLivesOnlyWhileAllHolds(t *testing.T) {
	expires := noon.Add(time.Hour)
	token := account.Token{Generation: 3, ExpiresAt: &expires}
	for name, c := range map[string]struct {
		change func(*account.Token, *account.Account)
		at     time.Time
		want   bool
	}{
		"as issued":      {func(*account.Token, *account.Account) {}, noon, true},
		"last moment":    {func(*account.Token, *account.Account) {}, expires.Add(-1), true},
		"expired":        {func(*account.Token, *account.Account) {}, expires, false},
		"no end":         {func(k *account.Token, _ *account.Account) { k.ExpiresAt = nil }, noon.AddDate(9, 0, 0), true},
		"revoked":        {func(k *account.Token, _ *account.Account) { k.Revoked = true }, noon, false},
		"disabled":       {func(_ *account.Token, a *account.Account) { a.Disabled = true }, noon, false},
		"older":          {func(_ *account.Token, a *account.Account) { a.Generation++ }, noon, false},
		"of a later one": {func(_ *account.Token, a *account.Account) { a.Generation-- }, noon, false},
	} {
		k, a := token, account.Account{Name: "liwei", Generation: 3}
		c.change(&k, &a)
		if got := k.Lives(c.at, a); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
