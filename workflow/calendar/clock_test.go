package calendar

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimeOfDay(t *testing.T) {
	for _, s := range []string{"00:00", "09:05", "17:30", "23:59"} {
		if v, err := ParseTimeOfDay(s); err != nil || v.String() != s {
			t.Errorf("%s: %v, %v", s, v, err)
		}
	}
	for _, s := range []string{"", "24:00", "17:60", "7:30", "17:3", "17:30:00", "-1:00", "17.30", "１７:30", "17:30 "} {
		if v, err := ParseTimeOfDay(s); err == nil {
			t.Errorf("%q is read as %s", s, v)
		}
	}
}

func TestLate(t *testing.T) {
	k := shanghai(t)
	for _, c := range []struct {
		due, now       string
		workdays, days int
	}{
		// Friday 30 September 2022, then the National Day week.
		{"2022-09-30T17:30:00+08:00", "2022-09-20T09:00:00+08:00", 0, 0},
		{"2022-09-30T17:30:00+08:00", "2022-09-30T17:29:59+08:00", 0, 0},
		{"2022-09-30T17:30:00+08:00", "2022-09-30T17:30:00+08:00", 0, 0}, // inclusive
		{"2022-09-30T17:30:00+08:00", "2022-09-30T17:30:00.000000001+08:00", 1, 1},
		{"2022-09-30T17:30:00+08:00", "2022-09-30T17:31:00+08:00", 1, 1},
		{"2022-09-30T17:30:00+08:00", "2022-10-01T00:00:00+08:00", 1, 1},
		{"2022-09-30T17:30:00+08:00", "2022-10-03T12:00:00+08:00", 1, 3},
		{"2022-09-30T17:30:00+08:00", "2022-10-08T08:00:00+08:00", 1, 8}, // make-up Saturday
		{"2022-09-30T17:30:00+08:00", "2022-10-08T20:00:00+08:00", 1, 8},
		{"2022-09-30T17:30:00+08:00", "2022-10-09T08:00:00+08:00", 2, 9},
		{"2022-09-30T17:30:00+08:00", "2022-10-10T08:00:00+08:00", 3, 10},
		// an ordinary week, and the same in another zone: 23:59 on Tuesday in Shanghai
		{"2022-09-19T17:30:00+08:00", "2022-09-20T00:00:00+08:00", 1, 1},
		{"2022-09-19T17:30:00+08:00", "2022-09-20T15:59:00Z", 1, 1},
		{"2022-09-19T17:30:00+08:00", "2022-09-20T16:00:00Z", 2, 2},
		// an ordinary Friday
		{"2022-09-16T17:30:00+08:00", "2022-09-17T09:00:00+08:00", 1, 1},
		{"2022-09-16T17:30:00+08:00", "2022-09-19T09:00:00+08:00", 1, 3},
		{"2022-09-16T17:30:00+08:00", "2022-09-20T09:00:00+08:00", 2, 4},
		// a due instant at noon, given by the office
		{"2022-09-19T12:00:00+08:00", "2022-09-19T12:00:01+08:00", 1, 1},
	} {
		workdays, days := k.Late(instant(t, c.due), instant(t, c.now))
		if workdays != c.workdays || days != c.days {
			t.Errorf("due %s, now %s: %d workdays, %d days late; want %d, %d", c.due, c.now, workdays, days, c.workdays, c.days)
		}
	}
}

func TestWorkdaysLeft(t *testing.T) {
	k := shanghai(t)
	for _, c := range []struct {
		now, due string
		want     int
	}{
		{"2022-09-27T09:00:00+08:00", "2022-09-30T17:30:00+08:00", 3},
		{"2022-09-30T00:00:00+08:00", "2022-09-30T17:30:00+08:00", 0},
		{"2022-09-30T18:00:00+08:00", "2022-09-30T17:30:00+08:00", 0},
		{"2022-09-30T09:00:00+08:00", "2022-10-08T17:30:00+08:00", 1},
		{"2022-10-05T09:00:00+08:00", "2022-10-08T17:30:00+08:00", 1},
		{"2022-10-09T09:00:00+08:00", "2022-09-30T17:30:00+08:00", -2},
		{"2022-09-16T09:00:00+08:00", "2022-09-18T17:30:00+08:00", 0}, // due on a Sunday
		{"2022-09-15T09:00:00+08:00", "2022-09-18T17:30:00+08:00", 1},
	} {
		if got := k.WorkdaysLeft(instant(t, c.now), instant(t, c.due)); got != c.want {
			t.Errorf("now %s, due %s: %d left, want %d", c.now, c.due, got, c.want)
		}
	}
}

// anyInstant is a moment from 2020 to 2028, to the nanosecond, in some zone.
func anyInstant(t *rapid.T, label string) time.Time {
	zone := time.FixedZone("", rapid.IntRange(-12*3600, 14*3600).Draw(t, label+" zone"))
	d := planDay().Draw(t, label+" day")
	return d.In(time.UTC).Add(time.Duration(rapid.Int64Range(0, int64(24*time.Hour)-1).Draw(t, label+" time"))).In(zone)
}

func TestLateProperties(t *testing.T) {
	k := shanghai(t)
	rapid.Check(t, func(t *rapid.T) {
		due, now := anyInstant(t, "due"), anyInstant(t, "now")
		workdays, days := k.Late(due, now)
		if now.After(due) != (workdays > 0) || now.After(due) != (days > 0) || workdays > days {
			t.Fatalf("due %s, now %s: %d workdays, %d days late", due, now, workdays, days)
		}
		if w, d := k.Late(due.UTC(), now.In(k.Zone)); w != workdays || d != days {
			t.Fatalf("due %s, now %s: in other zones %d, %d and not %d, %d", due, now, w, d, workdays, days)
		}
		if w, d := k.Late(due, now.Add(24*time.Hour)); w < workdays || d < days {
			t.Fatalf("due %s, now %s: a day later it is less late", due, now)
		}
		if left := k.WorkdaysLeft(now, due); now.After(due) && left > 0 || left < 0 && workdays != -left {
			t.Fatalf("due %s, now %s: %d workdays left and %d late", due, now, left, workdays)
		}
	})
}

// printAnswer, set in a child process, makes TestMachineZone print what it finds.
const printAnswer = "DUBAN_CALENDAR_PRINT"

// TestMachineZone asks the same in processes whose machine stands in other zones.
func TestMachineZone(t *testing.T) {
	if os.Getenv(printAnswer) != "" {
		k := shanghai(t)
		now := time.Unix(1663635600, 0) // 2022-09-20 09:00 in Shanghai, in the machine's zone
		p := k.Opened(shipped, k.Today(now), now)
		w, d := k.Late(p.AcceptBy, now.Add(400*time.Hour))
		fmt.Printf("answer: %+v %d %d in %s\n", p, w, d, now.Format("-0700"))
		return
	}
	zones := map[string]bool{}
	for _, tz := range []string{"America/Los_Angeles", "Pacific/Kiritimati"} {
		cmd := child(t)
		cmd.Env = append(cmd.Env, "TZ="+tz)
		zones[checkAnswer(t, cmd)] = true
	}
	if len(zones) != 2 {
		t.Errorf("the children stood in %v", zones)
	}
}

func child(t *testing.T) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestMachineZone$")
	cmd.Env = append(os.Environ(), printAnswer+"=1")
	return cmd
}

// checkAnswer runs a child and returns the zone it stood in.
func checkAnswer(t *testing.T, cmd *exec.Cmd) (zone string) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	_, answer, ok := strings.Cut(string(out), "answer: ")
	if err != nil || !ok {
		t.Fatalf("%v\n%s", err, out)
	}
	answer, zone, _ = strings.Cut(strings.TrimSpace(strings.Split(answer, "\n")[0]), " in ")
	const want = "{ID:2022Q3 From:2022-07-01 To:2022-09-30 AssignedOn:2022-09-20 AcceptBy:2022-09-23 17:30:00 +0800 CST " +
		"CooperatingDue:2022-09-23 17:30:00 +0800 CST Due:2022-09-30 17:30:00 +0800 CST} 5 14"
	if answer != want {
		t.Errorf("in %s\n got %s\nwant %s", zone, answer, want)
	}
	return zone
}
