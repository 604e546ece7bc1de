// Package work has the pages of assignments: inbox and desk, list, one assignment with its acts,
// the report with its review and signature, and acts on many at once.
package work

import (
	"duban/ui/upload"
	"duban/ui/web"
)

// Routes are the pages of assignments, and the forms of their acts.
var Routes = []web.Route{
	{Method: "POST", Path: "/api/v1/files/:id/deletion", Access: web.People, Do: apiDeleteFile, Summary: "Delete evidence for good; its hash stays.", Body: deletionBody{}, Answer: deletion{}},

	{Method: "GET", Path: "/", Access: web.People, Do: home},
	{Method: "GET", Path: "/assignments", Access: web.People, Do: listPage, Asof: web.AsofBook},
	{Method: "POST", Path: "/assignments/urge", Access: web.OfficeOnly, Do: urgeSelected},
	{Method: "POST", Path: "/assignments/bulk/:act", Access: web.OfficeOnly, Do: bulkPage},
	{Method: "GET", Path: "/assignments/:id", Access: web.People, Do: assignmentPage, Asof: web.AsofBook},
	{Method: "GET", Path: "/assignments/:id/versions", Access: web.People, Long: true, Do: versionsPage, Asof: web.AsofBook},
	{Method: "GET", Path: "/assignments/:id/urges/:n/print", Access: web.People, Do: urgeSheetPage},
	{Method: "GET", Path: "/assignments/:id/report", Access: web.People, Do: reportPage},
	{Method: "POST", Path: "/assignments/:id/report/draft", Access: web.People, Do: saveDraft, Brings: upload.BringsReport},
	{Method: "POST", Path: "/assignments/:id/report/review", Access: web.People, Do: reviewPage, Brings: upload.BringsReport},
	{Method: "POST", Path: "/assignments/:id/report/send-back", Access: web.People, Do: sendBackPage},
	{Method: "POST", Path: "/assignments/:id/report/file", Access: web.People, Do: fileReport},
	{Method: "POST", Path: "/assignments/:id/:act", Access: web.People, Do: actPage},
	{Method: "GET", Path: "/files/:id", Access: web.People, Do: evidencePage},
	{Method: "POST", Path: "/files/:id/deletion", Access: web.People, Do: deleteEvidence},

	{Method: "GET", Path: "/signing", Access: web.KeepsScreens, Do: signingPage},
	{Method: "POST", Path: "/signing", Access: web.KeepsScreens, Do: setSigning},
}
