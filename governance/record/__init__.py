"""Canonical JSON, digests, the hash chain, permit status and grant signatures.

Pure: no Django, clock, environment or network. Everything that must be re-provable years later rests on
these three modules, so they change only together with the rules (committee-rules §10 and §12).
"""
