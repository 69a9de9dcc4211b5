"""The platform's key for masked key parts and hashed cells, derived from the newest permit key."""

from __future__ import annotations

import hashlib
import hmac

from governance.permits import signing_key

MASKING = b"gavel cell masking v1"


def masking_key() -> bytes:
    """32 bytes that never leave the platform; another purpose gives another key (standard-rules §5.3, §8)."""
    _key_id, key = signing_key()
    return hmac.new(key, MASKING, hashlib.sha256).digest()
