package ledger

import "slices"

// Cause says why a light has its colour: a code of the text catalogue and what the
// sentence needs. Times are time.Time, days plan.Date, figures plan.Number, counts
// int; points and percentages are plan.Number with one decimal place, operators plan.Op.
type Cause struct {
	Code string
	Args map[string]any
}

func because(code string, args ...any) Cause {
	if len(args) == 0 {
		return Cause{Code: code}
	}
	m := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i].(string)] = args[i+1]
	}
	return Cause{Code: code, Args: m}
}

// figureArgs are the arguments of every cause about one figure. op is the plan.Op that
// binds value and target: 0.9 % against 1 % says nothing until it is known that less is
// better. expected and
// expected_percent are those of its statistical date; figures counts the figures
// judged together (progress lights alone).
var figureArgs = []string{"indicator", "title", "value", "unit", "as_of", "op", "target"}

func paced(more ...string) []string {
	return append(append(slices.Clone(figureArgs), "percent", "expected", "expected_percent"), more...)
}

// Causes is every code a Cause can have with the names of its arguments: the text
// catalogue must have a sentence for each, and a test holds that no other appears.
var Causes = map[string][]string{
	// TimeLight. workdays and days count to or from due.
	"time.withdrawn": nil,
	"time.reported":  {"at"},
	"time.verified":  {"at"},
	"time.repaired":  {"at", "due", "workdays", "days"}, // reported so much after due
	"time.overdue":   {"due", "workdays", "days"},       // late by
	"time.enough":    {"due", "workdays", "days"},       // left
	"time.soon":      {"due", "workdays", "days"},       // left
	"time.today":     {"due"},
	"time.none":      nil, // a task without an assignment in the period

	// ProgressLight.
	"progress.none":      nil, // nothing to judge by: no figure, no measure with a word on how far
	"progress.withdrawn": nil,
	"progress.unread":    nil, // the report cannot be read at the moment
	// The measures of a report: share is the mean of done (100), not started (0)
	// and percentages given; elapsed the plan's time at the report, in per cent.
	"progress.measures.ok":   {"done", "under_way", "not_started", "total", "share", "elapsed", "behind", "at"},
	"progress.measures.slow": {"done", "under_way", "not_started", "total", "share", "elapsed", "behind", "at"},
	"progress.measures.lag":  {"done", "under_way", "not_started", "total", "share", "elapsed", "behind", "at"},

	// Indicators, and progress lights that an indicator decided.
	"figure.none": {"indicator", "title"}, // no figure yet
	// total, yearly, stock with a baseline: behind (points) is negative when ahead.
	"figure.pace.ok":   paced("behind"),
	"figure.pace.slow": paced("behind"),
	"figure.pace.lag":  paced("behind"),
	// stock without a baseline: a share of the target, no pace.
	"figure.share":   append(slices.Clone(figureArgs), "percent"),
	"figure.reached": append(slices.Clone(figureArgs), "percent"),
	// rate against its target; short is by how many per cent of the target it misses.
	"figure.rate.ok":   figureArgs,
	"figure.rate.slow": append(slices.Clone(figureArgs), "short"),
	"figure.rate.lag":  append(slices.Clone(figureArgs), "short"),
	// average growth: value is the mean of so many years.
	"figure.average.ok":   append(slices.Clone(figureArgs), "years"),
	"figure.average.slow": append(slices.Clone(figureArgs), "years", "short"),
	"figure.average.lag":  append(slices.Clone(figureArgs), "years", "short"),
	// relative: target is the other series' value, relative_to its title.
	"figure.relative.ok":   append(slices.Clone(figureArgs), "relative_to"),
	"figure.relative.slow": append(slices.Clone(figureArgs), "relative_to", "short"),
	"figure.relative.lag":  append(slices.Clone(figureArgs), "relative_to", "short"),
	"figure.relative.none": append(slices.Clone(figureArgs), "relative_to"), // filed without the other's value
	// growing: target is the value a year earlier, earlier its statistical date.
	"figure.growing.ok":   append(slices.Clone(figureArgs), "earlier"),
	"figure.growing.slow": append(slices.Clone(figureArgs), "earlier", "short"),
	"figure.growing.lag":  append(slices.Clone(figureArgs), "earlier", "short"),
	"figure.growing.none": figureArgs, // nothing to compare with
	// judged by the office.
	"figure.judged.met":    {"indicator", "title", "as_of"},
	"figure.judged.unmet":  {"indicator", "title", "as_of"},
	"figure.judged.unsaid": {"indicator", "title", "as_of"},
}
