package schedule

import (
	"fmt"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Minutes is a time of day: minutes after Manila's midnight. 1440 is the end of the day.
type Minutes int

// NoTime stands in a form where nothing readable was typed.
const NoTime Minutes = -1

// String is "07:30".
func (m Minutes) String() string {
	if m < 0 {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", m/60, m%60)
}

// Clock is "7:30 AM", as the pages write times.
func (m Minutes) Clock() string {
	if m < 0 {
		return ""
	}
	return moment("2000-01-01", m).Format("3:04 PM")
}

// ParseMinutes reads "07:30" or "07:30:00". What it cannot read is NoTime and an error.
func ParseMinutes(text string) (Minutes, error) {
	if text == "24:00" {
		return 24 * 60, nil
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return Minutes(t.Hour()*60 + t.Minute()), nil
		}
	}
	return NoTime, errs.NewField("time", "error.schedule.time")
}

// AddDays is the day so many days later; negative: earlier. Day must be one.
func AddDays(day string, n int) string { return midnight(day).AddDate(0, 0, n).Format(time.DateOnly) }

// WeekdayOf is the weekday of a day.
func WeekdayOf(day string) time.Weekday { return midnight(day).Weekday() }

// Monday is the first day of the week of a day.
func Monday(day string) string { return AddDays(day, 1-isoWeekday(WeekdayOf(day))) }

// IsDay says whether a text is a day: 2026-11-28.
func IsDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil && len(text) == len(time.DateOnly)
}

// Today is Manila's day.
func (s *Service) Today() string { return db.Day(s.now()) }

// Midnight is the beginning of a day in Manila.
func Midnight(day string) time.Time { return moment(day, 0) }

// midnight is the beginning of a day as a pure date. The zero date for what is none.
func midnight(day string) time.Time {
	t, _ := time.Parse(time.DateOnly, day) // callers have checked it
	return t
}

// moment is a time of a day in Manila.
func moment(day string, m Minutes) time.Time {
	t := midnight(day)
	return time.Date(t.Year(), t.Month(), t.Day(), int(m)/60, int(m)%60, 0, 0, db.Manila)
}

// minutesOf is the time of day in Manila at a moment.
func minutesOf(t time.Time) Minutes {
	t = t.In(db.Manila)
	return Minutes(t.Hour()*60 + t.Minute())
}

// daysBetween counts from one day to another, negative backwards.
func daysBetween(from, to string) int {
	return int(midnight(to).Sub(midnight(from)) / (24 * time.Hour))
}

// isoWeekday is 1 Monday … 7 Sunday, as the table keeps it.
func isoWeekday(d time.Weekday) int { return (int(d)+6)%7 + 1 }

func ofISO(n int) time.Weekday { return time.Weekday(n % 7) }
