"""Sample data of an invented bilingual shop, made from a seed: same seed and scale, same bytes."""
