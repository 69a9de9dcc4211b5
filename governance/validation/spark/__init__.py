"""The distributed engine (standard-rules §7): Polars prepares on the executors, Spark SQL counts.

    session.py    a Spark to work on: one that is active, a local one, or a cluster's
    executing.py  what runs on the executors: slices of the data, prepared by the very expressions of Polars
    tables.py     the prepared tables as Spark views and ibis tables
    jobs.py       one query after the other, heard by progress, cancel and a time limit
    passes.py     the rules: one fused query from the pandera.ibis checks, then those that need more
    backend.py    one validation on Spark, behind the seam of `engine.backend`

The packages are an extra (requirements-spark.txt) and Java is needed; nothing here is imported without.
"""
