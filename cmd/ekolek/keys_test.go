package main_test

import (
	"context"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// A city gives its data a key, changes it, and loses one, as docs/keys.md has it.
func TestKeys(t *testing.T) {
	const first, second = "mangga-bayabas-santol-duhat-kaimito-1", "atis-guyabano-langka-durian-marang-22"
	p := development(t)
	p.want(0, "applied", "migrate")
	p.wantWith("n33dle-mangga-sa-bakod\n", 0, "made", "createsuperadmin", "--username=ana.reyes", "--full-name=Ana Reyes", "--email=ana.reyes@example.com", "--password-stdin")
	p.want(0, "readable", "keys", "status")

	with := func(env ...string) program { return program{t, p.dir, append(slices.Clone(p.env), env...)} }
	sealed := with("FIELD_ENCRYPTION_KEY=" + first)
	sealed.want(1, "not under the present key yet", "keys", "status")
	sealed.want(0, "would be sealed anew. Nothing was changed", "keys", "rotate")
	sealed.want(1, "to be sealed anew", "keys", "status")
	sealed.want(0, "done: ", "keys", "rotate", "--apply")
	sealed.want(0, "as it should be", "keys", "status")

	for name, wrong := range map[string]program{"none": p, "another": with("FIELD_ENCRYPTION_KEY=" + second)} {
		for _, command := range [][]string{{"check"}, {"serve", "--addr", "127.0.0.1:0"}, {"keys", "status"}} {
			o := wrong.run("", command...)
			if o.code == 0 || !strings.Contains(o.all(), "FIELD_ENCRYPTION_KEY is not the one this database was sealed with") {
				t.Errorf("with %s, ekolek %s: %d\n%s", name, strings.Join(command, " "), o.code, o.all())
			}
		}
	}

	rotated := with("FIELD_ENCRYPTION_KEY="+second, "FIELD_ENCRYPTION_KEY_FALLBACKS="+first)
	rotated.want(0, "done: ", "keys", "rotate", "--apply")
	last := with("FIELD_ENCRYPTION_KEY=" + second)
	o := last.want(0, "nothing is sealed with it", "keys", "status")
	if strings.Contains(o.all(), first) || strings.Contains(o.all(), second) || strings.Contains(o.all(), "ana.reyes@") {
		t.Errorf("it shows what it should keep: %s", o.all())
	}
}

// Two programs seal everything anew and are killed again and again, while somebody goes
// on writing. What was written last is there, and all is under the new key.
func TestKilledWhileKeysRotate(t *testing.T) {
	const rows, kills = 5000, 4
	const first, second = "mangga-bayabas-santol-duhat-kaimito-1", "atis-guyabano-langka-durian-marang-22"
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			p := development(t)
			options := db.Options{Path: testkit.SQLiteFile(t)}
			address := "sqlite://" + options.Path
			if engine == "postgres" {
				address = testkit.PostgresURL(t)
				options = db.Options{URL: address, MaxConns: 4}
			}
			p.env = append(p.env, "DATABASE_URL="+address, "DJANGO_SECRET_KEY="+officeSecret, "FIELD_ENCRYPTION_KEY="+second, "FIELD_ENCRYPTION_KEY_FALLBACKS="+first)
			d := openDB(t, options)
			keys := db.Keys{Secret: officeSecret, Encryption: first, EncryptionFallbacks: []string{second}}
			v, err := keys.Vault()
			if err != nil {
				t.Fatal(err)
			}
			ids := make([]uuid.UUID, rows)
			err = d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				for i := range ids {
					ids[i] = db.NewID()
					if _, err := tx.ExecContext(ctx, `INSERT INTO auth_flow (id, kind, secret_hash, data, created_at, expires_at) VALUES ($1, 'test', $2, $3, $4, $5)`,
						ids[i], ids[i].String(), v.SealSecret("auth_flow.data", "old"), db.At(time.Now()), db.At(time.Now().Add(time.Hour))); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			written := 0
			var writing sync.WaitGroup
			writing.Go(func() { // with the former key, as a process that was not restarted yet
				for ; ctx.Err() == nil && written < rows; written++ {
					err := d.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx *db.Tx) error {
						_, err := tx.ExecContext(ctx, `UPDATE auth_flow SET data = $2 WHERE id = $1`, ids[rows-1-written], v.SealSecret("auth_flow.data", "new"))
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
			half := 0
			for range kills {
				var running []*exec.Cmd
				for range 2 {
					c := p.command("keys", "rotate", "--apply")
					if err := c.Start(); err != nil {
						t.Fatal(err)
					}
					running = append(running, c)
				}
				before := underKey(t, d, v)
				for deadline := time.Now().Add(10 * time.Second); underKey(t, d, v) == before && before > 0 && time.Now().Before(deadline); {
					runtime.Gosched() // until they have begun
				}
				for _, c := range running {
					_ = c.Process.Kill() // it may have ended
					_ = c.Wait()         // killed, or done
				}
				if n := underKey(t, d, v); n > 0 && n < rows {
					half++
				}
			}
			stop()
			writing.Wait()
			if half == 0 {
				t.Error("no kill fell into the middle of the work")
			}
			p.want(0, "done: ", "keys", "rotate", "--apply")
			alone, err := db.Keys{Secret: officeSecret, Encryption: second}.Vault()
			if err != nil {
				t.Fatal(err)
			}
			for i, id := range ids {
				want, data := "old", ""
				if i >= rows-written {
					want = "new"
				}
				err := d.QueryRowContext(t.Context(), `SELECT data FROM auth_flow WHERE id = $1`, id).Scan(alone.Secret("auth_flow.data", &data))
				if err != nil || data != want {
					t.Fatalf("row %d of %d, %d written: %q, want %q, %v", i, rows, written, data, want, err)
				}
			}
			t.Logf("%d kills in the middle, %d rows written meanwhile", half, written)
		})
	}
}

// underKey counts the flows that are under a vault's own key.
func underKey(t *testing.T, d *db.DB, v *db.Vault) int {
	t.Helper()
	var n int
	if err := d.QueryRowContext(t.Context(), `SELECT count(*) FROM auth_flow WHERE data LIKE $1`, "b:"+v.KeyID()+":%").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
