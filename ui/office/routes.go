// Package office has the pages beside single assignments: board, meeting, indicators, tasks, periods,
// assessment and circular, journal and accounts. Most are the office's, some an auditor's or everybody's.
package office

import (
	"duban/ui/upload"
	"duban/ui/web"
)

// Routes are the pages of the office, of auditors and of the wall.
var Routes = []web.Route{
	{Method: "POST", Path: "/api/v1/events/:seq/redaction", Access: web.AdminOnly, Do: apiRedact, Summary: "Take the texts of an event out of the record.", Body: redactBody{}, Answer: redacted{}},
	{Method: "GET", Path: "/export/circular/:period.docx", Access: web.OfficeOnly, Long: true, Do: exportCircular, Summary: "The circular of a frozen assessment as an official paper."},
	{Method: "GET", Path: "/export/head.json", Access: web.AuditsLog, Long: true, Do: exportHead, Summary: "Where the journal stands, signed."},

	{Method: "GET", Path: "/tasks/:no", Access: web.People, Do: taskPage, Asof: web.AsofBook},

	{Method: "GET", Path: "/indicators", Access: web.People, Do: indicatorsPage, Asof: web.AsofBook},
	{Method: "GET", Path: "/indicators/:id", Access: web.People, Do: indicatorPage, Asof: web.AsofBook},
	{Method: "POST", Path: "/indicators/:id/figures", Access: web.OfficeOnly, Do: figurePage},
	{Method: "POST", Path: "/indicators/:id/owner", Access: web.OfficeOnly, Do: ownerPage},

	{Method: "GET", Path: "/periods", Access: web.People, Do: periodsPage},
	{Method: "POST", Path: "/periods", Access: web.OfficeOnly, Do: openPeriodPage},
	{Method: "GET", Path: "/assessments", Access: web.People, Do: assessmentsPage},
	{Method: "GET", Path: "/assessments/:period", Access: web.People, Long: true, Do: assessmentShown},
	{Method: "POST", Path: "/assessments/:period/:act", Access: web.People, Do: assessmentActed},
	{Method: "GET", Path: "/circulars/:period", Access: web.OfficeOnly, Long: true, Do: circularPage},
	{Method: "POST", Path: "/circulars/:period", Access: web.OfficeOnly, Do: editCircular},
	{Method: "GET", Path: "/circular-template", Access: web.OfficeOnly, Do: templatePage},
	{Method: "POST", Path: "/circular-template", Access: web.OfficeOnly, Do: setTemplate, Brings: upload.BringsEvidence},
	{Method: "POST", Path: "/circular-template/clear", Access: web.OfficeOnly, Do: clearTemplate},
	{Method: "GET", Path: "/journal", Access: web.ReadsLog, Long: true, Do: journalPage},
	{Method: "GET", Path: "/journal/links", Access: web.ReadsLog, Do: journalLinks},
	{Method: "GET", Path: "/journal/:seq/redaction", Access: web.AdminOnly, Do: redactPage},
	{Method: "POST", Path: "/journal/:seq/redaction", Access: web.AdminOnly, Do: redact},
	{Method: "GET", Path: "/accounts", Access: web.AdminOnly, Do: accountsPage},
	{Method: "POST", Path: "/accounts", Access: web.AdminOnly, Do: addAccount, Fresh: web.ToAdd},
	{Method: "POST", Path: "/accounts/:act", Access: web.AdminOnly, Do: changeAccount, Fresh: web.ToChange},
	{Method: "GET", Path: "/screens", Access: web.KeepsScreens, Do: screensPage},
	{Method: "POST", Path: "/screens/:act", Access: web.KeepsScreens, Do: changeScreen},
	{Method: "GET", Path: "/board", Access: web.Public, Do: boardPage, Asof: web.AsofBook},
	{Method: "GET", Path: "/board/show", Access: web.Walls, Do: boardShow},
	{Method: "GET", Path: "/meeting", Access: web.OfficeOnly, Do: meetingPage},
	{Method: "POST", Path: "/meeting", Access: web.OfficeOnly, Do: steer},
	{Method: "GET", Path: "/board/paired", Access: web.Public, Do: boardPaired},
}
