package auth

import (
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/people"
)

// Surface is where somebody signed in. A session of one is worth nothing on the other.
type Surface string

// The two surfaces with sign-ins.
const (
	ResidentSurface Surface = "resident"
	StaffSurface    Surface = "staff"
)

// Principal is who is asking. The zero value is nobody.
type Principal struct {
	Surface            Surface // empty: nobody signed in
	ID                 uuid.UUID
	Name               string
	Username           string
	Language           string // en, fil; empty: not chosen
	Role               Role   // staff only
	Scope              people.Scope
	MustChangePassword bool
	MustSetUpSecond    bool // a second factor is required, and there is none
	SessionID          uuid.UUID
	ExpiresAt          time.Time       // absolute end of the session
	Resident           people.Resident // residents only
	Barred             bool            // a phone whose resident may no longer access: it learns why, and does nothing else
}

// SignedIn says whether this is anybody at all.
func (p Principal) SignedIn() bool { return p.Surface != "" }

// May says whether the principal has a permission. Staff whose password change is due
// may change it and nothing else; then the same of a second factor.
func (p Principal) May(need Permission) bool {
	switch need {
	case Anyone:
		return true
	case Resident:
		return p.Surface == ResidentSurface && !p.Barred
	case TokenHolder:
		return p.Surface == ResidentSurface
	case ReadNotices:
		return p.May(Resident) || p.May(UseStation)
	case ChangeOwnPassword:
		return p.Surface == StaffSurface
	case SetUpSecondFactor:
		return p.Surface == StaffSurface && !p.MustChangePassword
	}
	if p.Surface != StaffSurface || p.MustChangePassword || p.MustSetUpSecond {
		return false
	}
	return need == AnyStaff || p.Role.May(need)
}

// Actor is the principal as the audit trail and the capabilities know it.
func (p Principal) Actor(ip, userAgent, requestID string) audit.Actor {
	a := audit.Actor{Kind: audit.Nobody, ID: p.ID, Name: p.Name, IP: ip, UserAgent: userAgent, RequestID: requestID}
	switch p.Surface {
	case ResidentSurface:
		a.Kind = audit.Resident
	case StaffSurface:
		a.Kind = audit.Staff
	}
	return a
}
