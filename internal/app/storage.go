package app

import "ekolek/internal/files"

// openFiles opens the uploads' storages.
func (a *App) openFiles() (err error) {
	if a.Files, err = files.Open(a.DB, a.cfg, a.now); err != nil {
		return err
	}
	a.close = append(a.close, a.Files)
	return nil
}
