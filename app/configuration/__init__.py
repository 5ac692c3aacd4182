"""How the environment becomes settings: secrets in files, unknown names, refused values."""
