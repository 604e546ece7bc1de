package page

import "duban/workflow"

// kinds are every kind of event, for the journal's filter; a test holds the list
// against package workflow.
var kinds = []workflow.Kind{
	workflow.KindAssigned, workflow.KindAccepted, workflow.KindReported, workflow.KindRecalled, workflow.KindVerified,
	workflow.KindReturned, workflow.KindExpired, workflow.KindExtensionRequested, workflow.KindExtended,
	workflow.KindExtensionRefused, workflow.KindUrged, workflow.KindUrgeRead, workflow.KindUrgeReplied,
	workflow.KindReminded, workflow.KindDirected, workflow.KindNoted, workflow.KindWithdrawn, workflow.KindReopened,
	workflow.KindSentBack, workflow.KindMarked, workflow.KindHandedOver, workflow.KindPlanLoaded, workflow.KindPeriodOpened, workflow.KindFigureFiled,
	workflow.KindFigureCorrected, workflow.KindIndicatorAssigned, workflow.KindSigningSet, workflow.KindAccountAdded, workflow.KindAccountChanged,
	workflow.KindAccountDisabled, workflow.KindAccountEnabled, workflow.KindPasswordReset, workflow.KindLoggedIn,
	workflow.KindLoginFailed, workflow.KindLoggedOut, workflow.KindTokenAdded, workflow.KindTokenRevoked,
	workflow.KindScreenPaired, workflow.KindScreenRevoked, workflow.KindExported, workflow.KindFileAdded,
	workflow.KindFileDeleted, workflow.KindFileRefused, workflow.KindTextRedacted, workflow.KindTOTPSet, workflow.KindTOTPRemoved,
	workflow.KindLinkIssued, workflow.KindLinkUsed, workflow.KindProved, workflow.KindIdentityLinked, workflow.KindIdentityUnlinked, workflow.KindDelegationGranted, workflow.KindDelegationRevoked,
	workflow.KindAssessmentDrafted, workflow.KindAssessmentNoticed, workflow.KindAppealed, workflow.KindAppealAnswered,
	workflow.KindCircularEdited, workflow.KindTemplateSet,
	workflow.KindAssessmentFrozen, workflow.KindBonusGiven,
}
