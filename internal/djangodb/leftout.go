package djangodb

import "errors"

// tooMany is why a row stays behind that many others share: they are told in one line.
type tooMany string

func (t tooMany) Error() string { return string(t) }

// remark is such a line.
type remark struct {
	kind  FindingKind
	table string
	text  string
}

// skip tells why a row stays behind.
func (im *importer) skip(table, id string, err error) {
	if why, ok := errors.AsType[tooMany](err); ok {
		im.leftOut[remark{FindSkipped, table, string(why)}]++
		return
	}
	im.find(FindSkipped, table, id, "%s", err)
}

// findLeftOut tells what many rows have in common.
func (im *importer) findLeftOut() {
	for r, n := range im.leftOut {
		rows := "rows"
		if n == 1 {
			rows = "row"
		}
		im.find(r.kind, r.table, "", "%d %s: %s", n, rows, r.text)
	}
}
