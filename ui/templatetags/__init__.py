"""Template tags of the rendering toolkit."""
