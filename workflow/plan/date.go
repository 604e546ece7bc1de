package plan

import "duban/workflow/calendar"

// Date is a calendar day; see calendar.Date.
type Date = calendar.Date
