package config

import "path/filepath"

// deriveBackup: beside the data when nobody says where, and never unasked in development.
func (l *loader) deriveBackup() {
	b := &l.c.Backup
	if b.Dir == "" {
		b.Dir = filepath.Join(l.c.DataDir, "backups")
		l.shown["BACKUP_DIR"] = found{b.Dir, fromDefault}
	}
	if l.c.Debug && !l.isSet("BACKUP_HOUR") {
		b.Hour = -1
		l.shown["BACKUP_HOUR"] = found{"-", "development"}
	}
}

// checkBackup: who has a backup has everything, unless it is sealed with a key of its own.
func (l *loader) checkBackup() {
	key := l.c.Backup.Key
	if key == "" {
		l.warn("BACKUP_ENCRYPTION_KEY is not set: whoever gets hold of a backup can read it.")
	} else if key == l.c.SecretKey || key == l.c.EncryptionKey {
		l.problem("BACKUP_ENCRYPTION_KEY", "is the same as another key", "Make one of its own.")
	}
}
