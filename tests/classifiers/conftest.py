"""The shipped judge, loaded once for all tests that only ask it."""

import pytest

from classifiers import pipeline
from classifiers.pipeline import Judge


@pytest.fixture(scope="session")
def shipped() -> Judge:
    """Return the judge as a desk has it; no test may adjust it."""
    return pipeline.load()


@pytest.fixture(scope="session")
def shipped_fast() -> Judge:
    """Return the judge without the encoder."""
    return pipeline.load("fast")
