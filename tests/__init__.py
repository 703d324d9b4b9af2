"""The tests: they mirror the apps. tests/lanes.py runs them all; tests/surroundings.py is where they run."""
