package rewards_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// The pictures of a former system come before its database or after it: its rewards get
// them when both are here, once.
func TestPicturesOfAFormerSystem(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		s, actor := rewards.New(d, w.Notify, w.Clock.Now).Keeping(w.Files), audit.Command("test")
		item := func(name, picture string) (id rewards.Item) {
			t.Helper()
			id = rewards.Item{ID: db.NewID(), Name: name, Price: 100, Picture: picture, Active: true}
			if err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				return rewards.ImportItem(ctx, tx, actor, id, w.Clock.Now(), w.Clock.Now())
			}); err != nil {
				t.Fatal(err)
			}
			return id
		}
		rice, soap, gone, _ := item("Rice", "reward_images/rice.png"), item("Soap", "1AbC-drive_number"), item("Oil", "reward_images/oil.png"), item("Eggs", "")
		take := func(apply bool, taken, missing int) {
			t.Helper()
			got, err := s.TakePictures(t.Context(), actor, apply)
			if err != nil || got.Taken != taken || len(got.Missing) != missing {
				t.Fatalf("%d taken, %d missing, %v; want %d and %d", got.Taken, len(got.Missing), err, taken, missing)
			}
		}
		take(true, 0, 3)
		media := t.TempDir()
		for _, name := range []string{"rice.png", "1AbC-drive_number.png"} {
			file := filepath.Join(media, "reward_images", name)
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, testkit.APicture(t), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Files.Import(t.Context(), media, true, func(string, error) {}); err != nil {
			t.Fatal(err)
		}
		take(false, 2, 1)
		take(true, 2, 1)
		take(true, 0, 1)
		for _, i := range []rewards.Item{rice, soap, gone} {
			got, err := s.ItemByID(t.Context(), i.ID)
			if has := got.PictureID.Valid && got.ThumbnailID.Valid; err != nil || has != (i.ID != gone.ID) {
				t.Errorf("%s has a picture: %v, %v", i.Name, has, err)
			}
		}
		if _, err := w.Files.ByFormerPath(t.Context(), "reward_images/rice.png"); err != nil {
			t.Errorf("the old address: %v", err)
		}
	})
}
