// Package calendar counts days as a Chinese office does: workdays with public
// holidays and make-up workdays, the ends of working days as due instants, and
// the regular periods a reporting rule makes. It is pure: files and the present
// time are arguments. It knows nothing of plans or assignments.
package calendar
