package workflow_test

import (
	"fmt"
	"testing"
	"time"

	"duban/workflow"
)

// TestAlike: whoever is alike sees and may do the same, in every state, before and past due,
// of events of every kind; and people of one unit and role are alike but for who filed.
func TestAlike(t *testing.T) {
	r := shippedRules(t)
	names := []string{"", "x", "filed it", "filed for"}
	var actors []workflow.Actor
	for _, g := range groups() {
		for _, who := range g.people {
			for _, user := range names {
				for _, behalf := range names {
					who.User, who.OnBehalf = user, behalf
					actors = append(actors, who)
				}
			}
		}
	}
	kinds := []workflow.Kind{workflow.KindAssigned, workflow.KindReported, workflow.KindSentBack, workflow.KindFileAdded,
		workflow.KindAppealed, workflow.KindAssessmentDrafted, workflow.KindLoggedIn, workflow.KindTextRedacted, "of_a_later_version"}
	classes := map[workflow.Actor]int{}
	for _, s := range situations() {
		a := s.a
		a.ReportedBy, a.ReportedFor = "filed it", "filed for"
		for _, now := range []time.Time{a.Due, a.Due.Add(1)} {
			said := map[workflow.Actor]string{}
			for _, who := range actors {
				answers := fmt.Sprint(r.MaySee(who, a), r.MayRead(who, a), r.Actions(who, a, now))
				for _, kind := range kinds {
					e := workflow.Event{Kind: kind, Assignment: a.ID, Task: a.Task, Department: a.Department, Texts: workflow.Texts{"text": "t"},
						Actor: workflow.ActorRef{User: "filed it", Unit: a.Department}, Data: workflow.Data{Report: &workflow.ReportData{}}}
					shown, ok := r.ShowEvent(who, e)
					answers += fmt.Sprint(ok, shown.Texts, shown.Actor, shown.Data.Report != nil)
				}
				alike := who.Alike(&a)
				classes[alike]++
				if before, ok := said[alike]; ok && before != answers {
					t.Fatalf("%s: %+v, alike %+v: %s\nbefore %s", s.name, who, alike, answers, before)
				}
				said[alike] = answers
			}
		}
	}
	for alike, n := range classes {
		if alike.User == "" && alike.OnBehalf == "" && n < 2 {
			t.Errorf("nobody but one is %+v", alike)
		}
	}
}
