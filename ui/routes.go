package ui

import (
	"github.com/gofiber/fiber/v2"

	"duban/ui/session"
	"duban/workflow"
	"duban/workflow/ledger"
)

// access says who may use a route at all.
type access int

const (
	public       access = iota // anybody
	people                     // a logged-in person or their token
	walls                      // people, and paired screens
	officeOnly                 // the office's people
	adminOnly                  // who keeps accounts
	keepsScreens               // the office and who keeps accounts
	readsLog                   // admin, director, auditor
	auditsLog                  // admin, auditor
)

// admits reports whether who may use a route of the access.
func (a access) admits(w session.Who) bool {
	r := w.Actor.Role
	switch a {
	case public:
		return true
	case people:
		return w.Kind == session.BySession || w.Kind == session.ByToken
	case walls:
		return w.Kind != session.Nobody
	case officeOnly:
		return people.admits(w) && w.Actor.Supervises()
	case keepsScreens:
		return people.admits(w) && (w.Actor.Supervises() || r == workflow.Admin)
	case adminOnly:
		return people.admits(w) && r == workflow.Admin
	case auditsLog:
		return people.admits(w) && (r == workflow.Admin || r == workflow.Auditor)
	case readsLog:
		return people.admits(w) && (r == workflow.Admin || r == workflow.Director || r == workflow.Auditor)
	}
	return false
}

// refusal says why a request is refused, nil if it is not.
type refusal func(*server, *fiber.Ctx) error

// route is one line of what the server answers.
type route struct {
	method, path string
	access       access
	do           func(*server, *fiber.Ctx) error
	summary      string  // for the OpenAPI description; empty: a page, not described
	body         any     // JSON body, by example of its type
	answer       any     // JSON answer, by example of its type
	newcomer     bool    // open to who still has a one-time password, or needs a second factor
	enrols       bool    // open to who must set up a second factor first
	self         bool    // about one's own account: done as oneself, also while acting for another
	fresh        fresh   // what it does needs a fresh proof of who asks; nil: it does not
	entry        bool    // a way in: checked against forgery by CheckLogin, not by a session's token
	brings       refusal // its body may hold files: why who asks may not bring any, before the body is read
	everything   bool    // hands out more than anybody may read: not to a token that only reads
	long         bool    // reads for long: its work ends with its client, and a caller has one at a time
	asof         asof    // what it answers with the parameter asof: the record as of an instant
}

// routes is every route of the server, in the order they are tried.
var routes = append(append([]route{}, apiRoutes...), pageRoutes...)

// apiRoutes are the contract's: those of acts by the table of acts, and the rest.
var apiRoutes = append(actRoutes(), []route{
	{method: "GET", path: "/healthz", access: public, do: (*server).healthz, summary: "The process answers."},
	{method: "GET", path: "/readyz", access: public, do: (*server).readyz, summary: "The store can be read and written."},
	{method: "GET", path: "/metrics", access: public, do: (*server).metrics, summary: "Prometheus metrics; loopback or a token."},
	{method: "GET", path: "/openapi.json", access: public, do: (*server).openapi, summary: "This description."},

	{method: "POST", path: "/api/v1/session", access: public, do: (*server).apiLogin, summary: "Log in.", body: loginBody{}, answer: meView{}, entry: true},
	{method: "DELETE", path: "/api/v1/session", access: people, do: (*server).apiLogout, summary: "Log out.", newcomer: true, self: true},
	{method: "POST", path: "/api/v1/session/proof", access: people, do: (*server).apiProve, summary: "Prove again who one is, for the acts that ask for it (403 proof.required).", body: proofBody{}, newcomer: true, enrols: true, self: true},
	{method: "GET", path: "/api/v1/me", access: people, do: (*server).apiMe, summary: "Who is asking.", newcomer: true, answer: meView{}},
	{method: "GET", path: "/api/v1/me/sessions", access: people, do: (*server).apiSessions, summary: "The caller's open logins.", answer: listOf[sessionView]{}, self: true},
	{method: "DELETE", path: "/api/v1/me/sessions/:id", access: people, do: (*server).apiEndSession, summary: "End one of them.", self: true, fresh: toEnd},
	{method: "GET", path: "/api/v1/me/delegations", access: people, do: (*server).apiDelegations, summary: "Who may act for whom: what the caller gave and holds; to an admin, all.", answer: listOf[delegationView]{}, self: true},
	{method: "POST", path: "/api/v1/me/delegations", access: people, do: (*server).apiDelegate, summary: "Let a colleague act for the caller.", body: delegationBody{}, answer: delegationView{}, self: true, fresh: toDelegate},
	{method: "DELETE", path: "/api/v1/me/delegations/:id", access: people, do: (*server).apiRevokeDelegation, summary: "End a delegation at once.", self: true},
	{method: "GET", path: "/api/v1/plan", access: people, do: (*server).apiPlan, summary: "The plan in force.", answer: planView{}, asof: asofBook},

	{method: "GET", path: "/api/v1/periods", access: people, do: (*server).apiPeriods, summary: "Periods.", answer: periodsView{}, asof: asofBook},
	{method: "POST", path: "/api/v1/periods", access: people, do: (*server).apiOpenPeriod, summary: "Open a period.", body: workflow.PeriodInput{}, answer: periodView{}},

	{method: "GET", path: "/api/v1/assignments", access: people, do: (*server).apiAssignments, summary: "Assignments the caller may see.", answer: listOf[assignmentView]{}, asof: asofBook},
	{method: "GET", path: "/api/v1/assignments/:id", access: people, do: (*server).apiAssignment, summary: "One assignment with its history.", answer: assignmentView{}, asof: asofBook},
	{method: "GET", path: "/api/v1/assignments/:id/draft", access: people, do: (*server).apiDraft, summary: "The unfinished report.", answer: draftView{}},
	{method: "PUT", path: "/api/v1/assignments/:id/draft", access: people, do: (*server).apiSaveDraft, summary: "Save a draft.", body: workflow.ReportInput{}, answer: draftView{}},

	{method: "POST", path: "/api/v1/files", access: people, do: (*server).apiUpload, brings: (*server).bringsEvidence, summary: "Upload evidence (multipart, field file).", answer: fileView{}},
	{method: "GET", path: "/api/v1/files/:id", access: people, do: (*server).apiDownload, summary: "Download evidence."},
	{method: "POST", path: "/api/v1/files/:id/deletion", access: people, do: (*server).apiDeleteFile, summary: "Delete evidence for good; its hash stays.", body: deletionBody{}, answer: deletion{}},

	{method: "GET", path: "/api/v1/indicators", access: people, do: (*server).apiIndicators, summary: "Indicators with their pace; scope=all adds figures inside tasks.", answer: indicatorPage{}, asof: asofBook},
	{method: "POST", path: "/api/v1/indicators/:id/figures", access: people, do: (*server).apiFileFigure, summary: "File or correct a figure.", body: workflow.FileFigureInput{}, answer: indicatorAnswer{}},
	{method: "POST", path: "/api/v1/figures/import", access: people, do: (*server).apiTakeSheet, brings: (*server).bringsFigures, summary: "Take a filled figures sheet (multipart, field sheet), all or nothing: the office's figures are filed, a department's go into its drafts.", answer: sheetView{}},
	{method: "POST", path: "/api/v1/figures/import/preview", access: people, do: (*server).apiPreviewSheet, brings: (*server).bringsFigures, summary: "What a filled figures sheet (multipart, field sheet) would change; nothing is written.", answer: sheetView{}},
	{method: "PUT", path: "/api/v1/indicators/:id/owner", access: people, do: (*server).apiAssignIndicator, summary: "Assign an indicator to a department.", body: ownerBody{}, answer: indicatorAnswer{}},

	{method: "GET", path: "/api/v1/events", access: people, do: (*server).apiEvents, summary: "The journal in order.", answer: listOf[eventView]{}, asof: asofPosition},
	{method: "POST", path: "/api/v1/events/:seq/redaction", access: adminOnly, do: (*server).apiRedact, summary: "Take the texts of an event out of the record.", body: redactBody{}, answer: redacted{}},
	{method: "GET", path: "/api/v1/assessments/:period", access: people, long: true, do: (*server).apiAssessment, summary: "A period's scores with their lines.", answer: assessmentResult{}},
	{method: "POST", path: "/api/v1/assessments/:period/draft", access: people, do: assessAct((*server).draftAssessment), summary: "Work the scores out from the journal as it stands.", answer: assessmentResult{}},
	{method: "POST", path: "/api/v1/assessments/:period/notice", access: people, do: assessAct((*server).informAssessment), summary: "Show them to the departments; from then on they stand.", answer: assessmentResult{}},
	{method: "POST", path: "/api/v1/assessments/:period/freeze", access: people, do: assessAct((*server).freezeAssessment), summary: "Make them final.", answer: assessmentResult{}},
	{method: "POST", path: "/api/v1/assessments/:period/appeals", access: people, do: assessAct((*server).appealAssessment), summary: "Appeal against a line.", body: workflow.AppealCommand{}, answer: assessmentResult{}},
	{method: "POST", path: "/api/v1/assessments/:period/appeals/:n/answer", access: people, do: assessAct((*server).answerAssessment), summary: "Answer an appeal.", body: workflow.AnswerCommand{}, answer: assessmentResult{}},
	{method: "POST", path: "/api/v1/assessments/:period/bonuses", access: people, do: assessAct((*server).giveBonus), summary: "Give or take points beside the rubric.", body: bonusBody{}, answer: assessmentResult{}},

	{method: "GET", path: "/export/ledger.xlsx", access: people, long: true, do: (*server).exportLedger, summary: "The ledger as a workbook; the filters of the assignments list.", asof: asofBook},
	{method: "GET", path: "/export/figures.xlsx", access: people, long: true, do: (*server).exportFigures, summary: "A sheet to fill figures in: a department's own of a period, or the office's."},
	{method: "GET", path: "/export/journal.jsonl", access: people, long: true, do: (*server).exportJournal, summary: "The journal as JSON Lines, rights applied.", asof: asofPosition},
	{method: "GET", path: "/export/circular/:period.docx", access: officeOnly, long: true, do: (*server).exportCircular, summary: "The circular of a frozen assessment as an official paper."},
	{method: "GET", path: "/export/head.json", access: auditsLog, long: true, do: (*server).exportHead, summary: "Where the journal stands, signed."},
	{method: "GET", path: "/export/backup.tar", access: adminOnly, everything: true, long: true, do: (*server).exportBackup, summary: "The whole store as one archive: database, evidence, manifest."},
	{method: "GET", path: "/api/v1/board", access: walls, do: (*server).apiBoard, summary: "The board.", answer: ledger.Board{}, asof: asofBook},
	{method: "GET", path: "/api/v1/live", access: walls, do: (*server).apiLive, summary: "Websocket: live events."},
}...)
