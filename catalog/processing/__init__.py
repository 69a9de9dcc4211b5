"""Cleaning recipes, record-disjoint splits and version diffs: pure engines over the lake's files."""
