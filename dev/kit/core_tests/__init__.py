"""Odoo's own tests, run with and without this addon."""
