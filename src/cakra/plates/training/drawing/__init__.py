"""Plates drawn: what stands on them, the glyphs, the painted face, and the photograph of it."""
