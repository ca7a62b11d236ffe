package ui

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"ekolek/internal/errs"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
)

// Field describes one field of a form. Label and Help are said by the page.
type Field struct {
	Form         *form.Form // where its value and its error come from; nil: neither
	Name         string
	ID           string // when a page has two fields of one name; empty: Name
	Label        string
	Help         string
	Type         string // of an Input: text (default), password, number, date, search, tel, email
	Value        string // shown while the form has none of its own
	Autocomplete string
	Inputmode    string // numeric, decimal
	Optional     bool   // everything else is required
	Bare         bool   // optional without saying so: a filter
	Max          int    // characters
	Rows         int    // of a TextArea
	Options      []Option
	Class        string
}

// Option is a choice of a Select or of Radios.
type Option struct {
	Value, Text string
}

func (f Field) id() string {
	if f.ID != "" {
		return f.ID
	}
	return f.Name
}

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// value is what the person typed, else the field's own. A password never comes back.
func (f Field) value() string {
	if f.Type == "password" {
		return ""
	}
	if f.Form != nil && f.Form.Has(f.Name) {
		return f.Form.Raw(f.Name)
	}
	return f.Value
}

func (f Field) wrong() bool {
	_, ok := f.Form.FieldError(f.Name)
	return ok
}

func (f Field) errorText(ctx context.Context) string {
	t, _ := f.Form.FieldError(f.Name)
	return i18n.Say(ctx, t)
}

// describedBy names the help and the error, whichever are there.
func (f Field) describedBy() string {
	var ids []string
	if f.Help != "" {
		ids = append(ids, f.id()+"-help")
	}
	if f.wrong() {
		ids = append(ids, f.id()+"-error")
	}
	return strings.Join(ids, " ")
}

func (f Field) maxLength() string {
	if f.Max == 0 {
		return ""
	}
	return strconv.Itoa(f.Max)
}

func (f Field) rows() string {
	if f.Rows == 0 {
		return "3"
	}
	return strconv.Itoa(f.Rows)
}

// complaint is one line of the summary.
type complaint struct {
	field, label string
	text         errs.Text
}

// complaints are the refused fields in the order of labels (pairs of name and label),
// then those that the page did not name.
func complaints(f *form.Form, labels []string) []complaint {
	var list []complaint
	seen := map[string]bool{}
	for i := 0; i+1 < len(labels); i += 2 {
		if t, ok := f.FieldError(labels[i]); ok {
			list = append(list, complaint{field: labels[i], label: labels[i+1], text: t})
			seen[labels[i]] = true
		}
	}
	for _, name := range f.Refused() {
		if t, _ := f.FieldError(name); !seen[name] {
			list = append(list, complaint{field: name, text: t})
		}
	}
	return list
}

// described ties a control to its help and error.
func described(f Field) templ.Attributes {
	a := templ.Attributes{}
	if ids := f.describedBy(); ids != "" {
		a["aria-describedby"] = ids
	}
	if f.wrong() {
		a["aria-invalid"] = "true"
	}
	return a
}

// control is described with what every typed control may have.
func control(f Field) templ.Attributes {
	a := described(f)
	a["required"] = !f.Optional && !f.Bare
	if f.Autocomplete != "" {
		a["autocomplete"] = f.Autocomplete
	}
	if m := f.maxLength(); m != "" {
		a["maxlength"] = m
	}
	return a
}
