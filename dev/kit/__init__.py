"""The developer's kit: what dev/demo, dev/test and their like are made of.

Everything here runs on the standard library alone, because it also makes the environment;
only `sql`, `smtp`, `mailbox` and `pytest_plugin` need what that environment brings.
"""
