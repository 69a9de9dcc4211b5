"""The demo company: shipped standards and recipes, an invented organisation, and a generator of sample data.

Data and pure functions only; nothing here has tables, and nothing outside this folder may import it.
"""
