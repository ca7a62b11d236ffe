package cache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// prefix keeps our keys apart from those of others on the same Redis.
const prefix = "ekolek:"

type shared struct{ client *redis.Client }

// Redis keeps everything in a Redis server, shared by all nodes. It connects when it
// is first used; a server that is away makes calls fail within two seconds.
func Redis(url string) (Cache, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("open Redis: the URL cannot be read") // the parser's words would show the password
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = 2*time.Second, time.Second, time.Second
	o.MaxRetries, o.DialerRetries = 1, 1
	return &shared{redis.NewClient(o)}, nil
}

func (s *shared) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, err := s.client.Get(ctx, prefix+key).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("cache get: %w", err)
	}
	return value, true, nil
}

func (s *shared) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := s.client.Set(ctx, prefix+key, value, ttl).Err(); err != nil {
		return fmt.Errorf("cache set: %w", err)
	}
	return nil
}

// countUp adds, and starts the time of a counter that has none: of a new one.
var countUp = redis.NewScript(`
local n = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return n`)

func (s *shared) Add(ctx context.Context, key string, n int64, ttl time.Duration) (int64, error) {
	count, err := countUp.Run(ctx, s.client, []string{prefix + key}, n, ttl.Milliseconds()).Int64()
	if err != nil {
		return 0, fmt.Errorf("cache add: %w", err)
	}
	return count, nil
}

func (s *shared) Delete(ctx context.Context, key string) error {
	if err := s.client.Del(ctx, prefix+key).Err(); err != nil {
		return fmt.Errorf("cache delete: %w", err)
	}
	return nil
}

func (s *shared) Close() error { return s.client.Close() }
