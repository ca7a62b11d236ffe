package ui

import "ekolek/internal/web/static"

// symbol is the address of a drawing in the sprite.
func symbol(name string) string { return static.URL("sprite.svg") + "#" + name }
