package cache

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

// prefix keeps our keys apart from those of others on the same Redis.
const prefix = "ekolek:"

// callTimeout is how long a call waits, for a connection and its answer together. What a
// shared cache saves is less than that.
const callTimeout = 250 * time.Millisecond

// idleFor is how long an unused connection stays open. One that has rested longer than
// restFor is asked whether it is still there before it is used.
const (
	idleFor = 5 * time.Minute
	restFor = 30 * time.Second
)

type shared struct{ pool *redis.Pool }

// Redis keeps everything in a Redis server, shared by all nodes. It connects when it
// is first used; a server that is away makes calls fail within callTimeout.
func Redis(url string) (Cache, error) { return redisTrusting(url, nil) }

// redisTrusting is Redis whose rediss:// server shows a certificate of one of the roots;
// nil are the system's.
func redisTrusting(url string, roots *x509.CertPool) (Cache, error) {
	s, err := newShared(url, roots)
	if err != nil {
		return nil, err // not a nil of type *shared
	}
	return s, nil
}

func newShared(url string, roots *x509.CertPool) (*shared, error) {
	s, err := parseServer(url)
	if err != nil {
		return nil, errors.New("open Redis: the URL cannot be read") // the parser's words would show the password
	}
	s.roots = roots
	most := 10 * runtime.GOMAXPROCS(0)
	return &shared{&redis.Pool{
		DialContext: s.dial, TestOnBorrow: stillThere,
		MaxIdle: most, MaxActive: most, Wait: true, IdleTimeout: idleFor,
	}}, nil
}

func stillThere(c redis.Conn, since time.Time) error {
	if time.Since(since) < restFor {
		return nil
	}
	_, err := c.Do("PING")
	return err
}

func (s *shared) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, err := redis.Bytes(s.do(ctx, command("GET", prefix+key)))
	if errors.Is(err, redis.ErrNil) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("cache get: %w", err)
	}
	return value, true, nil
}

func (s *shared) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	_, err := s.do(ctx, command("SET", prefix+key, value, "PX", milliseconds(ttl)))
	if err != nil {
		return fmt.Errorf("cache set: %w", err)
	}
	return nil
}

// countUp adds, starts the time of a counter that has none, of a new one, and tells the
// count and what is left of the time.
var countUp = redis.NewScript(1, `
local n = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return {n, redis.call('PTTL', KEYS[1])}`)

func (s *shared) Add(ctx context.Context, key string, n int64, ttl time.Duration) (int64, error) {
	count, _, err := s.add(ctx, key, n, ttl)
	return count, err
}

// add is Add that also tells how long the counter goes on.
func (s *shared) add(ctx context.Context, key string, n int64, ttl time.Duration) (count int64, left time.Duration, err error) {
	counted, err := redis.Int64s(s.do(ctx, func(ctx context.Context, c redis.Conn) (any, error) {
		return countUp.DoContext(ctx, c, prefix+key, n, milliseconds(ttl))
	}))
	if err != nil || len(counted) != 2 {
		return 0, 0, fmt.Errorf("cache add: %w", err)
	}
	return counted[0], time.Duration(counted[1]) * time.Millisecond, nil
}

func (s *shared) Delete(ctx context.Context, key string) error {
	if _, err := s.do(ctx, command("DEL", prefix+key)); err != nil {
		return fmt.Errorf("cache delete: %w", err)
	}
	return nil
}

func (s *shared) Close() error { return s.pool.Close() }

// milliseconds are how Redis counts time: at least one, since none is refused.
func milliseconds(ttl time.Duration) int64 { return max(ttl.Milliseconds(), 1) }

// asking is what is done with a connection.
type asking func(context.Context, redis.Conn) (any, error)

func command(name string, args ...any) asking {
	return func(ctx context.Context, c redis.Conn) (any, error) { return redis.DoContext(c, ctx, name, args...) }
}

// do runs a command, and once more when its connection was broken: the server may have
// been started anew since it was opened.
func (s *shared) do(ctx context.Context, command asking) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	reply, err := s.once(ctx, command)
	if broken := (brokenError{}); errors.As(err, &broken) && ctx.Err() == nil {
		reply, err = s.once(ctx, command)
	}
	return reply, err
}

func (s *shared) once(ctx context.Context, command asking) (any, error) {
	c, err := s.pool.GetContext(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }() // gives it back; what it has to say, the command's error has said
	reply, err := command(ctx, c)
	if err != nil && c.Err() != nil {
		return nil, brokenError{err}
	}
	return reply, err
}

// brokenError is a command's error after which its connection is of no more use.
type brokenError struct{ error }

func (e brokenError) Unwrap() error { return e.error }

// server is where a Redis is and how it lets us in.
type server struct {
	network, address string
	user, password   string
	db               int
	secure           bool
	roots            *x509.CertPool
}

// parseServer reads redis://user:password@host:port/db, rediss:// for TLS, and
// unix://user:password@/path?db=1; ?db= serves all three.
func parseServer(address string) (server, error) {
	u, err := url.Parse(address)
	if err != nil {
		return server{}, err
	}
	s := server{user: u.User.Username()}
	s.password, _ = u.User.Password()
	db := u.Query().Get("db")
	switch {
	case (u.Scheme == "redis" || u.Scheme == "rediss") && u.Hostname() != "":
		port := u.Port()
		if port == "" {
			port = "6379"
		}
		s.network, s.address, s.secure = "tcp", net.JoinHostPort(u.Hostname(), port), u.Scheme == "rediss"
		if path := strings.Trim(u.Path, "/"); path != "" {
			db = path
		}
	case u.Scheme == "unix" && u.Host == "" && u.Path != "":
		s.network, s.address = "unix", u.Path
	default:
		return server{}, errors.New("no address of a Redis")
	}
	if db != "" {
		s.db, err = strconv.Atoi(db)
	}
	return s, err
}

func (s server) dial(ctx context.Context) (redis.Conn, error) {
	return redis.DialContext(ctx, s.network, s.address,
		redis.DialUsername(s.user), redis.DialPassword(s.password), redis.DialDatabase(s.db),
		redis.DialUseTLS(s.secure), redis.DialTLSConfig(&tls.Config{RootCAs: s.roots, MinVersion: tls.VersionTLS12}),
		redis.DialTLSHandshakeTimeout(callTimeout), redis.DialReadTimeout(callTimeout), redis.DialWriteTimeout(callTimeout))
}
