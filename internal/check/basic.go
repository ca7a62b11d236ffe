package check

import (
	"slices"

	"ekolek/internal/config"
)

// basic are the checks of the settings themselves.
func basic() []Check {
	return []Check{
		{ID: "EK.W069", Class: Warning, Title: "Whatever was silenced says why, and until when.",
			Mend: "CHECK_SILENCED takes entries such as `EK.W047 until 2026-12-31: the city's own backup`, separated by semicolons.", judge: silencing},
		{ID: "EK.E070", Class: Error, Title: "Every setting is there, and can be read.",
			Mend: "`ekolek config` shows each setting and where it came from; docs/configuration.md says what it is for.", judge: settings},
	}
}

func settings(f *Facts, v *verdict) {
	for _, p := range f.Problems {
		if !slices.Contains(keyNames, p.Name) { // EK.E009 tells those
			v.findAs(p)
		}
	}
}

// findAs tells a problem of the configuration with its own mend.
func (v *verdict) findAs(p config.Problem) {
	v.findings = append(v.findings, Finding{ID: v.check.ID, Class: v.check.Class, What: p.Name + " " + p.What, Mend: p.Mend})
}
