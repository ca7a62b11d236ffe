package auth_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// flowJob is something that several processes finish at the same moment.
type flowJob struct {
	URL    string
	Clock  time.Duration // after testkit.Start
	What   string
	Secret string // of the flow
	Code   string
	ID     uuid.UUID
}

// do finishes it once. Lost says that somebody else did.
func (j flowJob) do(t *testing.T, w *testkit.World) (lost bool, err error) {
	ctx, nobody := t.Context(), audit.Actor{Kind: audit.Nobody, IP: asker}
	switch j.What {
	case "registration":
		_, err = w.Auth.Register(ctx, nobody, j.Secret, auth.Finish{Terms: j.ID, Agreed: true})
	case "approval":
		_, err = w.People.Approve(ctx, audit.Command("test"), people.City, j.ID)
	case "sign-in":
		_, err = w.Auth.FinishSignIn(ctx, nobody, auth.SignIn{Flow: j.Secret}, j.Code, false)
	case "reset":
		err = w.Auth.FinishReset(ctx, nobody, j.Secret, "sampung mangga sa puno")
	case "challenge":
		var in auth.Answer
		if err := json.Unmarshal([]byte(j.Secret), &in); err != nil {
			return false, err
		}
		_, _, _, err = w.Auth.FinishBiometric(ctx, nobody, in)
	case "refresh":
		_, err = w.Auth.Refresh(ctx, nobody, auth.ResidentSurface, j.Secret)
	case "staff sign-in", "recovery":
		_, err = w.Auth.FinishStaffSignIn(ctx, nobody, j.Secret, j.Code)
	}
	lost = errors.Is(err, auth.ErrFlowOver) || errors.Is(err, people.ErrAlreadyDecided) ||
		errors.Is(err, auth.ErrLocked) || errors.Is(err, auth.ErrCodeWrong) || errors.Is(err, auth.ErrCodeTries) || fieldOf(err, "code") ||
		errors.Is(err, auth.ErrChallenge) || errors.Is(err, auth.ErrDeviceInactive)
	return lost, err
}

// flowChild is one of the processes: many tries at once.
func flowChild(t *testing.T, job string) {
	var j flowJob
	if err := json.Unmarshal([]byte(job), &j); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), db.Options{URL: j.URL, MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	w := testkit.NewEmptyWorld(t, d)
	w.Clock.Advance(j.Clock)
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	var done, lost atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			beaten, err := j.do(t, w)
			for errors.Is(err, auth.ErrBusy) { // nothing was decided: whoever is told so tries again
				beaten, err = j.do(t, w)
			}
			switch {
			case err == nil:
				done.Add(1)
			case beaten:
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	fmt.Println(outcome{opened: done.Load(), refused: lost.Load()})
}

// Three processes finish the same thing at the same moment, eight times each: it happens
// once, and leaves one trace of each kind.
func TestFlowsInThreeProcesses(t *testing.T) {
	cases := []struct {
		what   string
		begin  func(t *testing.T, w *testkit.World) flowJob
		traces map[string]int // rows that there must be
	}{
		{"registration", beginRegistration, map[string]int{
			"people_resident": 1, "people_family": 1, "people_consent": 1, "auth_password WHERE subject_id IN (SELECT id FROM people_resident)": 1,
			"notify_message WHERE kind = 'resident.received' AND channel = 'sms'": 1,
		}},
		{"approval", beginApproval, map[string]int{
			"ledger_transfer WHERE kind = 'referral'": 2, "audit_event WHERE action = 'resident.approve'": 2, // the one who told them, and they
		}},
		{"sign-in", beginSignIn, map[string]int{"auth_session": 1, "auth_login WHERE success": 1, "auth_code WHERE used_at IS NOT NULL": 1}},
		{"reset", beginReset, map[string]int{
			"auth_session": 0, "audit_event WHERE action = 'resident.password'": 1, "notify_message WHERE kind = 'auth.password_changed'": 1,
		}},
		{"staff sign-in", beginStaffSignIn, map[string]int{"auth_session": 2, "audit_event WHERE action = 'staff.sign_in'": 2}},
		{"recovery", beginRecovery, map[string]int{
			"auth_session": 2, "auth_recovery_code WHERE used_at IS NOT NULL": 1, "audit_event WHERE action = 'staff.sign_in'": 2,
		}},
		{"challenge", beginBiometric, map[string]int{"auth_token": 1, "auth_biometric_attempt WHERE success": 1, "auth_login WHERE success": 1}},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			url := testkit.PostgresURL(t)
			d, err := db.Open(t.Context(), db.Options{URL: url, MaxConns: 2})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			w := testkit.NewWorld(t, d)
			j := c.begin(t, w)
			j.URL, j.What, j.Clock = url, c.what, w.Clock.Now().Sub(testkit.Start)
			job, err := json.Marshal(j)
			if err != nil {
				t.Fatal(err)
			}
			if sum := inProcesses(t, 3, string(job)); sum.opened != 1 || sum.refused != 23 {
				t.Errorf("done %d times, lost %d times, want 1 and 23", sum.opened, sum.refused)
			}
			for rows, want := range c.traces {
				if got := count(t, d, `SELECT count(*) FROM `+rows); got != want {
					t.Errorf("%d of %s, want %d", got, rows, want)
				}
			}
		})
	}
}

func beginRegistration(t *testing.T, w *testkit.World) flowJob {
	a := newApplicant(t, w)
	a.who(true, ana())
	a.where()
	in := a.finish()
	in.Agreed = false
	_, err := a.register(in) // verifies both addresses, so that all of them come to the end
	refusedFields(t, err)
	return flowJob{Secret: a.secret, ID: in.Terms}
}

func beginApproval(t *testing.T, w *testkit.World) flowJob {
	told := w.Resident(t, w.Barangays[0])
	a := newApplicant(t, w)
	a.who(true, ana())
	a.where()
	in := a.finish()
	in.ReferralCode = told.ReferralCode
	r, err := a.register(in)
	if err != nil {
		t.Fatal(err)
	}
	return flowJob{ID: r.ID}
}

func beginSignIn(t *testing.T, w *testkit.World) flowJob {
	r := w.Resident(t, w.Barangays[0])
	in, err := w.Auth.SignInResident(t.Context(), from(asker), auth.SignIn{Username: r.Username, Password: testkit.Password})
	if err != nil || in.Flow == "" {
		t.Fatalf("no code is asked for: %+v, %v", in, err)
	}
	return flowJob{Secret: in.Flow, Code: w.Code(t, r.Phone)}
}

func beginReset(t *testing.T, w *testkit.World) flowJob {
	r := w.Resident(t, w.Barangays[0])
	w.SignIn(t, r.Username) // a session that the reset ends
	w.Clock.Advance(2 * time.Minute)
	flow, _, err := w.Auth.StartReset(t.Context(), from(asker), r.Username, notify.SMS)
	if err != nil {
		t.Fatal(err)
	}
	w.SendResets(t)
	if err := w.Auth.VerifyReset(t.Context(), from(asker), flow, w.Code(t, r.Phone)); err != nil {
		t.Fatal(err)
	}
	return flowJob{Secret: flow}
}

func beginStaffSignIn(t *testing.T, w *testkit.World) flowJob {
	p, _ := signedIn(t, w, "manager")
	phone, _, _ := w.SecondFactor(t, p)
	return flowJob{Secret: atCode(t, w, "manager"), Code: phone.Code(0)}
}

func beginRecovery(t *testing.T, w *testkit.World) flowJob {
	p, _ := signedIn(t, w, "manager")
	_, recovery, _ := w.SecondFactor(t, p)
	return flowJob{Secret: atCode(t, w, "manager"), Code: recovery[0]}
}
