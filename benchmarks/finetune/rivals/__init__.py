"""What others do, each in a process of its own: the figures of the last line of its output are read."""
