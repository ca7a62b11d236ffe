package files

// Limits are what `ekolek check` judges about uploads.
type Limits struct {
	Bytes    int64 // the largest file of any kind
	Entries  int   // in an archive
	Unpacked int64 // bytes that an archive unpacks to
}

// LimitsOf tells the limits that every upload meets.
func LimitsOf() Limits {
	l := Limits{Entries: maxEntries, Unpacked: maxUnpacked}
	for _, k := range []Kind{TermsPaper, RewardPicture} {
		l.Bytes = max(l.Bytes, k.MaxBytes)
	}
	return l
}
