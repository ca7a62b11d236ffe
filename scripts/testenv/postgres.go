package main

import (
	"context"
	"fmt"
	"os"

	"ekolek/internal/testkit/pgserver"
)

// startPostgres starts the server that the tests share.
func startPostgres(ctx context.Context, bin string) (*pgserver.Server, error) {
	settings := []string{"max_connections=400"}
	if os.Getenv(durableEnv) == "" { // nothing here outlives the tests, so nothing has to reach the disk
		settings = append(settings, "fsync=off", "full_page_writes=off", "synchronous_commit=off")
	}
	return pgserver.New(ctx, bin, pgserver.Options{Settings: settings})
}

// remove ends the server and tells when its folder stays.
func remove(server *pgserver.Server) {
	if err := server.Remove(); err != nil {
		fmt.Fprintln(os.Stderr, "testenv:", err)
	}
}
