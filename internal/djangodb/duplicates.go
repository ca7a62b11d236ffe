package djangodb

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/people"
)

// lateFor names the older residents who have what a younger one has too.
type lateFor struct{ username, phone, email string }

// tell notes the duplicates of a resident; nil has none.
func (l *lateFor) tell(note func(FindingKind, string, ...any)) {
	if l == nil {
		return
	}
	if l.username != "" {
		note(FindAltered, "the username differs from the older account %q by letter case only; both stay, this one must be typed exactly", l.username)
	}
	if l.phone != "" {
		note(FindAltered, "the phone number is also that of the older account %q; kept on record, but not for finding or signing in", l.phone)
	}
	if l.email != "" {
		note(FindAltered, "the e-mail address is also that of the older account %q; kept on record, but not for finding or signing in", l.email)
	}
}

// claim is what a resident wants to have alone.
type claim struct {
	id                     uuid.UUID
	created                time.Time
	username, phone, email string
}

// findLate reads the residents once before they come over, and finds who is late for a
// username, phone or e-mail address that an older one has.
func (im *importer) findLate(ctx context.Context) (map[uuid.UUID]*lateFor, error) {
	var claims []claim
	for row, err := range im.src.Rows(ctx, tableResident) {
		if err != nil {
			return nil, err
		}
		r := im.decodeResident(row)
		if row.Err() == nil && im.families[r.FamilyID] != nil {
			claims = append(claims, claim{r.ID, r.CreatedAt, r.Username, r.Phone, r.Email})
		}
	}
	slices.SortFunc(claims, func(a, b claim) int { return older(a.created, b.created, a.id, b.id) })
	late := map[uuid.UUID]*lateFor{}
	usernames, phones, emails := map[string]string{}, map[string]string{}, map[string]string{}
	for _, c := range claims {
		l := lateFor{
			username: firstHolder(usernames, people.UsernameKey(c.username), c.username),
			phone:    firstHolder(phones, c.phone, c.username),
			email:    firstHolder(emails, c.email, c.username),
		}
		if l != (lateFor{}) {
			late[c.id] = &l
		}
	}
	return late, nil
}

// firstHolder gives the one who has a value already; who comes first has it.
func firstHolder(holders map[string]string, value, username string) string {
	if value == "" {
		return ""
	}
	holder, ok := holders[value]
	if !ok {
		holders[value] = username
	}
	return holder
}
