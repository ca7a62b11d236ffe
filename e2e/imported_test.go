package e2e

import (
	"errors"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/djangodb"
)

// oldCity is a database of the system before this one, and who is in it.
type oldCity struct {
	name          string
	dump          string
	staff         string
	staffPassword string
	resident      uuid.UUID
	job           job
}

var oldCities = []oldCity{
	{
		name: "reference", dump: "../../shared/reference/django-ekolek.sql", staff: "opsmgr", staffPassword: "Admin@123456",
		resident: uuid.MustParse("00000005-0000-4000-8000-000000000001"), // 120.5 points
		job:      job{password: "Residente!2025", materials: [2]string{"PET Bottles", "Mixed Paper"}, first: "12.25", earned: "22.25", left: "42.75"},
	},
	{
		name: "odd", dump: "../internal/djangodb/testdata/odd.sql", staff: "hepe", staffPassword: "Opisina ng Lungsod 9",
		resident: uuid.MustParse("00000005-0000-4000-8000-000000000001"), // 50.25 points
		job:      job{password: "Lumang Salita 1987", materials: [2]string{"PET bottles", "Used batteries"}, first: "12.25", earned: "62.25", left: "12.5"},
	},
}

// The main job again, on an imported database: old passwords, old points, and the old
// card, which holds nothing but the resident's id.
func TestMainJobOnAnImportedDatabase(t *testing.T) {
	for i, old := range oldCities {
		for _, d := range []device{devices[i], devices[len(devices)-1-i]} { // a phone and a desktop each, in either language
			t.Run(old.name+"/"+d.String(), func(t *testing.T) {
				t.Parallel()
				c := newCity(t)
				c.bring(old.dump)
				r, err := c.app.People.ByID(t.Context(), c.app.DB, old.resident)
				if err != nil {
					t.Fatal(err)
				}
				j := old.job
				j.resident, j.card = r, r.ID.String()
				collector := c.person("collector", d)
				collector.open("/console/login/")
				collector.signIn(old.staff, old.staffPassword)
				if collector.path() != "/console/" { // a super administrator, who needs a second step now
					collector.setUpSecond(old.staffPassword)
				}
				c.play(d, collector, j)
			})
		}
	}
}

// bring imports a dump. The reference's own lies beside the checkout; a clone without
// it leaves that play out.
func (c *city) bring(dump string) {
	c.t.Helper()
	if _, err := os.Stat(dump); errors.Is(err, fs.ErrNotExist) {
		c.t.Skipf("no %s here", dump)
	}
	source, err := djangodb.OpenDump(dump)
	if err != nil {
		c.t.Fatal(err)
	}
	defer source.Close()
	deps := djangodb.Deps{DB: c.app.DB, Vault: c.app.Vault, Notify: c.app.Notify, Now: time.Now}
	if _, err := djangodb.Import(c.t.Context(), deps, source, djangodb.Options{Apply: true}); err != nil {
		c.t.Fatal(err)
	}
}
