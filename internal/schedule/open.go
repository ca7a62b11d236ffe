package schedule

// Open says whether a pick-up can be marked now, or what was marked of it corrected. Mark
// decides; this is for pages that offer it.
func (s *Service) Open(p Pickup) bool {
	now, today := s.now(), s.Today()
	return p.Comes() && p.Day <= today && now.Sub(moment(p.Day, 24*60)) <= maxLate && (p.Visit == nil || p.Visit.createdDay == today)
}
