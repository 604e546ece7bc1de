// Package calendar counts days as a Chinese office does: workdays with public
// holidays and make-up workdays, the ends of working days as due instants, and
// the regular periods a reporting rule makes. It is pure: files and the present
// time are arguments. It knows nothing of plans or assignments.
//
// A Calendar is made of year files (ParseYear gives their form): those shipped,
// Published, under those of the office's own directory. A Clock binds it to the
// plan's zone and the end of the working day and answers what is left, how late a
// thing is, and which dates a Period has.
package calendar
