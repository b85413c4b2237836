"""Settings: their names, and the old ones that still work."""

import pytest

import rag


def test_the_old_name_of_load_settings_works_and_warns() -> None:
    with pytest.warns(DeprecationWarning, match="rag.load is now rag.load_settings"):
        load = rag.load
    assert load is rag.load_settings
