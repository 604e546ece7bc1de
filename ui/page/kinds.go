package page

import (
	"slices"

	"duban/workflow"
)

// kinds are every kind of event, for the journal's filter: those of the acts and the
// rest. A test holds the list against package workflow.
var kinds = slices.Concat([]workflow.Kind{workflow.KindAssigned}, actKinds(), []workflow.Kind{
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
})

func actKinds() (all []workflow.Kind) {
	for _, a := range workflow.Acts() {
		all = append(all, a.Kind)
	}
	return all
}
