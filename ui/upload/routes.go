// Package upload takes evidence: what a file is by its content, its name, whether it is malware, and
// whether there is room. It gives it back to who may read it.
package upload

import (
	"duban/ui/web"
)

// Routes are evidence, brought and fetched.
var Routes = []web.Route{
	{Method: "POST", Path: "/api/v1/files", Access: web.People, Do: apiUpload, Brings: BringsEvidence, Summary: "Upload evidence (multipart, field file).", Answer: FileView{}},
	{Method: "GET", Path: "/api/v1/files/:id", Access: web.People, Do: apiDownload, Summary: "Download evidence."},
}
