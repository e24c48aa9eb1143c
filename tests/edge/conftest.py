"""What several tests of the edge work in."""

from pathlib import Path

import pytest

from listingguard.edge.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """An empty vault of this test alone, in `tmp_path / "vault"`."""
    (tmp_path / "vault").mkdir()
    return Vault(tmp_path / "vault")
