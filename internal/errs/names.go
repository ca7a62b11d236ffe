package errs

// Names is what a thing is called in both languages. As a value of a Text it is written in
// the reader's.
type Names struct {
	English  string
	Filipino string // empty: as in English
}
