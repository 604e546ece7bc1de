// Package assess works out the scores of a period from the record, and leads an
// assessment from draft to freeze.
//
// The arithmetic (Work) is pure: the rubric, the period's assignments with their
// events, bonuses and upheld appeals in, lines and sums out. The same input gives the
// same digits on any machine, so that anyone who has the journal and the plan file can
// rebuild a frozen assessment; docs/assessment.md does one period by hand.
//
// How numbers are kept. Points of a line are exact decimals: weight × share ÷ 100. A
// weight that cannot be judged (a grey progress light, a grade or mark the office or
// the lead still owes) goes to the other weights in proportion: the sum of the lines
// is multiplied by 100 ÷ (100 − that weight). Sums, means and bonuses are exact
// fractions; each number that is shown is rounded from its exact fraction once, to two
// places, halves away from zero. A rounded number is never used to make another,
// except that ranks compare the rounded scores, so that equal digits are equal ranks,
// and that a year is the mean of its periods' published scores.
package assess
