package mobile

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/mobile/wire"
	"ekolek/internal/web"
)

// The description of both APIs (OpenAPI 3.1). Its shapes are read off the types that the
// answers are made of, and the contract test holds every answer against it.

// operation describes one route.
type operation struct {
	summary string
	query   []param
	sends   []param
	keyed   bool          // takes an Idempotency-Key
	gives   map[int]shape // answers that are a success, or of a shape of their own
	refuses []int         // statuses of the surface's usual refusal
}

// param is a value that a request brings.
type param struct {
	name, kind string // kind: string, number, integer, boolean; "any" for texts or numbers
	required   bool
}

func must(name, kind string) param { return param{name, kind, true} }
func may(name, kind string) param  { return param{name, kind, false} }

// shape is an object in an answer: names and samples of their values in turn. A sample
// under "" is a struct whose fields stand in the object itself.
type shape []any

// orNull is a sample that may be null, orNone one whose key may be missing.
type (
	orNull struct{ sample any }
	orNone struct{ sample any }
)

// document writes the description of a set of routes.
func document(routes []web.Route, about map[string]operation) []byte {
	d := describer{schemas: map[string]any{}}
	paths := map[string]map[string]any{}
	for _, rt := range routes {
		o, ok := about[rt.Pattern]
		if !ok {
			continue // openapi_test.go finds it
		}
		method, path, _ := strings.Cut(rt.Pattern, " ")
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path][strings.ToLower(method)] = d.operation(path, rt.Need, o)
	}
	text, err := json.Marshal(map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{"title": "E-KOLEK for phone apps", "version": "1", "description": "Every address answers with and without its last slash. " +
			"A method that an address does not have is 405, an Accept header without room for JSON 406, with {\"detail\": …}. Points and weights are floats that always have a point."},
		"paths": paths,
		"components": map[string]any{"schemas": d.schemas,
			"securitySchemes": map[string]any{"bearer": map[string]any{"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}},
	})
	if err != nil {
		panic("mobile: " + err.Error()) // constants encode
	}
	return text
}

// describer collects the named shapes.
type describer struct{ schemas map[string]any }

func (d describer) operation(path string, need auth.Permission, o operation) map[string]any {
	out := map[string]any{"summary": o.summary, "responses": d.responses(path, need, o)}
	var params []any
	for _, name := range strings.Split(path, "/") {
		if strings.HasPrefix(name, "{") {
			params = append(params, map[string]any{"name": strings.Trim(name, "{}"), "in": "path", "required": true, "schema": map[string]any{"type": "string", "format": "uuid"}})
		}
	}
	for _, p := range o.query {
		params = append(params, map[string]any{"name": p.name, "in": "query", "required": p.required, "schema": kindOf(p.kind)})
	}
	if o.keyed {
		params = append(params, map[string]any{"name": "Idempotency-Key", "in": "header", "required": false, "schema": map[string]any{"type": "string", "minLength": 1, "maxLength": 100}})
	}
	if params != nil {
		out["parameters"] = params
	}
	if o.sends != nil {
		out["requestBody"] = requestBody(o.sends)
	}
	if need != auth.Anyone {
		out["security"] = []any{map[string]any{"bearer": []string{}}}
	}
	return out
}

func requestBody(fields []param) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, p := range fields {
		properties[p.name] = kindOf(p.kind)
		if p.required {
			required = append(required, p.name)
		}
	}
	content := map[string]any{}
	for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data"} {
		content[kind] = map[string]any{"schema": map[string]any{"type": "object", "properties": properties, "required": required}}
	}
	return map[string]any{"content": content}
}

func kindOf(kind string) map[string]any {
	if kind == "any" {
		return map[string]any{"type": []string{"string", "number"}}
	}
	return map[string]any{"type": kind}
}

// responses are an operation's own, and those that its surface gives on every route.
func (d describer) responses(path string, need auth.Permission, o operation) map[string]any {
	refusal := d.of(reflect.TypeFor[anyRefusal]())
	if strings.HasPrefix(path, "/mobile/") {
		refusal = d.of(reflect.TypeFor[anyCollectorRefusal]())
	}
	out := map[string]any{"500": answer("The program failed.", refusal)}
	statuses := o.refuses
	if need != auth.Anyone {
		statuses = append(statuses, http.StatusUnauthorized, http.StatusForbidden)
	}
	if o.sends != nil {
		statuses = append(statuses, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	for _, status := range statuses {
		out[strconv.Itoa(status)] = answer(http.StatusText(status), refusal)
	}
	for status, s := range o.gives {
		out[strconv.Itoa(status)] = answer(http.StatusText(status), d.object(s))
	}
	return out
}

func answer(text string, schema any) map[string]any {
	return map[string]any{"description": text, "content": map[string]any{"application/json": map[string]any{"schema": schema}}}
}

// anyRefusal and anyCollectorRefusal are all that the two surfaces say when they say no.
type anyRefusal struct {
	Success *bool          `json:"success,omitempty"`
	Message string         `json:"message,omitempty"`
	Code    string         `json:"error_code,omitempty"`
	Error   string         `json:"error,omitempty"`
	Status  string         `json:"user_status,omitempty"`
	Missing []string       `json:"missing_fields,omitempty"`
	Detail  string         `json:"detail,omitempty"`
	Token   string         `json:"code,omitempty"`
	Tokens  []tokenMessage `json:"messages,omitempty"`
}

type anyCollectorRefusal struct {
	Success *bool  `json:"success,omitempty"`
	Error   string `json:"error,omitempty"`
	Code    string `json:"error_code,omitempty"`
	Login   bool   `json:"requires_login,omitempty"`
	Debug   string `json:"debug,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

// object is the schema of a shape.
func (d describer) object(s shape) map[string]any {
	properties, required := map[string]any{}, []string{}
	for i := 0; i < len(s); i += 2 {
		name, sample := s[i].(string), s[i+1]
		if name == "" {
			d.fields(reflect.TypeOf(sample), properties, &required)
			continue
		}
		if none, ok := sample.(orNone); ok {
			sample = none.sample
		} else {
			required = append(required, name)
		}
		properties[name] = d.sample(sample)
	}
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func (d describer) sample(v any) any {
	switch v := v.(type) {
	case shape:
		return d.object(v)
	case orNull:
		return null(d.sample(v.sample))
	}
	return d.of(reflect.TypeOf(v))
}

func null(schema any) any {
	return map[string]any{"anyOf": []any{schema, map[string]any{"type": "null"}}}
}

// fields adds those of a struct.
func (d describer) fields(t reflect.Type, properties map[string]any, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			d.fields(f.Type, properties, required)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		omitted := strings.Contains(options, "omitempty")
		schema := f.Type
		if omitted && schema.Kind() == reflect.Pointer {
			schema = schema.Elem() // there or not there, but never null
		}
		properties[name] = d.of(schema)
		if f.Tag.Get("null") != "" {
			properties[name] = null(properties[name])
		}
		if !omitted {
			*required = append(*required, name)
		}
	}
}

// of is the schema of a type; named structs stand among the components.
func (d describer) of(t reflect.Type) any {
	switch t {
	case reflect.TypeFor[uuid.UUID]():
		return map[string]any{"type": "string", "format": "uuid"}
	case reflect.TypeFor[wire.Time](), reflect.TypeFor[wire.ManilaTime]():
		return map[string]any{"type": []string{"string", "null"}, "format": "date-time"}
	case reflect.TypeFor[wire.Points](), reflect.TypeFor[wire.Kilos](), reflect.TypeFor[wire.PerKilo]():
		return map[string]any{"type": "number", "format": "double"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return null(d.of(t.Elem()))
	case reflect.Slice:
		return map[string]any{"type": "array", "items": d.of(t.Elem())}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Struct:
		return d.named(t)
	default:
		panic("mobile: no schema for " + t.String()) // a programmer's error: it does not start
	}
}

func (d describer) named(t reflect.Type) any {
	name := string(unicode.ToUpper(rune(t.Name()[0]))) + t.Name()[1:]
	if _, there := d.schemas[name]; !there {
		properties, required := map[string]any{}, []string{}
		d.fields(t, properties, &required)
		d.schemas[name] = map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	}
	return map[string]any{"$ref": "#/components/schemas/" + name}
}

// GET /api/openapi.json
func (m *Mobile) openAPI(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(m.description()) // the reader has gone: nobody is left to tell
	return nil
}
