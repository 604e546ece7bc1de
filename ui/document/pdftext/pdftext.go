// Package pdftext takes the text layer out of a PDF by pdftotext of poppler-utils, where
// that is installed: no Go library that is kept up reads the fonts of Chinese documents.
package pdftext

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"
)

// Why a PDF gives no text.
var (
	ErrNoTool = errors.New("pdftext: pdftotext is not installed")
	ErrLocked = errors.New("pdftext: the PDF asks for a password")
	ErrFailed = errors.New("pdftext: the PDF cannot be read")
)

const (
	most    = 12 << 20 // bytes of text
	patient = 20 * time.Second
)

// Text is the text of a PDF, line by line as on its pages; empty for one of pictures.
func Text(ctx context.Context, b []byte) (string, error) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		return "", errors.Join(ErrNoTool, err)
	}
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	var out, said limited
	c := exec.CommandContext(ctx, tool, "-q", "-nopgbrk", "-enc", "UTF-8", "-", "-") // #nosec G204 -- the tool alone; the file goes in by its standard input
	c.Env = []string{"LC_ALL=C"}
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(b), &out, &said
	if err := c.Run(); err != nil {
		if strings.Contains(said.String(), "password") || strings.Contains(said.String(), "encrypted") {
			return "", errors.Join(ErrLocked, err)
		}
		return "", errors.Join(ErrFailed, err)
	}
	return out.String(), nil
}

// limited keeps as much as is wanted, and refuses the rest.
type limited struct{ bytes.Buffer }

var errLong = errors.New("pdftext: too much text")

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > most {
		return 0, errLong
	}
	return l.Buffer.Write(p)
}
