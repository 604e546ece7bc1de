package page

// Ask is one act on a page of its own: what it is about, what it does, its form.
type Ask struct {
	Frame
	Crumbs []Link
	Lede   string
	Facts  []Fact
	Note   string // a warning, or why there is no form
	Form   *Form  // nil: nothing can be done here
	Lists  []AskList
	Back   *Link // where one goes on, where there is no form
	Errors []FieldError
}

// AskList is a heading and the lines below it: assignments an act is about, or
// what came of it for each.
type AskList struct {
	Title string
	Rows  []Fact
}
