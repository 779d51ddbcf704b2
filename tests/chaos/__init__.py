"""The chaos harness: real processes that are killed, frozen and lied to, and a count of what that broke."""
