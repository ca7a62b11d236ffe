package ui

import "net/url"

// pageLinks are the addresses of the first and of the following page of a list, with
// all filters of this one; "" where there is none.
func (p Page) pageLinks(next string) (first, older string) {
	u, err := url.Parse(p.Address)
	if err != nil {
		return "", ""
	}
	q := u.Query()
	if q.Get("after") != "" {
		q.Del("after")
		first = withQuery(*u, q)
	}
	if next != "" {
		q.Set("after", next)
		older = withQuery(*u, q)
	}
	return first, older
}

func withQuery(u url.URL, q url.Values) string {
	u.RawQuery = q.Encode()
	return u.RequestURI()
}

// Query is this page's address with some parameters changed: pairs of name and value,
// "" removes one. The cursor goes: another filter starts from the newest.
func (p Page) Query(pairs ...string) string { return p.At(p.Path(), pairs...) }

// At is Query for another address, such as this list as a file: p.At("/x.csv").
func (p Page) At(path string, pairs ...string) string {
	u, err := url.Parse(p.Address)
	if err != nil {
		return path
	}
	q := u.Query()
	q.Del("after")
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Del(pairs[i])
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	u.Path = path
	return withQuery(*u, q)
}
