package main

import (
	"context"
	"log/slog"

	"duban/ui/clamd"
)

// scanner is the daemon of --clamd; nil without one. One that does not answer yet
// stops nothing: until it does, uploads are refused.
func (g guarding) scanner(ctx context.Context, log *slog.Logger) (*clamd.Scanner, error) {
	if g.clamd == "" {
		log.Info("uploads are not scanned for malware: --clamd names no daemon")
		return nil, nil
	}
	s, err := clamd.New(g.clamd, 0)
	if err != nil {
		return nil, usage("duban: --clamd: %w", err)
	}
	if err := s.Ping(ctx); err != nil {
		log.Error("the malware scanner does not answer: uploads are refused until it does", "clamd", g.clamd, "err", err)
	} else {
		log.Info("uploads are scanned for malware", "clamd", g.clamd)
	}
	return s, nil
}
