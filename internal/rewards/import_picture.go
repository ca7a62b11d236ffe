package rewards

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/errs"
	"ekolek/internal/files"
)

// PriorPictures is what TakePictures found.
type PriorPictures struct {
	Taken   int    // or to be
	Missing []Item // whose picture is not among the files, or is none any more
}

// TakePictures gives items that came from a former system without a picture here theirs,
// once its media folder has been brought over. It can be run any number of times. Without
// apply it only tells.
func (s *Service) TakePictures(ctx context.Context, actor audit.Actor, apply bool) (out PriorPictures, err error) {
	for after := uuid.Nil; ; {
		items, err := listPictureless(ctx, s.db, after, importRows)
		if err != nil {
			return out, fmt.Errorf("list rewards without a picture: %w", err)
		}
		for _, i := range items {
			switch err := s.takePicture(ctx, actor, i, apply); {
			case err == nil:
				out.Taken++
			case errors.Is(err, files.ErrNotFound), errs.KindOf(err) == errs.Invalid:
				out.Missing = append(out.Missing, i)
			default:
				return out, fmt.Errorf("picture of %s: %w", i.ID, err)
			}
		}
		if len(items) < importRows {
			return out, nil
		}
		after = items[len(items)-1].ID
	}
}

func (s *Service) takePicture(ctx context.Context, actor audit.Actor, i Item, apply bool) (err error) {
	f, err := s.priorPicture(ctx, i.Picture)
	if err != nil || !apply {
		return err
	}
	content, err := s.files.Open(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, content.Close()) }()
	return s.SetPicture(ctx, actor, i.ID, files.Upload{Name: f.Name, Content: content})
}

// priorPicture finds the file of a picture by what the former system called it: its path,
// or its number at Google Drive, under which it was downloaded.
func (s *Service) priorPicture(ctx context.Context, name string) (files.File, error) {
	f, err := s.files.ByFormerPath(ctx, strings.TrimPrefix(name, "media/"))
	if !errors.Is(err, files.ErrNotFound) || strings.ContainsRune(name, '/') {
		return f, err
	}
	for _, ending := range []string{"", ".jpg", ".jpeg", ".png", ".webp"} {
		f, err = s.files.ByFormerPath(ctx, path.Join("reward_images", name+ending))
		if !errors.Is(err, files.ErrNotFound) {
			return f, err
		}
	}
	return files.File{}, files.ErrNotFound
}
