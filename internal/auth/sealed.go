package auth

import "ekolek/internal/db"

// What is sealed of accounts. The last two are so always.
const (
	staffEmailPlace db.Place = "auth_staff.email"
	claimsPlace     db.Place = "auth_token.claims"
	flowPlace       db.Place = "auth_flow.data"
	secondPlace     db.Place = "auth_second_factor.key"
)

// Sealed lists this package's sealed columns, for whoever seals them anew under another key.
func Sealed() []db.SealedTable {
	return []db.SealedTable{
		{Key: "id", Columns: []db.Place{staffEmailPlace},
			Hashed: []db.HashedColumn{{Place: staffEmailPlace, Hash: "email_hash", Purpose: "email"}}},
		{Key: "id", Columns: []db.Place{claimsPlace}},
		{Key: "id", Columns: []db.Place{flowPlace}, Always: true},
		{Key: "subject_id", Columns: []db.Place{secondPlace}, Always: true},
	}
}
