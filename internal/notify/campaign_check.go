package notify

// CheckDraft says what is wrong with a draft before anybody confirms it: the fields that
// StartCampaign would refuse, or nil.
func (s *Service) CheckDraft(d Draft) error { return s.checkDraft(d.trimmed()) }
