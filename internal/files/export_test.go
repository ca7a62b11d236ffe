package files

import "ekolek/internal/files/blob"

// SetFree says how much of the disk is free.
func (s *Service) SetFree(share float64) {
	s.free = func(string) (float64, uint64, error) { return share, 1 << 30, nil }
}

// Use makes another storage the current one.
func (s *Service) Use(b blob.Store) { s.stores[b.Name()], s.current = b, b.Name() }

// TrimCache keeps so many bytes of copies.
func (s *Service) TrimCache(limit int64) error { return s.cache.trim(limit) }
