package main

import (
	"context"

	"duban/ui/signon"
	"duban/workflow/account"
)

// linkIdentity lets whom the provider knows under the subject log in to the account.
// A running server knows its provider; on a stopped one --oidc-issuer names it.
func linkIdentity(ctx context.Context, h *house, name, issuer, subject string) error {
	switch {
	case h.issuer != "" && issuer != "" && issuer != h.issuer:
		return usage("duban: --oidc-issuer %s: the server here runs with %s", issuer, h.issuer)
	case h.issuer != "":
		issuer = h.issuer
	case issuer == "":
		return usage("duban: user link-oidc needs --oidc-issuer: no provider is known here")
	}
	if err := signon.SafeAddress(issuer); err != nil {
		return usage("duban: --oidc-issuer: %v", err)
	}
	return refused(h.accounts.LinkIdentity(ctx, h.now(), account.Console, name, account.Identity{Issuer: issuer, Subject: subject}))
}
