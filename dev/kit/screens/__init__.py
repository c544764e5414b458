"""The pictures of the documentation: every screen, on a desktop and a phone, in each language."""
