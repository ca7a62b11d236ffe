package backup

import (
	"time"

	"ekolek/internal/ledger"
)

// The archive is a tar file, compressed with zstd, and sealed with age when there is a
// key. Its entries come in this order, so that a reader knows what comes and when all
// of it was there:
//
//	manifest.json      what this is: a Manifest
//	database.sqlite3   or database.dump, in PostgreSQL's custom format
//	files/…            the uploads on this machine
//	objects/…          those in another storage, by its name and their key, when asked for
//	files.json         the uploads' names, sizes and sums: a list of File
const (
	manifestName = "manifest.json"
	sqliteName   = "database.sqlite3"
	postgresName = "database.dump"
	filesFolder  = "files/"
	objectFolder = "objects/"
	filesName    = "files.json"
)

// format is the version of the layout above.
const format = 1

// Manifest says what an archive holds.
type Manifest struct {
	Format   int               `json:"format"`
	MadeAt   time.Time         `json:"made_at"` // the moment that the database was copied at
	Program  string            `json:"program"` // version
	Engine   string            `json:"engine"`  // sqlite, postgres
	Schema   int64             `json:"schema"`  // version of the migrations
	Database File              `json:"database"`
	Tool     string            `json:"tool,omitempty"` // major version of pg_dump
	Tables   map[string]int64  `json:"tables"`         // rows of each
	Ledger   Books             `json:"ledger"`
	Files    Kept              `json:"files"`
	Keys     map[string]string `json:"keys"` // fingerprints of the city's keys
}

// File is a part of an archive.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hex
	Where  Where  `json:"where,omitempty"`
}

// Where says where an upload's bytes are.
type Where string

// Where an upload's bytes are; "" is below files/ in the archive.
const (
	InArchive Where = "object"    // below objects/ in the archive, from another storage
	Elsewhere Where = "elsewhere" // in another storage alone: only the name and the sum are here
)

// Books are the points at that moment, in hundredths.
type Books struct {
	Accounts  int64         `json:"accounts"`
	Transfers int64         `json:"transfers"`
	OpenHolds int64         `json:"open_holds"`
	Issued    ledger.Points `json:"issued"`
	Redeemed  ledger.Points `json:"redeemed"`
	Balances  ledger.Points `json:"balances"`
	Wrong     string        `json:"wrong,omitempty"` // the books did not balance even then
}

func booksOf(r ledger.Report) Books {
	b := Books{Accounts: r.Accounts, Transfers: r.Transfers, OpenHolds: r.OpenHolds, Issued: r.Issued, Redeemed: r.Redeemed, Balances: r.Balances}
	if !r.OK() {
		b.Wrong = r.String()
	}
	return b
}

// Kept says how the uploads went along.
type Kept string

// How the uploads went along.
const (
	Whole  Kept = "whole"    // those on this machine are in the archive, others at least listed
	Absent Kept = "left out" // nobody asked for them
)
