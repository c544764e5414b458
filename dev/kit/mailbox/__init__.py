"""The mailbox of the demo shop: every mail that was sent, to be read in a browser."""
