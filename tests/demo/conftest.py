"""Sample data made once per session, and where the real data lies (if it does)."""

import os
from pathlib import Path

import pytest

from demo.sample.generate import generate
from demo.sample.tables import SampleManifest

REPO = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("GAVEL_SHARED", REPO.parent / "shared"))
DATA = SHARED / "data"

needs_real_data = pytest.mark.skipif(
    not (DATA / "completejourney").is_dir(),
    reason="the real data folder is not here (set GAVEL_SHARED to the folder that holds data/)",
)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SampleManifest]:
    folder = tmp_path_factory.mktemp("sample")
    return folder, generate(folder, seed=7)
