package rewards

import (
	"context"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/files"
)

// Picture is what the picture of an item may be.
var Picture = files.Kind{Name: "reward_picture", Types: []string{files.JPEG, files.PNG, files.WebP}, MaxBytes: 5 << 20, Access: files.Public}

// SetPicture gives an item a picture, in two sizes, in place of the one before. Errors:
// those of files.PutPicture; ErrItemNotFound.
func (s *Service) SetPicture(ctx context.Context, actor audit.Actor, item uuid.UUID, u files.Upload) error {
	return errSoon
}
