package notify

import "ekolek/internal/db"

// What is sealed of messages, and of the browsers that show them. The body, which may hold
// a code, is so always.
const (
	addressPlace db.Place = "notify_message.address"
	shownPlace   db.Place = "notify_message.shown"
	bodyPlace    db.Place = "notify_message.body"

	endpointPlace db.Place = "notify_push.endpoint"
	authPlace     db.Place = "notify_push.auth"
)

// Sealed lists this package's sealed columns, for whoever seals them anew under another key.
func Sealed() []db.SealedTable {
	return []db.SealedTable{
		{Key: "id", Columns: []db.Place{addressPlace, shownPlace}},
		{Key: "id", Columns: []db.Place{bodyPlace}, Always: true},
		{Key: "id", Columns: []db.Place{endpointPlace, authPlace}},
	}
}
