"""Pages of the committee, a module for each thing they are about."""
