package auth

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Facts are what `ekolek check` judges about accounts and sign-ins.
type Facts struct {
	Staff         int      // accounts that were ever made
	SuperAdmins   int      // that may sign in
	WithoutSecond int      // of them, without a second factor
	OldPasswords  int      // of them, older than PasswordAge
	WellKnown     []string // usernames that a password from a manual opens

	HashMemory int // KiB that one password hash takes
	HashPasses int
	HashSlots  int // hashes at the same time

	AccessLife time.Duration // of a phone app's token
	CodeLife   time.Duration
	CodeTries  int
	CodeAgain  time.Duration
	CodesADay  int // to one address
}

// PasswordAge is how long a super administrator's password may stay before somebody is
// reminded of it.
const PasswordAge = 90 * 24 * time.Hour

// wellKnownNames and wellKnownPasswords stood in manuals, scripts and other public places
// of the system before this one, or are what anybody tries first.
var (
	wellKnownNames     = []string{"admin", "administrator", "superadmin", "testadmin", "root"}
	wellKnownPasswords = []string{"Admin@123456", "admin123", "password123", "administrator"}
)

// staffFact is one member of staff who may sign in.
type staffFact struct {
	username  string
	role      Role
	hash      string
	changed   time.Time
	hasSecond bool
}

// Facts looks at the accounts of staff. It tries a few well-known passwords at accounts
// with well-known names, which takes about a second when there is such an account.
func (s *Service) Facts(ctx context.Context) (Facts, error) {
	f := Facts{
		HashMemory: argonMemory, HashPasses: argonTime, HashSlots: cap(s.hasher.slots),
		AccessLife: s.cfg.AccessLife, CodeLife: s.cfg.CodeLife, CodeTries: s.cfg.CodeTries, CodeAgain: s.cfg.CodeAgain, CodesADay: codesADay,
	}
	var err error
	if f.Staff, err = countStaff(ctx, s.db); err != nil {
		return f, fmt.Errorf("count staff: %w", err)
	}
	all, err := staffFacts(ctx, s.db)
	if err != nil {
		return f, fmt.Errorf("read staff: %w", err)
	}
	for _, st := range all {
		if st.role == SuperAdmin {
			f.addSuperAdmin(st, s.now())
		}
		if !slices.Contains(wellKnownNames, foldUsername(st.username)) {
			continue
		}
		for _, password := range wellKnownPasswords {
			ok, _, err := s.hasher.verify(ctx, st.hash, password)
			if err != nil {
				return f, fmt.Errorf("try well-known passwords: %w", err)
			}
			if ok {
				f.WellKnown = append(f.WellKnown, st.username)
			}
		}
	}
	return f, nil
}

func (f *Facts) addSuperAdmin(st staffFact, now time.Time) {
	f.SuperAdmins++
	if !st.hasSecond {
		f.WithoutSecond++
	}
	if now.Sub(st.changed) > PasswordAge {
		f.OldPasswords++
	}
}

// Permissions are all that a route may need.
func Permissions() []Permission {
	all := []Permission{Anyone, Resident, TokenHolder, AnyStaff, ChangeOwnPassword, SetUpSecondFactor, ReadNotices}
	return append(all, grants(SuperAdmin)...)
}
