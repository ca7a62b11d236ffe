package main

import (
	"slices"
	"strings"
)

// known maps names that people bring from the former system to what they want here. The
// hint is printed when such a command is tried; none of them does anything.
var known = map[string]string{
	"createsuperuser":          "run `ekolek createsuperadmin`: it makes the one account that opens the console",
	"create_admin":             "run `ekolek createsuperadmin`, then add staff in the console, on the page Staff",
	"create_test_admin":        "run `ekolek demo`: it has an account of every role",
	"bootstrap_superadmin":     "run `ekolek createsuperadmin`, or open /admin/setup/ with the token that `ekolek serve` prints",
	"shell":                    "settings: `ekolek config`; the books: `ekolek ledger verify`; the database: psql or sqlite3, reading only",
	"dbshell":                  "use psql or sqlite3 with the address that `ekolek config` shows, reading only",
	"diffsettings":             "run `ekolek config`: every setting, its value and its source",
	"makemigrations":           "migrations are files in internal/db/migrations; see CONTRIBUTING.md",
	"loaddata":                 "run `ekolek import django --dump FILE`, or `ekolek restore` for a backup",
	"dumpdata":                 "run `ekolek backup`",
	"sendtestemail":            "run `ekolek test-send mail ADDRESS`",
	"worker":                   "`ekolek serve` runs the jobs: there is no worker to start",
	"beat":                     "`ekolek serve` keeps the schedule: there is nothing to start",
	"celery":                   "`ekolek serve` runs the jobs and keeps the schedule: there is no worker to start",
	"clearsessions":            "nothing to do: expired sessions are removed every night",
	"flushexpiredtokens":       "nothing to do: expired tokens are removed every night",
	"create_barangays":         "run `ekolek migrate`: it brings the city's barangays",
	"sync_family_points":       "run `ekolek ledger verify`: totals are computed from the journal and cannot drift",
	"generate_referral_codes":  "nothing to do: every resident has a code from the start",
	"fix_admin_permissions":    "nothing to do: rights follow the role; change it in the console, on the page Staff",
	"update_admin_roles":       "change a role in the console, on the page Staff",
	"cleanup_login_duplicates": "nothing to do: an attempt is written once",
	"test":                     "run `make test` in a checkout",
	"findstatic":               "run `ekolek collectstatic --dry-run`",
	"manage.py":                "leave `manage.py` out: `ekolek check`",
	"manage":                   "leave `manage` out: `ekolek check`",
}

// hint is what to do instead of a command that is not ours; "" when nobody knows.
func hint(args []string) string {
	first := slices.IndexFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") })
	if first < 0 {
		return ""
	}
	return known[args[first]]
}
