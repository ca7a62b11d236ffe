package schedule_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/jobs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
)

// node is a program of its own on the world's database.
func (w *world) node(t *testing.T, of int) *schedule.Service {
	t.Helper()
	q, err := jobs.Open(w.DB, jobs.Config{}, slog.New(slog.DiscardHandler))
	must(t, err)
	return schedule.New(w.DB, w.Notify, w.Clock.Now).Naming(func(context.Context, db.Q) ([]schedule.Material, error) {
		return []schedule.Material{plastic, kitchen}, nil
	}).Reminding(w.People, q, 18).InSteps(of)
}

// remind has a node go on until nobody is left, or until errKilled.
func remind(ctx context.Context, s *schedule.Service, kill func() bool) error {
	args := []schedule.RemindArgs{{Day: schedule.AddDays(s.Today(), 1)}}
	for len(args) > 0 {
		next := args[0]
		args = nil
		err := s.RemindStep(ctx, next, func(_ context.Context, _ *db.Tx, a schedule.RemindArgs) error {
			if kill() {
				return errKilled // inside of the transaction: the step never was
			}
			args = []schedule.RemindArgs{a}
			return nil
		})
		if err != nil {
			return err
		}
		if len(args) > 0 && kill() {
			return errKilled // behind it: the chain is lost
		}
	}
	return nil
}

var errKilled = errors.New("killed")

func never() bool { return false }

// told lists who was reminded of which day, and counts what stands under the bells.
func (w *world) told(t *testing.T) (of map[string]int, notices int) {
	t.Helper()
	rows, err := db.Collect(t.Context(), w.DB, func(r db.Row) (key string, err error) {
		var family uuid.UUID
		var day string
		err = r.Scan(&family, &day)
		return family.String() + " " + day, err
	}, `SELECT family_id, day FROM schedule_reminded`)
	must(t, err)
	of = map[string]int{}
	for _, key := range rows {
		of[key]++
	}
	must(t, w.DB.QueryRowContext(t.Context(), `SELECT count(*) FROM notify_notice WHERE message LIKE 'The truck comes on %'`).Scan(&notices))
	return of, notices
}

// Three nodes remind a small city in random order. Some are killed inside of a step, some
// behind it, some evenings nobody runs for hours: each family is told once of each day on
// which its truck comes, or not at all when nobody ran in its three hours.
func TestEachFamilyIsRemindedOnce(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { remindForDays(t, testkit.DB(t), 400) })
	t.Run("postgres", func(t *testing.T) { remindForDays(t, testkit.Postgres(t), 60) })
}

func remindForDays(t *testing.T, d *db.DB, days int) {
	w := newWorld(t, d)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 2))
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	for _, barangay := range []uuid.UUID{w.here, w.next} {
		for _, weekday := range random.Perm(7)[:3] {
			w.line(t, barangay, 1+weekday, schedule.Minutes(300+60*random.IntN(18)).String(), "23:59")
		}
	}
	w.exceptions(t, random, days)

	nodes := []*schedule.Service{w.node(t, 2), w.node(t, 3), w.node(t, 100)}
	hours := map[uuid.UUID]int{} // family → hour; none: wants none
	places := map[uuid.UUID]uuid.UUID{}
	for i, hour := range []int{0, 0, 0, 6, 12, 20, 21, -1} {
		r := w.Resident(t, w.Barangays[i%2])
		places[r.FamilyID] = r.BarangayID
		form := schedule.ReminderForm{Hour: hour, Way: schedule.WayAuto}
		switch hour {
		case 0:
			hours[r.FamilyID] = 18
			continue
		case -1:
			form = schedule.ReminderForm{Hour: 18, Way: schedule.WayNone}
		default:
			hours[r.FamilyID] = hour
		}
		must(t, nodes[0].SetReminder(t.Context(), w.office, r, form))
	}

	due := map[string]bool{} // somebody ran to the end in time
	may := map[string]bool{} // somebody began
	first := w.s.Today()
	for n := range days {
		day := schedule.AddDays(first, n)
		tomorrow := schedule.AddDays(day, 1)
		found, err := w.s.Pickups(t.Context(), schedule.Query{From: tomorrow, To: tomorrow})
		must(t, err)
		comes := map[uuid.UUID]bool{}
		for _, p := range found {
			comes[p.Barangay] = comes[p.Barangay] || p.Comes()
		}
		outage := random.IntN(20) == 0
		for _, hour := range []int{6, 13, 18, 20, 21, 22} {
			w.at(t, day+" "+schedule.Minutes(hour*60+random.IntN(60)).String())
			if outage && random.IntN(4) > 0 {
				continue
			}
			order := random.Perm(len(nodes))[:1+2*(random.IntN(4)/3)]
			for _, i := range order {
				kill := func() bool { return random.IntN(6) == 0 }
				if !outage && i == order[len(order)-1] {
					kill = never // the queue brings back what was killed
				}
				err := remind(t.Context(), nodes[i], kill)
				if err != nil && !errors.Is(err, errKilled) {
					t.Fatal(err)
				}
				for family, at := range hours {
					if comes[places[family]] && at <= hour && hour < at+3 && hour < 22 {
						key := family.String() + " " + tomorrow
						may[key], due[key] = true, due[key] || err == nil
					}
				}
			}
		}
	}
	told, notices := w.told(t)
	missing, wrong := 0, 0
	for key, inTime := range due {
		if inTime && told[key] != 1 {
			missing++
		}
	}
	for key := range told {
		if !may[key] {
			wrong++
		}
	}
	if missing+wrong > 0 || len(told) < days || notices != len(told) {
		t.Errorf("of %d reminders that were due %d are missing; of %d %d were for nobody; %d notices", len(due), missing, len(told), wrong, notices)
	}
}

// exceptions are the office's acts of all the days, made before.
func (w *world) exceptions(t *testing.T, random *rand.Rand, span int) {
	t.Helper()
	span = min(span, schedule.MaxAhead-10)
	for range span / 16 {
		day := schedule.AddDays(w.s.Today(), 2+random.IntN(span))
		f := schedule.ExceptionForm{Kind: schedule.Kinds()[random.IntN(3)], Barangays: []uuid.UUID{w.here, w.next}[:1+random.IntN(2)], Days: days(day)}
		switch f.Kind {
		case schedule.Move:
			f.Days[0].To = schedule.AddDays(day, 1+random.IntN(3))
		case schedule.Add:
			start, end := clock(t, "08:00"), clock(t, "09:00")
			f.Start, f.End, f.Wastes = &start, &end, []uuid.UUID{kitchen.ID}
		}
		w.except(t, f)
	}
}

// Programs that remind at the very same moment tell nobody twice, and neither does one
// whose clock jumps.
func TestRemindersAreOnceInARace(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.line(t, w.here, 3, "07:00", "09:00") // tomorrow
		for range 12 {
			w.Resident(t, w.Barangays[0])
		}
		w.at(t, "2026-12-01 18:05")
		var running sync.WaitGroup
		for range 6 {
			s := w.node(t, 4)
			running.Go(func() {
				if err := remind(context.Background(), s, never); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		for _, at := range []string{"2026-12-01 20:05", "2026-12-01 18:10", "2026-12-01 16:10", "2026-12-01 18:15"} {
			w.at(t, at)
			must(t, remind(t.Context(), w.node(t, 4), never))
		}
		if told, notices := w.told(t); len(told) != 12 || notices != 12 {
			t.Errorf("%d families told with %d notices", len(told), notices)
		}
	})
}

func TestWhatComesLateIsMadeUpForOnceOrDropped(t *testing.T) {
	w := newWorld(t, testkit.DB(t))
	s := w.node(t, 100)
	w.line(t, w.here, 3, "07:00", "09:00")
	early := w.Resident(t, w.Barangays[0])
	w.Resident(t, w.Barangays[0]) // as the city has set it
	must(t, s.SetReminder(t.Context(), w.office, early, schedule.ReminderForm{Hour: 9, Way: schedule.WayBell}))
	count := func(at string, want int) {
		t.Helper()
		w.at(t, at)
		must(t, s.Remind(t.Context()))
		if told, _ := w.told(t); len(told) != want {
			t.Errorf("at %s %d were told, want %d", at, len(told), want)
		}
	}
	count("2026-12-01 12:00", 0) // three hours too late for the early one
	count("2026-12-01 17:59", 0)
	off := w.except(t, schedule.ExceptionForm{Kind: schedule.Suspend, Barangays: []uuid.UUID{w.here}, Days: days("2026-12-02")})
	count("2026-12-01 18:30", 0) // nothing comes
	must(t, w.s.Lift(t.Context(), w.office, people.City, off.ID, false))
	count("2026-12-01 20:59", 1) // it comes after all
	count("2026-12-01 21:59", 1)

	w.at(t, "2026-12-02 00:01")
	if n, err := s.CloseReminders(t.Context()); err != nil || n != 1 {
		t.Errorf("%d dropped, %v", n, err)
	}
	count("2026-12-08 22:00", 1) // never so late
	must(t, w.s.Lift(t.Context(), w.office, people.City, w.except(t, schedule.ExceptionForm{Kind: schedule.Move, Barangays: []uuid.UUID{w.here},
		Days: []schedule.DayMove{{Day: "2026-12-16", To: "2026-12-17"}}}).ID, false))
	w.except(t, schedule.ExceptionForm{Kind: schedule.Move, Barangays: []uuid.UUID{w.here}, Days: []schedule.DayMove{{Day: "2026-12-16", To: "2026-12-18"}}})
	count("2026-12-15 18:00", 1) // moved away
	count("2026-12-17 18:00", 2) // to its new day
	w.at(t, "2027-03-01 00:00")
	_, err := s.CloseReminders(t.Context())
	must(t, err)
	if told, _ := w.told(t); len(told) != 0 {
		t.Errorf("%v is still known", told)
	}
}

// Who gets it, and by which way.
func TestWaysOfReminding(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.node(t, 100)
		w.line(t, w.here, 3, "07:00", "09:00")
		head := w.Resident(t, w.Barangays[0])
		member := w.Member(t, head)
		if r, err := s.ReminderOf(t.Context(), head.FamilyID); err != nil || r != (schedule.Reminder{Hour: 18, Way: schedule.WayAuto, Resident: head.ID, Name: head.FullName}) {
			t.Errorf("before anybody chose: %+v, %v", r, err)
		}
		for field, f := range map[string]schedule.ReminderForm{"hour": {Hour: 4, Way: schedule.WayBell}, "way": {Hour: 5, Way: schedule.WayMail}} {
			fieldOf(t, s.SetReminder(t.Context(), w.office, member, f), field) // who has no address
		}
		for range 2 {
			must(t, s.SetReminder(t.Context(), w.Actor(w.Admin), member, schedule.ReminderForm{Hour: 19, Way: schedule.WaySMS}))
		}
		r, err := s.ReminderOf(t.Context(), head.FamilyID)
		must(t, err)
		if r != (schedule.Reminder{Hour: 19, Way: schedule.WaySMS, Resident: member.ID, Name: member.FullName, Chosen: true}) {
			t.Errorf("after the member took over: %+v", r)
		}
		var acts int
		must(t, w.DB.QueryRowContext(t.Context(), `SELECT count(*) FROM audit_event WHERE action = 'reminder.set'`).Scan(&acts))
		if acts != 1 {
			t.Errorf("%d acts in the trail", acts)
		}

		must(t, s.TryReminder(t.Context(), member))
		wants(t, s.TryReminder(t.Context(), head), schedule.ErrTriedJustNow)
		w.at(t, "2026-12-01 19:00")
		must(t, s.Remind(t.Context()))
		texts := w.Told(t, member.Phone)
		if n := len(texts); n < 2 || !strings.Contains(texts[n-1].Lines[0], "Wed 2 Dec, 7:00 AM: Plastic") || texts[n-1].Lines[0] != texts[n-2].Lines[0] {
			t.Errorf("texted %v", texts)
		}
		if told, notices := w.told(t); len(told) != 1 || notices != 2 { // with the one for trial
			t.Errorf("told %v with %d notices", told, notices)
		}

		// Whoever took it over and may not sign in any more gives it back.
		_, err = w.People.Suspend(t.Context(), w.office, people.City, member.ID, "moved away")
		must(t, err)
		if r, err = s.ReminderOf(t.Context(), head.FamilyID); err != nil || r.Resident != head.ID {
			t.Errorf("after that %+v, %v", r, err)
		}
		wants(t, s.TryReminder(t.Context(), w.Resident(t, w.Barangays[7])), schedule.ErrNothingPlanned)
	})
}

// Whoever has chosen nothing is told on their phone's screen where they let it, else by
// mail, else under the bell alone. The bell has it always.
func TestLadderOfReminding(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.node(t, 100)
		w.line(t, w.here, 3, "07:00", "09:00")
		screen, letter, bell := w.Resident(t, w.Barangays[0]), w.Resident(t, w.Barangays[0]), w.Resident(t, w.Barangays[0])
		for name, r := range map[string]people.Resident{"screen@example.com": screen, "letter@example.com": letter} {
			must(t, w.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				return w.People.SetEmail(ctx, tx, w.office, r, name)
			}))
		}
		browser := testkit.NewPushService(t, w.Clock.Now).Device().Browser
		browser.Endpoint = "https://push.example.com/a-browser"
		must(t, w.Notify.Subscribe(t.Context(), w.office, notify.Bell{Audience: notify.Resident, ID: screen.ID}, browser, "a browser"))
		w.at(t, "2026-12-01 18:00")
		must(t, s.Remind(t.Context()))
		for name, c := range map[string]struct {
			who  people.Resident
			want string
		}{"screen": {screen, "push"}, "letter": {letter, "email"}, "bell": {bell, ""}} {
			var by string
			err := w.DB.QueryRowContext(t.Context(), `SELECT channel FROM notify_message WHERE kind = $1 AND recipient_id = $2`, "schedule.remind", c.who.ID).Scan(&by)
			if err != nil && !db.IsNoRows(err) || by != c.want {
				t.Errorf("%s: by %q, want %q (%v)", name, by, c.want, err)
			}
		}
		if told, notices := w.told(t); len(told) != 3 || notices != 3 {
			t.Errorf("told %v with %d notices", told, notices)
		}
	})
}
