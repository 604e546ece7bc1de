package upload

import (
	"fmt"
	"path"
	"strings"

	"duban/ui/web"
)

// endings are what may follow a name's last dot and say what the file is, or what
// somebody wants it taken for. What is none of them belongs to the name: 2022.9.30工作总结.
var endings = func() map[string]bool {
	all := map[string]bool{}
	for _, ending := range Kinds {
		all[ending] = true
	}
	for _, e := range strings.Fields("jpeg jpe jfif bmp gif tif tiff webp heic svg wps et dps wpt ett dpt dot dotx docm dotm xlt xltx xlsm xltm xlsb pot potx pptm ppsx pps " +
		"rtf odt ods odp txt csv md xml json htm html mht mhtml eml msg zip rar 7z gz tar exe com bat cmd scr pif msi dll js jse vbs vbe wsf hta ps1 sh jar apk lnk ini reg iso swf php jsp asp aspx") {
		all["."+e] = true
	}
	return all
}()

// cleanName is an outside file name made fit to show and to save under: as it was given,
// at most 100 characters, with the ending its content calls for.
func cleanName(name, ending string) string {
	stem := web.GivenName(name)
	if had := path.Ext(stem); endings[strings.ToLower(had)] {
		stem = strings.TrimSuffix(stem, had)
	}
	if r := []rune(stem); len(r) > 100 {
		stem = string(r[:100])
	}
	stem = strings.Trim(stem, ". ")
	if first, _, _ := strings.Cut(stem, "."); stem == "" || endings["."+strings.ToLower(stem)] || reserved[strings.ToUpper(strings.TrimSpace(first))] {
		stem = "file"
	}
	return stem + ending
}

// reserved are names a Windows desktop cannot save under, whatever follows a dot.
var reserved = func() map[string]bool {
	m := map[string]bool{"CON": true, "PRN": true, "AUX": true, "NUL": true}
	for i := 1; i <= 9; i++ {
		m[fmt.Sprintf("COM%d", i)], m[fmt.Sprintf("LPT%d", i)] = true, true
	}
	return m
}()

// attachment is the header that has a browser save under a name (RFC 6266): in UTF-8 for
// those that read it, plain for the others.
func attachment(name, plain string) string {
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', strings.IndexByte("!#$&+-.^_`|~", c) >= 0: // attr-char of RFC 8187
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return `attachment; filename="` + plain + `"; filename*=UTF-8''` + b.String()
}
