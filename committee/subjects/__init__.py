"""What the committee registers with governance's registry, called while Django starts."""

from committee.subjects import cases, verifying

__all__ = ["cases", "verifying"]
