package testkit

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/files"
	"ekolek/internal/jobs"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// SecondPoints are from where on acts on points wait for a second person in a World.
const SecondPoints ledger.Points = 1_000_00

// SecretKey signs the tokens of a World.
const SecretKey = "a secret for tests only, long enough for a token"

// Password is the password of everybody in a World.
const Password = "tatlong itlog sa basket"

// FileOf is where the bytes of a World's file lie.
func (w *World) FileOf(f files.File) string { return filepath.Join(w.dir, "media", f.Key) }

// World is a small city on a test's database: the barangays, one member of staff of
// each role, and as many families as the test asks for. Time stands still in it until
// the test moves Clock.
type World struct {
	DB        *db.DB
	Vault     *db.Vault
	Clock     *Clock
	Queue     *jobs.Queue    // never started: jobs stay as they were written
	Files     *files.Service // on this disk, in a folder of the test
	Notify    *notify.Service
	Approval  *approval.Service
	People    *people.Service
	Auth      *auth.Service
	Barangays []people.Barangay // the 27, by name

	Admin   auth.Principal // super administrator
	Manager auth.Principal // operations manager of Barangays[0] and Barangays[1]
	Content auth.Principal // content and rewards manager
	Analyst auth.Principal // security analyst

	dir       string // of Files
	residents atomic.Int64
	devices   sync.Map // resident's id → secret of the browser that was remembered
}

// NewWorld makes a World in a migrated database. The staff's usernames are admin,
// manager, content and analyst.
func NewWorld(t testing.TB, d *db.DB) *World {
	t.Helper()
	w := NewEmptyWorld(t, d)
	w.Admin = w.Staff(t, "admin", auth.SuperAdmin)
	w.Manager = w.Staff(t, "manager", auth.OperationsManager, w.Barangays[0], w.Barangays[1])
	w.Content = w.Staff(t, "content", auth.ContentRewardsManager)
	w.Analyst = w.Staff(t, "analyst", auth.SecurityAnalyst)
	return w
}

// NewEmptyWorld makes a World of barangays alone: nobody can sign in yet.
func NewEmptyWorld(t testing.TB, d *db.DB) *World {
	t.Helper()
	vault, err := db.NewVault("a secret for tests only", "an encryption key for tests only")
	must(t, err)
	w := &World{DB: d, Vault: vault, Clock: NewClock(), Queue: queue(t, d)}
	w.dir = t.TempDir()
	w.Files, err = files.Open(d, config.Config{DataDir: w.dir, Storage: config.LocalStorage}, w.Clock.Now)
	must(t, err)
	t.Cleanup(func() { must(t, w.Files.Close()) })
	w.Notify = notifyOn(w.Queue, d, vault, w.Clock.Now)
	w.Approval = approval.Open(d, w.Clock.Now)
	w.People = people.New(d, vault, w.Notify, w.Clock.Now).Keeping(w.Files).TwoPersons(w.Approval, SecondPoints)
	w.Notify.Telling(w.People.Crowd())
	w.Auth = auth.New(d, vault, w.Notify, w.People, auth.Config{SecretKey: SecretKey}, w.Clock.Now)
	w.Auth.Work(w.Queue)
	_, err = w.People.LoadPSGC(context.Background())
	must(t, err)
	must(t, w.People.LoadTerms(context.Background()))
	w.Barangays, err = w.People.Barangays(context.Background())
	must(t, err)
	return w
}

// Staff adds a member of staff with the World's password.
func (w *World) Staff(t testing.TB, username string, role auth.Role, barangays ...people.Barangay) auth.Principal {
	t.Helper()
	st := auth.Staff{
		ID: db.NewID(), Username: username, FullName: "Staff " + username, Role: role, Status: auth.StaffApproved,
		CreatedAt: w.Clock.Now(), UpdatedAt: w.Clock.Now(),
	}
	ids := make([]uuid.UUID, len(barangays))
	for i, b := range barangays {
		ids[i] = b.ID
	}
	w.inTx(t, func(ctx context.Context, tx *db.Tx) error {
		if _, _, err := w.Auth.ImportStaff(ctx, tx, st); err != nil {
			return err
		}
		if err := people.Assign(ctx, tx, st.ID, ids); err != nil {
			return err
		}
		return w.setPassword(ctx, tx, st.ID)
	})
	return auth.Principal{Surface: auth.StaffSurface, ID: st.ID, Name: st.FullName, Username: username, Role: role, Scope: st.Scope()}
}

// Actor is a principal as services want it.
func (w *World) Actor(p auth.Principal) audit.Actor { return p.Actor("192.0.2.1", "test", "test") }

// Resident adds the approved representative of a new approved family in a barangay,
// with the World's password. Usernames are resident1, resident2, …
func (w *World) Resident(t testing.TB, b people.Barangay) people.Resident {
	t.Helper()
	r := w.Applicant(t, b)
	d, err := w.People.Approve(context.Background(), audit.Command("test"), people.City, r.ID)
	must(t, err)
	return d.Resident
}

// Applicant adds the representative of a new family that nobody has decided on yet.
func (w *World) Applicant(t testing.TB, b people.Barangay) people.Resident {
	t.Helper()
	in := w.newResident()
	_, r, err := w.People.RegisterFamily(context.Background(), audit.Actor{Kind: audit.Nobody}, people.NewFamily{
		Name: in.LastName, BarangayID: b.ID, Address: "12 Mabini St.", Representative: in,
	})
	must(t, err)
	w.inTx(t, func(ctx context.Context, tx *db.Tx) error { return w.setPassword(ctx, tx, r.ID) })
	return r
}

// Member adds an approved member to the family of another one.
func (w *World) Member(t testing.TB, of people.Resident) people.Resident {
	t.Helper()
	r, err := w.People.JoinFamily(context.Background(), audit.Actor{Kind: audit.Nobody}, of.FamilyCode, w.newResident())
	must(t, err)
	w.inTx(t, func(ctx context.Context, tx *db.Tx) error { return w.setPassword(ctx, tx, r.ID) })
	d, err := w.People.Approve(context.Background(), audit.Command("test"), people.City, r.ID)
	must(t, err)
	return d.Resident
}

func (w *World) newResident() people.NewResident {
	n := w.residents.Add(1)
	return people.NewResident{
		Username: fmt.Sprintf("resident%d", n), FirstName: "Juan", LastName: "Peña " + letters(n), Phone: fmt.Sprintf("0917%07d", n),
	}
}

// letters writes a number in letters, since names have no figures: 1 is A, 27 is AA.
func letters(n int64) string {
	if n == 0 {
		return ""
	}
	return letters((n-1)/26) + string(rune('A'+(n-1)%26))
}

// Give posts points to a resident.
func (w *World) Give(t testing.TB, r people.Resident, p ledger.Points) {
	t.Helper()
	w.inTx(t, func(ctx context.Context, tx *db.Tx) error {
		_, err := ledger.Post(ctx, tx, ledger.Posting{
			Kind: ledger.KindAdjustment, Source: db.NewID(), Account: r.ID, Points: p,
			Actor: audit.Command("test"), Reason: "test", At: w.Clock.Now(),
		})
		return err
	})
}

// setPassword stores the World's password as one cheap round of Django's hash, which
// the first sign-in replaces: real ones would take most of a test's time.
func (w *World) setPassword(ctx context.Context, tx *db.Tx, subject uuid.UUID) error {
	key, err := pbkdf2.Key(sha256.New, Password, []byte("salt"), 1, sha256.Size)
	if err != nil {
		return err
	}
	hash := "pbkdf2_sha256$1$salt$" + base64.StdEncoding.EncodeToString(key)
	return auth.ImportPassword(ctx, tx, subject, hash, false, w.Clock.Now())
}

func (w *World) inTx(t testing.TB, f func(context.Context, *db.Tx) error) {
	t.Helper()
	must(t, w.DB.InTx(context.Background(), f))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
