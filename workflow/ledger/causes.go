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

func withPace(more ...string) []string {
	return append(append(slices.Clone(figureArgs), "percent", "expected", "expected_percent"), more...)
}

var measureArgs = []string{"done", "under_way", "not_started", "unreported", "total", "share", "elapsed", "behind", "at"}

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
	"progress.silent":    {"due"}, // a lead's, past due without a report and without a figure
	"progress.unread":    nil,     // the report cannot be read at the moment
	// No measure says how far it is: all under way without a percentage, or unreported.
	"progress.measures.none": {"under_way", "unreported", "total", "at"},
	// The measures of a report: share is the mean of done (100), not started and
	// unreported (0) and percentages given; elapsed the plan's time at the report, in
	// per cent. part: in time as far as it goes, but some are unreported. missed: the
	// plan's last day, by, has come.
	"progress.measures.ok":     measureArgs,
	"progress.measures.within": measureArgs,
	"progress.measures.slow":   measureArgs,
	"progress.measures.lag":    measureArgs,
	"progress.measures.part":   measureArgs,
	"progress.measures.missed": append(slices.Clone(measureArgs), "by"),

	// Indicators, and progress lights that an indicator decided.
	"figure.none": {"indicator", "title"}, // no figure yet
	// The target's day has come, by, and nothing says whether it is met.
	"figure.due.none": {"indicator", "title", "by"},
	// total, yearly, stock with a baseline: behind (points) is negative when ahead.
	"figure.pace.ok":     withPace("behind"),
	"figure.pace.within": withPace("behind"), // behind and tolerated
	"figure.pace.slow":   withPace("behind"),
	"figure.pace.lag":    withPace("behind"),
	// The same on the target's day, by, and later: missed; reached, but after it.
	"figure.missed": append(slices.Clone(figureArgs), "percent", "by"),
	"figure.late":   append(slices.Clone(figureArgs), "by"),
	// A limit: percent is how much of it is used.
	"figure.limit.ok":     withPace("behind"),
	"figure.limit.within": withPace("behind"),
	"figure.limit.slow":   withPace("behind"),
	"figure.limit.lag":    withPace("behind"),
	"figure.limit.kept":   figureArgs, // on its day, or where time says nothing
	"figure.limit.over":   figureArgs, // at any time
	// stock without a baseline: a share of the target, no pace.
	"figure.share":   append(slices.Clone(figureArgs), "percent"),
	"figure.reached": append(slices.Clone(figureArgs), "percent"),
	// rate against its target; short is by how many per cent of the target it misses.
	// missed: on its day, by; over: less was asked; zero: the target is 0, of which
	// nothing is a share.
	"figure.rate.ok":     figureArgs,
	"figure.rate.slow":   append(slices.Clone(figureArgs), "short"),
	"figure.rate.lag":    append(slices.Clone(figureArgs), "short"),
	"figure.rate.missed": append(slices.Clone(figureArgs), "by"),
	"figure.rate.zero":   figureArgs,
	"figure.rate.over":   figureArgs,
	// average growth: value is the mean of so many years.
	"figure.average.ok":     append(slices.Clone(figureArgs), "years"),
	"figure.average.slow":   append(slices.Clone(figureArgs), "years", "short"),
	"figure.average.lag":    append(slices.Clone(figureArgs), "years", "short"),
	"figure.average.missed": append(slices.Clone(figureArgs), "years", "by"),
	"figure.average.zero":   append(slices.Clone(figureArgs), "years"),
	"figure.average.over":   append(slices.Clone(figureArgs), "years"),
	// relative: target is the other series' value, relative_to its title.
	"figure.relative.ok":     append(slices.Clone(figureArgs), "relative_to"),
	"figure.relative.slow":   append(slices.Clone(figureArgs), "relative_to", "short"),
	"figure.relative.lag":    append(slices.Clone(figureArgs), "relative_to", "short"),
	"figure.relative.missed": append(slices.Clone(figureArgs), "relative_to", "by"),
	"figure.relative.zero":   append(slices.Clone(figureArgs), "relative_to"),
	"figure.relative.over":   append(slices.Clone(figureArgs), "relative_to"),
	"figure.relative.none":   append(slices.Clone(figureArgs), "relative_to"), // filed without the other's value
	// growing: target is the value a year earlier, earlier its statistical date.
	"figure.growing.ok":     append(slices.Clone(figureArgs), "earlier"),
	"figure.growing.slow":   append(slices.Clone(figureArgs), "earlier", "short"),
	"figure.growing.lag":    append(slices.Clone(figureArgs), "earlier", "short"),
	"figure.growing.missed": append(slices.Clone(figureArgs), "earlier", "by"),
	"figure.growing.zero":   append(slices.Clone(figureArgs), "earlier"),
	"figure.growing.none":   figureArgs, // nothing to compare with
	// judged by the office.
	"figure.judged.met":    {"indicator", "title", "as_of"},
	"figure.judged.unmet":  {"indicator", "title", "as_of"},
	"figure.judged.unsaid": {"indicator", "title", "as_of"},
}
