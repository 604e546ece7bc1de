package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// item is an assignment as the list shows it, so far as the cast looks at it.
type item struct {
	ID   string `json:"id"`
	Task struct {
		No int `json:"no"`
	} `json:"task"`
	Department struct {
		ID string `json:"id"`
	} `json:"department"`
	Period      string     `json:"period"`
	Role        string     `json:"role"`
	State       string     `json:"state"`
	AssignedAt  time.Time  `json:"assigned_at"`
	AcceptBy    time.Time  `json:"accept_by"`
	AcceptedAt  *time.Time `json:"accepted_at"`
	Due         time.Time  `json:"due"`
	OriginalDue time.Time  `json:"original_due"`
	ReportedAt  *time.Time `json:"reported_at"`
	Returned    int        `json:"returned"`
	Extended    int        `json:"extended"`
	Directed    int        `json:"directed"`
	Urged       int        `json:"urged"`
	UrgeLevel   string     `json:"urge_level"`
	Pending     *struct {
		N      int       `json:"n"`
		At     time.Time `json:"at"`
		Wanted time.Time `json:"wanted"`
	} `json:"pending_extension"`
}

// refusal is an answer that is no success.
type refusal struct {
	Status int
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Detail) }

// send sends one request as a unit and reads the answer into out, if it is not nil.
// A refusal is a *refusal.
func (c *Cast) send(ctx context.Context, unit, method, path, key string, body, out any) error {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, r)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.Tokens[unit])
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.Client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // read to its end below
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		no := &refusal{Status: res.StatusCode}
		if json.Unmarshal(b, no) != nil {
			no.Detail = fmt.Sprintf("%.200s", b)
		}
		return fmt.Errorf("%s %s: %w", method, path, no)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}

// open is every assignment that is not closed.
func (c *Cast) open(ctx context.Context) ([]item, error) {
	var all []item
	after := ""
	for {
		var page struct {
			Items []item `json:"items"`
			Next  string `json:"next"`
		}
		path := "/api/v1/assignments?limit=500&state=assigned,in_progress,reported,overdue"
		if after != "" {
			path += "&after=" + after
		}
		if err := c.send(ctx, Office, http.MethodGet, path, "", nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if after = page.Next; after == "" {
			return all, nil
		}
	}
}
