package app

// NewAt is New with another clock.
var NewAt = newAt
