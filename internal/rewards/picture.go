package rewards

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/files"
)

// Picture is what the picture of an item may be.
var Picture = files.Kind{Name: "reward_picture", Types: []string{files.JPEG, files.PNG, files.WebP}, MaxBytes: 5 << 20, Access: files.Public}

// The widths in which a picture is kept, in pixels.
const (
	thumbnailWidth = 320
	pictureWidth   = 1200
)

// SetPicture gives an item a picture, in two sizes, in place of the one before. Errors:
// those of files.PutPicture; ErrItemNotFound.
func (s *Service) SetPicture(ctx context.Context, actor audit.Actor, item uuid.UUID, u files.Upload) error {
	u.Kind = Picture
	if _, err := s.ItemByID(ctx, item); err != nil { // before a picture is drawn for nothing
		return err
	}
	drawn, err := s.files.PutPicture(ctx, actor, u, thumbnailWidth, pictureWidth)
	if err != nil {
		return fmt.Errorf("picture of %s: %w", item, err)
	}
	at := s.now()
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, f := range drawn {
			if err := s.files.Keep(ctx, tx, f); err != nil {
				return err
			}
		}
		name, former, err := replacePicture(ctx, tx, item, drawn[0].ID, drawn[1].ID, at)
		if err != nil {
			return err
		}
		for _, id := range former {
			if err := s.files.Delete(ctx, tx, id); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, actor, at, audit.Event{Action: "reward.picture", TargetKind: "reward", TargetID: item, TargetName: name})
	})
	if err != nil {
		return fmt.Errorf("picture of %s: %w", item, err)
	}
	return nil
}
