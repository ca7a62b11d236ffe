package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// sentence is one entry of a catalogue.
type sentence struct {
	file   string
	forms  []string
	plural bool
}

// catalogueOf reads a language's files as they stand.
func catalogueOf(t *testing.T, lang Lang) map[string]sentence {
	t.Helper()
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	names, err := fs.Glob(catalogues, string(lang)+"/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]sentence{}
	for _, name := range names {
		data, err := fs.ReadFile(catalogues, name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := bundle.ParseMessageFileBytes(data, string(lang)+".toml")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range f.Messages {
			s := sentence{file: filepath.Base(name), forms: []string{m.Other}, plural: m.One != ""}
			if s.plural {
				s.forms = append(s.forms, m.One)
			}
			all[m.ID] = s
		}
	}
	return all
}

// names are the placeholders of a sentence, sorted, each once.
func (s sentence) names() []string {
	found := map[string]bool{}
	for _, form := range s.forms {
		for _, m := range placeholder.FindAllStringSubmatch(form, -1) {
			found[m[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	english, filipino := catalogueOf(t, English), catalogueOf(t, Filipino)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(english)), slices.Sorted(maps.Keys(filipino))); diff != "" {
		t.Errorf("keys (- English, + Filipino):\n%s", diff)
	}
	for key, e := range english {
		f := filipino[key]
		if diff := cmp.Diff(e.names(), f.names()); diff != "" {
			t.Errorf("%s: placeholders (- English, + Filipino):\n%s", key, diff)
		}
		if e.file != f.file || e.plural != f.plural {
			t.Errorf("%s: English in %s (plural %v), Filipino in %s (plural %v)", key, e.file, e.plural, f.file, f.plural)
		}
		if f.plural && f.forms[0] != f.forms[1] {
			t.Errorf("%s: Filipino's rules choose the form by the last digit; both must say the same", key)
		}
		for _, form := range slices.Concat(e.forms, f.forms) {
			if strings.TrimSpace(form) == "" || strings.TrimSpace(form) != form {
				t.Errorf("%s: empty, or with blanks around: %q", key, form)
			}
			if left := placeholder.ReplaceAllString(form, ""); strings.Contains(left, "{{") {
				t.Errorf("%s: more than a placeholder: %q", key, form)
			}
		}
	}
}

// use is a call that names a key.
type use struct {
	where string
	key   string
	names []string // of the values given
	exact bool     // all names are literals
}

// keyArgument tells where a function takes its key; the values follow.
var keyArgument = map[string]int{"T": 1, "NewPage": 1, "Flash": 3, "New": 2, "NewField": 1, "Refuse": 1, "Add": 1}

// TestEveryKeyIsThereAndUsed reads all Go files, the generated pages among them.
func TestEveryKeyIsThereAndUsed(t *testing.T) {
	english := catalogueOf(t, English)
	literals, uses := readProgram(t, "../../../internal", "../../../cmd")
	for _, u := range uses {
		s, ok := english[u.key]
		if !ok {
			t.Errorf("%s: no sentence %q", u.where, u.key)
			continue
		}
		for _, name := range s.names() {
			if u.exact && !slices.Contains(u.names, name) {
				t.Errorf("%s: %q needs a value for %s", u.where, u.key, name)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(english)) {
		if !literals[key] {
			t.Errorf("%s: nobody says %q", english[key].file, key)
		}
	}
}

func readProgram(t *testing.T, roots ...string) (literals map[string]bool, uses []use) {
	t.Helper()
	literals = map[string]bool{}
	files := token.NewFileSet()
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BasicLit:
					if s, ok := text(n); ok {
						literals[s] = true
					}
				case *ast.CallExpr:
					if u, ok := useOf(n); ok {
						u.where = files.Position(n.Pos()).String()
						uses = append(uses, u)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return literals, uses
}

// looksLikeKey keeps calls of other functions with the same name out: errs.T has its key
// first, template.New has none.
var looksLikeKey = regexp.MustCompile(`^[a-z_0-9]+(\.[a-z_0-9]+)+$`)

func useOf(call *ast.CallExpr) (use, bool) {
	pkg, name := callee(call)
	i, ok := keyArgument[name]
	if pkg == "errs" && name == "T" {
		i = 0
	}
	if !ok || name == "New" && pkg != "errs" || len(call.Args) <= i {
		return use{}, false
	}
	key, ok := text(call.Args[i])
	if !ok || !looksLikeKey.MatchString(key) {
		return use{}, false
	}
	sentinel := name == "New" && len(call.Args) == i+1 // its values come with each copy
	u := use{key: key, exact: !call.Ellipsis.IsValid() && !sentinel}
	for j := i + 1; j < len(call.Args); j += 2 {
		s, ok := text(call.Args[j])
		u.names, u.exact = append(u.names, s), u.exact && ok
	}
	return u, true
}

func callee(call *ast.CallExpr) (pkg, name string) {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			pkg = x.Name
		}
		return pkg, f.Sel.Name
	case *ast.Ident:
		return "", f.Name
	default:
		return "", ""
	}
}

func text(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}
