"""Connections to the deployment: how they are opened, and HTTP exchanges on them."""
