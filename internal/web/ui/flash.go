package ui

// flashTone is the tone of the notice that shows a flash.
func flashTone(k FlashKind) string {
	switch k {
	case Done:
		return "leaf"
	case Failed:
		return "clay"
	default:
		return "sun"
	}
}

// flashIcon repeats the tone as a drawing, since colour alone says nothing.
func flashIcon(k FlashKind) string {
	switch k {
	case Done:
		return "circle-check"
	case Failed:
		return "circle-alert"
	default:
		return "triangle-alert"
	}
}

func noticeRole(tone string) string {
	if tone == "clay" {
		return "alert"
	}
	return "status"
}
