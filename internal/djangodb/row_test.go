package djangodb

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// rowOf makes a row of one column.
func rowOf(text string) Row { return newRow(map[string]int{"x": 0}, []value{{text: text}}) }

func nullRow() Row { return newRow(map[string]int{"x": 0}, []value{{null: true}}) }

func TestRowTimes(t *testing.T) {
	want := time.Date(2025, 3, 1, 0, 0, 0, 123456000, time.UTC)
	for _, text := range []string{
		"2025-03-01 00:00:00.123456+00", "2025-03-01 08:00:00.123456+08", "2025-03-01 05:30:00.123456+05:30",
		"2025-03-01 08:04:00.123456+08:04:00", "2025-02-28 19:00:00.123456-05",
	} {
		r := rowOf(text)
		if got := r.Time("x"); !got.Equal(want) || r.Err() != nil {
			t.Errorf("%s is %s (%v)", text, got, r.Err())
		}
	}
	for _, text := range []string{"", "infinity", "2025-03-01", "2025-13-01 00:00:00+00", "0044-03-15 00:00:00+00 BC"} {
		if r := rowOf(text); r.Time("x") != (time.Time{}) || r.Err() == nil {
			t.Errorf("%q is taken for a moment", text)
		}
	}
	if r := nullRow(); r.NullTime("x") != nil || r.Err() != nil {
		t.Error("null is a moment")
	}
	if r := nullRow(); r.Time("x") != (time.Time{}) || r.Err() == nil {
		t.Error("a moment that must be there may be null")
	}
}

func TestRowBools(t *testing.T) {
	for text, want := range map[string]bool{"t": true, "true": true, "TRUE": true, "1": true, "f": false, "false": false, "0": false} {
		r := rowOf(text)
		if got := r.Bool("x", !want); got != want || r.Err() != nil {
			t.Errorf("%s is %v (%v)", text, got, r.Err())
		}
	}
	if r := rowOf("maybe"); r.Bool("x", true) && r.Err() == nil {
		t.Error("maybe is true")
	}
	if r := nullRow(); !r.Bool("x", true) || r.Err() != nil {
		t.Error("null is not what was asked for")
	}
	if r := nullRow(); !r.Bool("absent", true) || r.Err() != nil {
		t.Error("a column that an old version lacks is not what was asked for")
	}
}

func TestRowIDs(t *testing.T) {
	id := uuid.MustParse("0000003a-0000-4000-8000-000000000001")
	if r := rowOf(id.String()); r.UUID("x") != id || r.Err() != nil {
		t.Errorf("%s does not come back", id)
	}
	if r := rowOf("17"); r.UUID("x") != uuid.Nil || r.Err() == nil {
		t.Error("17 is an id")
	}
	if r := nullRow(); r.NullUUID("x").Valid || r.Err() != nil {
		t.Error("null is an id")
	}
	if r := nullRow(); r.UUID("x") != uuid.Nil || r.Err() == nil {
		t.Error("an id that must be there may be null")
	}
}

func TestRowNumbers(t *testing.T) {
	r := newRow(map[string]int{"kg": 0, "points": 1, "n": 2, "none": 3},
		[]value{{text: "2.4455"}, {text: "12.345"}, {text: "-7"}, {null: true}})
	if got := r.Grams("kg"); got != 2446 {
		t.Errorf("2.4455 kg are %d g", got)
	}
	if got, exact := r.Points("points"); got != 1235 || exact {
		t.Errorf("12.345 points are %d, exact %v", got, exact)
	}
	if got, exact := r.Points("none"); got != 0 || !exact {
		t.Errorf("no points are %d, exact %v", got, exact)
	}
	if got := r.Int("n") + r.Int("none"); got != -7 || r.Err() != nil {
		t.Errorf("-7 is %d (%v)", got, r.Err())
	}
	r.Int("kg")
	r.Bool("n", false)
	if err := r.Err(); err == nil || err.Error() != "kg is not a whole number" {
		t.Errorf("the first error is %v", err)
	}
}

func TestReportSorts(t *testing.T) {
	r := Report{Tables: []Counts{{Table: "b"}, {Table: "a"}}, Findings: []Finding{
		{FindNote, "b", "1", ""}, {FindSkipped, "a", "2", ""}, {FindSkipped, "b", "10", ""}, {FindSkipped, "b", "9", "z"}, {FindSkipped, "b", "9", "a"},
	}}
	r.sort()
	want := []Finding{{FindSkipped, "b", "9", "a"}, {FindSkipped, "b", "9", "z"}, {FindSkipped, "b", "10", ""}, {FindSkipped, "a", "2", ""}, {FindNote, "b", "1", ""}}
	for i := range want {
		if r.Findings[i] != want[i] {
			t.Errorf("finding %d is %v, want %v", i, r.Findings[i], want[i])
		}
	}
}
