package djangodb

import (
	"testing"

	"ekolek/internal/testkit"
)

// TestLiveCannotWrite: the city's old database is safe from us.
func TestLiveCannotWrite(t *testing.T) {
	src, err := OpenPostgres(t.Context(), testkit.EmptyPostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if _, err := src.(*live).conn.Exec(t.Context(), "CREATE TABLE x (id integer)"); err == nil {
		t.Error("the source let itself be written")
	}
}
