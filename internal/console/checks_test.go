package console_test

import (
	"net/http"
	"testing"

	"ekolek/internal/console"
	"ekolek/internal/testkit"
)

// The page of checks shows super administrators what was found and what was silenced, and
// nobody else anything.
func TestChecksAreShown(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	for _, who := range []string{"manager", "content", "analyst"} {
		o.as(who).Get("/console/checks/").Is(http.StatusForbidden)
	}
	b := o.as("admin")
	b.Get("/console/checks/").Is(http.StatusOK).Has(".empty", "Not looked yet")
	o.checks = console.Checks{When: o.Clock.Now(), Hash: "0123456789abcdef", Checked: 61, Unjudged: 2}
	b.Get("/console/checks/").Has(".empty", "Nothing to mend").Has(".facts", "0123456789abcdef").Has(".facts", "0 findings in 61 checks")
	o.checks.Rows = []console.CheckRow{
		{ID: "EK.E048", Class: "error", What: "the books were never verified", Mend: "Run ekolek ledger verify."},
		{ID: "EK.I071", Class: "info", What: "passwords older than 90 days: 1", Mend: "Change it."},
		{ID: "EK.W067", Class: "warning", What: "no SPF record", Silenced: "the domain moves in March", Until: "2027-03-31"},
	}
	b.Get("/console/checks/").Has(".facts", "1 finding in 61 checks").Has(".dtable", "never verified").Has(".dtable", "Run ekolek ledger verify.").
		Has(".dtable", "Silenced until 2027-03-31").Has(".dtable", "the domain moves in March").Has("nav", "Checks")
}
