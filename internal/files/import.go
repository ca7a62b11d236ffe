package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// formerFolders are the folders of the former system's media, and what lay in them.
var formerFolders = map[string]Kind{"reward_images": RewardPicture, "terms_documents": TermsPaper}

// pictureWidth is how wide a picture of the former system is kept.
const pictureWidth = 1200

// Imported is what was found in a media folder of the former system.
type Imported struct {
	Files int // brought over, or to be
	Here  int // are here already
	Left  int // are nothing that is kept here
}

// Import brings the media folder of the former system over, so that its addresses go on
// working: pictures are redrawn, documents stay as they are. A file that is here already
// is left alone, so an import may be stopped and begun again. tell is called for each
// file, with why it is left.
func (s *Service) Import(ctx context.Context, dir string, apply bool, tell func(path string, err error)) (Imported, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Imported{}, fmt.Errorf("import files: %w", err)
	}
	defer func() { _ = root.Close() }() // read only
	var done Imported
	for folder, kind := range formerFolders {
		entries, err := fs.ReadDir(root.FS(), folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return done, fmt.Errorf("import files: %w", err)
		}
		for _, e := range entries {
			if e.IsDir() {
				continue
			}
			name := path.Join(folder, e.Name())
			switch _, err := s.ByFormerPath(ctx, name); {
			case err == nil:
				done.Here++
				continue
			case !errors.Is(err, ErrNotFound):
				return done, err
			}
			err := s.bring(ctx, root, name, kind, apply)
			tell(name, err)
			switch {
			case err == nil:
				done.Files++
			case errs.KindOf(err) == errs.Invalid:
				done.Left++
			default:
				return done, err
			}
		}
	}
	return done, nil
}

// bring keeps one file of the former system.
func (s *Service) bring(ctx context.Context, root *os.Root, name string, kind Kind, apply bool) (err error) {
	content, err := root.Open(name)
	if err != nil {
		return fmt.Errorf("import files: %w", err)
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	u := Upload{Kind: kind, Name: name, Content: content, FormerPath: name}
	if !apply {
		_, err := kind.judge(name, content)
		return err
	}
	var f File
	if strings.HasPrefix(name, "reward_images/") {
		var list []File
		if list, err = s.PutPicture(ctx, audit.Command("files import"), u, pictureWidth); err == nil {
			f = list[0]
		}
	} else {
		f, err = s.Put(ctx, audit.Command("files import"), u)
	}
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.Keep(ctx, tx, f) })
}
