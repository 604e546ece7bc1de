package office

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"duban/store"
)

// metrics are the office's figures for Prometheus. They are read when asked
// for; nothing is counted twice.
func (a *Office) metrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), figures{a})
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}

// figures collects from the parts' own statistics.
type figures struct{ *Office }

func desc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("duban_"+name, help, nil, nil)
}

var (
	descHead       = desc("journal_head", "Position of the newest durable event.")
	descBook       = desc("book_position", "Position of the newest event the read model has.")
	descCommits    = desc("commits_total", "Transactions committed.")
	descJobs       = desc("commit_jobs_total", "Changes in them: more than one share a commit.")
	descEvents     = desc("events_total", "Events written since the start.")
	descWaiting    = desc("commit_waiting", "Changes waiting for the committer.")
	descCommit     = desc("commit_seconds", "How long a commit takes, with its sync.")
	descDBBytes    = desc("database_bytes", "Size of the database file.")
	descFree       = desc("disk_free_bytes", "Space left on the store's disk.")
	descEvidence   = desc("evidence_bytes", "Evidence that is kept or on its way in.")
	descEvidenceUp = desc("evidence_quota_bytes", "The most evidence there may be in all (--evidence-total); 0: any.")
	descReserve    = desc("evidence_reserve_bytes", "What uploads and backups leave free on the disk for acts (--evidence-reserve), at most an eighth of it.")
	descFull       = desc("store_full_total", "Writes refused because the disk was full.")
	descClockBack  = desc("clock_back_total", "Changes received while the machine's clock was behind the journal's.")
	descReadOnly   = desc("store_read_only", "1 when the store refuses writes.")
	descOpen       = desc("connections", "Open connections, websockets included.")
	descRefused    = desc("connections_refused_total", "Connections turned away over a limit.")
	descAccept     = desc("accept_errors_total", "Failures to accept a connection that were survived, such as no descriptors left.")
	descScreens    = desc("live_connections", "Open websockets.")
	descDelivered  = desc("live_deliveries_total", "Events sent, each counted for each screen.")
	descSlow       = desc("live_slow_total", "Screens closed because they were too slow (4008).")
	descQueued     = desc("live_queued_bytes", "Bytes waiting for slow screens.")
	descBackupAt   = desc("backup_newest_timestamp_seconds", "Unix time of the newest scheduled backup that was written and read back; 0: none yet.")
	descBackupBad  = desc("backup_failures_total", "Scheduled backups that failed.")
	descScanned    = desc("scans_total", "Uploads given to the malware scanner.")
	descMalware    = desc("malware_total", "Uploads refused because malware was found in them.")
	descScanBad    = desc("scan_failures_total", "Uploads refused because they could not be scanned.")
	descFailures   = desc("login_failures_total", "Wrong passwords, codes and proofs.")
	descLocks      = desc("login_locks_total", "Failures that locked an account for an address or browser, or an address.")
	descTurned     = desc("logins_refused_total", "Right credentials where they are not good: disabled, unlinked, an administrator from elsewhere.")
	descClockBad   = desc("clock_work_failures_total", "Times the clock's work (deadlines, reminders, periods) failed or panicked and was tried again.")
	descLivePanics = desc("live_panics_total", "Faults survived in the live hub.")
)

// Describe names the figures.
func (f figures) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(f, ch) }

// Collect reads them.
func (f figures) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	count := func(d *prometheus.Desc, v float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	head, _ := f.Store.Head()
	s, l := f.Store.Stats(), f.hub.Stats()
	gauge(descHead, float64(head))
	gauge(descBook, float64(f.Book.Seq()))
	count(descCommits, float64(s.Commits))
	count(descJobs, float64(s.Jobs))
	count(descEvents, float64(s.Events))
	gauge(descWaiting, float64(s.Waiting))
	gauge(descDBBytes, float64(s.FileBytes))
	gauge(descFree, float64(s.FreeBytes))
	if room, err := f.Store.Room(context.Background(), "", ""); err != nil {
		ch <- prometheus.NewInvalidMetric(descEvidence, err)
	} else {
		gauge(descEvidence, float64(room.Total))
		gauge(descEvidenceUp, float64(room.TotalMost))
	}
	gauge(descReserve, float64(f.c.Quota.Reserve))
	count(descFull, float64(s.Full))
	count(descClockBack, float64(s.ClockBack))
	readOnly := 0.0
	if s.ReadOnly != "" {
		readOnly = 1
	}
	gauge(descReadOnly, readOnly)
	buckets := map[float64]uint64{}
	var sum uint64
	for i, le := range store.CommitBounds {
		sum += s.CommitTimes[i]
		buckets[le] = sum
	}
	sum += s.CommitTimes[len(store.CommitBounds)]
	ch <- prometheus.MustNewConstHistogram(descCommit, sum, s.CommitTotal.Seconds(), buckets)
	n := f.connections()
	gauge(descOpen, float64(n.Connections))
	count(descRefused, float64(n.Refused))
	count(descAccept, float64(n.Retried))
	gauge(descScreens, float64(l.Connections))
	count(descDelivered, float64(l.Deliveries))
	count(descSlow, float64(l.Slow))
	gauge(descQueued, float64(l.QueuedBytes))
	count(descClockBad, float64(f.faults.Load()))
	count(descLivePanics, float64(l.Panics))
	w := f.who.Stats()
	count(descFailures, float64(w.Failures))
	count(descLocks, float64(w.Locks))
	count(descTurned, float64(w.Refused))
	if f.tars != nil {
		gauge(descBackupAt, float64(f.tars.Newest()))
		count(descBackupBad, float64(f.tars.Faults()))
	}
	if f.c.Scanner != nil {
		n := f.c.Scanner.Stats()
		count(descScanned, float64(n.Scanned))
		count(descMalware, float64(n.Found))
		count(descScanBad, float64(n.Failed))
	}
}
