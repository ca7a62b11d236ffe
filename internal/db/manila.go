package db

import (
	_ "embed"
	"time"
)

// Manila is the city's time zone. The Philippines has had no daylight saving time since
// 1990, but the zone is asked, not assumed.
var Manila = func() *time.Location {
	loc, err := time.LoadLocationFromTZData("Asia/Manila", manila)
	if err != nil {
		panic("db: " + err.Error()) // the data is part of the program
	}
	return loc
}()

// manila is Asia/Manila of the IANA time zone database, which is in the public domain. The
// program brings it along, and no other zone: machines may have none, or another edition.
//
//go:embed zone/manila.tzif
var manila []byte
