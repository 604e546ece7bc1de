// Package session is who is asking: login by name and password, sessions, API
// tokens and screens, seen from an HTTP request. What the caller may do is not
// decided here (workflow), and accounts are managed in workflow/account.
//
// Cookies, all HttpOnly and Path=/; under TLS their names begin with __Host-:
//
//	duban         a session's secret; SameSite=Lax, so that a link from a mail or
//	              the office's portal opens logged in; changes need the CSRF token
//	duban-screen  a wall screen's secret; read-only
//	duban-device  recognises a browser that has logged in before; no rights
//	duban-login   ties a login form to the browser it was shown in
//
// Guessing is slowed at three levels (ui/session/throttle). Levels that a stranger can
// trip for others do not bind a browser or address that the account has logged in
// from before, so nobody can shut the office out. The counts are kept in memory:
// a restart forgives them, which needs the server's own operator.
//
// Failed logins are recorded, but not one by one: the first for an account and
// address, the one that locks it with the number since, and within a budget; what
// is left is summed into one event a minute. The N of login_failed events adds up
// to all failures. Names that are no account's are not recorded: people type
// passwords there.
package session
