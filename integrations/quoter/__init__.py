"""Quoter's wire: what it sends and how it is read. Imports no Django and no database."""
