package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// errUnreadableURL stands for the parser's words, which would show the password.
var errUnreadableURL = errors.New("the PostgreSQL URL cannot be read")

// Server is a PostgreSQL server where whole databases are made, renamed and dropped.
type Server struct{ url string }

// ServerOf is the server of a database's URL.
func ServerOf(url string) Server { return Server{url} }

// Name is the database that the URL names.
func (s Server) Name() (string, error) {
	cfg, err := pgx.ParseConfig(s.url)
	if err != nil {
		return "", errUnreadableURL
	}
	return cfg.Database, nil
}

// URL is the address of another database on the server.
func (s Server) URL(database string) string {
	address, query, found := strings.Cut(s.url, "?")
	scheme, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	out := scheme + "://" + host + "/" + strings.ReplaceAll(database, "%", "%25")
	if found {
		out += "?" + query
	}
	return out
}

// Create makes an empty database.
func (s Server) Create(ctx context.Context, name string) error {
	return s.maintain(ctx, s.anywhere(), "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE template0")
}

// Drop drops a database that nobody is connected to; it is no error when there is none.
func (s Server) Drop(ctx context.Context, name string) error {
	from := s.anywhere()
	if from[0] == name {
		from = maintenance // nobody drops the database that they are in
	}
	return s.maintain(ctx, from, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize())
}

// Swap puts the database next in the place of name, which is called aside from then on.
// Both happen or neither. It fails while somebody is connected to either.
func (s Server) Swap(ctx context.Context, name, aside, next string) error {
	return s.maintain(ctx, maintenance, "BEGIN",
		"ALTER DATABASE "+pgx.Identifier{name}.Sanitize()+" RENAME TO "+pgx.Identifier{aside}.Sanitize(),
		"ALTER DATABASE "+pgx.Identifier{next}.Sanitize()+" RENAME TO "+pgx.Identifier{name}.Sanitize(),
		"COMMIT")
}

// Rename gives a database another name. It fails while somebody is connected to it.
func (s Server) Rename(ctx context.Context, name, to string) error {
	return s.maintain(ctx, maintenance, "ALTER DATABASE "+pgx.Identifier{name}.Sanitize()+" RENAME TO "+pgx.Identifier{to}.Sanitize())
}

// Names lists the databases whose names begin with a prefix.
func (s Server) Names(ctx context.Context, prefix string) ([]string, error) {
	conn, err := s.connect(ctx, s.anywhere())
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // everything was read
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY datname", prefix)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Connected counts those who are connected to a database.
func (s Server) Connected(ctx context.Context, name string) (int, error) {
	conn, err := s.connect(ctx, maintenance)
	if err != nil {
		return 0, err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // everything was read
	var n int
	err = conn.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = $1", name).Scan(&n)
	return n, err
}

// maintenance are databases of every server that no statement here touches.
var maintenance = []string{"postgres", "template1"}

// anywhere are the databases to run a statement from that touches another one. Whoever
// may connect to the city's database may not be let into any other.
func (s Server) anywhere() []string {
	name, err := s.Name()
	if err != nil {
		return maintenance
	}
	return append([]string{name}, maintenance...)
}

// maintain runs statements on one connection to one of the databases.
func (s Server) maintain(ctx context.Context, from []string, statements ...string) error {
	conn, err := s.connect(ctx, from)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // an open transaction is rolled back
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("maintain databases: %w", err)
		}
	}
	return nil
}

// connect connects to the first database that lets it in, on the primary when the URL
// names several servers.
func (s Server) connect(ctx context.Context, databases []string) (*pgx.Conn, error) {
	var errs []error
	for _, name := range databases {
		cfg, err := pgx.ParseConfig(s.URL(name))
		if err != nil {
			return nil, errUnreadableURL
		}
		cfg.ConnectTimeout = 10 * time.Second
		if len(cfg.Fallbacks) > 0 && cfg.ValidateConnect == nil {
			cfg.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
		}
		conn, err := pgx.ConnectConfig(ctx, cfg)
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("connect to the PostgreSQL server: %w", errors.Join(errs...))
}

// IsNoDatabase says that the server has no database of the name.
func IsNoDatabase(err error) bool { return hasCode(err, "3D000") }

// IsDenied says that the user may not do it.
func IsDenied(err error) bool { return hasCode(err, "42501") }

// IsBusy says that somebody is connected to the database.
func IsBusy(err error) bool { return hasCode(err, "55006") }

func hasCode(err error, code string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == code
}
