package ui

import (
	"bytes"
	"mime/multipart"
	"strings"
	"testing"

	"duban/ui/export"
)

// paperWith is a .docx with a letterhead and the placeholders given, a paragraph each.
func paperWith(t *testing.T, footer string, placeholders ...string) []byte {
	t.Helper()
	p := export.Paper{Title: "某某工作领导小组办公室文件", Footer: footer}
	for _, name := range placeholders {
		p.Sections = append(p.Sections, export.PaperSection{Heading: "—", Paragraphs: []string{"{{" + name + "}}"}})
	}
	var b bytes.Buffer
	if err := export.WriteDocx(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestCircularTemplate: the office's own paper is checked when it is brought, what is
// wrong with it is named, and from then on circulars are written on it.
func TestCircularTemplate(t *testing.T) {
	t.Parallel()
	w := frozenWorld(t)
	b := w.cookie("office")
	bring := func(file []byte) answer {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		part, err := m.CreateFormFile("template", "红头.docx")
		if err == nil {
			_, err = part.Write(file)
		}
		if err == nil {
			err = m.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return w.send(b.http, "POST", "/circular-template", body.Bytes(), map[string]string{"Content-Type": m.FormDataContentType(), "X-CSRF-Token": b.csrf, "Accept": "text/html"})
	}
	all := []string{"标题", "总体情况", "进展较好", "存在问题", "下步要求", "附件1", "附件2", "附件3"}
	before := len(w.events(0))
	for says, file := range map[string][]byte{
		"没有这些占位符：{{份号}}":         paperWith(t, "{{数据说明}}", append([]string{"份号"}, all...)...),
		"缺少占位符：{{附件3}}、{{数据说明}}": paperWith(t, "", all[:len(all)-1]...),
		"占位符{{附件1}}要单独成段":        paperWith(t, "{{数据说明}} {{附件1}}", all...),
		"不是 docx":                []byte("红头"),
	} {
		if a := bring(file); a.status != 422 || !strings.Contains(string(a.body), says) {
			t.Errorf("no %q: %d %s", says, a.status, a.body)
		}
	}
	if n := len(w.events(0)) - before; n != 0 {
		t.Errorf("refused templates left %d events", n)
	}
	if a := bring(paperWith(t, "{{数据说明}}", append(all, "平均分")...)); a.status != 303 {
		t.Fatal(a)
	}
	if kinds := w.kinds(uint64(before)); !strings.Contains(kinds, "file_added") || !strings.Contains(kinds, "template_set") {
		t.Errorf("the record: %s", kinds)
	}
	doc := w.docx()
	for _, want := range []string{"某某工作领导小组办公室文件", "关于“小微企业三年成长计划”", "2022年第三季度，共对", "附件3", "数据截至"} {
		if !strings.Contains(doc, want) {
			t.Errorf("the paper has no %s", want)
		}
	}
	if strings.Contains(doc, "{{") || strings.Contains(doc, "一、总体情况") {
		t.Error("a placeholder is left, or the program's own paper was used")
	}
	if p := string(w.look(b, "/circular-template").body); !strings.Contains(p, "红头.docx") || !strings.Contains(p, "{{附件1}}") {
		t.Errorf("the page: %s", p)
	}
	w.restart() // the setting is in the rows, not in this process
	b = w.cookie("office")
	if !strings.Contains(w.docx(), "某某工作领导小组办公室文件") {
		t.Error("a restart forgot the template")
	}
	if a := w.send(b.http, "POST", "/circular-template/clear", "", map[string]string{"Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": b.csrf, "Accept": "text/html"}); a.status != 303 || !strings.Contains(w.docx(), "一、总体情况") {
		t.Errorf("back to the program's own paper: %s", a)
	}
}
