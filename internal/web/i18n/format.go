package i18n

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
)

// Value writes a value as a sentence shows it: numbers with thousands separators,
// weights in kilos, times in Manila's words, anything else as it prints.
func Value(ctx context.Context, v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return Number(int64(v))
	case int64:
		return Number(v)
	case float64: // an integer that has been through JSON, in a flash
		return Number(int64(v))
	case ledger.Points:
		return Points(v)
	case ledger.Rate:
		return Rate(v)
	case ledger.Grams:
		return Kilos(v)
	case time.Time:
		return Time(ctx, v)
	case db.Civil:
		return civil(ctx, v)
	case time.Duration:
		return Duration(ctx, v)
	case errs.Text:
		return Say(ctx, v)
	case errs.Names:
		return Pick(ctx, v.English, v.Filipino)
	default:
		return fmt.Sprint(v)
	}
}

// Number writes a whole number with thousands separators: 28,406.
func Number(n int64) string {
	return group(strconv.FormatInt(n, 10))
}

// Pesos writes money, given in centavos: ₱1,234.50.
func Pesos(centavos int) string {
	return "₱" + Number(int64(centavos/100)) + fmt.Sprintf(".%02d", centavos%100)
}

// Points writes points with thousands separators and without useless zeros: 1,186.5.
func Points(p ledger.Points) string { return group(p.String()) }

// Signed writes points with their sign, a true minus included: +32, −50.
func Signed(p ledger.Points) string {
	if p < 0 {
		return "−" + Points(-p)
	}
	return "+" + Points(p)
}

// Kilos writes a weight: 6.4 kg.
func Kilos(g ledger.Grams) string { return KilosNumber(g) + " kg" }

// KilosNumber writes a weight without its unit: 6.4.
func KilosNumber(g ledger.Grams) string {
	sign, n := "", int64(g)
	if n < 0 {
		sign, n = "−", -n
	}
	s := strconv.FormatInt(n/1000, 10)
	if rest := n % 1000; rest != 0 {
		s += strings.TrimRight(fmt.Sprintf(".%03d", rest), "0")
	}
	return sign + group(s)
}

// Rate writes points a kilo: 2.5.
func Rate(r ledger.Rate) string { return group(r.String()) }

// group puts commas into the whole part of a decimal number.
func group(s string) string {
	whole, rest := s, ""
	if i := strings.IndexByte(s, '.'); i >= 0 {
		whole, rest = s[:i], s[i:]
	}
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "−", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + whole + rest
}

// names are the days and months as the office writes them.
type names struct {
	days, shortDays   [7]string // from Sunday
	months, shortened [13]string
}

var words = map[Lang]names{
	English: {
		days:      [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		shortDays: [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		months:    [13]string{"", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		shortened: [13]string{"", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	},
	Filipino: {
		days:      [7]string{"Linggo", "Lunes", "Martes", "Miyerkules", "Huwebes", "Biyernes", "Sabado"},
		shortDays: [7]string{"Lin", "Lun", "Mar", "Miy", "Huw", "Biy", "Sab"},
		months:    [13]string{"", "Enero", "Pebrero", "Marso", "Abril", "Mayo", "Hunyo", "Hulyo", "Agosto", "Setyembre", "Oktubre", "Nobyembre", "Disyembre"},
		shortened: [13]string{"", "Ene", "Peb", "Mar", "Abr", "May", "Hun", "Hul", "Ago", "Set", "Okt", "Nob", "Dis"},
	},
}

// Time writes a moment in Manila: "Thu 26 Nov · 7:00 AM", "Huw, 26 Nob · 7:00 AM".
func Time(ctx context.Context, t time.Time) string {
	return Date(ctx, t) + " · " + Clock(t)
}

// TimeLong writes a moment for the head of a page: "Thursday, 26 November · 7:00 AM".
func TimeLong(ctx context.Context, t time.Time) string {
	return Day(ctx, t) + " · " + Clock(t)
}

// Date writes a day, short: "Thu 26 Nov", "Huw, 26 Nob".
func Date(ctx context.Context, t time.Time) string {
	lang, t := From(ctx), t.In(db.Manila)
	w := words[lang]
	comma := ""
	if lang == Filipino {
		comma = ","
	}
	return fmt.Sprintf("%s%s %d %s", w.shortDays[t.Weekday()], comma, t.Day(), w.shortened[t.Month()])
}

// civil writes a civil date like Date; what is no date stays as it is.
func civil(ctx context.Context, day db.Civil) string {
	t, err := time.ParseInLocation(time.DateOnly, string(day), db.Manila)
	if err != nil {
		return string(day)
	}
	return Date(ctx, t)
}

// Weekday writes a day of the week, short: "Thu", "Huw".
func Weekday(ctx context.Context, t time.Time) string {
	return words[From(ctx)].shortDays[t.In(db.Manila).Weekday()]
}

// DayMonth writes a day without its weekday: "26 Nov", "26 Nob".
func DayMonth(ctx context.Context, t time.Time) string {
	t = t.In(db.Manila)
	return fmt.Sprintf("%d %s", t.Day(), words[From(ctx)].shortened[t.Month()])
}

// DateYear writes a day with its year, for papers and old rows: "26 Nov 2026".
func DateYear(ctx context.Context, t time.Time) string {
	t = t.In(db.Manila)
	return fmt.Sprintf("%d %s %d", t.Day(), words[From(ctx)].shortened[t.Month()], t.Year())
}

// TimeYear writes a moment with its year, for old rows: "26 Nov 2026 · 7:00 AM".
func TimeYear(ctx context.Context, t time.Time) string {
	return DateYear(ctx, t) + " · " + Clock(t)
}

// CivilDate writes a civil date such as a birth date ("1990-05-01") like DateYear; what
// is no date stays as it is.
func CivilDate(ctx context.Context, day string) string {
	t, err := time.ParseInLocation(time.DateOnly, day, db.Manila)
	if err != nil {
		return day
	}
	return DateYear(ctx, t)
}

// Day writes a day in full: "Thursday, 26 November", "Huwebes, 26 Nobyembre".
func Day(ctx context.Context, t time.Time) string {
	t = t.In(db.Manila)
	w := words[From(ctx)]
	return fmt.Sprintf("%s, %d %s", w.days[t.Weekday()], t.Day(), w.months[t.Month()])
}

// Month writes a month with its year: "November 2026", "Nobyembre 2026".
func Month(ctx context.Context, t time.Time) string {
	t = t.In(db.Manila)
	return fmt.Sprintf("%s %d", words[From(ctx)].months[t.Month()], t.Year())
}

// Clock writes the time of day in Manila: "7:00 AM".
func Clock(t time.Time) string { return t.In(db.Manila).Format("3:04 PM") }

// ClockSeconds writes the time of day to the second: "7:00:30 AM".
func ClockSeconds(t time.Time) string { return t.In(db.Manila).Format("3:04:05 PM") }

// DayStamp is Manila's civil date for names of files: "2026-11-26".
func DayStamp(t time.Time) string { return db.Day(t) }

// Stamp is a moment for the datetime attribute of <time>, with Manila's offset.
func Stamp(t time.Time) string { return t.In(db.Manila).Format("2006-01-02T15:04-07:00") }

// Duration writes a span in its largest fitting unit, rounded up: "30 minutes", "2 araw".
func Duration(ctx context.Context, d time.Duration) string {
	switch {
	case d <= time.Minute:
		return T(ctx, "web.span_minutes", "Count", 1)
	case d < time.Hour:
		return T(ctx, "web.span_minutes", "Count", ceil(d, time.Minute))
	case d < 24*time.Hour:
		return T(ctx, "web.span_hours", "Count", ceil(d, time.Hour))
	default:
		return T(ctx, "web.span_days", "Count", ceil(d, 24*time.Hour))
	}
}

func ceil(d, unit time.Duration) int { return int((d + unit - 1) / unit) }

// Plain is a value that survives JSON: a whole number stays one, since the plural of the
// sentence may depend on it; everything else is written out.
func Plain(ctx context.Context, v any) any {
	switch v.(type) {
	case int, int64, float64:
		return v
	default:
		return Value(ctx, v)
	}
}
