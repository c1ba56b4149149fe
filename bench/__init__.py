"""Measurements, printed as ratios of one run: a machine's absolute seconds say little about another's."""
