from . import export, recovery, retention, unfinished
