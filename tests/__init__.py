from . import test_find
