// Package papers makes what leaves the program as a file, the ledger, the circular, the figures sheet,
// journal and backup, and reads the figures sheet when it comes back.
package papers

import (
	"duban/ui/upload"
	"duban/ui/web"
)

// Routes are what is handed out as a file, and figures taken from one.
var Routes = []web.Route{
	{Method: "POST", Path: "/api/v1/figures/import", Access: web.People, Do: apiTakeSheet, Brings: upload.BringsFigures, Summary: "Take a filled figures sheet (multipart, field sheet), all or nothing: the office's figures are filed, a department's go into its drafts.", Answer: sheetView{}},
	{Method: "POST", Path: "/api/v1/figures/import/preview", Access: web.People, Do: apiPreviewSheet, Brings: upload.BringsFigures, Summary: "What a filled figures sheet (multipart, field sheet) would change; nothing is written.", Answer: sheetView{}},
	{Method: "GET", Path: "/export/ledger.xlsx", Access: web.People, Long: true, Do: exportLedger, Summary: "The ledger as a workbook; the filters of the assignments list.", Asof: web.AsofBook},
	{Method: "GET", Path: "/export/figures.xlsx", Access: web.People, Long: true, Do: exportFigures, Summary: "A sheet to fill figures in: a department's own of a period, or the office's."},
	{Method: "GET", Path: "/export/journal.jsonl", Access: web.People, Long: true, Do: exportJournal, Summary: "The journal as JSON Lines, rights applied.", Asof: web.AsofPosition},
	{Method: "GET", Path: "/export/backup.tar", Access: web.AdminOnly, Everything: true, Long: true, Do: exportBackup, Summary: "The whole store as one archive: database, evidence, manifest."},
	{Method: "GET", Path: "/figures/import", Access: web.People, Do: figuresPage},
	{Method: "POST", Path: "/figures/import", Access: web.People, Do: readSheet, Brings: upload.BringsFigures},
	{Method: "POST", Path: "/figures/import/confirm", Access: web.People, Do: takeFigures},
}
