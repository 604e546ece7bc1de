// Package api answers programs: the calls of the contract that read or change the plan's work, and
// their OpenAPI description. Each is a row of Routes.
package api

import (
	"duban/ui/view"
	"duban/ui/web"
	"duban/workflow"
	"duban/workflow/ledger"
)

// Routes are what programs ask for: the acts by the table of acts, and the rest.
var Routes = append(actRoutes(), []web.Route{
	{Method: "GET", Path: "/healthz", Access: web.Public, Do: healthz, Summary: "The process answers."},
	{Method: "GET", Path: "/readyz", Access: web.Public, Do: readyz, Summary: "The store can be read and written."},
	{Method: "GET", Path: "/metrics", Access: web.Public, Do: metrics, Summary: "Prometheus metrics; loopback or a token."},
	{Method: "GET", Path: "/openapi.json", Access: web.Public, Do: openapi, Summary: "This description."},
	{Method: "POST", Path: "/api/v1/session", Access: web.Public, Do: apiLogin, Summary: "Log in.", Body: loginBody{}, Answer: meView{}, Entry: true},
	{Method: "DELETE", Path: "/api/v1/session", Access: web.People, Do: apiLogout, Summary: "Log out.", Newcomer: true, Self: true},
	{Method: "GET", Path: "/api/v1/me", Access: web.People, Do: apiMe, Summary: "Who is asking.", Newcomer: true, Answer: meView{}},
	{Method: "GET", Path: "/api/v1/me/delegations", Access: web.People, Do: apiDelegations, Summary: "Who may act for whom: what the caller gave and holds; to an admin, all.", Answer: ListOf[delegationView]{}, Self: true},
	{Method: "POST", Path: "/api/v1/me/delegations", Access: web.People, Do: apiDelegate, Summary: "Let a colleague act for the caller.", Body: DelegationBody{}, Answer: delegationView{}, Self: true, Fresh: web.ToDelegate},
	{Method: "DELETE", Path: "/api/v1/me/delegations/:id", Access: web.People, Do: apiRevokeDelegation, Summary: "End a delegation at once.", Self: true},
	{Method: "GET", Path: "/api/v1/plan", Access: web.People, Do: apiPlan, Summary: "The plan in force.", Answer: planView{}, Asof: web.AsofBook},
	{Method: "GET", Path: "/api/v1/periods", Access: web.People, Do: apiPeriods, Summary: "Periods.", Answer: periodsView{}, Asof: web.AsofBook},
	{Method: "POST", Path: "/api/v1/periods", Access: web.People, Do: apiOpenPeriod, Summary: "Open a period.", Body: workflow.PeriodInput{}, Answer: periodView{}},
	{Method: "GET", Path: "/api/v1/assignments", Access: web.People, Do: apiAssignments, Summary: "Assignments the caller may see.", Answer: ListOf[view.AssignmentView]{}, Asof: web.AsofBook},
	{Method: "GET", Path: "/api/v1/assignments/:id", Access: web.People, Do: apiAssignment, Summary: "One assignment with its history.", Answer: view.AssignmentView{}, Asof: web.AsofBook},
	{Method: "GET", Path: "/api/v1/assignments/:id/draft", Access: web.People, Do: apiDraft, Summary: "The unfinished report.", Answer: draftView{}},
	{Method: "PUT", Path: "/api/v1/assignments/:id/draft", Access: web.People, Do: apiSaveDraft, Summary: "Save a draft.", Body: workflow.ReportInput{}, Answer: draftView{}},
	{Method: "GET", Path: "/api/v1/indicators", Access: web.People, Do: apiIndicators, Summary: "Indicators with their pace; scope=all adds figures inside tasks.", Answer: indicatorPage{}, Asof: web.AsofBook},
	{Method: "POST", Path: "/api/v1/indicators/:id/figures", Access: web.People, Do: apiFileFigure, Summary: "File or correct a figure.", Body: workflow.FileFigureInput{}, Answer: indicatorAnswer{}},
	{Method: "PUT", Path: "/api/v1/indicators/:id/owner", Access: web.People, Do: apiAssignIndicator, Summary: "Assign an indicator to a department.", Body: ownerBody{}, Answer: indicatorAnswer{}},
	{Method: "GET", Path: "/api/v1/events", Access: web.People, Do: apiEvents, Summary: "The journal in order.", Answer: ListOf[view.EventView]{}, Asof: web.AsofPosition},
	{Method: "GET", Path: "/api/v1/assessments/:period", Access: web.People, Long: true, Do: apiAssessment, Summary: "A period's scores with their lines.", Answer: view.AssessmentResult{}},
	{Method: "POST", Path: "/api/v1/assessments/:period/draft", Access: web.People, Do: assessAct(draftAssessment), Summary: "Work the scores out from the journal as it stands.", Answer: view.AssessmentResult{}},
	{Method: "POST", Path: "/api/v1/assessments/:period/notice", Access: web.People, Do: assessAct(informAssessment), Summary: "Show them to the departments; from then on they stand.", Answer: view.AssessmentResult{}},
	{Method: "POST", Path: "/api/v1/assessments/:period/freeze", Access: web.People, Do: assessAct(freezeAssessment), Summary: "Make them final.", Answer: view.AssessmentResult{}},
	{Method: "POST", Path: "/api/v1/assessments/:period/appeals", Access: web.People, Do: assessAct(appealAssessment), Summary: "Appeal against a line.", Body: workflow.AppealCommand{}, Answer: view.AssessmentResult{}},
	{Method: "POST", Path: "/api/v1/assessments/:period/appeals/:n/answer", Access: web.People, Do: assessAct(answerAssessment), Summary: "Answer an appeal.", Body: workflow.AnswerCommand{}, Answer: view.AssessmentResult{}},
	{Method: "POST", Path: "/api/v1/assessments/:period/bonuses", Access: web.People, Do: assessAct(giveBonus), Summary: "Give or take points beside the rubric.", Body: bonusBody{}, Answer: view.AssessmentResult{}},
	{Method: "GET", Path: "/api/v1/board", Access: web.Walls, Do: apiBoard, Summary: "The board.", Answer: ledger.Board{}, Asof: web.AsofBook},
	{Method: "GET", Path: "/api/v1/live", Access: web.Walls, Do: apiLive, Summary: "Websocket: live events."},
}...)
