package config

import (
	"errors"
	"net/url"
	"slices"
)

// storage parses a place for uploads.
func storage(into *Storage) func(string) error {
	return func(v string) error {
		*into = Storage(v)
		if !slices.Contains([]Storage{LocalStorage, S3Storage, DriveStorage}, *into) {
			return errors.New("must be local, s3 or drive")
		}
		return nil
	}
}

// deriveStorage: USE_GOOGLE_DRIVE chooses when FILE_STORAGE is silent.
func (l *loader) deriveStorage() {
	c := &l.c
	if c.Storage != "" {
		return
	}
	c.Storage = LocalStorage
	source := fromDefault
	if c.GoogleDrive.Enabled {
		c.Storage, source = DriveStorage, "USE_GOOGLE_DRIVE"
	}
	l.shown["FILE_STORAGE"] = found{string(c.Storage), source}
}

// checkStorage: the place for uploads has what it needs, and is one place.
func (l *loader) checkStorage() {
	c, drive := l.c, l.c.GoogleDrive
	switch {
	case drive.Enabled && c.Storage != DriveStorage:
		l.problem("FILE_STORAGE", "is "+string(c.Storage)+", and USE_GOOGLE_DRIVE is True", "Take one of them out: uploads are kept in one place.")
	case c.Storage == DriveStorage && drive.FolderID == "":
		l.problem("GOOGLE_DRIVE_FOLDER_ID", "is required with Google Drive", "Set it to the folder's id, or keep uploads elsewhere.")
	}
	if c.Storage == DriveStorage && drive.Credentials == "" && (drive.RefreshToken == "" || drive.ClientID == "" || drive.ClientSecret == "") {
		l.problem("GOOGLE_DRIVE_OAUTH_REFRESH_TOKEN", "and its client are required with Google Drive", "Set the three GOOGLE_DRIVE_OAUTH_ settings, or GOOGLE_DRIVE_CREDENTIALS_JSON.")
	}
	if s := c.S3; c.Debug && c.Storage == S3Storage && (s.Bucket == "" || s.KeyID == "" || s.Secret == "") { // production names each
		l.problem("FILE_STORAGE", "is s3, without a bucket and its key", "Set AWS_STORAGE_BUCKET_NAME, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
	}
}

// checkBucket: files and the requests for them travel encrypted.
func (l *loader) checkBucket() {
	if u, err := url.Parse(l.c.S3.Endpoint); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		l.problem("AWS_S3_ENDPOINT_URL", "must begin with https:// in production", "Files travel there.")
	}
}
