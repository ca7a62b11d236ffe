package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"ekolek/internal/app"
	"ekolek/internal/files/blob"
)

type testStorageCmd struct {
	Storage string `arg:"" optional:"" enum:"local,s3,drive," default:"" help:"local, s3 or drive. Default: the one that FILE_STORAGE names."`
}

// Run puts an object, reads it back and deletes it, and says what failed in the storage's
// words.
func (s testStorageCmd) Run(ctx context.Context, c console) error {
	return c.withApp(ctx, func(a *app.App) error {
		storage := cmp.Or(s.Storage, a.Files.Storage())
		err := a.Files.Try(ctx, storage, func(step string, err error) {
			if err == nil {
				fmt.Fprintf(c.out, "%s: %s: ok\n", storage, step)
			}
		})
		if failed := (*blob.Failure)(nil); errors.As(err, &failed) {
			return finding{fmt.Errorf("%s: %w", storage, err)}
		}
		return err
	})
}
