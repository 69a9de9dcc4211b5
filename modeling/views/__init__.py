"""Pages of modeling, one module per noun. Each view: fetch, context, render; writes go through actions."""
