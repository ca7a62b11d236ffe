package auth_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// A double tap, and the same draft in two windows: one registration, and the others learn
// that it is done.
func TestRegisterTwiceAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		a := newApplicant(t, w)
		a.who(true, ana())
		a.where()
		in := a.finish()
		in.Agreed = false
		_, err := a.register(in) // verifies both addresses, so that all of them come to the end
		refusedFields(t, err)
		in.Agreed = true
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, err := a.register(in)
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, auth.ErrFlowOver) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := count(t, d, `SELECT count(*) FROM people_resident`); n != 1 || won.Load() != 1 {
			t.Errorf("%d residents, %d told so", n, won.Load())
		}
		if n := count(t, d, `SELECT count(*) FROM people_consent`); n != 1 {
			t.Errorf("%d consents", n)
		}
		if _, err := w.Auth.Registered(t.Context(), a.secret); err != nil {
			t.Errorf("how it stands: %v", err)
		}
	})
}

// Several people take the same username, phone or e-mail at the same moment: one has it,
// the others are told beside the field, and have lost nothing else.
func TestRegistrationsThatClash(t *testing.T) {
	shared := map[string]func(in *people.NewResident, n int){
		"username": func(in *people.NewResident, n int) { in.Phone, in.Email = phoneOf(n), emailOf(n) },
		"phone":    func(in *people.NewResident, n int) { in.Username, in.Email = nameOf(n), emailOf(n) },
		"email":    func(in *people.NewResident, n int) { in.Username, in.Phone = nameOf(n), phoneOf(n) },
	}
	for field, differ := range shared {
		t.Run(field, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, d *db.DB) {
				w := testkit.NewWorld(t, d)
				var all []*applicant
				for n := range 3 {
					a := newApplicant(t, w)
					in := ana()
					differ(&in, n)
					a.who(true, in)
					a.where()
					finish := a.finish()
					finish.Agreed = false
					_, err := a.register(finish)
					refusedFields(t, err)
					w.Clock.Advance(2 * time.Minute) // codes to one address need a minute between them
					all = append(all, a)
				}
				var won atomic.Int32
				var wg sync.WaitGroup
				for _, a := range all {
					wg.Go(func() {
						_, err := a.register(auth.Finish{Terms: a.terms("en").ID, Agreed: true})
						if err == nil {
							won.Add(1)
							return
						}
						if e, ok := errs.As(err); !ok || len(e.Fields) != 1 || e.Fields[field].Key == "" {
							t.Errorf("%v, want the field %s", err, field)
						}
					})
				}
				wg.Wait()
				if n := count(t, d, `SELECT count(*) FROM people_resident`); n != 1 || won.Load() != 1 {
					t.Errorf("%d residents, %d told so", n, won.Load())
				}
				if n := count(t, d, `SELECT count(*) FROM auth_flow WHERE kind = 'registration'`); n != 2 {
					t.Errorf("%d drafts are left, want 2", n)
				}
			})
		})
	}
}

func phoneOf(n int) string { return fmt.Sprintf("0917555%04d", n) }

func emailOf(n int) string { return fmt.Sprintf("ana%d@example.com", n) }

func nameOf(n int) string { return fmt.Sprintf("ana%d", n) }
