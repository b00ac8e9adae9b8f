import pytest
from hypothesis import settings

# CI walks the same paths each time, so that a red run is red again when it is looked at;
# --long takes new paths, more of them. No deadline: two busy cores make any one step slow.
settings.register_profile("every-run", derandomize=True, deadline=None)
settings.register_profile("long", max_examples=1000, deadline=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also what takes minutes, on new paths")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("long" if config.getoption("--long") else "every-run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    hardware = pytest.mark.skip(reason="needs a real modem on a real SIM")
    minutes = pytest.mark.skip(reason="takes minutes: --long")
    for item in items:
        if item.get_closest_marker("hardware"):
            item.add_marker(hardware)
        if item.get_closest_marker("long") and not config.getoption("--long"):
            item.add_marker(minutes)
