package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
)

// Whom a bulk notice is for, as a form says it.
const (
	toEverybody = "all"
	toSome      = "some"
)

// audience is the choice of barangays on a form, and what was chosen.
type audience struct {
	Barangays []people.Barangay // within reach
	Chosen    []uuid.UUID       // in their order; none while everybody is meant
}

func (a audience) chosen(b people.Barangay) bool { return slices.Contains(a.Chosen, b.ID) }

// target is whom the campaign tells.
func (a audience) target() notify.Target { return notify.Target{Barangays: a.Chosen} }

// readAudience reads the fields "to" and "barangays". What is ticked stays ticked while
// everybody is meant, so that changing one's mind costs nothing; it does not count then.
func (c *Console) readAudience(r *http.Request, f *form.Form) (audience, error) {
	barangays, err := c.people.BarangaysOf(r.Context(), web.PrincipalOf(r.Context()).Scope)
	if err != nil || f.Raw("to") != toSome {
		return audience{Barangays: barangays}, err
	}
	a, ticked := audience{Barangays: barangays}, f.IDs("barangays")
	for _, b := range barangays {
		if slices.Contains(ticked, b.ID) {
			a.Chosen = append(a.Chosen, b.ID)
		}
	}
	if len(a.Chosen) == 0 || len(a.Chosen) < len(ticked) {
		f.Refuse("barangays", "console.announcements.choose")
	}
	return a, nil
}

// targetWords names whom a campaign tells.
func targetWords(ctx context.Context, t notify.Target, barangays []people.Barangay) string {
	if len(t.Barangays) == 0 {
		return i18n.T(ctx, "console.announcements.everybody")
	}
	var names []string
	for _, b := range barangays {
		if slices.Contains(t.Barangays, b.ID) {
			names = append(names, b.Name)
		}
	}
	return strings.Join(names, ", ")
}
