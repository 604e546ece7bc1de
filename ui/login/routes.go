// Package login has the ways in and what people do with their own account: password, links, single
// sign-on, second factor, open logins, tokens, delegations, and the proof that some acts ask for.
package login

import (
	"duban/ui/api"
	"duban/ui/page"
	"duban/ui/web"
)

// Routes are the ways in, and what people do with their own account and an administrator with others.
var Routes = []web.Route{
	{Method: "POST", Path: "/api/v1/session/proof", Access: web.People, Do: apiProve, Summary: "Prove again who one is, for the acts that ask for it (403 proof.required).", Body: proofBody{}, Newcomer: true, Enrols: true, Self: true},
	{Method: "GET", Path: "/api/v1/me/sessions", Access: web.People, Do: apiSessions, Summary: "The caller's open logins.", Answer: api.ListOf[sessionView]{}, Self: true},
	{Method: "DELETE", Path: "/api/v1/me/sessions/:id", Access: web.People, Do: apiEndSession, Summary: "End one of them.", Self: true, Fresh: web.ToEnd},
	{Method: "GET", Path: "/static/*", Access: web.Public, Do: staticFile},
	{Method: "GET", Path: "/language", Access: web.Public, Do: setLanguage},
	{Method: "GET", Path: "/login", Access: web.Public, Do: loginPage},
	{Method: "POST", Path: "/login", Access: web.Public, Do: login, Entry: true},
	{Method: "GET", Path: page.SignOnPath, Access: web.Public, Do: signOn},
	{Method: "GET", Path: SignOnCallback, Access: web.Public, Do: signedOn},
	{Method: "POST", Path: "/logout", Access: web.People, Do: logout, Newcomer: true, Self: true},
	{Method: "GET", Path: "/password", Access: web.People, Do: passwordPage, Newcomer: true, Self: true},
	{Method: "POST", Path: "/password", Access: web.People, Do: changePassword, Newcomer: true, Self: true},

	{Method: "GET", Path: "/invite/:token", Access: web.Public, Do: invitePage},
	{Method: "POST", Path: "/invite/:token", Access: web.Public, Do: invite, Entry: true},

	{Method: "GET", Path: "/me", Access: web.People, Do: mePage, Self: true},
	{Method: "POST", Path: "/me/sessions/end", Access: web.People, Do: endOtherSessions, Self: true, Fresh: web.ToEnd},
	{Method: "POST", Path: "/me/sessions/:id/end", Access: web.People, Do: endSessionPage, Self: true, Fresh: web.ToEnd},
	{Method: "GET", Path: "/me/second", Access: web.People, Do: secondPage, Enrols: true, Self: true, Fresh: web.ToConfirm},
	{Method: "POST", Path: "/me/second", Access: web.People, Do: setSecond, Enrols: true, Self: true, Fresh: web.ToConfirm},
	{Method: "POST", Path: "/me/second/recovery", Access: web.People, Do: renewRecovery, Enrols: true, Self: true, Fresh: web.ToConfirm},
	{Method: "GET", Path: page.ProofPath, Access: web.People, Do: proofPage, Newcomer: true, Enrols: true, Self: true},
	{Method: "POST", Path: page.ProofPath, Access: web.People, Do: prove, Newcomer: true, Enrols: true, Self: true},

	{Method: "GET", Path: "/delegations", Access: web.People, Do: delegationsPage, Self: true},
	{Method: "POST", Path: "/delegations", Access: web.People, Do: delegate, Self: true, Fresh: web.ToDelegate},
	{Method: "POST", Path: "/delegations/revoke", Access: web.People, Do: revokeDelegation, Self: true},
	{Method: "POST", Path: "/delegations/act", Access: web.People, Do: actFor, Self: true},
	{Method: "POST", Path: "/delegations/end", Access: web.People, Do: endActing, Self: true, Enrols: true},

	{Method: "GET", Path: "/tokens", Access: web.AdminOnly, Do: tokensPage},
	{Method: "POST", Path: "/tokens", Access: web.AdminOnly, Do: addToken, Fresh: web.ToIssue},
	{Method: "POST", Path: "/tokens/revoke", Access: web.AdminOnly, Do: revokeToken},
}
