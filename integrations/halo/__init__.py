"""HaloPSA's wire: sign-in, records, payloads, client. Imports no Django and no database."""
