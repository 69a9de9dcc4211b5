"""Pages of the catalogue, one module per noun. Each view fetches and renders; writes go through actions."""
