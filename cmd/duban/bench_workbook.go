package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"duban/cmd/bench"
)

// workbook takes the whole ledger as a workbook, in turns with the library's plain
// writer of the same cells, and watches the heap while the product writes.
func (r *bencher) workbook(ctx context.Context) error {
	path := filepath.Join(r.dir, "ledger.xlsx")
	var first taken
	err := r.profiled("workbook", func() (err error) { first, err = r.takeWorkbook(ctx, path); return err })
	if err != nil {
		return err
	}
	say(r.out.out, "ledger.xlsx of %d MB: %.2f s, processor %.2f s, heap at most %d MB over idle\n", first.size>>20, first.took.Seconds(), first.cpu.Seconds(), first.over>>20)
	cells, err := bench.ReadWorkbook(path)
	if err != nil {
		return err
	}
	var product, floor, cpu, floorCPU []float64
	for range r.rounds {
		x, err := r.takeWorkbook(ctx, path)
		if err != nil {
			return err
		}
		took, used, err := cells.Write()
		if err != nil {
			return err
		}
		product, cpu = append(product, ms(x.took)), append(cpu, ms(x.cpu))
		floor, floorCPU = append(floor, ms(took)), append(floorCPU, ms(used))
	}
	for _, all := range [][]float64{product, floor, cpu, floorCPU} {
		slices.Sort(all)
	}
	mid := r.rounds / 2
	say(r.out.out, "ledger.xlsx of %d rows         %9.0f ms   writer alone %9.0f ms   ratio %.2f   processor %.0f ms, writer alone %.0f ms\n", cells.Rows(),
		product[mid], floor[mid], product[mid]/floor[mid], cpu[mid], floorCPU[mid])
	return nil
}

// taken is what taking a workbook cost.
type taken struct {
	size      int64
	took, cpu time.Duration
	over      uint64 // how far the heap rose
}

func (r *bencher) takeWorkbook(ctx context.Context, path string) (x taken, err error) {
	file, err := os.Create(path) // #nosec G304 -- a temporary folder of ours
	if err != nil {
		return taken{}, err
	}
	begin, before := time.Now(), bench.Used()
	x.over, err = watched(func() (err error) {
		x.size, err = r.client.Fetch(ctx, "bench-office", http.MethodGet, "/export/ledger.xlsx", "", file)
		return err
	})
	x.took, x.cpu = time.Since(begin), bench.Used()-before
	return x, errors.Join(err, file.Close())
}
