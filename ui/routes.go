package ui

import (
	"slices"

	"duban/ui/api"
	"duban/ui/login"
	"duban/ui/office"
	"duban/ui/papers"
	"duban/ui/upload"
	"duban/ui/web"
	"duban/ui/work"
)

// routes is every route of the server, in the order they are tried.
var routes = slices.Concat(api.Routes, papers.Routes, upload.Routes, login.Routes, work.Routes, office.Routes)

// described are those that programs are told of, the contract's.
var described = slices.DeleteFunc(slices.Clone(routes), func(r web.Route) bool { return r.Summary == "" })
