package credential

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
	// plainSigns leave out what is misread aloud or across a room: 0 O 1 I L.
	plainSigns = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
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

// OneTimePassword is four groups of four, about 79 bits, drawn again until it has
// a letter and a digit so that it also meets the composition rule.
func OneTimePassword(random io.Reader) (string, error) {
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

// PlainCode is n characters that a person reads and types: capitals and digits.
func PlainCode(random io.Reader, n int) (string, error) { return draw(random, plainSigns, n) }

// CleanCode undoes how a person types a plain code: lower case, spaces, hyphens.
func CleanCode(s string) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(s))
}

// PublicID is a short name for a token or screen, safe to show and to record.
func PublicID(random io.Reader) (string, error) {
	var b [6]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("no randomness for an id: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
