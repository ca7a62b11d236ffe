package console

import "iter"

// exportChunk is how many rows are read at once; the outbox gives no more than it likes.
const exportChunk = 1000

// rowsOf reads a list page by page while its rows are written into a file.
func rowsOf[T any](read func(cursor string) (rows []T, next string, err error), cells func(T) []any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for cursor := ""; ; {
			rows, next, err := read(cursor)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, row := range rows {
				if !yield(cells(row), nil) {
					return
				}
			}
			if cursor = next; cursor == "" {
				return
			}
		}
	}
}
