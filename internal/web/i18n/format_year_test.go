package i18n_test

import (
	"testing"
	"time"

	"ekolek/internal/web/i18n"
)

func TestYearsAreManilas(t *testing.T) {
	newYear := time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC) // 7 in the morning there
	en, fil := i18n.With(t.Context(), i18n.English), i18n.With(t.Context(), i18n.Filipino)
	for _, test := range []struct{ got, want string }{
		{i18n.TimeYear(en, newYear), "1 Jan 2027 · 7:00 AM"},
		{i18n.TimeYear(fil, newYear), "1 Ene 2027 · 7:00 AM"},
		{i18n.CivilDate(en, "1990-05-01"), "1 May 1990"},
		{i18n.CivilDate(fil, "1990-08-31"), "31 Ago 1990"},
		{i18n.CivilDate(en, ""), ""},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}
