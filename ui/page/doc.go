// Package page is how the program looks: one typed struct for each page, the
// templates that print it, and pure builders that turn the domain's data into
// what a page shows.
//
// A template holds no logic beyond if and range and no words: every word comes
// from ui/text, every date and number arrives as text. A live region is the same
// partial the full page prints. No page carries inline script or style, so a
// content security policy may refuse both.
//
// Not here: routes, rights and the answers to acts (ui), words (ui/text), style
// sheets, icons and scripts (ui/static).
package page
