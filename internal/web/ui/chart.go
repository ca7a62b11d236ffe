package ui

import (
	"fmt"
	"math"

	"ekolek/internal/web/i18n"
)

// plot is the drawing area of a bar chart, in the units of its viewBox.
type plot struct {
	left, right, top, base float64
	labelY                 string
	box                    string
	short                  bool // one letter under each bar
}

// Every chart is drawn twice, so that its words are readable on a phone too; the style
// sheet shows one.
var (
	widePlot   = plot{left: 52, right: 560, top: 22, base: 204, labelY: "222", box: "0 0 560 232"}
	narrowPlot = plot{left: 44, right: 330, top: 22, base: 196, labelY: "214", box: "0 0 330 220", short: true}
)

// BarChart is a chart of one figure over time. Its title states the finding.
type BarChart struct {
	ID    string // unique on the page
	Title string
	Note  string // what is drawn and in which unit
	Unit  string // at the axis: "kg"
	Head  string // first column of the table: "Day"
	Bars  []Bar
}

// Bar is one column.
type Bar struct {
	Label string // under the bar: "Mon"
	Full  string // in the table: "Mon 9 Nov"
	Value int64
	Text  string // written: "1,640"
	Pale  bool   // belongs to the time before
}

// top is the largest round number that the axis needs.
func (c BarChart) top() int64 {
	var most int64
	for _, b := range c.Bars {
		most = max(most, b.Value)
	}
	return roundUp(most)
}

// roundUp finds the next 1, 2, 4, 5, 8 or 10 times a power of ten; those divide into quarters
// that read well.
func roundUp(n int64) int64 {
	if n <= 4 {
		return 4
	}
	power := int64(math.Pow10(int(math.Log10(float64(n)))))
	for _, m := range []int64{1, 2, 4, 5, 8, 10} {
		if n <= m*power {
			return m * power
		}
	}
	return 10 * power
}

// gridLine is a line across the chart with its number.
type gridLine struct {
	y, text string
	labelY  string
	base    bool
}

func (c BarChart) grid(p plot) []gridLine {
	top := c.top()
	lines := make([]gridLine, 0, 5)
	for i := range int64(5) {
		y := p.base - (p.base-p.top)*float64(i)/4
		text := i18n.Number(top * i / 4)
		if top*i%4 != 0 {
			text = ""
		}
		lines = append(lines, gridLine{y: unit(y), labelY: unit(y + 4), text: text, base: i == 0})
	}
	return lines
}

// column is where a bar stands.
type column struct {
	x, y, w, h, middle, valueY string
	label                      string
	bar                        Bar
	best                       bool // its value is written over it
}

func (c BarChart) columns(p plot) []column {
	step := (p.right - p.left) / float64(max(1, len(c.Bars)))
	top := float64(c.top())
	best := c.best()
	list := make([]column, 0, len(c.Bars))
	for i, b := range c.Bars {
		h := (p.base - p.top) * float64(b.Value) / top
		x := p.left + step*float64(i)
		list = append(list, column{
			x: unit(x + step*0.16), w: unit(step * 0.68), y: unit(p.base - h), h: unit(h),
			middle: unit(x + step/2), valueY: unit(p.base - h - 6), bar: b, best: i == best[b.Pale], label: p.label(b),
		})
	}
	return list
}

// best is the highest bar of each shade: its value is written directly.
func (c BarChart) best() map[bool]int {
	best := map[bool]int{true: -1, false: -1}
	for i, b := range c.Bars {
		if j := best[b.Pale]; b.Value > 0 && (j < 0 || b.Value > c.Bars[j].Value) {
			best[b.Pale] = i
		}
	}
	return best
}

func unit(f float64) string { return fmt.Sprintf("%.1f", f) }

// label is what stands under a bar.
func (p plot) label(b Bar) string {
	if !p.short {
		return b.Label
	}
	for _, letter := range b.Label {
		return string(letter)
	}
	return ""
}
