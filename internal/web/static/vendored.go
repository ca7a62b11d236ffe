package static

// Package is something that others wrote and that the files of the pages contain.
type Package struct{ Name, Version, License string }

// Vendored lists what is in the tree and not ours, by its name at npm, for the bill of
// materials. A test holds the versions against the files that say them.
func Vendored() []Package {
	return []Package{
		{"zxing-wasm", "3.1.4", "MIT"},
		{"tailwindcss", "4.3.5", "MIT"},
		{"daisyui", "5.8.1", "MIT"},
	}
}
