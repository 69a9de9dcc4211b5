"""Scores with intervals: metrics, the paired bootstrap over groups, and the report built from both."""
