package ui

import "github.com/a-h/templ"

// currentStep marks where things stand for those who cannot see it.
func currentStep(s Step) templ.Attributes {
	if s.State == Now {
		return templ.Attributes{"aria-current": "step"}
	}
	return templ.Attributes{}
}
