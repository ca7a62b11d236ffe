package notify

import "ekolek/internal/errs"

// Reason is why a message has not gone out, or not yet.
type Reason string

// The reasons. The provider's own words stand beside those that are its doing.
const (
	NoReason      Reason = ""
	Unavailable   Reason = "unavailable"  // no provider took it this time; it is tried again
	Refused       Reason = "refused"      // a provider refuses this message or address for good
	Unclear       Reason = "unclear"      // no answer came, or none that could be read: it may have arrived
	TooLate       Reason = "too_late"     // its time ran out
	CapCity       Reason = "cap_city"     // the city's daily limit
	CapNumber     Reason = "cap_number"   // one number's daily limit
	Abroad        Reason = "abroad"       // not a Philippine mobile number
	SwitchedOff   Reason = "switched_off" // SMS_ENABLED
	NoProvider    Reason = "no_provider"  // nothing is configured that could take it
	NoDevice      Reason = "no_device"    // no browser is left that shows push messages
	CancelledByUs Reason = "cancelled"    // by staff, or by a newer message
)

// Text says it in words; its key is empty for NoReason.
func (r Reason) Text() errs.Text {
	switch r {
	case Unavailable:
		return errs.T("notify.reason.unavailable")
	case Refused:
		return errs.T("notify.reason.refused")
	case Unclear:
		return errs.T("notify.reason.unclear")
	case TooLate:
		return errs.T("notify.reason.too_late")
	case CapCity:
		return errs.T("notify.reason.cap_city")
	case CapNumber:
		return errs.T("notify.reason.cap_number")
	case Abroad:
		return errs.T("notify.reason.abroad")
	case SwitchedOff:
		return errs.T("notify.reason.switched_off")
	case NoProvider:
		return errs.T("notify.reason.no_provider")
	case NoDevice:
		return errs.T("notify.reason.no_device")
	case CancelledByUs:
		return errs.T("notify.reason.cancelled")
	case NoReason:
	}
	return errs.Text{}
}
