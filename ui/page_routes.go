package ui

// pageRoutes are the pages and the forms they post.
var pageRoutes = []route{
	{method: "GET", path: "/static/*", access: public, do: (*server).staticFile},
	{method: "GET", path: "/language", access: public, do: (*server).setLanguage},
	{method: "GET", path: "/login", access: public, do: (*server).loginPage},
	{method: "POST", path: "/login", access: public, do: (*server).login, entry: true},
	{method: "POST", path: "/logout", access: people, do: (*server).logout, newcomer: true},
	{method: "GET", path: "/password", access: people, do: (*server).passwordPage, newcomer: true},
	{method: "POST", path: "/password", access: people, do: (*server).changePassword, newcomer: true},

	{method: "GET", path: "/invite/:token", access: public, do: (*server).invitePage},
	{method: "POST", path: "/invite/:token", access: public, do: (*server).invite, entry: true},

	{method: "GET", path: "/me", access: people, do: (*server).mePage},
	{method: "POST", path: "/me/sessions/end", access: people, do: (*server).endOtherSessions},
	{method: "POST", path: "/me/sessions/:id/end", access: people, do: (*server).endSessionPage},
	{method: "GET", path: "/me/second", access: people, do: (*server).secondPage, enrols: true},
	{method: "POST", path: "/me/second", access: people, do: (*server).setSecond, enrols: true},
	{method: "POST", path: "/me/second/recovery", access: people, do: (*server).renewRecovery, enrols: true},

	{method: "GET", path: "/", access: people, do: (*server).home},
	{method: "GET", path: "/assignments", access: people, do: (*server).listPage},
	{method: "POST", path: "/assignments/urge", access: officeOnly, do: (*server).urgeSelected},
	{method: "GET", path: "/assignments/:id", access: people, do: (*server).assignmentPage},
	{method: "GET", path: "/assignments/:id/report", access: people, do: (*server).reportPage},
	{method: "POST", path: "/assignments/:id/report/draft", access: people, do: (*server).saveDraft},
	{method: "POST", path: "/assignments/:id/report/review", access: people, do: (*server).reviewPage},
	{method: "POST", path: "/assignments/:id/report/file", access: people, do: (*server).fileReport},
	{method: "POST", path: "/assignments/:id/:act", access: people, do: (*server).actPage},
	{method: "GET", path: "/tasks/:no", access: people, do: (*server).taskPage},

	{method: "GET", path: "/indicators", access: people, do: (*server).indicatorsPage},
	{method: "GET", path: "/indicators/:id", access: people, do: (*server).indicatorPage},
	{method: "POST", path: "/indicators/:id/figures", access: officeOnly, do: (*server).figurePage},
	{method: "POST", path: "/indicators/:id/owner", access: officeOnly, do: (*server).ownerPage},

	{method: "GET", path: "/periods", access: people, do: (*server).periodsPage},
	{method: "POST", path: "/periods", access: officeOnly, do: (*server).openPeriodPage},
	{method: "GET", path: "/journal", access: readsLog, do: (*server).journalPage},
	{method: "GET", path: "/journal/:seq/redaction", access: adminOnly, do: (*server).redactPage},
	{method: "POST", path: "/journal/:seq/redaction", access: adminOnly, do: (*server).redact},
	{method: "GET", path: "/accounts", access: adminOnly, do: (*server).accountsPage},
	{method: "POST", path: "/accounts", access: adminOnly, do: (*server).addAccount},
	{method: "POST", path: "/accounts/:act", access: adminOnly, do: (*server).changeAccount},
	{method: "GET", path: "/tokens", access: adminOnly, do: (*server).tokensPage},
	{method: "POST", path: "/tokens", access: adminOnly, do: (*server).addToken},
	{method: "POST", path: "/tokens/revoke", access: adminOnly, do: (*server).revokeToken},
	{method: "GET", path: "/screens", access: keepsScreens, do: (*server).screensPage},
	{method: "POST", path: "/screens/:act", access: keepsScreens, do: (*server).changeScreen},
	{method: "GET", path: "/board", access: public, do: (*server).boardPage},
	{method: "GET", path: "/board/paired", access: public, do: (*server).boardPaired},
}
