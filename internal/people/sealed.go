package people

import "ekolek/internal/db"

// What is sealed of people. The key that signs cards is so always.
const (
	phonePlace   db.Place = "people_resident.phone"
	emailPlace   db.Place = "people_resident.email"
	birthPlace   db.Place = "people_resident.birth_date"
	addressPlace db.Place = "people_family.address"
	cardKeyPlace db.Place = "people_card_key.private_key"
)

// Sealed lists this package's sealed columns, for whoever seals them anew under another key.
func Sealed() []db.SealedTable {
	return []db.SealedTable{
		{Key: "id", Columns: []db.Place{phonePlace, emailPlace, birthPlace},
			Hashed: []db.HashedColumn{{Place: phonePlace, Hash: "phone_hash", Purpose: "phone"}, {Place: emailPlace, Hash: "email_hash", Purpose: "email"}}},
		{Key: "id", Columns: []db.Place{addressPlace}},
		{Key: "kid", Columns: []db.Place{cardKeyPlace}, Always: true},
	}
}
