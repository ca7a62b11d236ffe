package backup

import (
	"context"
	"maps"
	"slices"

	"ekolek/internal/db"
)

// How says how a restore is done.
type How struct {
	Apply   bool // else it only looks
	Replace bool // put aside a database that is not empty
	NoFiles bool // leave the uploads alone
}

// Restored is what a restore did or, without Apply, would do.
type Restored struct {
	Contents  Contents
	Into      string   // the database, without its password
	HasData   bool     // it is not empty: Replace is needed
	Aside     string   // where the old one is, or would be
	OtherKeys []string // settings whose keys are not those that the backup was made with
	Older     bool     // it is migrated, since the program is newer than the backup
	Migrated  []string // files that this took
	Uploads   Placed
}

// Placed says what became of the uploads.
type Placed struct {
	Written, Same int
	Aside         string // folder of those that were there with other bytes
	Objects       string // folder with those of another storage
}

// Restore reads a whole archive, compares every sum, and then puts what it holds in
// place. The database is restored beside the old one, checked as Verify does, and takes
// its place in one step at the end: until then the old one is whole and usable. Nothing
// is deleted; an old database and changed uploads are put aside.
func Restore(ctx context.Context, o Options, file string, how How) (Restored, error) {
	key, err := identityOf(o.Key)
	if err != nil {
		return Restored{}, err
	}
	var out Restored
	stamp := o.Now().UTC().Format(scratchStamp)
	place := placeOf(o, stamp)
	if out.HasData, err = place.hasData(ctx); err != nil {
		return Restored{}, err
	}
	out.Into = place.name()
	work, err := newWork(place.workDir(o))
	if err != nil {
		return Restored{}, err
	}
	defer func() { _ = work.close() }() // what was to be kept has been moved out of it
	to := sink{manifest: func(m Manifest) error { return out.fits(o, m, work, how) }}
	copied := work.path("restored")
	if how.Apply {
		to.database = writeTo(copied)
	}
	if out.Contents, err = read(ctx, file, key, to); err != nil {
		return Restored{}, err
	}
	if out.HasData {
		out.Aside = place.aside()
	}
	if !how.Apply {
		return out, nil
	}
	if out.HasData && !how.Replace {
		return out, problem(HasData, "%s is not empty: --replace puts it aside as %s", out.Into, out.Aside)
	}
	switched, err := place.prepare(ctx, o, copied, &out)
	if err != nil {
		return out, err
	}
	defer switched.abandon()
	if out.Contents.Manifest.Files == Whole && o.Uploads != nil && !how.NoFiles {
		if out.Uploads, err = placeUploads(ctx, o, file, key, work, stamp); err != nil {
			return out, err
		}
	}
	return out, switched.now(ctx)
}

// fits looks at the manifest before anything is written.
func (out *Restored) fits(o Options, m Manifest, work *workFolder, how How) error {
	if engine := engineOf(o.Database); m.Engine != string(engine) {
		return problem(OtherKind, "the backup is of %s, and DATABASE_URL names %s", m.Engine, engine)
	}
	known := db.LatestSchema()
	if m.Schema > known {
		return newerSchema(m.Schema, known, m)
	}
	out.Older = m.Schema < known
	for _, name := range slices.Sorted(maps.Keys(m.Keys)) {
		if o.Keys[name] != m.Keys[name] && !slices.Contains(o.Former[name], m.Keys[name]) {
			out.OtherKeys = append(out.OtherKeys, name)
		}
	}
	if !how.Apply {
		return nil
	}
	return roomFor(work)(m)
}

func engineOf(o db.Options) db.Engine {
	if o.URL != "" {
		return db.Postgres
	}
	return db.SQLite
}
