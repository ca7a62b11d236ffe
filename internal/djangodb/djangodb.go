// Package djangodb moves a city from the reference system, a Django program on
// PostgreSQL, to this one. It reads the old database or a plain pg_dump of it, tells
// what it would do, and does it when told to apply. It writes no SQL of its own: every
// row goes through the package that owns its table, under the id that it had.
//
// It mends nothing in silence. What the old database holds twice, or adds up wrongly,
// or cannot be held here, stands in the report as a Finding.
package djangodb

import (
	"context"
	"iter"
)

// Source is an old database at rest. Rows of a table may be asked for any number of
// times and are the same each time; two tables are never read at once.
type Source interface {
	// Name tells a person where the rows come from; it holds no password.
	Name() string
	// Columns are the table's columns; false when the source has no such table.
	Columns(table string) ([]string, bool)
	// Rows gives every row in the order of the source. It ends at the first error. A
	// caller that stops early is done with the source.
	Rows(ctx context.Context, table string) iter.Seq2[Row, error]
	// Remarks are what the reader itself found odd about the source.
	Remarks() []Finding
	Close() error
}

// The tables of the reference that are read. Without the first three a source is not
// the reference's database; the others may be missing in an old version of it.
const (
	tableBarangay    = "accounts_barangay"
	tableFamily      = "accounts_family"
	tableResident    = "accounts_users"
	tableStaff       = "cenro_adminuser"
	tableAssignment  = "cenro_adminuser_assigned_barangays"
	tableWasteType   = "accounts_wastetype"
	tableWeighIn     = "accounts_wastetransaction"
	tableCategory    = "accounts_rewardcategory"
	tableReward      = "accounts_reward"
	tableStockMove   = "accounts_rewardhistory"
	tableRedemption  = "accounts_redemption"
	tablePointsEntry = "accounts_pointstransaction"
	tableTerms       = "cenro_termsandconditions"
	tableConsent     = "accounts_userconsent"
	tableLogin       = "accounts_loginattempt"
	tableDevice      = "biometric_devices"
	tableAttempt     = "biometric_login_attempts"
	tableToken       = "token_blacklist_outstandingtoken"
	tableEndedToken  = "token_blacklist_blacklistedtoken"
	tableSchedule    = "accounts_garbageschedule"
	tableNotice      = "accounts_notification"
	tableStaffNotice = "cenro_adminnotification"
)

var (
	requiredTables = []string{tableBarangay, tableFamily, tableResident}
	optionalTables = []string{
		tableStaff, tableAssignment, tableWasteType, tableWeighIn, tableCategory,
		tableReward, tableStockMove, tableRedemption, tablePointsEntry,
		tableTerms, tableConsent, tableLogin, tableDevice, tableAttempt, tableToken, tableEndedToken,
		tableSchedule, tableNotice, tableStaffNotice,
	}
)
