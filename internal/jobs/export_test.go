package jobs

// TakeOver and SlotOf are what the tests look at from inside.
var (
	TakeOver = (*Queue).takeOver
	SlotOf   = slotOf
)
