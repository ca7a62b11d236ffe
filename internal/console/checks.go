package console

import (
	"context"
	"net/http"
	"time"

	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
)

// Checks are what the program last found about its own set-up.
type Checks struct {
	When     time.Time // zero: it has not looked yet
	Hash     string
	Checked  int
	Rows     []CheckRow // what is to be mended, then what was silenced
	Unjudged int        // checks that could not be judged here
}

// CheckRow is one finding. Its words are for operators, in the language of their tools.
type CheckRow struct {
	ID, Class  string // error, warning, info
	What, Mend string
	Silenced   string // why; "" when it is not
	Until      string // 2026-12-31
}

type checksView struct {
	web.Page
	Checks
}

// Open counts the findings that wait for somebody.
func (v checksView) Open() int {
	n := 0
	for _, r := range v.Rows {
		if r.Silenced == "" && r.Class != "info" {
			n++
		}
	}
	return n
}

// GET /console/checks/
func (c *Console) showChecks(w http.ResponseWriter, r *http.Request) error {
	v := checksView{Page: web.NewPage(r, "console.checks.title")}
	if c.checks != nil {
		var err error
		if v.Checks, err = c.checks(r.Context()); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, checksTempl(v))
}

// checkChip is how a row stands.
func checkChip(ctx context.Context, r CheckRow) (tone, icon, text string) {
	switch {
	case r.Silenced != "":
		return "", "ban", i18n.T(ctx, "console.checks.silenced", "Day", r.Until)
	case r.Class == "error":
		return "clay", "triangle-alert", i18n.T(ctx, "console.checks.error")
	case r.Class == "warning":
		return "sun", "triangle-alert", i18n.T(ctx, "console.checks.warning")
	default:
		return "sea", "circle-check", i18n.T(ctx, "console.checks.info")
	}
}
