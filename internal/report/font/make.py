#!/usr/bin/python3
# Makes figtree-regular.ttf and figtree-bold.ttf, which stand in every PDF: the Latin parts of
# Figtree, and two signs that it does not have, the peso and the tick.
#
#   apt-get install fonttools python3-brotli
#   npm pack @fontsource/figtree@5.3.0 && tar xzf fontsource-figtree-5.3.0.tgz
#   ./make.py package/files
import sys

from fontTools.merge import Merger
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter

# What is kept: Basic Latin, Latin-1, Latin Extended-A and marks of print.
KEEP = list(range(0x20, 0x7F)) + list(range(0xA0, 0x180)) + [
    0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E, 0x2022, 0x2026, 0x2039, 0x203A, 0x20AC, 0x2122, 0x2191, 0x2193, 0x2212]


def box(pen, left, bottom, right, top):
    polygon(pen, [(left, bottom), (left, top), (right, top), (right, bottom)])


def polygon(pen, points):
    pen.moveTo(points[0])
    for p in points[1:]:
        pen.lineTo(p)
    pen.closePath()


def add(font, name, rune, pen, width):
    font.setGlyphOrder(font.getGlyphOrder() + [name])
    font["glyf"][name] = glyph = pen.glyph()
    glyph.recalcBounds(font["glyf"])
    font["hmtx"][name] = (width, glyph.xMin)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[rune] = name


def peso(font, stroke):
    """P with two bars across its bowl, a little to either side of it."""
    glyphs = font.getGlyphSet()
    p = font.getBestCmap()[ord("P")]
    recorded = DecomposingRecordingPen(glyphs)
    glyphs[p].draw(recorded)
    pen, width = TTGlyphPen(None), font["hmtx"][p][0]
    recorded.replay(pen)
    for bottom in (430, 550):
        box(pen, 5, bottom, width + 5, bottom + stroke)
    add(font, "peso", 0x20B1, pen, width + 10)


def tick(font, stroke):
    pen, s = TTGlyphPen(None), stroke
    polygon(pen, [(60, 330), (60 + s, 330 + s), (250, 140 + 1.5 * s), (560, 600), (560 + s, 600 - s * 0.7), (250, 80)])
    add(font, "tick", 0x2713, pen, 680)


def make(source, weight, name, bar, hook):
    font = Merger().merge([f"{source}/figtree-{part}-{weight}-normal.woff2" for part in ("latin", "latin-ext")])
    options = Options(layout_features=[], hinting=False, name_IDs=[0, 1, 2, 3, 4, 6, 13, 14], notdef_outline=True,
                      drop_tables=["GPOS", "GSUB", "GDEF", "STAT", "prep", "gasp"])
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=KEEP)
    subsetter.subset(font)
    peso(font, bar)
    tick(font, hook)
    font.flavor = None
    font["head"].modified = font["head"].created  # the same bytes every time
    font.recalcTimestamp = False
    font.save(name)
    missing = [hex(c) for c in KEEP if c not in font.getBestCmap()]
    print(name, len(font.getBestCmap()), "characters; Figtree has not:", *missing)


make(sys.argv[1], 400, "figtree-regular.ttf", 52, 60)
make(sys.argv[1], 700, "figtree-bold.ttf", 74, 90)
