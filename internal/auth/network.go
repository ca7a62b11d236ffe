package auth

import "net/netip"

// NetworkOf is what limits by address count: an IPv4 address, the /64 of an IPv6 one,
// because every home has a whole /64 to itself. "" for what is no address.
func NetworkOf(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return ""
	}
	return p.String()
}

// networkHash is "" for what is no address.
func (s *Service) networkHash(ip string) string {
	network := NetworkOf(ip)
	if network == "" {
		return ""
	}
	return s.vault.Hash("code-network", network)
}
