"""One module for each command in dev/: `parse(arguments)` and `run(options)`."""
