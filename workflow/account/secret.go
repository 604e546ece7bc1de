package account

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

const (
	// secretBytes is 256 bits: session, token, device and screen secrets.
	secretBytes = 32
	// tokenPrefix lets secret scanners and people recognise an API token.
	tokenPrefix = "db_"
	// plainSigns leave out what is misread aloud or across a room: 0 O 1 I L.
	plainSigns = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
	codeLength = 6
)

// NewSecret draws 256 bits and gives them as 43 URL-safe characters.
func NewSecret(random io.Reader) (string, error) {
	var b [secretBytes]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("no randomness for a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// Digest is what is stored of a secret: its SHA-256 in hex. A fast hash is enough
// for 256 random bits, and finding a record by it needs no comparison of secrets.
func Digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// draw gives n characters of signs, each equally likely (bytes that would favour
// some are thrown away).
func draw(random io.Reader, signs string, n int) (string, error) {
	fair := 256 - 256%len(signs)
	out := make([]byte, 0, n)
	var b [1]byte
	for len(out) < n {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", fmt.Errorf("no randomness for a code: %w", err)
		}
		if int(b[0]) < fair {
			out = append(out, signs[int(b[0])%len(signs)])
		}
	}
	return string(out), nil
}

// oneTimePassword is four groups of four, about 79 bits, drawn again until it has
// a letter and a digit so that it also meets the composition rule.
func oneTimePassword(random io.Reader) (string, error) {
	signs := strings.ToLower(plainSigns)
	for {
		s, err := draw(random, signs, 16)
		if err != nil {
			return "", err
		}
		if strings.ContainsAny(s, "23456789") && strings.ContainsAny(s, signs[8:]) {
			return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:], nil
		}
	}
}

// pairingCode is what a screen shows and the office types.
func pairingCode(random io.Reader) (string, error) { return draw(random, plainSigns, codeLength) }

// cleanCode undoes how a person types a pairing code: lower case, spaces, hyphens.
func cleanCode(s string) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(s))
}

// publicID is a short name for a token or screen, safe to show and to record.
func publicID(random io.Reader) (string, error) {
	var b [6]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("no randomness for an id: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
